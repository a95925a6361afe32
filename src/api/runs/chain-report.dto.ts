/**
 * The report over a chain of linked campaigns at the edge.
 */
import { z } from 'zod';
import { cellSchema, openSchema, reachSchema, whyMadeSchema } from './runs.dto.js';

const byReason = z.record(z.string(), z.int());

const waveSchema = z.object({
  wave: z.int(),
  node: z.string(),
  entered: z.int().describe('visits of the send that were decided = open + sent + rejected + withheld + suppressed'),
  open: z.int().describe('queued, submitting or ambiguous'),
  sent: z.int().describe('accepted by the gateway'),
  rejected: byReason,
  withheld: byReason,
  suppressed: byReason,
  responded: z.int(),
  late: z.int().describe('came after the wait had closed; not among responded'),
  paid: z.int(),
  delivered: z.int().describe('told by the gateway'),
  goal: z.int().describe('whose goal event occurred within its window'),
});

const legSchema = z
  .object({
    campaign: z.string(),
    version: z.int(),
    begins: z.boolean().describe('the chain begins here'),
    runs: z.array(z.string()).describe('that the chain came through'),
    expired: z.array(z.string()).describe('of these: their decisions and messages are counted no more'),
    people: z.int().describe('entries: who was let in twice counts twice'),
    why: whyMadeSchema,
    waves: z.array(waveSchema),
    payouts: byReason.describe('by state'),
    open: openSchema,
    cells: z.array(cellSchema).describe('by wave, arm, sub-segment label and offer'),
    treated: reachSchema.describe('everybody but the holdout, sent to or not'),
    holdout: reachSchema,
  })
  .meta({
    id: 'ChainCampaign',
    description: 'one version of a campaign, as far as the chain came through it: what others did there is not in it',
  });

const seamSchema = z
  .object({
    campaign: z.string(),
    version: z.int(),
    node: z.string().describe('the link'),
    to: z.string().describe('the campaign that it leads to'),
    links: z.int().describe('= told + waiting + failed'),
    told: z.int().describe('= entered + refused + notOpen'),
    entered: z.int(),
    refused: byReason,
    notOpen: z.int().describe('the campaign had ended'),
    waiting: z.int().describe('it is paused, not launched yet, or just being told'),
    failed: z.int().describe('set apart: see the links of the run'),
  })
  .meta({ id: 'ChainSeam' });

export const chainReportSchema = z
  .object({
    run: z.string().nullable().describe('where the chain begins: a run,'),
    campaign: z.string().nullable().describe('or all runs of a campaign'),
    businessEpoch: z.iso.datetime().nullable(),
    campaigns: z.array(legSchema).describe('where the chain begins first, then in the order in which anybody came'),
    seams: z.array(seamSchema),
    treated: z
      .object({
        people: z.int(),
        sent: z.int().describe('to whom at least one message went out'),
        responded: z.int(),
        rewarded: z.int().describe('to whom at least one payout was paid'),
        payouts: z.int(),
        amounts: z
          .array(z.object({ value: z.string().describe('minor units'), currency: z.string() }))
          .describe('paid, by currency'),
        goal: z.int().describe('of the campaign where the chain begins'),
      })
      .describe('customers, each once, however many campaigns they came through'),
    holdout: reachSchema.describe('customers who were held out wherever they were'),
  })
  .meta({ id: 'ChainReport' });
