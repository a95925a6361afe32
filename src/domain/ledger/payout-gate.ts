/**
 * The gate before money leaves (law 6): the customer's status is read again when a submission is claimed, and what the campaign wants approved waits
 * for somebody.
 */
import type { Money } from '../base/money.js';
import type { CustomerStatus } from '../eligibility/gate.js';
import { needsApproval, type PayoutApproval } from './payout-approval.js';

/** The campaign's rule for customers who have withdrawn. */
export type WithdrawnRule = 'pay' | 'hold' | 'forfeit';

export type PayoutGate =
  | { go: true }
  | { go: false; to: 'held'; reason: 'incident' | 'withdrawn' }
  | { go: false; to: 'cancelled'; reason: 'forfeited' };

export function judgePayout(status: CustomerStatus, whenWithdrawn: WithdrawnRule): PayoutGate {
  switch (status) {
    case 'active':
      return { go: true };
    case 'incident':
      return { go: false, to: 'held', reason: 'incident' };
    case 'withdrawn':
      if (whenWithdrawn === 'pay') return { go: true };
      return whenWithdrawn === 'hold'
        ? { go: false, to: 'held', reason: 'withdrawn' }
        : { go: false, to: 'cancelled', reason: 'forfeited' };
    default:
      return status satisfies never;
  }
}

/** The campaign's rules about a payout that is about to be submitted. */
export interface PayoutRules {
  whenWithdrawn: WithdrawnRule;
  approval: PayoutApproval;
}

/** `approved`: it has been let go by somebody, or was submitted before. */
export function judgeSubmission(
  payout: Money & { approved: boolean },
  status: CustomerStatus,
  { whenWithdrawn, approval }: PayoutRules,
): PayoutGate | { go: false; to: 'held'; reason: 'approval' } {
  const gate = judgePayout(status, whenWithdrawn);
  if (!gate.go || payout.approved || !needsApproval(approval, payout)) return gate;
  return { go: false, to: 'held', reason: 'approval' };
}
