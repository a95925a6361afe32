/**
 * Who may call what, as the API's own document says it: what a person may not do is not shown. The API refuses it all the same.
 */
import { ACCESS } from '../client/access.gen.js';

export type Operation = keyof typeof ACCESS;
export type Role = 'marketer' | 'approver' | 'finance' | 'operator' | 'admin' | 'source' | 'app';

export function mayCall(roles: readonly string[], operation: Operation): boolean {
  return ACCESS[operation].some((role) => roles.includes(role));
}

export type Desk = 'marketer' | 'finance' | 'operator';

const DESK_OF_ROLE: Record<Role, readonly Desk[]> = {
  marketer: ['marketer'],
  approver: ['marketer'],
  finance: ['finance'],
  operator: ['operator'],
  admin: ['operator', 'marketer', 'finance'],
  source: [],
  app: [],
};

/** The desks of somebody with these roles, the one that is theirs first. */
export function desksOf(roles: readonly string[]): Desk[] {
  return [...new Set(roles.flatMap((role) => DESK_OF_ROLE[role as Role] ?? []))];
}
