/**
 * Which payouts a claim takes: from all runs of the queue alike, each run's oldest first, by index however many wait, are held back, or have been paid.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type pg from 'pg';
import { pickOpen } from '../../src/storage/open-payouts.js';
import { nextInMs } from '../../src/storage/payout-rest.js';
import { pickDoubted } from '../../src/storage/presumed-payouts.js';
import { createPool, type Pool } from '../../src/storage/pool.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { listening, looksAt } from '../support/plans.js';
import { seedRun, sendOnce } from '../support/seed.js';

const NOW = Date.parse('2026-03-03T03:00:00Z');
const AT = { provider: 'pay', shard: 3, step: 0, now: NOW };

describe('the payouts of a claim', () => {
  let database: TestDatabase;
  let client: pg.PoolClient;
  let app: Pool;
  beforeAll(async () => {
    database = await createDatabase();
    client = await database.pool.connect();
    app = createPool(database.appUrl, { max: 1 });
  });
  afterAll(async () => {
    client?.release();
    await app?.end();
    await database.drop();
  });
  beforeEach(() => client.query('truncate payouts cascade; delete from controls'));

  /** So many of a run, of a campaign by its name, decided one a second, the last of them so long before now; keys are in another order. */
  const open = async (run: string, count: number, { lastAgo = 0, kind = 'cashback' } = {}): Promise<void> => {
    await client.query(
      `insert into payouts (key, slot_key, claim_key, run_id, campaign, node, visit, wave, customer_id, kind, amount, currency, budget, provider, shard,
         state, input_sha256, evidence, budget_seq, decided_at)
       select k, k, k, $1, 'of-' || $1, 'pay', 1, 1, 'c' || n, $5, 1, 'KRW', 'b', 'pay', 3, case n % 2 when 0 then 'intended' else 'approved' end, '', '{}', 1,
         $3::timestamptz - make_interval(secs => $4 + $2 - n)
       from (select n, left(md5(n::text), 4) || '/' || $1 || '/' || $5 || '/' || n as k from generate_series(1, $2::int) n) x`,
      [run, count, new Date(NOW), lastAgo, kind],
    );
  };
  const switchOff = (scope: string) =>
    client.query(`insert into controls (scope, state, reason, actor, at) values ($1, 'paused', 'r', 'o', now())`, [
      scope,
    ]);
  /** By run and kind, which of its payouts. */
  const picked = async (limit: number): Promise<Record<string, number[]>> => {
    const keys = await pickOpen(client, AT, limit);
    expect(new Set(keys).size).toBe(keys.length);
    const numbers: Record<string, number[]> = {};
    for (const key of keys) {
      const [, run = '', kind = '', n] = key.split('/');
      (numbers[kind === 'cashback' ? run : `${run}/${kind}`] ??= []).push(Number(n));
    }
    return numbers;
  };
  const counts = (numbers: Record<string, number[]>) =>
    Object.fromEntries(Object.entries(numbers).map(([run, { length }]) => [run, length]));
  const first = (count: number) => Array.from({ length: count }, (_, n) => n + 1);

  it('are all of a run alone, who earned first first, and none where none wait', async () => {
    expect(await picked(5)).toEqual({});
    await open('only', 7);
    expect(await picked(5)).toEqual({ only: first(5) });
    expect(await picked(10)).toEqual({ only: first(7) });
  });

  it('are the few of a small run beside those of a large one that has waited for longer', async () => {
    await open('large', 2_000, { lastAgo: 60 });
    await open('small', 10);
    expect(await picked(150)).toEqual({ large: first(140), small: first(10) });
  });

  it('are in equal shares of several large runs, and of the kinds of one', async () => {
    await open('a', 1_000, { lastAgo: 500 });
    await open('b', 1_000);
    await open('b', 1_000, { kind: 'point' });
    expect(counts(await picked(150))).toEqual({ a: 50, b: 50, 'b/point': 50 });
    await open('d', 20);
    expect(await picked(200)).toEqual({ a: first(60), b: first(60), 'b/point': first(60), d: first(20) });
  });

  it('are one of each of as many runs as there is room for, of others each time, those with the newest among them', async () => {
    const runs = Array.from({ length: 25 }, (_, n) => `run-${n}`);
    for (const run of runs) await open(run, 40, { lastAgo: 3_600 });
    await open('newest', 1);
    const seen = new Set<string>();
    for (let claim = 0; claim < 60; claim += 1) {
      const keys = await pickOpen(client, AT, 10);
      const owners = new Set(keys.map((key) => key.split('/')[1] as string));
      expect([keys.length, owners.size]).toEqual([10, 10]);
      for (const run of owners) seen.add(run);
      await client.query(`update payouts set state = 'submitting' where key = any($1)`, [keys]);
    }
    expect([...seen].toSorted()).toEqual([...runs, 'newest'].toSorted());
  });

  it('are none of another shard, nor of a campaign or kind whose switch is off, and then there is something to do as long as others wait', async () => {
    await open('a', 20, { lastAgo: 60 });
    await open('b', 20);
    await open('b', 20, { kind: 'point' });
    await client.query(`update payouts set shard = 4 where run_id = 'a' and customer_id > 'c5'`); // c6 … c9
    expect(counts(await picked(100))).toEqual({ a: 16, b: 20, 'b/point': 20 });
    await switchOff('payouts/campaign/of-a');
    expect(counts(await picked(100))).toEqual({ b: 20, 'b/point': 20 });
    await switchOff('payouts/kind/cashback');
    expect(counts(await picked(100))).toEqual({ 'b/point': 20 });
    expect(await nextInMs(app, AT, 0)).toBe(0);
    await switchOff('payouts/kind/point');
    expect(await picked(100)).toEqual({});
    expect(await nextInMs(app, AT, 0)).toBeNull();
  });

  it('are found by their index, with no look at those that are paid or held back, however many', async () => {
    await open('large', 30_000, { lastAgo: 60 });
    await open('off', 5_000, { lastAgo: 600 });
    await switchOff('payouts/campaign/of-off');
    for (let n = 0; n < 30; n += 1) await open(`small-${n}`, 20);
    await client.query('analyze payouts'); // as if all waited still
    await client.query(`update payouts set state = 'paid' where run_id = 'large' and key < 'f'`);
    const heard = listening(client);
    expect(await pickOpen(heard.client, AT, 1_000)).toHaveLength(1_000);
    expect(heard.statements).toHaveLength(3);
    for (const statement of heard.statements) {
      const { scans, pages } = await looksAt(client, 'payouts', statement);
      expect(scans).toEqual(scans.map(() => [expect.stringMatching(/^Index (Only )?Scan$/), 'payouts_open']));
      expect(pages).toBeLessThan(400); // of 1,800 pages that the table has
    }
  });

  it('that a restoration doubts are found by their runs, with no look at the others', async () => {
    await open('sure', 20_000, { lastAgo: 60 });
    await open('doubted', 500);
    await seedRun(database.pool, 'doubted', sendOnce('of-doubted'), []);
    await client.query(
      `with found as (insert into restorations (restored_to, at, temporal_at, reason, actor) values (now(), now(), now(), 'r', 'o') returning no)
       update runs set doubted_by = found.no from found where id = 'doubted'`,
    );
    await client.query('analyze payouts');
    const heard = listening(client);
    expect(await pickDoubted(heard.client, AT, 200)).toHaveLength(200);
    expect(counts(await picked(150))).toEqual({ sure: 150 });
    for (const statement of heard.statements) {
      const { scans, pages } = await looksAt(client, 'payouts', statement);
      expect(scans).toEqual([[expect.stringMatching(/^Index (Only )?Scan$/), 'payouts_open']]);
      expect(pages).toBeLessThan(600); // each payout that is sure would be a page more
    }
  });
});
