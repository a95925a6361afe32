/**
 * Who fits when a budget runs out: inside one cohort by participant hash, so that neither the order of rows nor the lane decides,
 * and an audit can replay it.
 */
import { murmur3 } from '../base/hash.js';

export interface BudgetBid {
  payoutKey: string;
  customerId: string;
  amountMinor: number;
}

export interface BudgetFit {
  /** In the order in which they took from the budget. */
  fits: string[];
  refused: string[];
  takenMinor: number;
}

/** Walk the bids by (murmur3 of the customer, customer, key); each takes its amount when what is left covers it. */
export function fitBudget(availableMinor: number, bids: readonly BudgetBid[]): BudgetFit {
  const ordered = bids
    .map((bid) => ({ ...bid, hash: murmur3(bid.customerId) }))
    .sort((a, b) => a.hash - b.hash || byteOrder(a.customerId, b.customerId) || byteOrder(a.payoutKey, b.payoutKey));
  const fit: BudgetFit = { fits: [], refused: [], takenMinor: 0 };
  for (const { payoutKey, amountMinor } of ordered) {
    if (!Number.isSafeInteger(amountMinor) || amountMinor <= 0)
      throw new Error('invariant: a reward without a positive amount');
    if (fit.takenMinor + amountMinor > availableMinor) {
      fit.refused.push(payoutKey);
      continue;
    }
    fit.takenMinor += amountMinor;
    fit.fits.push(payoutKey);
  }
  return fit;
}

function byteOrder(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
