/**
 * The secrets that we share with one system: one, or several by name while one takes the place of another. All of them are in force at once, so that
 * neither side has to change at the moment at which the other does.
 */
import { z } from 'zod';

/** Standard Webhooks: base64 of 24 to 64 bytes, with or without `whsec_`. */
const secret = z
  .string()
  .regex(/^(whsec_)?[A-Za-z0-9+/]{32,88}={0,2}$/, 'is base64 of 24 to 64 bytes (Standard Webhooks)');
const named = z.strictObject({
  /** Told in logs and figures; the secret never is. */
  name: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$/, 'is 1 to 40 of A-Z a-z 0-9 . _ -'),
  secret,
});
export type NamedSecret = z.infer<typeof named>;
export type Secrets = string | NamedSecret[];

const IN_FORCE_MAX = 4;

export const secretsSchema: z.ZodType<Secrets> = z.union([
  secret,
  z
    .array(named)
    .min(1)
    .max(IN_FORCE_MAX)
    .refine((list) => new Set(list.map(({ name }) => name)).size === list.length, 'has a name twice')
    .refine((list) => new Set(list.map(({ secret: own }) => own)).size === list.length, 'has a secret twice'),
]);

/** In their order: the newest first. One without a name is called `only`. */
export const secretsOf = (secrets: Secrets): NamedSecret[] =>
  typeof secrets === 'string' ? [{ name: 'only', secret: secrets }] : secrets;
