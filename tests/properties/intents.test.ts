/**
 * Laws 1 and 3 over random rewards and budgets, from several sessions at once: a budget is never overspent, one claim has one payout, and
 * every transfer is one debit and one credit that the balances follow.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { IntentRow } from '../../src/domain/wave/cohort.js';
import { insertIntents, type IntentOutcome } from '../../src/storage/payouts.store.js';
import { createPool, inTransaction, type Pool } from '../../src/storage/pool.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { T0 } from '../support/seed.js';
import { seeded } from '../support/seeded.js';

const BUDGETS = ['main', 'spare'] as const;
const intent = fc.record({
  customer: fc.integer({ min: 0, max: 14 }),
  node: fc.constantFrom('reward-1', 'reward-2'),
  amount: fc.integer({ min: 1, max: 400 }),
  budget: fc.constantFrom(...BUDGETS),
  provider: fc.constantFrom('pay', 'coupon-shop'),
});
type Wish = typeof intent extends fc.Arbitrary<infer T> ? T : never;
/** A cohort holds a participant once; the same slot may come again in another. */
const cohort = fc.uniqueArray(intent, { maxLength: 8, selector: (wish) => wish.customer });
const funds = fc.record({ main: fc.integer({ min: 0, max: 2_000 }), spare: fc.integer({ min: 0, max: 2_000 }) });

/** Two nodes share a claim per customer; what a slot is worth follows from the slot, as it does in a journey. */
function rowOf(round: number, { customer, node, amount, budget, provider }: Wish): IntentRow {
  const runId = `run-${round}`;
  const slotKey = `p/${runId}/${node}/1/c${customer}`;
  return {
    payoutKey: `${slotKey}/1`,
    slotKey,
    claimKey: `run/${runId}/c${customer}`,
    runId,
    campaign: 'c',
    node,
    visit: 1,
    wave: 1,
    customerId: `c${customer}`,
    kind: 'cashback',
    amountMinor: amount,
    currency: 'KRW',
    budget: `${budget}-${round}`,
    provider,
    shard: 0,
    evidence: {},
  };
}

describe('random rewards over random budgets', () => {
  let database: TestDatabase;
  let pool: Pool;

  beforeAll(async () => {
    database = await createDatabase();
    pool = createPool(database.appUrl);
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  async function fund(round: number, amounts: Record<(typeof BUDGETS)[number], number>): Promise<void> {
    for (const budget of BUDGETS) {
      await database.pool.query(
        `insert into accounts (key, kind, currency, balance) values ($1, 'budget', 'KRW', $2), ($3, 'reserved', 'KRW', 0)`,
        [`budget:${budget}-${round}`, amounts[budget], `reserved:${budget}-${round}`],
      );
    }
  }

  async function check(round: number, amounts: Record<(typeof BUDGETS)[number], number>): Promise<void> {
    for (const budget of BUDGETS) {
      const { rows } = await pool.query(
        `select b.balance as available, r.balance as reserved, b.seq,
                coalesce((select sum(amount) from payouts where budget = $1), 0)::bigint as owed,
                coalesce((select array_agg(budget_seq order by budget_seq) from payouts where budget = $1), '{}')::int[] as seqs
         from accounts b, accounts r where b.key = 'budget:' || $1 and r.key = 'reserved:' || $1`,
        [`${budget}-${round}`],
      );
      const { available, reserved, owed, seq, seqs } = rows[0];
      expect(available).toBeGreaterThanOrEqual(0);
      expect({ available, reserved }).toEqual({ available: amounts[budget] - owed, reserved: owed });
      expect(seqs).toEqual(Array.from({ length: seq }, (_, n) => n + 1));
    }
    const { rows: claims } = await pool.query(
      `select claim_key, count(*) as n, min(c.payout_key) = min(p.key) as same from payouts p left join claims c on c.key = p.claim_key
       where p.run_id = $1 group by 1 having count(*) <> 1 or min(c.payout_key) is distinct from min(p.key)`,
      [`run-${round}`],
    );
    expect(claims).toEqual([]);
    const { rows: unbalanced } = await pool.query(
      `select t.id from ledger_transfers t left join ledger_entries e on e.transfer_id = t.id group by t.id
       having count(*) <> 2 or sum(case side when 'debit' then amount else -amount end) <> 0
          or count(distinct e.account) <> 2`,
    );
    expect(unbalanced).toEqual([]);
    const { rows: moved } = await pool.query(
      `select a.key from accounts a
       left join (select account, sum(case side when 'debit' then amount else -amount end) as n from ledger_entries group by 1) e on e.account = a.key
       where a.kind = 'reserved' and a.balance <> coalesce(e.n, 0)`,
    );
    expect(moved).toEqual([]);
  }

  it('never overspend, never claim twice, and leave a ledger that balances', async () => {
    let round = 0;
    const met: Partial<Record<IntentOutcome, number>> = { claimed: 0, already_rewarded: 0, no_budget: 0 };
    await fc.assert(
      fc.asyncProperty(fc.array(cohort, { minLength: 1, maxLength: 4 }), funds, async (cohorts, amounts) => {
        round += 1;
        const now = round;
        await fund(now, amounts);
        // the same slot stands for the same content wherever it comes up
        const known = new Map<string, IntentRow>();
        const rows = cohorts.map((wishes) =>
          wishes.map((wish) => {
            const row = rowOf(now, wish);
            if (!known.has(row.payoutKey)) known.set(row.payoutKey, row);
            return known.get(row.payoutKey) as IntentRow;
          }),
        );
        const outcomes = await Promise.all(
          rows.map((intents) => inTransaction(pool, (client) => insertIntents(client, intents, T0))),
        );
        await check(now, amounts);
        for (const [n, outcome] of outcomes.entries()) {
          expect([...outcome.keys()].sort()).toEqual(rows[n]?.map((row) => row.payoutKey).sort());
          for (const [payoutKey, { outcome: verdict }] of outcome) {
            met[verdict] = (met[verdict] ?? 0) + 1;
            const { rowCount } = await pool.query('select from payouts where key = $1', [payoutKey]);
            if (verdict === 'claimed') expect(rowCount).toBe(1);
          }
        }
      }),
      { seed: seeded('intents'), numRuns: 60 },
    );
    // each outcome has been met, or the generator proves nothing
    expect(Math.min(...Object.values(met))).toBeGreaterThan(5);
  });
});
