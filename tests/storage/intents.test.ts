/**
 * A reward's key stands for its content for ever (law 1): the same again changes nothing, other content is an error, never a second payment.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { IntentRow } from '../../src/domain/wave/cohort.js';
import { insertIntents, PayoutKeyReused, type JudgedIntent } from '../../src/storage/payout-intents.js';
import { createPool, inTransaction, type Pool } from '../../src/storage/pool.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { holdLocks, T0, untilBlocked } from '../support/seed.js';

let round = 0;
const intent = (customer: string, over: Partial<IntentRow> = {}): IntentRow => ({
  payoutKey: `p/r${round}/reward/1/${customer}/1`,
  slotKey: `p/r${round}/reward/1/${customer}`,
  claimKey: `run/r${round}/reward/${customer}`,
  runId: `r${round}`,
  campaign: 'c',
  node: 'reward',
  visit: 1,
  wave: 1,
  customerId: customer,
  kind: 'cashback',
  amountMinor: 400,
  currency: 'KRW',
  budget: `b${round}`,
  provider: 'pay',
  shard: 0,
  evidence: {},
  ...over,
});

const outcomesOf = (judged: Map<string, JudgedIntent>) =>
  Object.fromEntries([...judged].map(([key, { outcome }]) => [key, outcome]));

describe('the intents of rewards', () => {
  let database: TestDatabase;
  let pool: Pool;

  beforeAll(async () => {
    database = await createDatabase();
    pool = createPool(database.appUrl);
  });
  beforeEach(async () => {
    round += 1;
    await database.pool.query(
      `insert into accounts (key, kind, currency, balance) values ('budget:' || $1, 'budget', 'KRW', 1000), ('reserved:' || $1, 'reserved', 'KRW', 0)`,
      [`b${round}`],
    );
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  const insert = async (...rows: IntentRow[]) =>
    outcomesOf(await inTransaction(pool, (client) => insertIntents(client, rows, T0)));

  async function books() {
    const { rows } = await pool.query(
      `select (select balance from accounts where key = 'budget:' || $1) as available,
              (select balance from accounts where key = 'reserved:' || $1) as reserved,
              (select count(*) from payouts where budget = $1) as payouts,
              (select count(*) from claims where run_id = $2) as claims,
              (select count(*) from ledger_transfers t where payout_key like 'p/' || $2 || '/%') as transfers,
              (select count(*) from payout_moves where payout_key like 'p/' || $2 || '/%') as moves`,
      [`b${round}`, `r${round}`],
    );
    return rows[0] as Record<string, number>;
  }
  const ONE = { available: 600, reserved: 400, payouts: 1, claims: 1, transfers: 1, moves: 1 };

  it('commit claim, payout, reservation and first move together', async () => {
    const row = intent('minji');
    expect(await insert(row)).toEqual({ [row.payoutKey]: 'claimed' });
    expect(await books()).toEqual(ONE);
  });

  it('change nothing when they come again with the same content, and give the same answer', async () => {
    const row = intent('minji');
    await insert(row);
    expect(await insert(row)).toEqual({ [row.payoutKey]: 'claimed' });
    expect(await insert({ ...row, evidence: { other: true }, shard: 3 })).toEqual({ [row.payoutKey]: 'claimed' });
    expect(await books()).toEqual(ONE);
  });

  it.each<[string, Partial<IntentRow>]>([
    ['amount', { amountMinor: 401 }],
    ['customer', { customerId: 'juno' }],
    ['kind', { kind: 'coupon' }],
    ['provider', { provider: 'other' }],
    ['node', { node: 'other' }],
    ['run', { runId: 'other' }],
    ['campaign', { campaign: 'other' }],
    ['amount under another claim', { amountMinor: 401, claimKey: 'another claim' }],
    ['claim alone', { claimKey: 'yet another claim' }],
  ])('throw when a key comes with another %s, and change nothing', async (_, over) => {
    const row = intent('minji');
    await insert(row);
    await expect(insert({ ...row, ...over })).rejects.toThrow(PayoutKeyReused);
    expect(await books()).toEqual(ONE);
  });

  it.each([
    ['the provider keeps', ['USD']],
    ['each other, at a provider that has none yet', ['KRW', 'USD']],
  ])('of another currency than %s reserve nothing, neither they nor who is with them', async (_, currencies) => {
    const provider = currencies.length === 1 ? 'pay' : `new-${round}`;
    await insert(intent('minji'));
    await database.pool.query(
      `insert into accounts (key, kind, currency, balance) values ('budget:' || $1, 'budget', 'USD', 1000), ('reserved:' || $1, 'reserved', 'USD', 0)`,
      [`usd${round}`],
    );
    const rows = ['KRW', ...currencies].map((currency, n) =>
      intent(`c${n}`, { provider, currency, budget: currency === 'USD' ? `usd${round}` : `b${round}` }),
    );
    await expect(insert(...rows)).rejects.toThrow('is not kept in');
    expect(await books()).toEqual(ONE);
  });

  it('give a claim to one of two rewards in one cohort and in two', async () => {
    const [first, second] = [
      intent('minji'),
      intent('minji', { payoutKey: `p/r${round}/reward-2/1/minji/1`, node: 'reward-2' }),
    ];
    const outcomes = await insert(first, second);
    expect(Object.values(outcomes).sort()).toEqual(['already_rewarded', 'claimed']);
    const third = intent('minji', { payoutKey: `p/r${round}/reward-3/1/minji/1`, node: 'reward-3' });
    expect(await insert(third)).toEqual({ [third.payoutKey]: 'already_rewarded' });
    expect(await books()).toEqual(ONE);
  });

  it('wait for a rival’s claim that is not committed yet, and take it when the rival gives up', async () => {
    const row = intent('minji');
    const rival = await holdLocks(
      database.pool,
      `insert into claims (key, payout_key, run_id) values ('${row.claimKey}', 'p/rival', 'r${round}')`,
    );
    const waiting = insert(row);
    await untilBlocked(database.pool, 1);
    await rival.release(); // rolls back
    expect(await waiting).toEqual({ [row.payoutKey]: 'claimed' });
  });

  it('of a budget that is short leave no claim, so that the customer may still earn it elsewhere', async () => {
    const rows = ['minji', 'juno', 'sora'].map((customer) => intent(customer));
    const outcomes = await insert(...rows);
    expect(Object.values(outcomes).sort()).toEqual(['claimed', 'claimed', 'no_budget']);
    expect(await books()).toEqual({ available: 200, reserved: 800, payouts: 2, claims: 2, transfers: 2, moves: 2 });
    const refused = rows.find((row) => outcomes[row.payoutKey] === 'no_budget') as IntentRow;
    await database.pool.query(`update accounts set balance = balance + 1000 where key = 'budget:' || $1`, [
      `b${round}`,
    ]);
    const elsewhere = {
      ...refused,
      payoutKey: `${refused.payoutKey}-b`,
      slotKey: `${refused.slotKey}-b`,
      node: 'reward-2',
    };
    expect(await insert(elsewhere)).toEqual({ [elsewhere.payoutKey]: 'claimed' });
  });

  it('are all or nothing: a failure after the claim leaves neither claim nor reservation', async () => {
    await expect(insert(intent('minji'), intent('juno', { budget: 'none' }))).rejects.toThrow(/none/);
    expect(await books()).toEqual({ available: 1000, reserved: 0, payouts: 0, claims: 0, transfers: 0, moves: 0 });
  });
});
