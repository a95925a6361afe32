/**
 * What alerts are judged by, from the figures of the attention list. Ages in seconds, 0 where there is nothing.
 */
import type { AttentionCode } from './classes.js';

export interface Seen {
  /** Business time, epoch ms. */
  now: number;
  /** Since when the oldest of a class is; what is missing or null is not there. */
  oldest: Partial<Record<AttentionCode, number | null>>;
  /** When something was last decided; null: never. */
  lastDecision: number | null;
}

export interface Ages {
  /** The oldest that is due and that nobody moves. */
  overdue: number;
  /** For how long something has been due and nothing at all was decided. */
  noProgress: number;
  ambiguousMessage: number;
  ambiguousPayout: number;
  unsealed: number;
}

const DUE = [
  'run_overdue',
  'lane_overdue',
  'start_overdue',
  'switch_unfinished',
  'message_overdue',
  'payout_overdue',
  'lookup_overdue',
  'event_backlog',
] as const satisfies AttentionCode[];

export function agesOf({ now, oldest, lastDecision }: Seen): Ages {
  const since = (at: number | null | undefined) => (at == null ? 0 : Math.max(0, (now - at) / 1_000));
  const age = (code: AttentionCode) => since(oldest[code]);
  const overdue = Math.max(...DUE.map(age));
  return {
    overdue,
    noProgress: lastDecision === null ? overdue : Math.min(overdue, since(lastDecision)),
    ambiguousMessage: age('message_ambiguous'),
    ambiguousPayout: age('payout_ambiguous'),
    unsealed: age('ledger_unsealed'),
  };
}
