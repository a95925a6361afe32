/**
 * What may be done to a budget by two persons: raised, cut down to what is reserved and spent, and closed, when what is left over goes back.
 */
import type { TransferKind } from './payout-moves.js';

export const BUDGET_CHANGES = ['raise', 'cut', 'close'] as const;
export type BudgetChangeKind = (typeof BUDGET_CHANGES)[number];

/** Minor units. */
export interface AskedChange {
  kind: BudgetChangeKind;
  /** Null: what is left over when it closes. */
  amount: number | null;
  currency: string;
}

export interface BudgetNow {
  currency: string;
  closed: boolean;
  /** Minor units, not reserved. */
  available: number;
  /** Minor units: put in so far, less what went back. */
  given: number;
  /** Campaigns that name it and are launched or have an open run. */
  campaigns: number;
  /** Payouts that are not at their end, and owed items that nobody has decided. */
  openPayouts: number;
}

export type BudgetRefusal =
  'other_currency' | 'closed' | 'over_max' | 'over_available' | 'campaigns_open' | 'payouts_open' | 'nothing_left';

/** Minor units that a budget may hold: sums over its entries stay exact. */
export const BUDGET_MINOR_MAX = 1_000_000_000_000_000;

/** Null where it may be done as things are now. A closed budget may only give back, once more, what reversals brought to it since. */
export function judgeBudgetChange({ kind, amount, currency }: AskedChange, now: BudgetNow): BudgetRefusal | null {
  if (currency !== now.currency) return 'other_currency';
  if (now.closed && kind !== 'close') return 'closed';
  switch (kind) {
    case 'raise':
      return now.given + positive(amount) > BUDGET_MINOR_MAX ? 'over_max' : null;
    case 'cut':
      return positive(amount) > now.available ? 'over_available' : null;
    case 'close':
      if (now.campaigns > 0) return 'campaigns_open';
      if (now.openPayouts > 0) return 'payouts_open';
      return now.closed && now.available === 0 ? 'nothing_left' : null;
    default:
      return kind satisfies never;
  }
}

/** What is booked when it is approved; null: nothing is left over. */
export function bookedBy(
  { kind, amount }: AskedChange,
  available: number,
): { kind: TransferKind; amount: number } | null {
  if (kind !== 'close') return { kind, amount: positive(amount) };
  return available > 0 ? { kind: 'return', amount: available } : null;
}

function positive(amount: number | null): number {
  if (amount === null || !Number.isSafeInteger(amount) || amount <= 0)
    throw new Error('invariant: a change of a budget without a positive amount');
  return amount;
}
