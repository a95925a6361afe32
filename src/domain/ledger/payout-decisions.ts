/**
 * What a person may decide about a payout that is held or was rejected. Nothing that a provider may have acted on is submitted again or
 * cancelled (laws 1 and 10): it is asked about, or settled by the word of the provider's owner.
 */
import type { CustomerStatus } from '../eligibility/gate.js';
import { judgePayout, type WithdrawnRule } from './payout-gate.js';
import type { PayoutState } from './payout-moves.js';
import type { AttemptOutcome } from './payout-replies.js';

/** What one person proposes about a payout and another approves. */
export const PROPOSAL_KINDS = ['cancel', 'settle', 'waive', 'reverse', 'settle_reversal'] as const;
export type ProposalKind = (typeof PROPOSAL_KINDS)[number];

export interface DecidablePayout {
  state: PayoutState;
  reason: string | null;
  /** Of all its attempts; null while one is open. */
  outcomes: readonly (AttemptOutcome | null)[];
  /** It has been accepted at some time, by whatever word. */
  wasAccepted: boolean;
}

/**
 * Whether the provider may have acted on it. `unknown_there` is its own final word that it does not have the key, which settles attempts
 * without a reply; it does not settle what it has accepted, nor a key that stands for something else there.
 */
export function mayHaveActed({ reason, outcomes, wasAccepted }: DecidablePayout): boolean {
  if (
    wasAccepted ||
    outcomes.some((outcome) => outcome === 'accepted' || outcome === 'paid' || outcome === 'key_reused')
  )
    return true;
  return reason !== 'unknown_there' && outcomes.some((outcome) => outcome === null || outcome === 'unknown');
}

export type Refusal =
  'not_held' | 'not_waiting' | 'may_have_acted' | 'never_submitted' | 'incident' | 'withdrawn' | 'forfeited';

/** Null: it may go to `approved`. Gated again: what held it has to be over. */
export function judgeApproval(
  payout: DecidablePayout,
  status: CustomerStatus,
  whenWithdrawn: WithdrawnRule,
): Refusal | null {
  if (payout.state !== 'held') return 'not_held';
  if (mayHaveActed(payout)) return 'may_have_acted';
  const gate = judgePayout(status, whenWithdrawn);
  return gate.go ? null : gate.reason;
}

/** Null: it may be held. What has been submitted already is the provider's, and cannot be held back. */
export function judgeHolding({ state }: Pick<DecidablePayout, 'state'>): Refusal | null {
  return state === 'intended' || state === 'approved' ? null : 'not_waiting';
}

export function judgeCancellation(payout: DecidablePayout): Refusal | null {
  if (payout.state !== 'held') return 'not_held';
  return mayHaveActed(payout) ? 'may_have_acted' : null;
}

/** Asking about it, or settling it by word: what was never submitted is known to nobody. */
export function judgeSettling(payout: DecidablePayout): Refusal | null {
  if (payout.state !== 'held') return 'not_held';
  return payout.outcomes.length === 0 ? 'never_submitted' : null;
}

export interface Generation {
  generation: number;
  state: PayoutState;
  /** The provider's words about it contradict each other. */
  contradicted: boolean;
}

/** Null: the next generation may be made. Every earlier one has to be definitely rejected. */
export function judgeReissue(generations: readonly Generation[]): 'not_rejected' | 'contradicted' | null {
  if (generations.length === 0 || generations.some(({ state }) => state !== 'rejected')) return 'not_rejected';
  return generations.some(({ contradicted }) => contradicted) ? 'contradicted' : null;
}
