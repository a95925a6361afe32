/**
 * Business hours under the queue's real activities and tables: outside of them nothing is submitted, neither for the first time nor again; what is
 * unsure is asked about; the queue sleeps until the opening, and neither sweep nor audit take it for forgotten.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { runAudit } from '../../src/auditor/index.js';
import { prepareHours } from '../../src/domain/ledger/business-hours.js';
import type { LookupReply, SubmitReply } from '../../src/domain/ledger/payout-replies.js';
import { createPool, type Pool } from '../../src/storage/pool.js';
import { SweepStore } from '../../src/storage/sweep.store.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { passTransportTime, payoutQueue, queueAt, seedPayouts } from '../support/payouts.js';
import { emptyTables } from '../support/seed.js';

const PROVIDER = 'pay';
const HOURS = prepareHours({ from: '09:00', to: '18:00', days: ['mon', 'tue', 'wed', 'thu', 'fri'] }, 'Asia/Seoul');
const at = (iso: string) => Date.parse(iso);
const FRIDAY_EVENING = at('2026-03-06T18:00:00+09:00');
const MONDAY_MORNING = at('2026-03-09T09:00:00+09:00');
const TERMS = {
  idempotent: true,
  idempotencyMs: 10 * 86_400_000,
  lookup: true,
  visibilityMs: 0,
  timeoutMs: 1_000,
  hours: HOURS,
};
const PAID: SubmitReply = {
  kind: 'word',
  word: { status: 'paid', reason: null, reference: 'r', paidAt: null, code: null },
};

describe('a provider outside its business hours', () => {
  let database: TestDatabase;
  let pool: Pool;
  let submitted: string[];
  let looked: string[];
  let reply: SubmitReply;

  beforeAll(async () => {
    database = await createDatabase();
    pool = createPool(database.appUrl);
  });
  beforeEach(async () => {
    await emptyTables(database.pool);
    [submitted, looked, reply] = [[], [], PAID];
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  const queue = () =>
    payoutQueue(pool, () => ({
      terms: TERMS,
      submit: async ({ key }) => {
        submitted.push(key);
        return reply;
      },
      lookup: async (key): Promise<LookupReply> => {
        looked.push(key);
        return { kind: 'absent' };
      },
    }));

  it('is sent nothing; its queue sleeps until the opening, and then everything goes', async () => {
    const scene = await seedPayouts(database.pool, pool, 'run', 3, PROVIDER);
    const shut = queueAt(scene, FRIDAY_EVENING);
    expect(await queue().submit(shut)).toMatchObject({ more: false, done: 0 });
    const nextInMs = await queue().payouts.nextInMs(shut, MONDAY_MORNING - FRIDAY_EVENING);
    expect(await queue().resolve(shut)).toMatchObject({ nextInMs: expect.any(Number) });
    expect(nextInMs).toBeGreaterThan(MONDAY_MORNING - FRIDAY_EVENING - 5_000);
    expect(nextInMs).toBeLessThanOrEqual(MONDAY_MORNING - FRIDAY_EVENING);
    await queue().submit(queueAt(scene, MONDAY_MORNING - 1));
    expect(submitted).toEqual([]);
    const { rows } = await database.pool.query('select distinct state, attempts from payouts');
    expect(rows).toEqual([{ state: 'intended', attempts: 0 }]);
    await queue().submit(queueAt(scene, MONDAY_MORNING));
    expect(submitted.sort()).toEqual([...scene.keys].sort());
    expect(await queue().resolve(queueAt(scene, MONDAY_MORNING))).toMatchObject({ nextInMs: null });
  });

  it('is asked about what is unsure, and gets its repeats when it opens', async () => {
    const scene = await seedPayouts(database.pool, pool, 'run', 1, PROVIDER);
    reply = { kind: 'unknown' };
    await queue().submit(queueAt(scene, FRIDAY_EVENING - 1));
    await passTransportTime(database.pool, PROVIDER, 10_000);
    reply = PAID;
    await queue().resolve(queueAt(scene, FRIDAY_EVENING));
    expect([submitted.length, looked.length]).toEqual([1, 1]);
    await passTransportTime(database.pool, PROVIDER, 10_000);
    await queue().resolve(queueAt(scene, MONDAY_MORNING));
    expect([submitted.length, looked.length]).toEqual([2, 2]);
    const { rows } = await database.pool.query('select state from payouts');
    expect(rows).toEqual([{ state: 'paid' }]);
  });

  it('is no work for the sweep before it opens', async () => {
    await seedPayouts(database.pool, pool, 'run', 1, PROVIDER);
    const shards = [{ name: PROVIDER, shard: 0 }];
    const sweep = new SweepStore(pool, [], shards, (_, now) => now >= MONDAY_MORNING);
    expect((await sweep.overdue(MONDAY_MORNING - 1)).payouts).toEqual([]);
    expect((await sweep.overdue(MONDAY_MORNING)).payouts).toEqual(shards);
  });

  describe('to the audit', () => {
    const MINUTES = 1_440;
    /** Hours that are over since so many minutes of the wall clock, in UTC. */
    const shutSince = async (minutes: number) => {
      const { rows } = await database.pool.query<{ m: number }>(
        `select (extract(hour from t) * 60 + extract(minute from t))::int as m from (select clock_timestamp() at time zone 'UTC' as t) x`,
      );
      const end = ((rows[0]?.m ?? 0) + MINUTES - minutes) % MINUTES;
      await keep((end + MINUTES - 60) % MINUTES, end);
    };
    const keep = (from: number | null, to: number | null) =>
      database.pool.query(
        `insert into provider_hours (provider, zone, from_minute, to_minute, since) values ($1, 'UTC', $2, $3, clock_timestamp() - interval '1 day')`,
        [PROVIDER, from, to],
      );
    const forgotten = async () => {
      const report = await runAudit({ databaseUrl: database.ownerUrl, providerBooks: [], gatewayBooks: [] });
      const law = report.laws.find((one) => one.law === 8);
      return law?.violations.filter(({ what }) => what === 'to be paid, and nobody submits it').length;
    };

    beforeEach(async () => {
      await database.pool.query(
        `insert into payouts (key, slot_key, claim_key, run_id, campaign, node, visit, wave, customer_id, kind, amount, currency, budget,
           provider, shard, state, input_sha256, evidence, budget_seq, decided_at)
         values ('p/1', 'p', 'p', 'r', 'k', 'n', 1, 1, 'c', 'point', 1, 'KRW', 'b', $1, 0, 'intended', '', '{}', 1, now() - interval '1 hour')`,
        [PROVIDER],
      );
    });

    it('is not forgotten, but is as soon as it should have gone', async () => {
      expect(await forgotten()).toBe(1);
      await shutSince(30);
      expect(await forgotten()).toBe(0);
      await keep(null, null);
      expect(await forgotten()).toBe(1);
      await shutSince(MINUTES - 30);
      expect(await forgotten()).toBe(1);
    });

    it('is not forgotten either while its breaker is open, or has just been', async () => {
      const open = (ago: string) =>
        database.pool.query(
          `insert into provider_breakers (provider, failures, opened_at, open_until) values ($1, 10, now(), now() - $2::interval)
           on conflict (provider) do update set open_until = excluded.open_until`,
          [PROVIDER, ago],
        );
      await open('-10 minutes');
      expect(await forgotten()).toBe(0);
      await open('50 seconds');
      expect(await forgotten()).toBe(0);
      await open('2 minutes');
      expect(await forgotten()).toBe(1);
    });
  });
});
