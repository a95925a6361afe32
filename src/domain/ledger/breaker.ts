/**
 * When a provider is left alone: so many submissions in a row without an answer open its breaker. Then nothing is submitted for a while, then
 * one payout alone tries it, whose answer closes the breaker and whose silence opens it again. It only keeps from submitting: look-ups and
 * callbacks go on, and what has been sent is judged by its own reply.
 */
import type { SubmitReply } from './payout-replies.js';

export interface BreakerTerms {
  /** Submissions in a row, over all workers. */
  failures: number;
  /** Transport time in ms from the opening to the probe. */
  openMs: number;
}

/** What a reply says of the provider itself; `none`: nothing was asked of it. */
export type Sign = 'answered' | 'failed' | 'none';

export function signOf(reply: SubmitReply): Sign {
  switch (reply.kind) {
    case 'word':
    case 'key_reused':
    case 'refused':
      return 'answered';
    case 'later':
      if (reply.why === undefined) return 'none';
      return reply.why === 'busy' ? 'answered' : 'failed';
    case 'unknown':
      return 'failed';
    default:
      return reply satisfies never;
  }
}

export interface Breaker {
  /** In a row, so far. */
  failures: number;
  isOpen: boolean;
  /** The attempt that tries an open one. */
  probe: number | null;
}

export type BreakerChange =
  | { kind: 'none' }
  | { kind: 'counted'; failures: number }
  | { kind: 'opened'; failures: number }
  | { kind: 'closed' }
  /** The probe was not sent: another one may be. */
  | { kind: 'untried' };

/** Of replies in the order in which they are recorded. An open one believes its probe alone: the others were sent before it opened. */
export function judgeSigns(
  breaker: Breaker,
  signs: readonly { attemptId: number; sign: Sign }[],
  terms: BreakerTerms,
): BreakerChange {
  if (breaker.isOpen) return judgeProbe(breaker, signs);
  let { failures } = breaker;
  for (const { sign } of signs) {
    if (sign === 'answered') failures = 0;
    if (sign === 'failed') failures += 1;
    if (failures >= terms.failures) return { kind: 'opened', failures };
  }
  return failures === breaker.failures ? { kind: 'none' } : { kind: 'counted', failures };
}

function judgeProbe({ failures, probe }: Breaker, signs: readonly { attemptId: number; sign: Sign }[]): BreakerChange {
  const sign = signs.find(({ attemptId }) => attemptId === probe)?.sign;
  if (sign === 'answered') return { kind: 'closed' };
  if (sign === 'failed') return { kind: 'opened', failures: failures + 1 };
  return { kind: sign === 'none' ? 'untried' : 'none' };
}
