/**
 * Who fits when a budget runs out: inside one cohort by participant hash, so that neither the order of rows nor the lane decides,
 * and an audit can replay it.
 */
import { murmur3 } from '../base/hash.js';

export interface BudgetBid {
  payoutKey: string;
  customerId: string;
  /** Of a lot: not looked at. */
  amountMinor: number;
  /** What it is worth is drawn when its turn comes. */
  lot?: Lot | undefined;
}

/** Draws for a payout key what fits into what is left; 0 is nothing. Null: whatever it may draw has to fit, and does not. */
export interface Lot {
  take(payoutKey: string, leftMinor: number): number | null;
}

export interface BudgetFit {
  /** In the order in which they took from the budget; who has drawn nothing took nothing. */
  fits: string[];
  refused: string[];
  takenMinor: number;
}

/** Walk the bids by (murmur3 of the customer, customer, key); each takes its amount when what is left covers it. */
export function fitBudget(availableMinor: number, bids: readonly BudgetBid[]): BudgetFit {
  const own = bids.map((bid) => ({ ...bid, budget: '' }));
  return fitBudgets(new Map([['', availableMinor]]), own).get('') as BudgetFit;
}

/** The same over several budgets, in one order over all, because their bids may draw from one lot. */
export function fitBudgets(
  available: ReadonlyMap<string, number>,
  bids: readonly (BudgetBid & { budget: string })[],
): Map<string, BudgetFit> {
  const ordered = bids
    .map((bid) => ({ ...bid, hash: murmur3(bid.customerId) }))
    .sort((a, b) => a.hash - b.hash || byteOrder(a.customerId, b.customerId) || byteOrder(a.payoutKey, b.payoutKey));
  const fits = new Map([...available.keys()].map((key): [string, BudgetFit] => [key, noneYet()]));
  for (const { budget, payoutKey, amountMinor, lot } of ordered) {
    const fit = fits.get(budget);
    if (!fit) throw new Error(`invariant: a bid on budget ${budget}, which is not there`);
    const taken = take(payoutKey, amountMinor, lot, (available.get(budget) ?? 0) - fit.takenMinor);
    if (taken === null) fit.refused.push(payoutKey);
    else if (taken > 0) fit.fits.push(payoutKey);
    fit.takenMinor += taken ?? 0;
  }
  return fits;
}

const noneYet = (): BudgetFit => ({ fits: [], refused: [], takenMinor: 0 });

function take(payoutKey: string, amountMinor: number, lot: Lot | undefined, leftMinor: number): number | null {
  if (lot) return lot.take(payoutKey, leftMinor);
  if (!Number.isSafeInteger(amountMinor) || amountMinor <= 0)
    throw new Error('invariant: a reward without a positive amount');
  return amountMinor <= leftMinor ? amountMinor : null;
}

function byteOrder(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
