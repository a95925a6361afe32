/**
 * Who somebody is, by what the identity provider claims of them.
 */
import type { OidcTerms } from '../../config-sign-in.js';
import { PERSON_ROLES, type PersonRole } from '../../storage/people.store.js';

/** As the provider tells them, of a token that has been verified. */
export interface Claims {
  readonly iss: string;
  readonly sub: string;
  readonly [claim: string]: unknown;
}
export interface ClaimedPerson {
  issuer: string;
  subject: string;
  name: string;
  /** Only what the provider has verified itself. */
  email: string | null;
  /** By the configured map, in our order; none: they may not sign in. */
  roles: PersonRole[];
}

const NAME_LENGTH_MAX = 200;

/** The roles of all that the roles' claim names, a text or a list of texts. What the map does not name gives none. */
export function personOf(
  claims: Claims,
  { rolesClaim, roles: map }: Pick<OidcTerms, 'rolesClaim' | 'roles'>,
): ClaimedPerson {
  const claimed = [claims[rolesClaim]].flat().filter((value) => typeof value === 'string');
  const given = new Set(claimed.flatMap((value) => (Object.hasOwn(map, value) ? (map[value] ?? []) : [])));
  const { email, email_verified: verified } = claims;
  return {
    issuer: claims.iss,
    subject: claims.sub,
    name: nameOf(claims),
    email: typeof email === 'string' && verified === true ? email : null,
    roles: PERSON_ROLES.filter((role) => given.has(role)),
  };
}

function nameOf(claims: Claims): string {
  const names = [claims['name'], claims['preferred_username'], claims.sub];
  const name = names.find((value): value is string => typeof value === 'string' && value.trim() !== '') ?? claims.sub;
  return name.replaceAll(/\p{Cc}/gu, ' ').slice(0, NAME_LENGTH_MAX);
}
