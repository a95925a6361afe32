/**
 * Taking back what was paid (protocols.md), under a key of its own: what a provider's answer means for a reversal, and when a person may ask for one.
 * What may have been acted on is never sent again but under its key, where that is safe (law 10).
 */
import type { PayoutState } from './payout-moves.js';
import type { LookupReply, ProviderTerms } from './payout-replies.js';

export type ReversalState = 'requested' | 'submitting' | 'ambiguous' | 'reversed' | 'rejected';

export const reversalKey = (payoutKey: string, n: number): string => `${payoutKey}/r${n}`;

export type ReversalReply =
  | { kind: 'word'; word: { status: 'reversed' | 'rejected'; reason: string | null; reference: string | null } }
  /** The key stands for another body there. */
  | { kind: 'key_reused' }
  /** 429, 503 with Retry-After, no connection, or not sent at all: not acted on. */
  | { kind: 'later'; retryAfterMs: number }
  /** An answer that the protocol does not know: not acted on. */
  | { kind: 'refused'; status: number }
  | { kind: 'unknown' };

export interface Judged {
  /** `back`: to where the submission came from. */
  to: 'reversed' | 'rejected' | 'ambiguous' | 'back';
  told: string | null;
  /** Nobody but a person knows more. */
  forPerson: boolean;
}

export function judgeReversal(reply: ReversalReply): Judged {
  switch (reply.kind) {
    case 'word': {
      const { status, reason } = reply.word;
      return { to: status, told: status === 'rejected' ? (reason ?? 'rejected') : null, forPerson: false };
    }
    case 'key_reused':
      return { to: 'ambiguous', told: 'key_reused', forPerson: true };
    case 'later':
    case 'refused':
      return { to: 'back', told: null, forPerson: false };
    case 'unknown':
      return { to: 'ambiguous', told: 'no_reply', forPerson: false };
    default:
      return reply satisfies never;
  }
}

export interface UnsureReversal {
  /** `visibilityMs` is over: what the provider says of its payment is final. */
  settled: boolean;
  /** `idempotencyMs` is not over. */
  repeatable: boolean;
}

export type ReversalResolution =
  | { kind: 'reversed' }
  | { kind: 'ask_again' }
  | { kind: 'resubmit' }
  | { kind: 'person'; told: 'still_paid' | 'no_lookup' | 'unknown_there' | 'contradiction' };

/** `reply`: what the provider says of the payment; null where it cannot be asked. */
export function resolveReversal(
  terms: ProviderTerms,
  { settled, repeatable }: UnsureReversal,
  reply: LookupReply | null,
): ReversalResolution {
  const again = terms.idempotent && repeatable;
  if (!reply) return again ? { kind: 'resubmit' } : { kind: 'person', told: 'no_lookup' };
  switch (reply.kind) {
    case 'word':
      if (reply.word.status === 'reversed') return { kind: 'reversed' };
      if (reply.word.status !== 'paid') return { kind: 'person', told: 'contradiction' };
      if (!settled) return { kind: 'ask_again' };
      return again ? { kind: 'resubmit' } : { kind: 'person', told: 'still_paid' };
    case 'absent':
      return settled ? { kind: 'person', told: 'unknown_there' } : { kind: 'ask_again' };
    case 'later':
    case 'unknown':
      return { kind: 'ask_again' };
    default:
      return reply satisfies never;
  }
}

export type ReversalRefusal = 'not_paid' | 'reversal_open' | 'no_unsure_reversal';

export interface Reversible {
  state: PayoutState;
  /** Of its newest reversal, where it has one. */
  reversal: ReversalState | null;
}

/** Null: it may be taken back. */
export function judgeReversing({ state, reversal }: Reversible): ReversalRefusal | null {
  if (state !== 'paid' && state !== 'settled') return 'not_paid';
  return reversal === null || reversal === 'rejected' ? null : 'reversal_open';
}

/** Null: what became of it may be settled by the word of the provider's owner, which only an unsure one needs. */
export const judgeReversalSettling = ({ reversal }: Reversible): ReversalRefusal | null =>
  reversal === 'ambiguous' ? null : 'no_unsure_reversal';
