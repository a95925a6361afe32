/**
 * How people sign in, of the process environment: where they reach the console, and the identity provider that vouches for them.
 */
import { readFileSync } from 'node:fs';
import { z } from 'zod';

const ROLES = ['marketer', 'approver', 'finance', 'operator', 'admin'] as const;

const isLoopback = (address: string) => /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(new URL(address).hostname);
const secureUrl = z
  .url({ protocol: /^https?$/ })
  .refine((text) => text.startsWith('https:') || isLoopback(text), 'is an https address');
/** What others append paths to; plain HTTP on this machine alone. */
export const baseUrl = secureUrl.transform((text) => text.replace(/\/+$/, ''));

/** The text of a file; a secret there is in no environment. */
const secretFile = z.string().transform((path, ctx) => {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    ctx.addIssue({ code: 'custom', message: 'is no file that can be read' });
    return z.NEVER;
  }
});

const rolesSchema = z.record(z.string(), z.array(z.enum(ROLES)));
const roles = z.string().transform((text, ctx) => {
  try {
    return rolesSchema.parse(JSON.parse(text));
  } catch {
    ctx.addIssue({ code: 'custom', message: `is a JSON object: a value of the claim → a list of ${ROLES.join(', ')}` });
    return z.NEVER;
  }
});

export const signInVariables = {
  /** Where people reach the console, if not where the API listens: behind a proxy, say. */
  PADO_CONSOLE_URL: baseUrl.optional(),
  /** Where people reach Temporal's own UI, which the console then links to. */
  PADO_TEMPORAL_UI_URL: baseUrl.optional(),
  PADO_OIDC_ISSUER: secureUrl.optional(),
  PADO_OIDC_CLIENT_ID: z.string().min(1).optional(),
  PADO_OIDC_CLIENT_SECRET: z.string().min(1).optional(),
  PADO_OIDC_CLIENT_SECRET_FILE: secretFile.optional(),
  PADO_OIDC_SCOPE: z
    .string()
    .regex(/^openid( \S+)*$/, 'begins with openid')
    .default('openid profile email'),
  /** Which claim of the ID token names what a person may do here, and what each of its values stands for. */
  PADO_OIDC_ROLES_CLAIM: z.string().min(1).default('groups'),
  PADO_OIDC_ROLES: roles.optional(),
};
const variables = z.object(signInVariables);
type SignInEnv = z.output<typeof variables>;

const NEEDED = ['PADO_CONSOLE_URL', 'PADO_OIDC_CLIENT_ID', 'PADO_OIDC_ROLES'] as const;

export function refineSignIn(env: SignInEnv, ctx: z.RefinementCtx): void {
  const fault = (path: string, message: string) => ctx.addIssue({ code: 'custom', path: [path], message });
  const secrets = [env.PADO_OIDC_CLIENT_SECRET, env.PADO_OIDC_CLIENT_SECRET_FILE].filter((one) => one !== undefined);
  if (env.PADO_OIDC_ISSUER === undefined) return;
  for (const name of NEEDED) if (env[name] === undefined) fault(name, 'is needed where PADO_OIDC_ISSUER is set');
  if (secrets.length !== 1) fault('PADO_OIDC_CLIENT_SECRET', 'is needed where PADO_OIDC_ISSUER is set, it or its file');
}

export interface OidcTerms {
  issuer: string;
  clientId: string;
  clientSecret: string;
  scope: string;
  rolesClaim: string;
  /** A value of the claim → roles. */
  roles: Record<string, (typeof ROLES)[number][]>;
  consoleUrl: string;
  /** As the provider knows it. */
  redirectUrl: string;
}
export interface SignInConfig {
  /** Where people reach the console; null: where the API listens. */
  consoleUrl: string | null;
  /** Null: people sign in by links and passwords alone. */
  oidc: OidcTerms | null;
}

export function signInConfig(e: SignInEnv): SignInConfig {
  const consoleUrl = e.PADO_CONSOLE_URL ?? null;
  const clientSecret = e.PADO_OIDC_CLIENT_SECRET ?? e.PADO_OIDC_CLIENT_SECRET_FILE;
  const { PADO_OIDC_ISSUER: issuer, PADO_OIDC_CLIENT_ID: clientId, PADO_OIDC_ROLES: map } = e;
  if (!issuer || !clientId || !map || !consoleUrl || !clientSecret) return { consoleUrl, oidc: null };
  const oidc = {
    issuer,
    clientId,
    clientSecret,
    scope: e.PADO_OIDC_SCOPE,
    rolesClaim: e.PADO_OIDC_ROLES_CLAIM,
    roles: map,
    consoleUrl,
    redirectUrl: `${consoleUrl}/v1/session/oidc/callback`,
  };
  return { consoleUrl, oidc };
}
