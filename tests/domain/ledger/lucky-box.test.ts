/**
 * The lucky box as plain code: the published draw, fixed odds and stock, the fallback, and what a definition refuses, by field.
 */
import { createHash, createHmac } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { fitBudgets } from '../../../src/domain/ledger/budget.js';
import { commitmentOf, OpenBox, prizeOf, termsText, type BoxTerms } from '../../../src/domain/ledger/lucky-box.js';
import { boxContentSchema, termsOf, worstCase } from '../../../src/domain/ledger/lucky-box-terms.js';

const SEED = Buffer.alloc(32, 7);
const krw = (value: string) => ({ value, currency: 'KRW' });
const CONTENT = {
  name: '봄',
  currency: 'KRW',
  prizes: [
    { name: 'grand', kind: 'cashback', amount: krw('100000'), weight: 1, stock: 2 },
    { name: 'coffee', kind: 'coupon', amount: krw('5000'), weight: 9, stock: 30 },
  ],
  fallback: { name: 'next time', kind: 'nothing', weight: 90 },
};
const box = termsOf('spring', boxContentSchema.parse(CONTENT));
const key = (n: number) => `p/run/reward/1/c${n}/1`;

describe('a draw from a lucky box', () => {
  it('is what docs/lucky-box.md tells an outsider to compute', () => {
    const terms = termsText(box);
    expect(terms).toBe(
      '{"format":"pado-lucky-box/1","box":"spring","currency":"KRW","prizes":[' +
        '{"name":"grand","kind":"cashback","amount":"100000","weight":1,"stock":2},' +
        '{"name":"coffee","kind":"coupon","amount":"5000","weight":9,"stock":30}],' +
        '"fallback":{"name":"next time","kind":"nothing","amount":"0","weight":90}}',
    );
    const commitment = createHash('sha256').update(Buffer.concat([SEED, Buffer.from(terms)]));
    expect(commitmentOf(SEED, terms).toString('hex')).toBe(commitment.digest('hex'));
    for (let n = 1; n <= 50; n += 1) {
      const hex = createHmac('sha256', SEED)
        .update(`spring:${n}:${key(n)}`)
        .digest('hex');
      const ticket = Number(BigInt(`0x${hex}`) % 100n);
      expect(prizeOf(box, SEED, n, key(n))).toBe(ticket < 1 ? 0 : ticket < 10 ? 1 : 2);
    }
  });

  it('keeps the odds: 100,000 tickets of a fixed seed are within four standard deviations of each weight', () => {
    const counts = [0, 0, 0];
    for (let n = 1; n <= 100_000; n += 1) {
      const prize = prizeOf(box, SEED, n, key(n));
      counts[prize] = (counts[prize] ?? 0) + 1;
    }
    for (const [prize, weight] of [1, 9, 90].entries()) {
      const p = weight / 100;
      expect(Math.abs((counts[prize] ?? 0) - 100_000 * p)).toBeLessThan(4 * Math.sqrt(100_000 * p * (1 - p)));
    }
  });

  it('gives the fallback for what is out of stock, and never more than the stock', () => {
    const open = new OpenBox(box, SEED, [0, 0, 0]);
    for (let n = 1; n <= 2_000; n += 1) open.take(key(n), 1_000_000);
    const draws = [...open.draws.values()];
    const of = (prize: number) => draws.filter((draw) => draw.prize === prize).length;
    expect([of(0), of(1)]).toEqual([2, 30]);
    const given = draws.map(({ number, payoutKey }) => prizeOf(box, SEED, number, payoutKey));
    expect(given.filter((prize) => prize === 0).length).toBeGreaterThan(2);
    expect(draws.every(({ prize }, n) => prize === given[n] || prize === 2)).toBe(true);
    expect(draws.at(-1)?.mostMinor).toBe(0);
  });

  it('is the same however the draws are cut into transactions', () => {
    const terms = (stocks: number[]): BoxTerms => ({
      ...box,
      prizes: box.prizes.map((prize, n) => ({ ...prize, weight: 10, stock: stocks[n] ?? null })),
    });
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 8 }), { minLength: 2, maxLength: 2 }),
        fc.array(fc.integer({ min: 0, max: 7 }), { maxLength: 6 }),
        (stocks, cuts) => {
          const whole = new OpenBox(terms(stocks), SEED, [0, 0, 0]);
          const drawn = [0, 0, 0];
          const cut = cuts.flatMap((size) => {
            const part = new OpenBox(terms(stocks), SEED, [...drawn]);
            const from = drawn.reduce((sum, n) => sum + n, 0);
            for (let n = from + 1; n <= from + size; n += 1) part.take(key(n), 100_000);
            for (const { prize } of part.draws.values()) drawn[prize] = (drawn[prize] ?? 0) + 1;
            return [...part.draws.values()];
          });
          for (let n = 1; n <= cut.length; n += 1) whole.take(key(n), 100_000);
          expect(cut).toEqual([...whole.draws.values()]);
        },
      ),
      { seed: 4 },
    );
  });

  it('takes no number and no stock where the largest prize in stock is not funded', () => {
    const open = new OpenBox(box, SEED, [1, 0, 4]);
    expect(open.take(key(1), 99_999)).toBeNull();
    expect([...open.refused.values()]).toEqual([{ number: 6, mostMinor: 100_000 }]);
    expect(open.take(key(2), 100_000)).not.toBeNull();
    expect(open.draws.get(key(2))?.number).toBe(6);
    const poor = new OpenBox(box, SEED, [2, 0, 4]); // the grand one is gone
    expect(poor.take(key(3), 5_000)).not.toBeNull();
  });

  it('shares its numbers between budgets, in the one order of the customers', () => {
    const open = new OpenBox(box, SEED, [0, 0, 0]);
    const bids = Array.from({ length: 40 }, (_, n) => ({
      payoutKey: key(n),
      customerId: `c${n}`,
      amountMinor: 0,
      budget: n % 2 === 0 ? 'even' : 'odd',
      lot: open,
    }));
    const fits = fitBudgets(new Map([['even', 10_000_000], ['odd', 50_000]]), bids); // prettier-ignore
    expect(fits.get('odd')?.refused.length).toBe(20);
    expect([...open.draws.values()].map(({ number }) => number)).toEqual(Array.from({ length: 20 }, (_, n) => n + 1));
    const won = [...open.draws.values()].reduce((sum, { amountMinor }) => sum + amountMinor, 0);
    expect(fits.get('even')?.takenMinor).toBe(won);
  });
});

