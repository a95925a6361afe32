/**
 * Erasing one customer: who they are is gone from every table, what was queued never goes out, and what others rely on stays.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { CustomerPrivacyStore } from '../../src/storage/customer-privacy.store.js';
import { DeliveryClaims } from '../../src/storage/delivery.store.js';
import { createPool, type Pool } from '../../src/storage/pool.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import {
  emptyTables,
  GATEWAY,
  holdLocks,
  laneOver,
  seedCustomers,
  seedRun,
  sendOnce,
  SHARD,
  T0,
  untilBlocked,
} from '../support/seed.js';
import { stripeOf, bucketOf } from '../../src/domain/base/hash.js';

const JOURNEY = sendOnce('spring');
const SAID = { by: 'o', reason: 'asked for it', now: T0 + 1_000 };

describe('erasing a customer', () => {
  let database: TestDatabase;
  let pool: Pool;
  let privacy: CustomerPrivacyStore;

  beforeAll(async () => {
    database = await createDatabase();
    pool = createPool(database.appUrl);
    privacy = new CustomerPrivacyStore(pool);
  });
  beforeEach(async () => {
    await emptyTables(database.pool);
    await seedCustomers(database.pool, ['minji', 'juno']);
    await database.pool.query(`update customers set attributes = '{"name": "김민지"}' where id = 'minji'`);
    await database.pool.query(
      `insert into events (message_id, customer_id, name, occurred_at, received_at, properties)
       values ('e1', 'minji', 'purchase', $1, $1, '{"shop": "그 가게"}'), ('payout/x', 'minji', 'payout.paid', $1, $1, '{"run": "run"}')`,
      [new Date(T0)],
    );
    await database.pool.query(
      `insert into anonymous_ids (anonymous_id, customer_id, claimed_at, pending) values ('browser', 'minji', $1, true)`,
      [new Date(T0)],
    );
    await database.pool.query(
      `insert into anonymous_events (message_id, anonymous_id, name, occurred_at, received_at, properties)
       values ('a1', 'browser', 'page', $1, $1, '{"name": "그 페이지"}')`,
      [new Date(T0)],
    );
    await seedRun(database.pool, 'run', JOURNEY, ['minji', 'juno']);
    const runs = {
      prepared: async () => ({
        runId: 'run',
        version: 1,
        journey: JOURNEY,
        render: () => ({ ok: true as const, title: '제목', body: '김민지님' }),
      }),
    };
    await laneOver(pool, { run: JOURNEY }, { runs })({ runId: 'run' });
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  /** Every table as text, the definition of nothing left out. */
  async function everything(): Promise<string> {
    const { rows } = await database.pool.query<{ name: string }>(
      `select relname as name from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace order by 1`,
    );
    const texts: string[] = [];
    for (const { name } of rows) {
      const { rows: all } = await database.pool.query<{ text: string }>(
        `select to_jsonb(t)::text as text from ${name} t`,
      );
      texts.push(...all.map(({ text }) => `${name} ${text}`));
    }
    return texts.join('\n');
  }

  it('leaves nothing in any table that says who they are, and the others as they were', async () => {
    expect(await everything()).toMatch(/김민지|token-minji|그 가게|그 페이지/);
    expect(await privacy.erase('minji', SAID)).toMatchObject({ messages: 1, events: 1, erasedAt: new Date(SAID.now) });
    const after = (await everything())
      .split('\n')
      .filter((line) => !line.includes('juno'))
      .join('\n');
    expect(after).not.toMatch(/김민지|token-minji|그 가게|그 페이지|제목/);
    expect(after).not.toMatch(/browser.*minji|minji.*browser/);
    expect(await everything()).toContain('token-juno');
    const { rows } = await database.pool.query(
      `select status, consents, gate_version, attr_version from customers where id = 'minji'`,
    );
    expect(rows[0]).toEqual({ status: 'withdrawn', consents: {}, gate_version: 2, attr_version: 2 });
  });

  it('withholds what was queued, even when the customer is active again', async () => {
    await privacy.erase('minji', SAID);
    await database.pool.query(
      `update customers set status = 'active', consents = '{"push:advertising": {"granted": true}}', addresses = '{"push": "new"}',
         gate_version = gate_version + 1 where id = 'minji'`,
    );
    const claims = new DeliveryClaims(pool, 'test', async () => JOURNEY);
    const claim = await claims.claim(
      { gateway: GATEWAY, shard: SHARD, step: 0, now: T0 + 2_000 },
      { batchSize: 10, timeoutMs: 5_000, idempotencyMs: 60_000 },
    );
    expect(claim).toMatchObject({ kind: 'claimed', withheld: 1, calls: [{ batch: [{ id: 'm/run/send/1/juno' }] }] });
    const { rows } = await database.pool.query(
      `select o.state, o.reason, c.state as contact from outbox o join contacts c on c.message_id = o.id where o.customer_id = 'minji'`,
    );
    expect(rows).toEqual([{ state: 'withheld', reason: 'erased', contact: 'returned' }]);
  });

  it('keeps the sum of each text, for the gateway’s book', async () => {
    await privacy.erase('minji', SAID);
    const { rows } = await database.pool.query(
      `select body, body_sha256 = sha256(convert_to('김민지님', 'UTF8')) as same from outbox where customer_id = 'minji'`,
    );
    expect(rows).toEqual([{ body: '', same: true }]);
  });

  it('waits for a cohort that is about to add a message to the customer', async () => {
    const held = await holdLocks(database.pool, `select pg_advisory_xact_lock(7000, ${stripeOf(bucketOf('minji'))})`);
    const erasing = privacy.erase('minji', SAID);
    await untilBlocked(database.pool, 1);
    await held.release();
    expect(await erasing).toMatchObject({ messages: 1 });
  });

  it('may be repeated, and then takes only what has come since', async () => {
    await privacy.erase('minji', SAID);
    expect(await privacy.erase('minji', { ...SAID, now: T0 + 9_000 })).toMatchObject({
      messages: 0,
      events: 0,
      erasedAt: new Date(SAID.now),
    });
    expect(await privacy.erase('nobody', SAID)).toBeNull();
  });

  it('comes after an export of everything under the id', async () => {
    const all = await privacy.export('minji');
    expect(JSON.stringify(all)).toMatch(/김민지/);
    expect(Object.fromEntries(Object.entries(all ?? {}).map(([kind, rows]) => [kind, rows.length]))).toMatchObject({
      customer: 1,
      events: 2,
      anonymousIds: 1,
      anonymousEvents: 1,
      participants: 1,
      messages: 1,
      contacts: 1,
      decisions: 1,
    });
    expect(await privacy.export('nobody')).toBeNull();
  });
});
