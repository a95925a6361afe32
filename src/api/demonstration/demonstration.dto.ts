/**
 * The demonstration at the edge: how far somebody is with its four steps, told from what has happened. Pure.
 */
import { z } from 'zod';
import type { DemonstrationFacts } from '../../storage/demonstration.store.js';

const time = z.iso.datetime();
const count = z.int().nonnegative();

export const faultSchema = z
  .strictObject({
    fault: z.literal('paid_then_silent').describe('the provider pays, does not answer, and cannot be asked'),
    seconds: z.int().min(10).max(180).default(60).describe('after which it is well again by itself'),
  })
  .meta({ id: 'DemonstrationFault' });

export const demonstrationSchema = z
  .object({
    now: time,
    demonstration: z
      .object({
        campaign: z.string(),
        run: z.string().nullable().describe('the newest of the campaign'),
        provider: z.string(),
        watched: z.boolean().describe('somebody of the second wave has been paid'),
        changed: z.boolean().describe('a person has edited the campaign or its segment'),
        launched: z.string().nullable().describe('the newest campaign of their own that a person has launched'),
        fault: z
          .object({
            at: time,
            until: time.describe('from then on the provider is well'),
            over: z.boolean(),
            lost: count.describe('payouts since then whose answer was lost'),
            ambiguous: count.describe('of which nobody knows now whether they were paid'),
            doubled: count.describe('payouts that the ledger has paid more than once'),
            underWay: count.describe('customers of the campaign, and payouts, that are still to come to an end'),
            matched: z
              .object({ day: z.string(), payments: count, differences: count })
              .nullable()
              .describe('the newest match of a day since it is over'),
          })
          .nullable(),
      })
      .nullable()
      .describe('null: this installation is no demonstration'),
  })
  .meta({ id: 'Demonstration' });

export type Demonstrating = z.infer<typeof demonstrationSchema>;

export function presentDemonstration(
  { campaign, provider }: { campaign: string; provider: string },
  { run, watched, changed, launched, fault }: DemonstrationFacts,
  now: number,
): Demonstrating {
  const told = fault && {
    at: fault.at.toISOString(),
    until: fault.until.toISOString(),
    over: fault.until.getTime() <= now,
    lost: fault.lost,
    ambiguous: fault.ambiguous,
    doubled: fault.doubled,
    underWay: fault.underWay,
    matched: fault.matched,
  };
  const demonstration = { campaign, run, provider, watched, changed, launched, fault: told };
  return { now: new Date(now).toISOString(), demonstration };
}
