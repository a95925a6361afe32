/**
 * Who fits when a budget runs out: never more than there is, in an order that neither rows nor lanes decide.
 */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { murmur3 } from '../../../src/domain/base/hash.js';
import { fitBudget, type BudgetBid } from '../../../src/domain/ledger/budget.js';

const bids = fc.uniqueArray(
  fc.record({
    customerId: fc.string({ minLength: 1, maxLength: 3 }),
    payoutKey: fc.uuid(),
    amountMinor: fc.integer({ min: 1, max: 1_000 }),
  }),
  { maxLength: 20, selector: (bid) => bid.payoutKey },
);
const bid = (customerId: string, amountMinor: number, payoutKey = `p/${customerId}`): BudgetBid => ({
  customerId,
  amountMinor,
  payoutKey,
});

describe('a budget', () => {
  it('is never overspent, and refuses only what its rest does not cover at that place in the order', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 8_000 }), bids, (available, list) => {
        const fit = fitBudget(available, list);
        expect([...fit.fits, ...fit.refused].sort()).toEqual(list.map((b) => b.payoutKey).sort());
        const amountOf = new Map(list.map((b) => [b.payoutKey, b.amountMinor]));
        expect(fit.fits.reduce((sum, key) => sum + (amountOf.get(key) ?? 0), 0)).toBe(fit.takenMinor);
        expect(fit.takenMinor).toBeLessThanOrEqual(available);
        for (const key of fit.refused) expect(amountOf.get(key)).toBeGreaterThan(available - fit.takenMinor);
      }),
    );
  });

  it('decides the same in whatever order the bids come', () => {
    const shuffled = bids.chain((list) =>
      fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
    );
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4_000 }), shuffled, (available, [list, other]) => {
        expect(fitBudget(available, other)).toEqual(fitBudget(available, list));
      }),
    );
  });

  it('goes by the published hash of the customer, then customer, then key', () => {
    const ids = ['minji', 'juno', 'sora', 'hana'];
    const order = [...ids].sort((a, b) => murmur3(a) - murmur3(b));
    expect(
      fitBudget(
        400,
        ids.map((id) => bid(id, 100)),
      ).fits,
    ).toEqual(order.map((id) => `p/${id}`));
    expect(fitBudget(100, [bid('minji', 100, 'p/2'), bid('minji', 100, 'p/1')])).toEqual({
      fits: ['p/1'],
      refused: ['p/2'],
      takenMinor: 100,
    });
  });

  it('gives a smaller bid what a larger one before it could not have', () => {
    const [first, second] = ['minji', 'juno'].sort((a, b) => murmur3(a) - murmur3(b)) as [string, string];
    expect(fitBudget(50, [bid(first, 100), bid(second, 50)])).toMatchObject({ fits: [`p/${second}`], takenMinor: 50 });
  });

  it.each([0, -1, 0.5, NaN, Infinity, 2 ** 53])('throws on a reward of %d', (amount) => {
    expect(() => fitBudget(100, [bid('minji', amount)])).toThrow(/invariant/);
  });
});
