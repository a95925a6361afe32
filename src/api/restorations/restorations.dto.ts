/**
 * Restorations at the edge.
 */
import { z } from 'zod';

const time = z.iso.datetime();
const doubted = z.array(
  z.object({
    system: z.string().describe('the gateway or provider'),
    state: z
      .string()
      .describe('waiting: not asked about yet; asking; unknown: nobody can be asked, it is a person’s; else as found'),
    n: z.int(),
  }),
);

export const restorationSchema = z
  .object({
    no: z.int(),
    restoredTo: time.describe('database time: the newest that the restored database says of itself'),
    foundAt: time.describe('database time: what was lost was handed over before'),
    at: time,
    reason: z.string(),
    actor: z.string(),
    proposed: z.object({ by: z.string(), at: time, reason: z.string() }).nullable(),
    released: z.object({ by: z.string(), at: time }).nullable(),
  })
  .meta({ id: 'Restoration' });

export const restorationsSchema = z
  .object({
    items: z.array(restorationSchema),
    report: z.object({
      messages: doubted,
      payouts: doubted,
      unknownToUs: z
        .array(z.object({ system: z.string(), n: z.int() }))
        .describe('payments of settlements that we do not know, not explained yet'),
    }),
  })
  .meta({ id: 'Restorations' });

export const releaseSchema = z.strictObject({ reason: z.string().min(1).max(500) }).meta({ id: 'RestorationRelease' });