describe('the definition of a lucky box', () => {
  const first = CONTENT.prizes[0];
  const prize = (over: object) => ({ ...CONTENT, prizes: [{ ...first, ...over }] });
  it.each<[string, object, string]>([
    ['a negative amount', prize({ amount: krw('-1') }), 'prizes.0.amount.value'],
    ['an amount of zero', prize({ amount: krw('0') }), 'prizes.0.amount.value'],
    ['a fraction', prize({ amount: krw('10.5') }), 'prizes.0.amount.value'],
    ['an amount too large', prize({ amount: krw('10000000000000') }), 'prizes.0.amount.value'],
    ['a foreign currency', prize({ amount: { value: '1', currency: 'USD' } }), 'prizes.0.amount.currency'],
    ['no amount', prize({ amount: undefined }), 'prizes.0.amount'],
    ['an amount of nothing', prize({ kind: 'nothing' }), 'prizes.0.amount'],
    ['odds of zero', prize({ weight: 0 }), 'prizes.0.weight'],
    ['a stock of half', prize({ stock: 0.5 }), 'prizes.0.stock'],
    ['a stock that nobody can add up', prize({ amount: krw('1000000000000'), stock: 10_000 }), 'prizes.0.stock'],
    ['a name twice', { ...CONTENT, fallback: { name: 'grand', kind: 'nothing' } }, 'fallback.name'],
    [
      'a foreign fallback',
      { ...CONTENT, fallback: { name: 'f', kind: 'point', amount: { value: '1', currency: 'JPY' } } },
      'fallback.amount.currency',
    ],
    ['no prize', { ...CONTENT, prizes: [] }, 'prizes'],
  ])('refuses %s, by field', (_, content, field) => {
    const parsed = boxContentSchema.safeParse(content);
    expect(parsed.error?.issues.map(({ path }) => path.join('.'))).toContain(field);
  });

  it('says the most that it can cost', () => {
    expect(worstCase(box.prizes)).toEqual({ stockMinor: 350_000, perFallbackMinor: 0 });
    const cents = { ...CONTENT, fallback: { name: 'f', kind: 'point', amount: krw('10') } };
    expect(worstCase(termsOf('b', boxContentSchema.parse(cents)).prizes).perFallbackMinor).toBe(10);
  });
});
