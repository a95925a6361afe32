/**
 * What a provider's answer means for a payout (protocols.md; design, section 5), as two pure tables: after a submission, and after a
 * look-up. What is not known stays ambiguous; nothing is guessed (law 10).
 */
import type { BreakerTerms } from './breaker.js';

/** The provider's word about one payout. */
export interface PayoutWord {
  status: 'paid' | 'accepted' | 'rejected' | 'reversed';
  reason: string | null;
  reference: string | null;
  /** Epoch ms by the provider's clock. */
  paidAt: number | null;
  /** Of a coupon. */
  code: string | null;
}

export type SubmitReply =
  | { kind: 'word'; word: PayoutWord }
  /** The key stands for another body there. */
  | { kind: 'key_reused' }
  /** 429 (`busy`), 503 with Retry-After or no connection (`unavailable`), or not sent at all: not acted on. */
  | { kind: 'later'; retryAfterMs: number; why?: 'busy' | 'unavailable' }
  /** An answer that the protocol does not know: not acted on. */
  | { kind: 'refused'; status: number }
  /** Time-out, cut connection, other 5xx, unreadable success. */
  | { kind: 'unknown' };

export type LookupReply =
  | { kind: 'word'; word: PayoutWord }
  | { kind: 'absent' }
  | { kind: 'later'; retryAfterMs: number }
  | { kind: 'unknown' };

/** What a provider can do; times in ms. */
export interface ProviderTerms {
  idempotent: boolean;
  /** Repeats are safe for so long after the first attempt. */
  idempotencyMs: number;
  lookup: boolean;
  /** A 404 is final so long after the end of the last attempt. */
  visibilityMs: number;
  /** What it knows of us is in our database, too: set back, it cannot say what its partner has got. */
  ownBook?: boolean;
  /** Left out: it is submitted to whatever it answers. */
  breaker?: BreakerTerms | undefined;
}

export type AttemptOutcome = 'paid' | 'accepted' | 'rejected' | 'key_reused' | 'not_acted' | 'unknown';

export interface Submitted {
  outcome: AttemptOutcome;
  /** `back`: to where the submission came from. */
  to: 'paid' | 'accepted' | 'rejected' | 'reversed' | 'held' | 'ambiguous' | 'back';
  reason: string | null;
}

export function judgeSubmission(reply: SubmitReply): Submitted {
  switch (reply.kind) {
    case 'word': {
      const { status, reason } = reply.word;
      // what was taken back before we heard of it had been paid; asking again would change nothing
      if (status === 'reversed') return { outcome: 'paid', to: 'reversed', reason: null };
      return { outcome: status, to: status, reason: status === 'rejected' ? (reason ?? 'rejected') : null };
    }
    case 'key_reused':
      return { outcome: 'key_reused', to: 'held', reason: 'key_reused' };
    case 'later':
    case 'refused':
      return { outcome: 'not_acted', to: 'back', reason: null };
    case 'unknown':
      return { outcome: 'unknown', to: 'ambiguous', reason: 'no_reply' };
    default:
      return reply satisfies never;
  }
}

/** Of one payout that is due to be asked about. */
export interface Unsure {
  /** `held`: a person wants it asked about. */
  state: 'accepted' | 'ambiguous' | 'held';
  /** `visibilityMs` is over: an absence is final. */
  settled: boolean;
  /** `idempotencyMs` is not over. */
  repeatable: boolean;
  /** Nobody knows of an attempt: one may have been lost when the database was set back. */
  presumed: boolean;
}

export type Resolution =
  | { kind: 'move'; word: PayoutWord }
  | { kind: 'ask_again' }
  | { kind: 'resubmit' }
  | { kind: 'hold'; reason: 'unknown_there' | 'no_lookup' }
  /** Accepted once, unknown now: the provider contradicts itself. */
  | { kind: 'contradiction' };

/** Whether asking makes sense at all, and what follows where it does not. */
export function resolveWithoutLookup(terms: ProviderTerms, unsure: Unsure): Resolution {
  if (unsure.state === 'accepted') return { kind: 'ask_again' };
  const forgets = unsure.presumed && terms.ownBook;
  return unsure.state === 'ambiguous' && terms.idempotent && unsure.repeatable && !forgets
    ? { kind: 'resubmit' }
    : { kind: 'hold', reason: 'no_lookup' };
}

export function resolveByLookup(terms: ProviderTerms, unsure: Unsure, reply: LookupReply): Resolution {
  switch (reply.kind) {
    case 'word':
      return reply.word.status === unsure.state ? { kind: 'ask_again' } : { kind: 'move', word: reply.word };
    case 'later':
    case 'unknown':
      return { kind: 'ask_again' };
    case 'absent':
      if (!unsure.settled) return { kind: 'ask_again' };
      if (unsure.state === 'accepted') return { kind: 'contradiction' };
      // what was only presumed has not happened then: it is submitted for the first time
      return unsure.state === 'ambiguous' && ((terms.idempotent && unsure.repeatable) || unsure.presumed)
        ? { kind: 'resubmit' }
        : { kind: 'hold', reason: 'unknown_there' };
    default:
      return reply satisfies never;
  }
}
