/**
 * What needs a person, at the edge. Pure.
 */
import { z } from 'zod';
import { moneySchema, toMoneyJson } from '../../domain/base/money.js';
import { CODES } from '../../domain/attention/classes.js';
import { itemOf, type Found } from '../../domain/attention/item.js';
import type { RetrySelector } from '../../domain/retry/selector.js';
import type { ItemPlace } from '../../storage/attention-items.store.js';
import type { QueueScope, QueueWaiting, StoppedQueue } from '../../storage/queue-attention.store.js';
import { workflowsUrl, type TemporalUi } from '../../temporal/ui.js';
import { otherCursor, pageOf, pageQuerySchema, readCursor } from '../http/page.js';
import { retriersOf } from '../retries/retries.dto.js';

const codeSchema = z.enum(CODES).meta({ id: 'AttentionCode' });
const deskSchema = z.enum(['operator', 'finance', 'marketer']).meta({ id: 'Desk' });

export const attentionQuerySchema = pageQuerySchema.extend({
  code: codeSchema.optional().describe('only of this class'),
  desk: deskSchema.optional().describe('only what this desk acts on'),
});

export const attentionItemSchema = z
  .object({
    code: codeSchema,
    subject: z.string().describe('gateway/<g>, provider/<p>, run/<id>, campaign/<k>, account/<key>, …'),
    cause: z.string().describe('a stable word, or what the other side said'),
    what: z.string(),
    count: z.int().describe('of what may be very many, no more than 10,000 of each queue are counted'),
    firstSeen: z.iso.datetime().describe('since when the oldest of it is, business time; where nobody knows, now'),
    lastSeen: z.iso.datetime(),
    sample: z.array(z.string()).describe('ids of the oldest, five at most'),
    desk: deskSchema.describe('who acts on it'),
    ifRetried: z.string().describe('what would become of it if it were tried again as it is'),
    do: z.object({ what: z.string(), how: z.string().describe('a call or command') }),
    retry: z
      .object({
        selector: z.looseObject({ what: z.literal('attention') }).describe('of POST /v1/retries'),
        roles: z.array(z.string()).describe('that may have it retried'),
      })
      .nullable()
      .describe('null where a retry is not what cures it'),
    workflows: z
      .string()
      .nullable()
      .describe('where Temporal’s UI shows those of it; null: there is none, or nobody has said where'),
  })
  .meta({ id: 'AttentionItem' });

export const attentionPageSchema = z
  .object({ now: z.iso.datetime().describe('business time of the answer'), ...pageOf(attentionItemSchema).shape })
  .meta({ id: 'AttentionPage' });

export function presentItem(found: Found, ui: TemporalUi) {
  const { cure, firstSeen, lastSeen, ...item } = itemOf(found);
  const iso = (at: number) => new Date(at).toISOString();
  return {
    ...item,
    firstSeen: iso(firstSeen),
    lastSeen: iso(lastSeen),
    do: cure,
    retry: retryOf(found),
    workflows: workflowsUrl(ui, found.subject),
  };
}

function retryOf({ code, subject, cause }: Found) {
  const selector: RetrySelector = { what: 'attention', code, subject, ...(cause === '' ? {} : { cause }) };
  const roles = retriersOf(selector);
  return roles.length === 0 ? null : { selector, roles };
}

export const placeOfItem = ({ code, subject, cause }: Found): string => JSON.stringify([code, subject, cause]);

const placeSchema = z.tuple([codeSchema, z.string(), z.string()]);

/** Errors: 400 where the cursor is not one of ours. */
export function readPlace(cursor: string | undefined): ItemPlace | null {
  const text = readCursor(cursor);
  if (text === '') return null;
  try {
    return placeSchema.parse(JSON.parse(text));
  } catch {
    throw otherCursor();
  }
}

export const queueKindSchema = z.enum(['gateway', 'provider']);

export const stoppedQueueSchema = z
  .object({
    queue: z.string(),
    stopped: z.array(z.object({ shard: z.int(), answer: z.string(), since: z.iso.datetime().nullable() })),
    waiting: z.object({
      count: z.int().describe('messages or payouts that would be gated again and handed over'),
      totals: z.array(moneySchema).describe('of payouts, what they come to'),
    }),
    aside: z
      .object({
        count: z.int().describe('messages or payouts that were answered so by themselves; set aside, they stay behind'),
        totals: z.array(moneySchema).describe('of payouts, what they come to'),
        sample: z.array(z.string()).describe('ids of messages or keys of payouts, five at most'),
      })
      .describe('what `setAside: true` is about'),
  })
  .meta({ id: 'StoppedQueue' });

export const clearSchema = z
  .strictObject({
    reason: z.string().trim().min(1).max(500),
    setAside: z
      .boolean()
      .default(false)
      .describe('what was answered so by itself stays behind: messages are withheld for good, payouts are held'),
  })
  .meta({ id: 'ClearQueue' });
export const clearedSchema = z
  .object({
    queue: z.string(),
    cleared: z.array(z.int()).describe('shards'),
    setAside: z.array(z.string()).describe('ids of messages or keys of payouts'),
  })
  .meta({ id: 'ClearedQueue' });

const sums = (totals: QueueWaiting['totals']) =>
  totals.map(({ total, currency }) => toMoneyJson({ minor: total, currency }));

export function presentQueue(
  { kind, name }: QueueScope,
  stopped: StoppedQueue[],
  { count, totals }: QueueWaiting,
  aside: QueueWaiting & { sample: string[] },
) {
  return {
    queue: `${kind}/${name}`,
    stopped: stopped.map(({ shard, attention, since }) => ({
      shard,
      answer: attention,
      since: since?.toISOString() ?? null,
    })),
    waiting: { count, totals: sums(totals) },
    aside: { ...aside, totals: sums(aside.totals) },
  };
}
