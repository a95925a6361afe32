/**
 * Consents at the edge: what stands, its history, what is due to be told, and what was told.
 */
import { z } from 'zod';
import { instantSchema } from '../../domain/base/instant.js';
import { channelSchema, purposeSchema } from '../../domain/base/channels.js';
import { customerIdSchema } from '../../domain/base/keys.js';
import { pageOf, pageQuerySchema } from '../http/page.js';

const time = z.iso.datetime();
const kindSchema = z.enum(['result', 'renewal']);

const standing = {
  channel: z.string(),
  purpose: z.string(),
  granted: z.boolean(),
  night: z.boolean().describe('consent of its own to the hours from 21:00 to 08:00'),
  since: time,
  resultDueAt: time.nullable().describe('the result of the change is to be told by then; null: told'),
  renewalDueAt: time.nullable().describe('the consent is to be notified again by then'),
};

export const customerConsentsSchema = z
  .object({
    customer: z.string(),
    standing: z.array(z.object(standing)),
    history: z.array(
      z.object({
        channel: z.string(),
        purpose: z.string(),
        granted: z.boolean(),
        night: z.boolean(),
        source: z.string().describe('import:<actor>, person:<actor>, receipt:<gateway> or erase:<actor>'),
        gateVersion: z.int(),
        occurredAt: time,
        recordedAt: time,
      }),
    ),
    notices: z.array(
      z.object({ channel: z.string(), purpose: z.string(), kind: kindSchema, toldAt: time, actor: z.string() }),
    ),
  })
  .meta({ id: 'CustomerConsents' });

export const dueQuerySchema = pageQuerySchema.extend({
  kind: kindSchema,
  /** Due before this instant; by default now. */
  before: instantSchema.optional(),
});
export const duePageSchema = pageOf(
  z.object({ customer: z.string(), ...standing, dueAt: time, overdue: z.boolean() }).meta({ id: 'DueConsent' }),
);

export const noticesSchema = z
  .strictObject({
    notices: z
      .array(
        z.strictObject({
          customer: customerIdSchema,
          channel: channelSchema,
          purpose: purposeSchema,
          kind: kindSchema,
          /** By default now. */
          toldAt: instantSchema.optional(),
        }),
      )
      .min(1)
      .max(1_000),
  })
  .meta({ id: 'ConsentNotices' });
export const noticesResultSchema = z.object({ recorded: z.int() }).meta({ id: 'ConsentNoticesRecorded' });
