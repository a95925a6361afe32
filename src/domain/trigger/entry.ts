/**
 * Entry policy of a campaign that starts on an event: may this customer enter (again)? Never twice at once, whatever the policy.
 */
import { z } from 'zod';
import { spanMs, spanSchema, type EpochMs } from '../base/time.js';

export const entrySchema = z
  .discriminatedUnion('policy', [
    z.strictObject({ policy: z.literal('once') }),
    /** Once per value of this property of the event, such as an order's number. */
    z.strictObject({ policy: z.literal('once_per_key'), key: z.string().min(1).max(100) }),
    /** Again when this span has passed since the last entry. */
    z.strictObject({ policy: z.literal('again'), after: spanSchema }),
  ])
  .meta({ id: 'EntryPolicy' });
export type EntryPolicy = z.infer<typeof entrySchema>;

export type EntryRefusal = 'entered_before' | 'no_key' | 'key_used' | 'too_soon' | 'under_way' | 'too_many';

/** Entries of one customer into one campaign, over all its versions. */
export interface EntryHistory {
  count: number;
  lastAt: EpochMs | null;
  keys: ReadonlySet<string>;
  /** Somewhere in a run of the campaign right now. */
  underWay: boolean;
}
export type EntryVerdict = { enter: true; no: number; key: string | null } | { enter: false; reason: EntryRefusal };

/** Each entry of a customer is in a run of its own round, so rounds are bounded. */
export const ENTRIES_MAX = 1000;
const KEY_LENGTH_MAX = 200;

/** `at`: business time at which the event was received. */
export function judgeEntry(
  policy: EntryPolicy,
  history: EntryHistory,
  event: { at: EpochMs; properties: Readonly<Record<string, unknown>> },
): EntryVerdict {
  const key = policy.policy === 'once_per_key' ? keyOf(event.properties, policy.key) : null;
  const reason = refusalOf(policy, history, event.at, key);
  if (reason) return { enter: false, reason };
  if (history.underWay) return { enter: false, reason: 'under_way' };
  if (history.count >= ENTRIES_MAX) return { enter: false, reason: 'too_many' };
  return { enter: true, no: history.count + 1, key };
}

export function afterEntry(history: EntryHistory, entered: { key: string | null }, at: EpochMs): EntryHistory {
  const keys = entered.key === null ? history.keys : new Set([...history.keys, entered.key]);
  return { count: history.count + 1, lastAt: at, keys, underWay: true };
}

export const NEVER_ENTERED: EntryHistory = { count: 0, lastAt: null, keys: new Set(), underWay: false };

function refusalOf(policy: EntryPolicy, history: EntryHistory, at: EpochMs, key: string | null): EntryRefusal | null {
  switch (policy.policy) {
    case 'once':
      return history.count > 0 ? 'entered_before' : null;
    case 'once_per_key':
      if (key === null) return 'no_key';
      return history.keys.has(key) ? 'key_used' : null;
    case 'again':
      return history.lastAt !== null && at < history.lastAt + spanMs(policy.after) ? 'too_soon' : null;
    default:
      return policy satisfies never;
  }
}

/** Texts, numbers and booleans name something; anything else is no key. `1` and `"1"` are one. */
function keyOf(properties: Readonly<Record<string, unknown>>, name: string): string | null {
  const value = Object.hasOwn(properties, name) ? properties[name] : undefined;
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') return null;
  const text = String(value);
  return text === '' || text.length > KEY_LENGTH_MAX ? null : text;
}
