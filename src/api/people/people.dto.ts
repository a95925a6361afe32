/**
 * People as the API takes and tells them; of a password, only that there is one.
 */
import { z } from 'zod';
import { PERSON_ROLES } from '../../storage/people.store.js';
import { reasonSchema } from '../customers/customers.dto.js';

const LINE = 'is 1 to 200 characters of one line';
const line = z
  .string()
  .min(1, LINE)
  .max(200, LINE)
  .refine((text) => !/\p{Cc}/u.test(text), LINE);
const rolesSchema = z
  .array(z.enum(PERSON_ROLES))
  .max(PERSON_ROLES.length)
  .refine((roles) => new Set(roles).size === roles.length, 'names a role twice');
const oidcSchema = z.strictObject({
  issuer: z.url().max(500).describe('of the identity provider'),
  subject: line.describe('what it calls the person'),
});
const accountSchema = z
  .string()
  .regex(/^(?!p_)[a-z0-9][a-z0-9._@+-]{0,99}$/, 'is 1 to 100 of a-z 0-9 . _ @ + -, and does not begin with p_')
  .describe('what they sign in as with a password');
const idOrAccount = /^[A-Za-z0-9][A-Za-z0-9._@+-]{0,99}$/;

export const calledSchema = z.string().regex(idOrAccount, 'is the id or the account of a person');
export const personContentSchema = z
  .strictObject({
    account: accountSchema.optional(),
    name: line,
    email: z.email().max(200).optional(),
    roles: rolesSchema,
    oidc: oidcSchema.optional(),
    reason: reasonSchema,
  })
  .refine(({ account, oidc }) => account !== undefined || oidc !== undefined, {
    path: ['account'],
    error: 'is needed, unless the identity provider knows the person',
  })
  .meta({ id: 'PersonContent' });
export const rolesChangeSchema = z
  .strictObject({ roles: rolesSchema, reason: reasonSchema })
  .meta({ id: 'PersonRolesChange' });
export const peopleReasonSchema = z.strictObject({ reason: reasonSchema }).meta({ id: 'PersonChange' });
export type PersonContentBody = z.infer<typeof personContentSchema>;

export const personSchema = z
  .object({
    id: z.string().describe('stands for them in every book'),
    account: z.string().nullable(),
    name: z.string(),
    email: z.string().nullable(),
    roles: rolesSchema,
    state: z.enum(['active', 'suspended']),
    password: z.boolean().describe('whether they have one'),
    oidc: oidcSchema.nullable(),
    createdAt: z.iso.datetime().describe('real time'),
  })
  .meta({ id: 'Person' });
export const linkSchema = z
  .object({
    person: z.string(),
    url: z.string().describe('lets its holder in, once; told only here'),
    expiresAt: z.iso.datetime().describe('real time'),
  })
  .meta({ id: 'SignInLink' });
