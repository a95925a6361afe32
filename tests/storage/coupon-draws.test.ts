/**
 * Drawing codes from a pool: each is given to one payout for ever, whatever dies between the draw and its record; what cannot be given is
 * rejected with the reason and owed; nobody whose attempt is over gets anything.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createPool, type Pool } from '../../src/storage/pool.js';
import { codesOf, couponQueue, fillPool, seeCoupons, seedCoupons } from '../support/coupons.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { budgetSums, passTransportTime, queueAt, type PayoutScene } from '../support/payouts.js';
import { holdLocks, T0 } from '../support/seed.js';

const HOUR_MS = 3_600_000;
const LEASE_MS = 30_000;

describe('codes of a pool', () => {
  let database: TestDatabase;
  let pool: Pool;
  let queue: ReturnType<typeof couponQueue>;

  beforeAll(async () => {
    database = await createDatabase();
    pool = createPool(database.appUrl);
    queue = couponQueue(pool);
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  const scene = async (run: string, payouts: number, codes: number): Promise<PayoutScene> => {
    await fillPool(pool, `pool-${run}`, codesOf(run, codes));
    return await seedCoupons(database.pool, pool, run, payouts);
  };
  const claimed = async (of: PayoutScene) => {
    const claim = await queue.claims.claim(queueAt(of), 300, LEASE_MS);
    if (claim.kind !== 'claimed') throw new Error(claim.kind);
    return claim.orders;
  };
  const states = async (run: string) => (await seeCoupons(database.pool, run)).map(({ state }) => state);

  it('go one to each payout, which is paid by it and bears it', async () => {
    const of = await scene('each', 40, 50);
    await queue.submit(queueAt(of));
    const seen = await seeCoupons(database.pool, 'each');
    expect(new Set(seen.map(({ state }) => state))).toEqual(new Set(['paid']));
    expect(seen.every(({ code, given }) => code !== null && code === given)).toBe(true);
    expect(new Set(seen.map(({ code }) => code)).size).toBe(40);
    const { rows } = await database.pool.query<{ paid_at: Date; reference: string }>(
      `select distinct paid_at, left(reference, 5) as reference from payouts where run_id = 'each'`,
    );
    expect(rows).toEqual([{ paid_at: new Date(T0), reference: 'code/' }]);
    expect(await budgetSums(database.pool, of.budget)).toMatchObject({
      reserved: '0',
      spent: '200000',
      paid: '200000',
    });
  });

  it('are the same for the same payout, however often it asks', async () => {
    const of = await scene('again', 3, 9);
    const orders = await claimed(of);
    const first = await queue.draws.draw(orders, T0);
    expect(await queue.draws.draw(orders, T0 + HOUR_MS)).toEqual(first);
    for (const { key } of orders) expect(await queue.draws.find(key)).toMatchObject({ at: T0 });
  });

  it('that are not there leave the rest rejected as out of stock: owed, and funded again by a later generation', async () => {
    const of = await scene('short', 5, 3);
    await queue.submit(queueAt(of));
    const seen = await seeCoupons(database.pool, 'short');
    expect(seen.map(({ state, reason }) => reason ?? state).sort()).toEqual([
      'out_of_stock',
      'out_of_stock',
      'paid',
      'paid',
      'paid',
    ]);
    const { rows } = await database.pool.query<{ reason: string; state: string }>(
      `select i.reason, i.state from owed_items i join payouts p on p.key = i.payout_key where p.run_id = 'short'`,
    );
    expect(rows).toEqual([1, 2].map(() => ({ reason: 'out_of_stock', state: 'open' })));
    expect(await budgetSums(database.pool, of.budget)).toMatchObject({ reserved: '0', open: '0', spent: '15000' });
  });

  it('that end first go first, and none that has ended', async () => {
    await fillPool(pool, 'pool-ends', ['late'], {});
    await fillPool(pool, 'pool-ends', ['over'], { validUntil: T0 });
    await fillPool(pool, 'pool-ends', ['soon'], { validUntil: T0 + 1 });
    const of = await seedCoupons(database.pool, pool, 'ends', 3);
    const [first, second, third] = await claimed(of);
    const draw = async (order: typeof first) =>
      (await queue.draws.draw(order ? [order] : [], T0)).get(order?.key ?? '');
    expect(await draw(first)).toMatchObject({ kind: 'given', code: 'soon' });
    expect(await draw(second)).toMatchObject({ kind: 'given', code: 'late' });
    expect(await draw(third)).toEqual({ kind: 'out_of_stock' });
  });

  it('that others hold at this moment are waited for, not called out of stock', async () => {
    const of = await scene('held', 1, 1);
    const held = await holdLocks(database.pool, `select from coupon_codes where pool = 'pool-held' for update`);
    await queue.submit(queueAt(of));
    expect(await states('held')).toEqual(['intended']);
    await held.release();
    await queue.submit(queueAt(of));
    expect(await states('held')).toEqual(['paid']);
  });

  it('are not lost by who dies between the draw and its record: the payout is found to be paid by its own', async () => {
    const of = await scene('drawn', 4, 9);
    const orders = await claimed(of);
    const drawn = await queue.draws.draw(orders, T0);
    await passTransportTime(database.pool, of.provider, 2 * LEASE_MS);
    await queue.resolve(queueAt(of));
    const seen = await seeCoupons(database.pool, 'drawn');
    expect(seen.map(({ key, state, code }) => [key, state, code])).toEqual(
      seen.map(({ key }) => [key, 'paid', (drawn.get(key) as { code: string }).code]),
    );
  });

  it('are drawn by the repeat of who died before the draw', async () => {
    const of = await scene('undrawn', 4, 9);
    await claimed(of);
    await passTransportTime(database.pool, of.provider, 2 * LEASE_MS);
    await queue.resolve(queueAt(of));
    expect(new Set(await states('undrawn'))).toEqual(new Set(['paid']));
  });

  it('are not given to an attempt that is over, however late it comes', async () => {
    const of = await scene('zombie', 1, 2);
    const orders = await claimed(of);
    await database.pool.query(`update customers set status = 'incident' where id = 'zombie-c0'`);
    await passTransportTime(database.pool, of.provider, 2 * LEASE_MS);
    await queue.resolve(queueAt(of)); // ambiguous, asked, not known, and not submitted again: held
    expect(await states('zombie')).toEqual(['held']);
    expect(await queue.draws.draw(orders, T0)).toEqual(new Map([[orders[0]?.key, { kind: 'stale' }]]));
    expect(await queue.provider.submit(orders[0] as never, new Date(), T0)).toEqual({ kind: 'unknown' });
    expect((await seeCoupons(database.pool, 'zombie'))[0]).toMatchObject({ code: null, given: null });
  });

  it.each([
    ['given to another', `update coupon_codes set payout_key = 'p/other' where payout_key is not null`],
    ['taken back', `update coupon_codes set payout_key = null, given_at = null where payout_key is not null`],
    ['changed', `update coupon_codes set code = 'x' where payout_key is null`],
    ['moved to another pool', `update coupon_codes set pool = 'x' where payout_key is null`],
    ['deleted', 'delete from coupon_codes'],
    ['emptied', 'truncate coupon_codes'],
  ])('are not %s, by nobody', async (_, statement) => {
    for (const by of [pool, database.pool]) await expect(by.query(statement)).rejects.toMatchObject({ code: '42501' });
  });
});
