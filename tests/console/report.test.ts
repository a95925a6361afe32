/**
 * The payout report as the console groups it: sums by day, campaign or provider, each with the address of exactly its rows.
 */
import { describe, expect, it } from '@jest/globals';
import type { PayoutSum } from '../../console/src/client/types.gen.js';
import { grouped, pageOfRows, rowsOf, stacked } from '../../console/src/format/report.js';

const sum = (over: Partial<PayoutSum>): PayoutSum => ({
  day: '2026-03-03',
  campaign: 'spring',
  provider: 'pay',
  state: 'paid',
  currency: 'KRW',
  count: 2,
  total: '10000',
  rows: '',
  ...over,
});
const SUMS = [
  sum({ day: '2026-03-04', campaign: 'autumn', count: 1, total: '9007199254740993' }),
  sum({}),
  sum({ state: 'held', count: 3, total: '15000' }),
  sum({ campaign: 'autumn', currency: 'USD', total: '70' }),
];

describe('the payout report', () => {
  it('is grouped by day, with exact totals of each currency', () => {
    expect(grouped(SUMS, 'day')).toEqual([
      { name: '2026-03-03', counts: { paid: 4, held: 3 }, count: 7, totals: { KRW: 25_000n, USD: 70n } },
      { name: '2026-03-04', counts: { paid: 1 }, count: 1, totals: { KRW: 9_007_199_254_740_993n } },
    ]);
    expect(grouped(SUMS, 'campaign').map(({ name, count }) => [name, count])).toEqual([
      ['autumn', 3],
      ['spring', 5],
    ]);
  });

  it('leads to what each number counts', () => {
    const asked = { from: '2026-03-01', to: '2026-03-31', provider: 'pay' };
    expect(rowsOf(asked, 'day', '2026-03-03', 'held')).toBe(
      '/payouts?from=2026-03-03&to=2026-03-03&provider=pay&state=held',
    );
    expect(rowsOf(asked, 'campaign', 'a b')).toBe('/payouts?from=2026-03-01&to=2026-03-31&provider=pay&campaign=a+b');
    expect(rowsOf({}, 'day')).toBe('/payouts?');
    expect(pageOfRows('/v1/payouts?state=held&before=2026-03-01T00%3A00%3A00.000Z')).toBe(
      '/payouts?state=held&before=2026-03-01T00%3A00%3A00.000Z',
    );
    expect(pageOfRows('/v1/owed-items?state=open')).toBe('/owed?state=open');
    expect(pageOfRows('/v1/ledger/accounts/budget%3Amain/entries?by=booked')).toBe('/accounts/budget%3Amain?by=booked');
  });

  it('is drawn upon each other, the tallest to the top', () => {
    const bars = stacked(grouped(SUMS, 'day'), ['paid', 'held', 'rejected']);
    expect(bars).toEqual([
      [
        { state: 'paid', count: 4, from: 0, to: 4 / 7 },
        { state: 'held', count: 3, from: 4 / 7, to: 1 },
      ],
      [{ state: 'paid', count: 1, from: 0, to: 1 / 7 }],
    ]);
  });
});
