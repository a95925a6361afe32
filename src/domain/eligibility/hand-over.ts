/**
 * The gate before every hand-over (law 6): what the cohort decided is judged again, by the same gate, at the hand-over's now and
 * on the facts of that moment.
 */
import type { EpochMs } from '../base/time.js';
import type { Channel, Purpose, QuietHours } from '../journey/definition.js';
import { isValidAt, type Validity } from '../journey/review.js';
import { addressKind, judgeGate, type GateFacts } from './gate.js';

export interface QueuedMessage {
  channel: Channel;
  purpose: Purpose;
  quiet: QuietHours | null;
  notAfter: EpochMs;
  /** The run, campaign, channel or everything has been stopped. */
  stopped: boolean;
  /** The advertising's review holds so long. */
  review?: Validity | null;
  /** Why it must not go out, whatever the gate says: a resume skipped it. */
  withhold?: string | null;
  /** Why its campaign's policy pack forbids it; null: it keeps to the pack; absent: there is none. */
  breach?: string | null | undefined;
}

/** `to` is empty where the customer's id is enough. */
export type HandOver = { go: true; to: string; codes: string[] } | { go: false; reason: string; codes: string[] };

export function judgeHandOver(message: QueuedMessage, facts: GateFacts, now: EpochMs): HandOver {
  if (message.stopped) return { go: false, reason: 'stopped', codes: ['stop'] };
  if (message.withhold) return { go: false, reason: message.withhold, codes: [] };
  if (now >= message.notAfter) return { go: false, reason: 'expired', codes: [] };
  if (!isValidAt(message.review ?? null, now)) return { go: false, reason: 'review_invalid', codes: [] };
  const verdict = judgeGate(facts, message, now);
  if (!verdict.pass) return { go: false, reason: verdict.reason as string, codes: verdict.codes };
  const { breach } = message;
  if (breach !== undefined) verdict.codes.push(`pack=${breach ?? 'kept'}`);
  if (breach) return { go: false, reason: breach, codes: verdict.codes };
  const kind = addressKind(message.channel);
  return { go: true, to: kind === null ? '' : (facts.addresses[kind] as string), codes: verdict.codes };
}

/**
 * Each by itself: where a customer's facts are such that nobody can judge them, the message is withheld, and the others go. Errors: throws where that is
 * so of all of several, for then it is the program's fault and not theirs.
 */
export function judgeHandOvers(all: readonly { message: QueuedMessage; facts: GateFacts }[], now: EpochMs): HandOver[] {
  const errors: unknown[] = [];
  const verdicts = all.map(({ message, facts }): HandOver => {
    try {
      return judgeHandOver(message, facts, now);
    } catch (error) {
      errors.push(error);
      return { go: false, reason: 'undecidable', codes: [] };
    }
  });
  if (errors.length > 1 && errors.length === all.length) throw errors[0];
  return verdicts;
}
