/**
 * Payouts at the edge. A coupon's code is the customer's and is not shown.
 */
import { z } from 'zod';
import { instantSchema } from '../../domain/base/instant.js';
import { currencySchema, moneySchema } from '../../domain/base/money.js';
import { payoutKindSchema } from '../../domain/base/payout-kinds.js';
import { PAYOUT_STATES } from '../../domain/ledger/payout-moves.js';
import type { PayoutFilter } from '../../storage/payouts-read.store.js';
import { pageOf, pageQuerySchema } from '../http/page.js';
import { owedStateSchema, proposalSchema } from './decisions.dto.js';

export const payoutStateSchema = z.enum(PAYOUT_STATES).meta({ id: 'PayoutState' });
const time = z.iso.datetime();

const day = z.iso.date();
export const payoutFilterSchema = z.object({
  run: z.string().max(40).optional(),
  state: z
    .union([payoutStateSchema, z.array(payoutStateSchema)])
    .optional()
    .describe('one, or repeated for several'),
  campaign: z.string().max(64).optional(),
  provider: z.string().max(64).optional(),
  budget: z.string().max(64).optional(),
  currency: currencySchema.optional(),
  from: day.optional().describe('earned on that day or later, in the zone of the books'),
  to: day.optional().describe('earned on that day or earlier'),
  since: instantSchema.optional().describe('in its state since then or later'),
  before: instantSchema.optional().describe('in its state since earlier'),
});
export const payoutQuerySchema = pageQuerySchema.extend(payoutFilterSchema.shape);

export function readPayoutFilter({ state, ...filter }: z.infer<typeof payoutFilterSchema>): PayoutFilter {
  return { ...filter, states: state === undefined ? undefined : [state].flat() };
}

const payout = {
  key: z.string(),
  generation: z.int(),
  run: z.string(),
  campaign: z.string(),
  node: z.string(),
  visit: z.int(),
  wave: z.int(),
  customer: z.string(),
  kind: payoutKindSchema,
  amount: moneySchema,
  budget: z.string(),
  provider: z.string(),
  state: payoutStateSchema,
  reason: z.string().nullable(),
  decidedAt: time,
  attempts: z.int(),
  reference: z.string().nullable(),
  paidAt: time.nullable(),
};
export const payoutSchema = z.object(payout).meta({ id: 'Payout' });
export const payoutPageSchema = pageOf(payoutSchema);

export const payoutDetailSchema = z
  .object({
    ...payout,
    owed: owedStateSchema.nullable().describe('of a rejected one: what became of what is owed'),
    proposed: proposalSchema.nullable().describe('what waits for another person to approve it'),
    moves: z.array(
      z.object({
        from: z.string().nullable(),
        to: z.string(),
        cause: z.string(),
        reason: z.string().nullable(),
        at: time,
      }),
    ),
    attempts: z.array(
      z.object({
        attempt: z.int(),
        now: time,
        customerStatus: z.string(),
        gateVersion: z.int(),
        openedAt: time,
        closedAt: time.nullable(),
        outcome: z.string().nullable(),
      }),
    ),
    reversals: z.array(
      z.object({
        n: z.int(),
        state: z.enum(['requested', 'submitting', 'ambiguous', 'reversed', 'rejected']),
        reason: z.string(),
        proposedBy: z.string(),
        approvedBy: z.string(),
        requestedAt: time,
        attempts: z.int(),
        told: z.string().nullable().describe('why it was rejected, or is still unsure'),
        reference: z.string().nullable(),
        decidedAt: time.nullable(),
      }),
    ),
    transfers: z.array(
      z.object({
        id: z.string(),
        kind: z.string(),
        at: time,
        debit: z.string(),
        credit: z.string(),
        amount: moneySchema,
      }),
    ),
  })
  .meta({ id: 'PayoutDetail' });
