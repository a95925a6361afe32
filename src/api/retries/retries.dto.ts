/**
 * Retries at the edge: what is asked for, what it would do, and what became of each item.
 */
import { z } from 'zod';
import { moneySchema, toMoneyJson } from '../../domain/base/money.js';
import { RETRY_EFFECTS, type Pay } from '../../domain/retry/effect.js';
import { plainOf, retrySelectorSchema, type PlainSelector, type RetrySelector } from '../../domain/retry/selector.js';
import type { Role } from '../../storage/keys.store.js';
import type { Retry, RetryItem } from '../../storage/retries.store.js';
import { pageOf, pageQuerySchema } from '../http/page.js';

export const retryAskedSchema = z
  .strictObject({ selector: retrySelectorSchema, reason: z.string().trim().min(1).max(500) })
  .meta({ id: 'RetryAsked' });

const stateSchema = z.enum(['planned', 'under_way', 'done']).meta({ id: 'RetryState' });

export const retryQuerySchema = pageQuerySchema.extend({
  state: stateSchema.optional().describe('only those that are so far'),
  needsApproval: z
    .enum(['true', 'false'])
    .transform((said) => said === 'true')
    .optional()
    .describe('only those that another person has to approve, or only the others'),
});

const counts = z.record(z.string(), z.int());
const time = z.iso.datetime();

export const retrySchema = z
  .object({
    no: z.int(),
    state: stateSchema,
    selector: z.looseObject({ what: z.string() }),
    reason: z.string(),
    askedBy: z.string(),
    at: time,
    effect: z.object({
      acts: z.int().describe('items that would do something to a customer or to money'),
      sends: z.int().describe('messages that would be decided at once'),
      pays: z.array(z.object({ count: z.int(), total: moneySchema })).describe('what would be paid, at most'),
      would: counts.describe('items by what each would do: put_back, reissue, approve, ask, tell, nudge'),
      nothing: counts.describe('items of which nothing would become, by why'),
      left: z.int().describe('of the selector, beyond what one retry takes: for another'),
    }),
    roles: z.array(z.string()).describe('that may let it begin'),
    needsApproval: z.boolean().describe('another person than who asked has to approve it'),
    begun: z.object({ by: z.string(), at: time }).nullable(),
    done: time.nullable(),
    outcomes: counts.describe('`done`, and by why nothing was done'),
  })
  .meta({ id: 'Retry' });

const itemSchema = z.object({
  no: z.int(),
  kind: z.enum(['participant', 'payout', 'message', 'link', 'lane', 'run', 'queue']),
  subject: z.string().describe('customer, payout key, message id, link id, lane, run, or queue'),
  run: z.string().nullable(),
  effect: z.enum(RETRY_EFFECTS),
  why: z.string().nullable().describe('why nothing would become of it'),
  sends: z.int(),
  pays: z.array(moneySchema),
  outcome: z.enum(['done', 'nothing']).nullable(),
  detail: z.string().nullable().describe('of a reissue the new payout; else why nothing was done'),
  at: time.nullable(),
});

export const retryPageSchema = z
  .object({ ...retrySchema.shape, ...pageOf(itemSchema).shape })
  .meta({ id: 'RetryPage' });

export function presentRetry({ acts, sends, pays, would, nothing, left, ...retry }: Retry) {
  const open = retry.begun ? ('under_way' as const) : ('planned' as const);
  return {
    ...retry,
    roles: retriersOf(retry.selector),
    state: retry.done ? ('done' as const) : open,
    at: retry.at.toISOString(),
    begun: retry.begun && { ...retry.begun, at: new Date(retry.begun.at).toISOString() },
    done: retry.done?.toISOString() ?? null,
    effect: {
      acts,
      sends,
      pays: pays.map(({ currency, count, minor }) => ({ count, total: toMoneyJson({ minor, currency }) })),
      would,
      nothing,
      left,
    },
  };
}

export function presentRetryItem({ runId, outcomeAt, pays, ...item }: RetryItem) {
  const worth = pays.map(({ minor, currency }: Pay) => toMoneyJson({ minor, currency }));
  return { ...item, run: runId, pays: worth, at: outcomeAt?.toISOString() ?? null };
}

/** Nobody where a retry is no cure. */
export function retriersOf(selector: RetrySelector): Role[] {
  const plain = plainOf(selector);
  return plain ? [...RETRIERS[plain.what]] : [];
}

/** Who may have it retried, as who may decide about one of it. */
export const RETRIERS: Record<PlainSelector['what'], readonly Role[]> = {
  participants: ['marketer', 'operator', 'admin'],
  payouts: ['finance', 'operator', 'admin'],
  messages: ['operator', 'admin'],
  links: ['operator', 'admin'],
  lanes: ['operator', 'admin'],
  run: ['operator', 'admin'],
  queues: ['operator', 'admin'],
};
