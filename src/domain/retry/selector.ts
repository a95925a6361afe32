/**
 * What is to be tried again: people who were set apart, links, payouts, messages, lanes, queues, all of a run, or an item of what needs a person. Pure.
 */
import { z } from 'zod';
import { CODES, type AttentionCode } from '../attention/classes.js';

const run = z.string().min(1).max(40);
const key = z.string().min(1).max(64);
const cause = z.string().min(1).max(200);
const name = z.string().min(1).max(40);
const ids = z.array(z.string().min(1).max(256)).min(1).max(1_000);

const participants = z.strictObject({
  what: z.literal('participants'),
  run,
  customers: ids.optional().describe('these alone; those of whom nothing would become are told, too'),
  cause: cause.optional().describe('as failed, such as failed_data'),
  node: key.optional(),
  lane: z.int().min(0).optional(),
});
const links = z.strictObject({ what: z.literal('links'), run, cause: cause.optional() });
const lanes = z.strictObject({ what: z.literal('lanes'), run, lane: z.int().min(0).optional() });
const wholeRun = z.strictObject({ what: z.literal('run'), run }).describe('its people, links and lanes');
const payouts = z.strictObject({
  what: z.literal('payouts'),
  state: z.enum(['owed', 'held', 'unapproved', 'ambiguous']),
  run: run.optional(),
  campaign: key.optional(),
  provider: name.optional(),
  cause: cause.optional(),
  payouts: ids.optional(),
});
const messages = z
  .strictObject({
    what: z.literal('messages'),
    state: z.enum(['ambiguous', 'rejected']),
    run: run.optional(),
    gateway: name.optional(),
  })
  .refine(({ state, run: of }) => state !== 'rejected' || of !== undefined, {
    path: ['run'],
    message: 'is needed where messages were rejected',
  });
const queues = z.strictObject({ what: z.literal('queues'), kind: z.enum(['gateway', 'provider']), name });
const attention = z.strictObject({
  what: z.literal('attention'),
  code: z.enum(CODES),
  subject: z.string().min(1).max(300),
  cause: cause.optional(),
});

const plain = [participants, links, lanes, wholeRun, payouts, messages, queues] as const;
export const retrySelectorSchema = z.discriminatedUnion('what', [...plain, attention]).meta({ id: 'RetrySelector' });
export type RetrySelector = z.infer<typeof retrySelectorSchema>;
export type PlainSelector = Exclude<RetrySelector, { what: 'attention' }>;

/** What an item of the attention list stands for; null: a retry is not what cures it. */
export function plainOf(selector: RetrySelector): PlainSelector | null {
  if (selector.what !== 'attention') return selector;
  const { code, subject, cause: why } = selector;
  const at = subject.indexOf('/');
  const [kind, own] = [subject.slice(0, at), subject.slice(at + 1)];
  const of = PLAIN[code];
  return of && own !== '' ? of({ kind, own, ...(why === undefined ? {} : { why }) }) : null;
}

interface Item {
  /** Of the subject run/<id>: `run`, and the id. */
  kind: string;
  own: string;
  why?: string;
}

const payoutsOf =
  (state: 'owed' | 'held' | 'ambiguous') =>
  ({ own, why }: Item): PlainSelector => ({ what: 'payouts', state, provider: own, ...(why ? { cause: why } : {}) });

const queueOf = ({ kind, own }: Item): PlainSelector | null =>
  kind === 'gateway' || kind === 'provider' ? { what: 'queues', kind, name: own } : null;

const PLAIN: Partial<Record<AttentionCode, (item: Item) => PlainSelector | null>> = {
  participant_failed({ own, why }) {
    const [reason, node] = why?.split(' at ') ?? []; // as the list says it
    return { what: 'participants', run: own, ...(reason ? { cause: reason } : {}), ...(node ? { node } : {}) };
  },
  link_failed: ({ own, why }) => ({ what: 'links', run: own, ...(why ? { cause: why } : {}) }),
  run_overdue: ({ own }) => ({ what: 'lanes', run: own }),
  lane_overdue: ({ own }) => ({ what: 'lanes', run: own }),
  message_overdue: queueOf,
  payout_overdue: queueOf,
  lookup_overdue: queueOf,
  message_ambiguous: ({ own }) => ({ what: 'messages', state: 'ambiguous', gateway: own }),
  payout_ambiguous: ({ own }) => payoutsOf('ambiguous')({ kind: 'provider', own }),
  payout_held: payoutsOf('held'),
  payout_unapproved: ({ own }) => ({ what: 'payouts', state: 'unapproved', run: own }),
  payout_owed: payoutsOf('owed'),
};
