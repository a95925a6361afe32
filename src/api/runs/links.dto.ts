/**
 * Links of a run at the edge: who went on in another campaign, and who did not get in, with the reason.
 */
import { z } from 'zod';
import { keySchema } from '../../domain/base/keys.js';
import { LINK_OUTCOMES } from '../../storage/links-read.store.js';
import { pageOf, pageQuerySchema } from '../http/page.js';

export const linkQuerySchema = pageQuerySchema.extend({
  outcome: z.enum(LINK_OUTCOMES).optional(),
  reason: z.string().max(64).optional(),
  campaign: keySchema.optional(),
});

export const linkPageSchema = pageOf(
  z
    .object({
      id: z.string(),
      customer: z.string(),
      node: z.string().describe('the link'),
      visit: z.int(),
      campaign: z.string().describe('that it leads to'),
      at: z.iso.datetime(),
      outcome: z
        .enum(LINK_OUTCOMES)
        .describe(
          'waiting: the campaign is paused, not launched yet, or is just being told; not_open: it had ended; failed: set apart, see `retell`',
        ),
      reason: z.string().nullable().describe('of a refusal by entry policy, segment or stop; of a failure'),
      enteredRun: z.string().nullable(),
    })
    .meta({ id: 'Link' }),
);

export const retellSchema = z.strictObject({ reason: z.string().trim().min(1).max(500) }).meta({ id: 'Retell' });
export const retoldSchema = z.object({ run: z.string(), links: z.int() }).meta({ id: 'Retold' });
