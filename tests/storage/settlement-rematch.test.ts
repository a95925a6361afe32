/**
 * Matches again on the real tables: corrected settlements, facts that come later or on another day, and two matches of one day at once.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Pool } from '../../src/storage/pool.js';
import { T0 } from '../support/seed.js';
import { MatchDesk } from '../support/match-desk.js';
import { agreed, AUTHOR, DAY, payAll, REWARD, seedEarned, settlementOf } from '../support/settlements.js';

const HOUR = 3_600_000;
const NEXT_DAY = '2026-03-04';

describe('a match again', () => {
  let desk: MatchDesk;
  let pool: Pool;
  beforeAll(async () => {
    desk = await MatchDesk.open();
    pool = desk.pool;
  });
  beforeEach(() => desk.empty());
  afterAll(() => desk.close());

  it('tells a payment on another day as a date, on the provider’s day alone, and finds a double over days', async () => {
    const keys = await seedEarned(desk.owner, pool, 2);
    await payAll(pool, keys);
    const [first = '', second = ''] = keys;
    await settlementOf(pool, agreed([second]));
    await desk.match();
    expect(await desk.seen()).toEqual([['missing_at_provider', first, 'open']]);
    await settlementOf(pool, agreed([first, second], T0 + 25 * HOUR), { day: NEXT_DAY });
    expect(await desk.match(NEXT_DAY)).toMatchObject({ open: 2, match: { posted: 0, rows: 2, matched: 0 } });
    expect(await desk.seen({ day: NEXT_DAY })).toEqual(
      expect.arrayContaining([
        ['date', first, 'open'],
        ['duplicate', second, 'open'],
      ]),
    );
    expect(await desk.match(DAY)).toMatchObject({ open: 0, match: { explained: 1 } });
    expect(await desk.seen({ day: DAY })).toEqual([['missing_at_provider', first, 'explained']]);
    expect(await desk.states()).toEqual({ paid: 1, settled: 1 });
  });

  it('closes what a corrected settlement explains, and opens it again when it comes back; every version is kept', async () => {
    const keys = await seedEarned(desk.owner, pool, 3);
    await payAll(pool, keys);
    const wrong = agreed(keys).slice(1);
    await settlementOf(pool, wrong);
    await desk.match();
    const { openedAt, id } = await desk.only();
    expect(await settlementOf(pool, agreed(keys))).toMatchObject({ unchanged: false, file: { version: 2 } });
    expect(await desk.match(DAY, AUTHOR.now + HOUR)).toMatchObject({
      changed: true,
      open: 0,
      settled: 1,
      match: { no: 2, explained: 1 },
    });
    expect(await desk.only()).toMatchObject({ id, state: 'explained', openedAt });
    expect(await settlementOf(pool, wrong)).toMatchObject({ unchanged: false, file: { version: 3 } });
    expect(await desk.match(DAY, AUTHOR.now + 2 * HOUR)).toMatchObject({
      open: 1,
      match: { no: 3, opened: 1, matched: 2 },
    });
    expect(await desk.only()).toMatchObject({ id, state: 'open', openedAt: new Date(AUTHOR.now + 2 * HOUR) });
    expect((await desk.breaks.moves(id)).map(({ from, to, cause }) => [from, to, cause])).toEqual([
      [null, 'open', 'match/1'],
      ['open', 'explained', 'match/2'],
      ['explained', 'open', 'match/3'],
    ]);
    const { rows } = await pool.query('select file, count(*)::int as n from settlement_rows group by 1 order by 1');
    expect(rows.map(({ n }) => n)).toEqual([2, 3, 2]);
    expect(await settlementOf(pool, wrong)).toMatchObject({ unchanged: true, file: { version: 3 } });
  });

  it('closes what a later fact explains', async () => {
    const keys = await seedEarned(desk.owner, pool, 1);
    await settlementOf(pool, agreed(keys));
    expect(await desk.match()).toMatchObject({ open: 1, settled: 0 });
    expect(await desk.only()).toMatchObject({ class: 'unknown_to_us', facts: { state: 'intended' } });
    await payAll(pool, keys);
    expect(await desk.match()).toMatchObject({ open: 0, settled: 1, match: { explained: 1, matched: 1 } });
  });

  it('knows another provider’s payouts, postings and settlements from this one’s', async () => {
    const keys = await seedEarned(desk.owner, pool, 1);
    const others = await seedEarned(desk.owner, pool, 1, {
      run: 'rival',
      rule: { ...REWARD, provider: 'rival' },
      over: { provider: 'rival' },
    });
    await payAll(pool, [...keys, ...others]);
    await settlementOf(pool, agreed(others), { provider: 'rival' });
    await settlementOf(pool, agreed([...keys, ...others]));
    expect(await desk.match()).toMatchObject({ open: 1, settled: 1, match: { posted: 1 } });
    expect(await desk.only()).toMatchObject({
      class: 'unknown_to_us',
      key: others[0],
      facts: { otherProvider: 'rival' },
    });
  });

  it('of one day by two at once is made once', async () => {
    const keys = await seedEarned(desk.owner, pool, 40);
    await payAll(pool, keys);
    await settlementOf(pool, agreed(keys).slice(1));
    const both = await Promise.all([desk.match(), desk.match()]);
    expect(both.filter(({ changed }) => changed)).toHaveLength(1);
    expect(both.map(({ match: { no } }) => no)).toEqual([1, 1]);
    expect(both.reduce((sum, { settled }) => sum + settled, 0)).toBe(39);
    expect(await desk.states()).toEqual({ paid: 1, settled: 39 });
    const { rows } = await pool.query(`select count(*)::int as n from ledger_transfers where kind = 'settle'`);
    expect(rows).toEqual([{ n: 39 }]);
    expect((await desk.only()).class).toBe('missing_at_provider');
  });
});
