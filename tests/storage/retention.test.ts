/**
 * Retention: what is old enough goes in small turns, and nothing that is still needed; whoever writes, the database holds a run to its floors.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { RetentionRounds } from '../../src/storage/retention-rounds.store.js';
import { RetentionStore } from '../../src/storage/retention.store.js';
import { createPool, type Pool } from '../../src/storage/pool.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { emptyTables, laneOver, putPolicy, seedCustomers, seedRun, sendOnce, T0 } from '../support/seed.js';
import { addEvents, closeRun, EVENTS, HOLDS, payOnce } from '../support/retention.js';

const DAY_MS = 86_400_000;
const DAYS = 100;
const JOURNEY = sendOnce('spring');
const PEOPLE = ['ara', 'bom', 'minji', 'juno', 'sora'];
const SAID = { by: 'admin', reason: 'the law says five years, we say less', now: T0 };
/** `old` has been over for long enough, `young` has not. */
const NOW = T0 + (DAYS + 2) * DAY_MS;

describe('retention', () => {
  let database: TestDatabase;
  let pool: Pool;
  let store: RetentionStore;

  beforeAll(async () => {
    database = await createDatabase();
    pool = createPool(database.appUrl);
    store = new RetentionStore(pool);
  });
  beforeEach(async () => {
    await emptyTables(database.pool);
    await seedCustomers(database.pool, PEOPLE);
    for (const [run, closedAt] of [
      ['old', T0 + DAY_MS],
      ['young', T0 + 3 * DAY_MS],
    ] as const) {
      await seedRun(database.pool, run, JOURNEY, PEOPLE);
      await laneOver(pool, { [run]: JOURNEY })({ runId: run });
      await closeRun(database.pool, run, closedAt);
    }
    await payOnce(database.pool, 'old', 'minji');
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  const count = async (table: string, where = 'true') => {
    const { rows } = await database.pool.query<{ n: string }>(`select count(*) as n from ${table} where ${where}`);
    return Number(rows[0]?.n);
  };
  const left = async (run: string) => ({
    messages: await count('outbox', `run_id = '${run}'`),
    contacts: await count('contacts', `run_id = '${run}'`),
    receipts: await count('receipts', `message_id like 'm/${run}/%'`),
    decisions: await count('trace', `run_id = '${run}'`),
    counters: await count('counters', `run_id = '${run}'`),
  });
  /** Turns until nothing is left to do; returns how many. */
  async function turns(now: number, rounds = new RetentionRounds(pool, 2)): Promise<number> {
    let n = 1;
    while (await rounds.turn(now)) n += 1;
    return n;
  }

  it('keeps all of it without a policy, and until a run has been over for long enough', async () => {
    const before = await left('old');
    expect(before).toMatchObject({ messages: 5, contacts: 5, receipts: 5, decisions: 6 });
    await turns(NOW);
    await store.put('runs', DAYS, SAID);
    await turns(T0 + (DAYS + 1) * DAY_MS); // to the day
    expect(await left('old')).toEqual(before);
  });

  it('removes nothing by a policy that was put after its now, and goes on once that has come', async () => {
    const before = await left('old');
    await store.put('runs', DAYS, { ...SAID, now: NOW + 1 });
    expect(await turns(NOW)).toBe(1);
    expect(await left('old')).toEqual(before);
    expect(await count('retentions')).toBe(0);
    await turns(NOW + 1);
    expect(await left('old')).toMatchObject({ messages: 0 });
    expect(await count('retentions', 'at < (select created_at from retention_policies)')).toBe(0);
  });

  it('does not let a round go by when a policy is put in its middle', async () => {
    await store.put('runs', DAYS, SAID);
    const rounds = new RetentionRounds(pool, 2);
    await rounds.turn(NOW);
    await store.put('events', DAYS, { ...SAID, now: NOW + 5 });
    expect(await rounds.turn(NOW)).toBe(false);
    await turns(NOW + 5, rounds);
    expect(await left('old')).toMatchObject({ messages: 0 });
  });

  it('removes decisions and messages of a run that is over, batch by batch, but not its counters nor what money rests on', async () => {
    const [old, young] = [await left('old'), await left('young')];
    await store.put('runs', DAYS, SAID);
    for (const _ of ['begins', 'chooses a run', 'finds no other', 'removes two'])
      await new RetentionRounds(pool, 2).turn(NOW);
    expect(await left('old')).toEqual({ ...old, messages: 3, contacts: 3, receipts: 3 });
    expect(await turns(NOW)).toBeGreaterThan(4); // whoever comes next goes on
    expect(await left('old')).toEqual({ ...old, messages: 0, contacts: 0, receipts: 0, decisions: 1 });
    expect(await count('trace', `run_id = 'old' and customer_id = 'minji' and steps like '%reward=claimed%'`)).toBe(1);
    expect(await left('young')).toEqual(young);
    expect(await store.expired()).toEqual([
      { kind: 'runs', removed: 1, through: new Date(NOW - DAYS * DAY_MS), at: new Date(NOW) },
    ]);
    const { rows } = await database.pool.query(`select run_id, removed from retentions`);
    expect(rows).toEqual([{ run_id: 'old', removed: { messages: 5 } }]);
  });

  it('begins no second round on the same day', async () => {
    await store.put('runs', DAYS, SAID);
    await turns(NOW);
    await closeRun(database.pool, 'young', T0 + DAY_MS);
    expect(await turns(NOW + DAY_MS - 1)).toBe(1);
    expect(await count('outbox', `run_id = 'young'`)).toBe(5);
    await turns(NOW + DAY_MS);
    expect(await count('outbox')).toBe(0);
  });

  it.each(HOLDS)('keeps a run that is held by %s, says so, and lets nobody record otherwise', async (by, hold) => {
    await store.put('runs', DAYS, SAID);
    await database.pool.query(hold);
    await turns(NOW);
    expect(await count('outbox', `run_id = 'old'`)).toBe(5);
    expect(await store.held(NOW)).toEqual([{ by, runs: 1 }]);
    const record = `insert into retentions (kind, policy, run_id, through, removed, at) values ('runs', 1, 'old', $1, '{}', $2)`;
    await expect(pool.query(record, [new Date(NOW - DAYS * DAY_MS), new Date(NOW)])).rejects.toThrow(
      `run old may not expire: ${by}`,
    );
  });

  it('keeps a run whose messages count for a contact policy in force', async () => {
    await putPolicy(database.pool, { key: 'yearly', cap: 9, window: { kind: 'rolling', spanMs: 200 * DAY_MS } });
    await store.put('runs', DAYS, SAID);
    await turns(NOW);
    expect(await store.held(NOW)).toEqual([{ by: 'messages', runs: 1 }]);
    await turns(T0 + 201 * DAY_MS);
    expect(await count('outbox')).toBe(0);
  });

  it('opens no other door: trace and receipts of a run that has not expired, and decisions about money, stay', async () => {
    const refused = /append-only|permission denied|no policy in force/;
    for (const statement of [
      `delete from trace`,
      `delete from receipts`,
      `select expire_decisions(array['minji'], array['young'])`,
      `select expire_receipts(array(select message_id from receipts))`,
      `insert into retentions (kind, policy, run_id, through, removed, at) values ('runs', 1, 'young', now(), '{}', now())`,
    ])
      await expect(pool.query(statement)).rejects.toThrow(refused);
    await store.put('runs', DAYS, SAID);
    await turns(NOW);
    await expect(database.pool.query(`delete from trace where run_id = 'old'`)).rejects.toThrow(refused);
    await expect(database.pool.query(`update retentions set removed = '{}'`)).rejects.toThrow(refused);
  });

  it('removes events that nothing looks back at any more', async () => {
    await addEvents(database.pool, T0);
    await store.put('events', DAYS, SAID);
    await turns(NOW);
    const kept = async () => {
      const { rows } = await database.pool.query<{ id: string }>('select message_id as id from events order by 1');
      return rows.map(({ id }) => id);
    };
    expect(await kept()).toEqual(EVENTS.kept);
    const { rows } = await database.pool.query<{ removed: object }>(
      `select removed from retentions where kind = 'events'`,
    );
    const names = rows.flatMap(({ removed }) => Object.entries(removed).map(([name, { n }]) => `${name} ${n}`));
    expect(names.sort()).toEqual(['login 1', 'view 1']);
    await store.put('runs', DAYS, SAID);
    await turns(NOW + DAY_MS); // with the run, what answered and reached its goal; what earned stays
    expect(await kept()).toEqual(EVENTS.keptAfterRun);
  });

  it('forgets keys of requests by the database’s time', async () => {
    await database.pool.query(
      `insert into idempotency_keys (key, scope, body_sha256, created_at)
       values ('a', 's', '', clock_timestamp() - interval '11 days'), ('b', 's', '', clock_timestamp() - interval '9 days')`,
    );
    await database.pool.query(
      `insert into webhooks (system, webhook_id, received_at) values ('provider/p', 'a', clock_timestamp() - interval '11 days')`,
    );
    await store.put('requests', 10, SAID);
    await turns(T0); // whatever business time is
    expect(await count('idempotency_keys', `key = 'b'`)).toBe(1);
    expect(await count('idempotency_keys')).toBe(1);
    expect(await count('webhooks')).toBe(0);
  });

  it('is set with its reason, each version kept; below the floor not even by SQL', async () => {
    await store.put('runs', DAYS, SAID);
    await store.put('runs', DAYS, SAID); // nothing new
    await store.put('runs', null, { ...SAID, reason: 'an inspection' });
    expect(await store.policies()).toMatchObject([{ kind: 'runs', version: 2, days: null, reason: 'an inspection' }]);
    expect(
      await count(
        'audit_log',
        `action = 'retention.put' and reason = 'an inspection' and (before->>'days')::int = ${DAYS}`,
      ),
    ).toBe(1);
    await turns(NOW);
    expect(await count('outbox')).toBe(10);
    await expect(store.put('runs', 92, SAID)).rejects.toThrow('retention_policies_floor');
  });
});
