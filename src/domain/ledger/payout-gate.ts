/**
 * The gate before money leaves (law 6): the customer's status is read again when a submission is claimed.
 */
import type { CustomerStatus } from '../eligibility/gate.js';

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
