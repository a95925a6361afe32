/**
 * Days of providers as finance works them off: which there are, what is in force of each, and the sums of what is open.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { SettlementDaysStore, type DaysAsked } from '../../src/storage/settlement-days.store.js';
import { MatchDesk } from '../support/match-desk.js';
import { agreed, AMOUNT, DAY, payAll, PROVIDER, seedEarned, settlementOf } from '../support/settlements.js';

const DAY_MS = 86_400_000;
const ALL: DaysAsked = { after: null, limit: 10 };

describe('days of providers', () => {
  let desk: MatchDesk;
  let days: SettlementDaysStore;
  beforeAll(async () => {
    desk = await MatchDesk.open();
    days = new SettlementDaysStore(desk.pool);
  });
  beforeEach(() => desk.empty());
  afterAll(() => desk.close());

  it('are those on which something was paid, with or without a settlement, until they are matched', async () => {
    expect(await days.list(ALL)).toEqual([]);
    const keys = await seedEarned(desk.owner, desk.pool, 3);
    await payAll(desk.pool, keys);
    const paid = { provider: PROVIDER, day: DAY };
    expect(await days.list(ALL)).toEqual([{ ...paid, file: null, match: null, open: 0, sums: [] }]);

    const [first, ...others] = agreed(keys);
    if (!first) throw new Error('nothing was paid');
    const stranger = { ...first, key: 'p/stranger/1', amount: 70, currency: 'USD' };
    await settlementOf(desk.pool, [{ ...first, amount: AMOUNT + 1_000 }, ...others, stranger]);
    const theirs = [
      { currency: 'KRW', settlement: String(3 * AMOUNT + 1_000), open: '0' },
      { currency: 'USD', settlement: '70', open: '0' },
    ];
    const file = expect.objectContaining({ id: `${PROVIDER}@${DAY}@1`, version: 1, rows: 4, source: 'uploaded' });
    expect(await days.list(ALL)).toEqual([{ ...paid, file, match: null, open: 0, sums: theirs }]);

    await desk.match();
    const match = expect.objectContaining({ no: 1, file: `${PROVIDER}@${DAY}@1`, posted: 3, rows: 4, matched: 2 });
    const [krw, usd] = theirs;
    expect(await days.list(ALL)).toEqual([
      {
        ...paid,
        file,
        match,
        open: 2,
        sums: [
          { ...krw, open: '1000' },
          { ...usd, open: '70' },
        ],
      },
    ]);

    // the day on which something was confirmed is none on which something was paid
    await settlementOf(desk.pool, agreed(keys));
    await desk.match(DAY, Date.parse(DAY) + 3 * DAY_MS);
    expect(await days.list(ALL)).toMatchObject([
      {
        ...paid,
        file: { version: 2 },
        match: { no: 2, matched: 3 },
        open: 0,
        sums: [{ settlement: '15000', open: '0' }],
      },
    ]);
  });

  it('are listed the newest first, by provider and days, page by page', async () => {
    const [one] = agreed(['p/a/1']);
    if (!one) throw new Error('no row');
    await settlementOf(desk.pool, [one]);
    const older = new Date(Date.parse(DAY) - DAY_MS).toISOString().slice(0, 10);
    await desk.owner.query(
      `insert into settlement_files (id, provider, day, version, zone, source, sha256, rows, actor, at)
       select p || '@x', p, $1, 1, 'Asia/Seoul', 'fetched', sha256(''), 0, 'finance', now() from unnest(array['other', $2]) as p`,
      [older, PROVIDER],
    );
    const seen = async (asked: Partial<DaysAsked>) =>
      (await days.list({ ...ALL, ...asked })).map(({ provider, day }) => `${provider} ${day}`);
    const all = [`${PROVIDER} ${DAY}`, `${PROVIDER} ${older}`, `other ${older}`];
    expect(await seen({})).toEqual(all);
    expect(await seen({ limit: 1 })).toEqual(all.slice(0, 2)); // one more than asked, so that a next page is known
    expect(await seen({ after: { day: older, provider: PROVIDER } })).toEqual(all.slice(2));
    expect(await seen({ provider: 'other' })).toEqual(all.slice(2));
    expect(await seen({ to: older })).toEqual(all.slice(1));
    expect(await seen({ from: DAY })).toEqual(all.slice(0, 1));
  });
});
