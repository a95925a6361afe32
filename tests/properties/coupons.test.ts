/**
 * Law 1 for pools of coupons, over random stocks, payouts and deaths: several sessions draw at once, some die before or after the draw, and in
 * the end every payout has one code of its own or, when there was none left, is owed one.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { PayoutResolveResult } from '../../activities/payout.activities.js';
import { POOL_PROVIDER, POOL_TERMS } from '../../src/domain/ledger/coupon-pool.js';
import { createPool, type Pool } from '../../src/storage/pool.js';
import { codesOf, couponQueue, fillPool, seeCoupons, seedCoupons } from '../support/coupons.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { budgetSums, passTransportTime, queueAt, type PayoutScene } from '../support/payouts.js';
import { seeded } from '../support/seeded.js';

const LEASE_MS = 30_000;
const RUNS = 12;
/** What becomes of a claim: its worker dies before the draw, or after it; or all is well. */
const fate = fc.constantFrom('dies before', 'dies after', 'lives', 'lives');
const scenario = fc.record({
  payouts: fc.integer({ min: 1, max: 40 }),
  codes: fc.integer({ min: 0, max: 50 }),
  drawers: fc.array(fc.array(fc.tuple(fc.integer({ min: 1, max: 9 }), fate), { minLength: 1, maxLength: 8 }), {
    minLength: 2,
    maxLength: 4,
  }),
});

describe('random draws from a pool', () => {
  let database: TestDatabase;
  let pool: Pool;
  let rounds = 0;

  beforeAll(async () => {
    database = await createDatabase();
    pool = createPool(database.appUrl);
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  /** One worker's turns; claims of one queue follow each other, draws and records do not. */
  async function draw(of: PayoutScene, turns: readonly (readonly [number, string])[]): Promise<void> {
    const { claims, provider, payouts } = couponQueue(pool);
    for (const [limit, end] of turns) {
      const claim = await claims.claim(queueAt(of), limit, LEASE_MS);
      if (claim.kind !== 'claimed' || end === 'dies before') continue;
      const { orders, signedAt } = claim;
      const replies = await Promise.all(orders.map((order) => provider.submit(order, signedAt, queueAt(of).now)));
      if (end === 'dies after') continue;
      const results = orders.map(({ key, attemptId }, n) => ({ key, attemptId, reply: replies[n] as never }));
      await payouts.record(queueAt(of), results, POOL_TERMS);
    }
  }

  /** As the queue's workflow goes on, once leases have run out. */
  async function heal(of: PayoutScene): Promise<void> {
    const { submit, resolve } = couponQueue(pool);
    for (let turn = 0; turn < 20; turn += 1) {
      await passTransportTime(database.pool, POOL_PROVIDER, 2 * LEASE_MS);
      await submit(queueAt(of));
      const { nextInMs } = (await resolve(queueAt(of))) as PayoutResolveResult;
      if (nextInMs === null) return;
    }
    throw new Error('it never comes to rest');
  }

  it('gives as many codes as there are, each to one payout, and the rest is owed', async () => {
    const one = async ({ payouts, codes, drawers }: typeof scenario extends fc.Arbitrary<infer T> ? T : never) => {
      rounds += 1;
      const run = `r${rounds}`;
      const of = await seedCoupons(database.pool, pool, run, payouts);
      await fillPool(pool, `pool-${run}`, codesOf(run, codes));
      await Promise.all(drawers.map((turns) => draw(of, turns)));
      await heal(of);

      const seen = await seeCoupons(database.pool, run);
      const paid = seen.filter(({ state }) => state === 'paid');
      expect(
        seen.map(({ state, reason }) => reason ?? state).filter((word) => word !== 'paid' && word !== 'out_of_stock'),
      ).toEqual([]);
      expect(paid).toHaveLength(Math.min(payouts, codes));
      expect(new Set(paid.map(({ code }) => code)).size).toBe(paid.length);
      expect(seen.filter(({ code, given }) => code !== given)).toEqual([]);
      const { rows } = await database.pool.query<{ given: number; owed: number }>(
        `select (select count(*) from coupon_codes where pool = $1 and payout_key is not null)::int as given,
                (select count(*) from owed_items i join payouts p on p.key = i.payout_key where p.run_id = $2)::int as owed`,
        [`pool-${run}`, run],
      );
      expect(rows).toEqual([{ given: paid.length, owed: payouts - paid.length }]);
      expect(await budgetSums(database.pool, of.budget)).toMatchObject({ reserved: '0', open: '0' });
    };
    await fc.assert(fc.asyncProperty(scenario, one), { seed: seeded('draws from pools'), numRuns: RUNS });
  });
});
