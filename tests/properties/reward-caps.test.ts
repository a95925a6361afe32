/**
 * Caps on rewards: what set SQL says has been taken equals a naive count over random histories (clock changes, month ends, states, currencies), and
 * in no order and from no number of sessions does a customer get more than a cap allows.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { PolicyWindow } from '../../src/domain/contact-policy/window.js';
import { judgeCaps, takenOf, type RewardCap } from '../../src/domain/ledger/reward-caps.js';
import { insertIntents } from '../../src/storage/payout-intents.js';
import { createPool, inTransaction, type Pool } from '../../src/storage/pool.js';
import { rewardsSeen } from '../../src/storage/rewards-seen.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { intent } from '../support/intents.js';
import { seedCustomers, T0 } from '../support/seed.js';
import { seeded } from '../support/seeded.js';

const HOUR = 3_600_000;
const ZONES = ['Asia/Seoul', 'America/New_York', 'Australia/Lord_Howe'] as const;
/** Around the clock changes of New York and Lord Howe, and the end of a month. */
const instants = fc
  .tuple(
    fc.constantFrom('2026-03-08T05:00Z', '2026-04-04T14:30Z', '2026-10-31T15:00Z'),
    fc.integer({ min: -40, max: 40 }),
  )
  .map(([at, hours]) => Date.parse(at) + hours * HOUR);
const windows: fc.Arbitrary<PolicyWindow> = fc.oneof(
  fc.constantFrom('day', 'week', 'month').map((unit) => ({ kind: 'calendar' as const, unit })),
  fc.integer({ min: 1, max: 60 }).map((hours) => ({ kind: 'rolling' as const, spanMs: hours * HOUR })),
);
const scopes: fc.Arbitrary<RewardCap['scope']> = fc.constantFrom(
  { kind: 'all' },
  { kind: 'kind', value: 'cashback' },
  { kind: 'kind', value: 'point' },
  { kind: 'budget', value: 'main' },
);
const limits: fc.Arbitrary<RewardCap['limit']> = fc.oneof(
  fc.integer({ min: 0, max: 3 }).map((max) => ({ kind: 'count' as const, max })),
  fc.integer({ min: 0, max: 900 }).map((max) => ({ kind: 'amount' as const, max, currency: 'KRW' })),
);
const caps = fc
  .array(fc.record({ scope: scopes, window: windows, limit: limits }), { minLength: 1, maxLength: 3 })
  .map((some) => some.map((cap, n): RewardCap => ({ ...cap, key: `cap-${n}`, version: 1 })));
const rewards = fc.record({
  customer: fc.nat({ max: 2 }),
  kind: fc.constantFrom('cashback' as const, 'point' as const),
  budget: fc.constantFrom('main', 'spare'),
  amountMinor: fc.integer({ min: 1, max: 400 }),
  currency: fc.constantFrom('KRW', 'KRW', 'USD'),
});

