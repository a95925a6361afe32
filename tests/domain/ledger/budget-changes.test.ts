/**
 * What may be done to a budget by two persons, and what it books.
 */
import { describe, expect, it } from '@jest/globals';
import {
  bookedBy,
  BUDGET_MINOR_MAX,
  judgeBudgetChange,
  type AskedChange,
  type BudgetNow,
  type BudgetRefusal,
} from '../../../src/domain/ledger/budget-changes.js';

const NOW: BudgetNow = { currency: 'KRW', closed: false, available: 300, given: 1_000, campaigns: 0, openPayouts: 0 };
const asked = (kind: AskedChange['kind'], amount: number | null = null, currency = 'KRW') => ({
  kind,
  amount,
  currency,
});

describe('a change of a budget', () => {
  it.each<[string, AskedChange, Partial<BudgetNow>, BudgetRefusal | null]>([
    ['a raise', asked('raise', 1), {}, null],
    ['a raise in another currency', asked('raise', 1, 'USD'), {}, 'other_currency'],
    ['a raise to the most', asked('raise', BUDGET_MINOR_MAX - 1_000), {}, null],
    ['a raise beyond the most', asked('raise', BUDGET_MINOR_MAX - 999), {}, 'over_max'],
    ['a raise of a closed budget', asked('raise', 1), { closed: true }, 'closed'],
    ['a cut to what is reserved and spent', asked('cut', 300), {}, null],
    ['a cut below it', asked('cut', 301), {}, 'over_available'],
    ['a cut of a closed budget', asked('cut', 1), { closed: true }, 'closed'],
    ['a cut while campaigns run', asked('cut', 1), { campaigns: 1, openPayouts: 1 }, null],
    ['a closing', asked('close'), {}, null],
    ['a closing with nothing left', asked('close'), { available: 0 }, null],
    ['a closing while a campaign may go on', asked('close'), { campaigns: 1 }, 'campaigns_open'],
    ['a closing while a payout is open', asked('close'), { openPayouts: 1 }, 'payouts_open'],
    ['a closing again, with something come back', asked('close'), { closed: true }, null],
    ['a closing again, with nothing', asked('close'), { closed: true, available: 0 }, 'nothing_left'],
  ])('%s', (_, change, over, verdict) => {
    expect(judgeBudgetChange(change, { ...NOW, ...over })).toBe(verdict);
  });

  it('books what was asked for, and at its close what is left over', () => {
    expect(bookedBy(asked('raise', 5), 300)).toEqual({ kind: 'raise', amount: 5 });
    expect(bookedBy(asked('cut', 5), 300)).toEqual({ kind: 'cut', amount: 5 });
    expect(bookedBy(asked('close'), 300)).toEqual({ kind: 'return', amount: 300 });
    expect(bookedBy(asked('close'), 0)).toBeNull();
  });

  it.each([null, 0, -1, 0.5, Number.MAX_SAFE_INTEGER + 1])('is never of %p', (amount) => {
    expect(() => judgeBudgetChange(asked('raise', amount), NOW)).toThrow('invariant');
    expect(() => bookedBy(asked('cut', amount), 300)).toThrow('invariant');
  });
});
