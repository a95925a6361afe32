/**
 * Customers at the edge: the shapes of a row, of one customer, and of the changes to its gate facts.
 */
import { z } from 'zod';
import { customerIdSchema } from '../../domain/base/keys.js';
import { zoneSchema } from '../../domain/base/time.js';
import type { Consent } from '../../domain/eligibility/gate.js';
import { CHANNELS } from '../../domain/journey/definition.js';
import { tableHeadSchema } from '../files/table.js';

export const statusSchema = z.enum(['active', 'incident', 'withdrawn']).meta({ id: 'CustomerStatus' });

const CONSENT_KEYS = CHANNELS.flatMap((channel) => [`${channel}:advertising`, `${channel}:information`] as const);
const consentKeySchema = z.enum(CONSENT_KEYS, { error: 'is <channel>:<advertising|information>' });
const consentObject = z.strictObject({ granted: z.boolean(), night: z.boolean().default(false) });

export const consentsSchema = z
  .partialRecord(consentKeySchema, z.union([z.boolean(), consentObject]))
  .meta({ id: 'Consents', description: 'By <channel>:<purpose>; true means granted, without the night.' });

export function toConsents(consents: z.infer<typeof consentsSchema>): Record<string, Consent> {
  const entries = Object.entries(consents).map(([key, value]): [string, Consent] => [
    key,
    typeof value === 'boolean' ? { granted: value, night: false } : { granted: value.granted, night: value.night },
  ]);
  return Object.fromEntries(entries);
}

export const addressesSchema = z
  .strictObject({
    push: z.string().min(1).max(4096).nullable(),
    phone: z
      .string()
      .regex(/^\+[1-9][0-9]{6,14}$/, 'is an E.164 number such as +821012345678')
      .nullable(),
    email: z.email().max(254).nullable(),
    postal: z.string().min(1).max(500).nullable(),
  })
  .partial()
  .meta({ id: 'Addresses', description: 'null removes an address' });

const attributeName = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]{0,62}$/, 'is a letter or _ and then letters, digits, _; at most 63');
export const attributesSchema = z
  .record(attributeName, z.union([z.string().max(2000), z.number(), z.boolean(), z.null()]))
  .refine((attributes) => Object.keys(attributes).length <= 200, 'has at most 200 attributes')
  .meta({ id: 'Attributes', description: 'null removes an attribute' });

export const customerRowSchema = z
  .strictObject({
    id: customerIdSchema,
    status: statusSchema.optional(),
    zone: zoneSchema.optional(),
    consents: consentsSchema.optional(),
    addresses: addressesSchema.optional(),
    attributes: attributesSchema.optional(),
  })
  .meta({ id: 'CustomerRow', description: 'Absent fields stay as they are; maps are merged by key.' });

export const importResultSchema = z
  .object({
    received: z.int(),
    created: z.int(),
    updated: z.int(),
    unchanged: z.int(),
    head: tableHeadSchema.optional().describe('of a preview; empty for NDJSON'),
  })
  .meta({ id: 'CustomerImport' });

export const customerSchema = z
  .object({
    id: customerIdSchema,
    status: statusSchema,
    zone: z.string(),
    gateVersion: z.int(),
    attrVersion: z.int(),
    consents: z.record(z.string(), z.object({ granted: z.boolean(), night: z.boolean().optional() })),
    addresses: z.record(z.string(), z.string()),
    attributes: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  })
  .meta({ id: 'Customer' });

export const reasonSchema = z.string().min(1).max(500);
export const statusChangeSchema = z
  .strictObject({ status: statusSchema, reason: reasonSchema })
  .meta({ id: 'StatusChange' });
export const consentsChangeSchema = z
  .strictObject({ consents: consentsSchema, reason: reasonSchema })
  .meta({ id: 'ConsentsChange' });