describe('caps on rewards', () => {
  let database: TestDatabase;
  let pool: Pool;

  beforeAll(async () => {
    database = await createDatabase();
    pool = createPool(database.appUrl);
    for (const budget of ['main', 'spare'])
      await database.pool.query(
        `insert into accounts (key, kind, currency, balance) values ('budget:' || $1, 'budget', 'KRW', 1e12), ('reserved:' || $1, 'reserved', 'KRW', 0)`,
        [budget],
      );
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  /** Three people of a round, each of another zone. */
  async function people(round: number): Promise<{ id: string; zone: string }[]> {
    const some = ZONES.map((zone, n) => ({ id: `r${round}-c${n}`, zone }));
    await seedCustomers(
      database.pool,
      some.map(({ id }) => id),
    );
    for (const { id, zone } of some)
      await database.pool.query('update customers set zone = $2 where id = $1', [id, zone]);
    return some;
  }

  it('count what the domain counts', async () => {
    const states = fc.constantFrom('intended', 'paid', 'held', 'settled', 'rejected', 'cancelled', 'reversed');
    const history = fc.array(fc.tuple(rewards, instants, states), { maxLength: 12 });
    let round = 0;
    let counted = 0;
    await fc.assert(
      fc.asyncProperty(caps, history, instants, async (by, before, now) => {
        const some = await people((round += 1));
        for (const [n, [{ customer, ...reward }, decidedAt, state]] of before.entries()) {
          const row = intent(`${some[customer]?.id}`, { ...reward, run: `h${round}`, node: `n${n}` });
          await database.pool.query(
            `insert into payouts (key, slot_key, claim_key, run_id, campaign, node, visit, wave, customer_id, kind, amount, currency, budget,
               provider, shard, state, input_sha256, evidence, budget_seq, decided_at)
             values ($1, $2, $3, $4, 'c', $5, 1, 1, $6, $7, $8, $9, $10, 'pay', 0, $11, '', '{}', 0, $12)`,
            [
              row.payoutKey,
              row.slotKey,
              row.claimKey,
              row.runId,
              row.node,
              row.customerId,
              reward.kind,
              reward.amountMinor,
              reward.currency,
              reward.budget,
              state,
              new Date(decidedAt),
            ],
          );
        }
        const ids = some.map(({ id }) => id);
        const seen = await rewardsSeen(pool, ids, by, now);
        for (const [n, { id, zone }] of some.entries()) {
          const own = before
            .filter(([{ customer }]) => customer === n)
            .map(([reward, decidedAt, state]) => ({ ...reward, decidedAt, state }));
          const expected = by.map((cap) => takenOf(cap, own, now, zone));
          counted += expected.filter((taken) => taken > 0).length;
          expect({ id, taken: seen.get(id) }).toEqual({ id, taken: expected });
        }
      }),
      { seed: seeded('counted caps'), numRuns: 60 },
    );
    expect(counted).toBeGreaterThan(30);
  });

  it('hold over several campaigns at once, whatever their nows', async () => {
    const cohort = fc.record({
      wishes: fc.array(rewards, { minLength: 1, maxLength: 5 }),
      /** Seconds by which its `now` is ahead. */
      ahead: fc.nat({ max: 30 }),
    });
    const groups = fc.array(cohort, { minLength: 2, maxLength: 5 });
    let round = 1_000;
    const met = { claimed: 0, over_cap: 0 };
    await fc.assert(
      fc.asyncProperty(caps, groups, async (by, cohorts) => {
        const some = await people((round += 1));
        await database.pool.query('alter table reward_caps disable trigger user');
        await database.pool.query('delete from reward_caps');
        for (const { key, scope, window, limit } of by)
          await database.pool.query(
            `insert into reward_caps (key, version, scope, "window", "limit", created_by, created_at) values ($1, 1, $2, $3, $4, 'f', $5)`,
            [key, JSON.stringify(scope), JSON.stringify(window), JSON.stringify(limit), new Date(T0)],
          );
        const outcomes = await Promise.all(
          cohorts.map(({ wishes, ahead }, c) => {
            const rows = wishes.map(({ customer, ...reward }, n) =>
              intent(some[customer]?.id ?? '', { ...reward, currency: 'KRW', run: `r${round}-${c}`, node: `n${n}` }),
            );
            return inTransaction(pool, (client) => insertIntents(client, rows, T0 + ahead * 1_000));
          }),
        );
        for (const outcome of outcomes)
          for (const { outcome: verdict, codes } of outcome.values()) {
            expect(verdict).not.toBe('no_budget');
            if (verdict === 'over_cap') expect(codes.at(-1)).toMatch(/^reward_cap=cap-\d@1:\d+\+\d+\/\d+$/);
            met[verdict === 'over_cap' ? 'over_cap' : 'claimed'] += 1;
          }
        const { rows: paid } = await pool.query(
          `select customer_id, kind, budget, amount as "amountMinor", currency, decided_at, state from payouts where customer_id = any($1::text[])`,
          [some.map(({ id }) => id)],
        );
        const rows = paid.map(({ decided_at: at, ...row }) => ({ ...row, decidedAt: at.getTime() }));
        for (const { id, zone } of some) {
          const own = rows.filter(({ customer_id: customer }) => customer === id);
          for (const cap of by)
            for (const { decidedAt } of own) {
              const until = own.filter((other) => other.decidedAt <= decidedAt);
              const taken = takenOf(cap, until, decidedAt, zone);
              expect({ id, cap, taken, over: taken > cap.limit.max }).toMatchObject({ over: false });
            }
        }
      }),
      { seed: seeded('caps at once'), numRuns: 40 },
    );
    expect(Math.min(...Object.values(met))).toBeGreaterThan(20);
  });

  it('take nothing where a later cap refuses', () => {
    const cap = (key: string, max: number): RewardCap => ({
      key,
      version: 1,
      scope: { kind: 'all' },
      window: { kind: 'calendar', unit: 'day' },
      limit: { kind: 'count', max },
    });
    const taken = [0, 0];
    const reward = { kind: 'cashback', budget: 'main', amountMinor: 5, currency: 'KRW' } as const;
    const judged = judgeCaps([cap('wide', 9), cap('narrow', 0)], [reward], taken);
    expect(judged).toEqual({
      fits: false,
      codes: ['reward_cap=wide@1:0+1/9', 'reward_cap=narrow@1:0+1/0'],
      by: ['wide@1', 'narrow@1'],
    });
    expect(taken).toEqual([0, 0]);
  });
});
