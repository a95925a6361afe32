/**
 * The hot statements find their rows by an index (law 8: a probe each): every statement that the stores send in one turn is explained against
 * tables with thousands of rows, and none of them may read a big one from end to end.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type pg from 'pg';
import { CODES } from '../../src/domain/attention/classes.js';
import { DeliveryResults } from '../../src/storage/delivery-results.store.js';
import { DeliveryClaims } from '../../src/storage/delivery.store.js';
import { InboxStore } from '../../src/storage/inbox.store.js';
import { PayoutsStore } from '../../src/storage/payouts.store.js';
import type { Pool } from '../../src/storage/pool.js';
import { AttentionItemsStore } from '../../src/storage/attention-items.store.js';
import { RetentionRounds } from '../../src/storage/retention-rounds.store.js';
import { RetentionStore } from '../../src/storage/retention.store.js';
import { SweepStore } from '../../src/storage/sweep.store.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { nodesOf, planned, recording, type PlanNode, type Statement } from '../support/plans.js';
import {
  ingestionOver,
  GATEWAY,
  laneOver,
  SHARD,
  seedCustomers,
  seedPolicy,
  seedRun,
  SPAN_MS,
  T0,
  waitOnce,
} from '../support/seed.js';
import { onlyCall } from '../support/only-call.js';

const COUNT = 4_000;
const BIG = [
  'contacts',
  'customers',
  'decision_contexts',
  'events',
  'outbox',
  'participants',
  'payouts',
  'responses',
  'trace',
  'idempotency_keys',
];
const TERMS = {
  batchSize: 50,
  timeoutMs: 5_000,
  idempotent: true,
  idempotencyMs: 1_000_000,
  lookup: true,
  visibilityMs: 0,
};
const AT = { gateway: GATEWAY, shard: SHARD, step: 0, now: T0 + SPAN_MS };
const JOURNEY = waitOnce('c');
/** Of higher priority, for the same customers, but not due. */
const RIVAL = { ...JOURNEY, priority: 5 };

const scans = (nodes: readonly PlanNode[]): string[] =>
  nodes.flatMap((node) => {
    const table = node['Relation Name'] ?? '';
    return node['Node Type'] === 'Seq Scan' && BIG.includes(table) ? [table] : [];
  });

describe('the hot statements', () => {
  let database: TestDatabase;
  let pool: Pool;
  let statements: Statement[];

  beforeAll(async () => {
    database = await createDatabase();
    ({ pool, statements } = recording(database.appUrl));
    const db = database.pool;
    const ids = Array.from({ length: COUNT }, (_, n) => `c${String(n).padStart(5, '0')}`);
    await seedCustomers(db, ids);
    await seedPolicy(db, 3);
    for (const run of ['old-1', 'old-2', 'old-3', 'run']) {
      await seedRun(db, run, { ...(run === 'old-1' ? RIVAL : JOURNEY), campaign: run }, ids);
    }
    await db.query(
      `update participants set due_at = due_at + interval '10 days' where run_id <> 'run' or customer_id > 'c00100'`,
    );
    await db.query(
      `insert into outbox (id, run_id, node, visit, customer_id, lane, wave, channel, purpose, advertising, gateway, shard, state, template, body,
         decided_at, not_after)
       select 'm/' || run_id || '/' || customer_id, run_id, 'send', 1, customer_id, 0, 1, 'push', 'advertising', true, 'gate', n % 8, 'accepted',
         't@1', 'b', entered_at, entered_at from (select *, row_number() over () as n from participants where run_id <> 'run') p`,
    );
    await db.query(
      `insert into contacts (message_id, customer_id, run_id, channel, purpose, at, state)
       select id, customer_id, run_id, channel, purpose, decided_at - interval '60 days', 'counted' from outbox`,
    );
    await db.query(
      `insert into events (message_id, customer_id, name, occurred_at, received_at)
       select 'e/' || id, customer_id, 'login', decided_at, decided_at from outbox`,
    );
    await db.query(
      `insert into responses (run_id, node, visit, customer_id, wave, event_no, occurred_at, received_at)
       select run_id, 'wait', 1, customer_id, 1, 1, decided_at, decided_at from outbox`,
    );
    await db.query(
      `insert into payouts (key, slot_key, claim_key, run_id, campaign, node, visit, wave, customer_id, kind, amount, currency, budget, provider,
         shard, state, input_sha256, evidence, budget_seq, decided_at)
       select 'p/' || id, 'p/' || id, id, run_id, 'c', 'r', 1, 1, customer_id, 'cashback', 1, 'KRW', 'b', 'pay', shard, 'paid', '', '{}', 1, decided_at
       from outbox`,
    );
    await db.query(
      `insert into decision_contexts (kind, run_id, queue, step, now, build, versions, snapshot, recorded_at)
       select 'cohort', run_id, '0', 1, decided_at, 'b', '{}', pg_current_snapshot(), decided_at from outbox`,
    );
    await db.query('analyze');
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  /** What one turn asks, explained on its own connection; the statement's opening is the name of a finding. */
  async function fullScans(turn: () => Promise<unknown>): Promise<string[]> {
    statements.length = 0;
    await turn();
    const plans = await planned(database.pool, statements);
    expect(plans.length).toBeGreaterThan(0);
    return plans.flatMap(({ statement, nodes }) =>
      scans(nodes).map((table) => `${table}: ${statement.text.trim().slice(0, 80)}`),
    );
  }

  it('of a cohort: picking, locking, facts, contacts, effects, what is left', async () => {
    const lane = laneOver(pool, { run: JOURNEY, 'old-1': RIVAL });
    expect(await fullScans(() => lane({ runId: 'run' }))).toEqual([]);
  });

  it('of ingestion: locking participants, storing, marking', async () => {
    const event = {
      messageId: 'new',
      customerId: 'c00007',
      name: 'purchase',
      occurredAt: T0 + 1,
      receivedAt: T0 + 2,
      properties: {},
    };
    expect(await fullScans(() => ingestionOver(pool, { run: JOURNEY }).append([event]))).toEqual([]);
    expect((await database.pool.query(`select from responses where run_id = 'run'`)).rowCount).toBe(1);
  });

  it('of a delivery queue: claiming, recording, expiring, looking up, sleeping', async () => {
    const claims = new DeliveryClaims(pool, 'test', async () => JOURNEY);
    const results = new DeliveryResults(pool);
    // Half of them have moved since the decision, so that the contact policy is judged again.
    await database.pool.query(`update customers set gate_version = 2 where id < 'c00050'`);
    const turn = async () => {
      const claim = await claims.claim(AT, TERMS);
      await results.record(AT, [{ attemptId: onlyCall(claim).attemptId, outcome: { kind: 'unknown' } }], TERMS);
      await results.expireLeases(AT, TERMS);
      const { items } = await results.dueLookups(AT, TERMS, 10);
      expect(items.length).toBeGreaterThan(0);
      await results.recordLookups(
        AT,
        items.map(({ id, settled }) => ({ id, settled, outcome: { kind: 'unknown' as const } })),
        TERMS,
      );
      await claims.reclaim(
        AT,
        TERMS,
        items.map(({ id }) => id),
      );
      await results.nextInMs(AT);
    };
    expect(await fullScans(turn)).toEqual([]);
  });

  it('of the sweep: one probe per lane and queue', async () => {
    const shards = Array.from({ length: 8 }, (_, shard) => ({ name: GATEWAY, shard }));
    const sweep = new SweepStore(pool, shards, [{ name: 'pay', shard: 0 }]);
    expect(await fullScans(() => sweep.overdue(T0 + 3_600_000))).toEqual([]);
  });

  it('of what needs a person: the list, and the figures that alerts are judged by', async () => {
    const attention = new AttentionItemsStore(pool);
    const at = { now: T0 + 3_600_000, closed: [], elsewhere: [] };
    await database.pool.query(
      `update participants set state = 'failed', failed_at = due_at, end_reason = 'r' where run_id = 'old-2' and customer_id < 'c00050';
       update payouts set state = case shard when 0 then 'held' when 1 then 'ambiguous' else 'intended' end where customer_id < 'c00200';
       update outbox set state = case shard when 0 then 'ambiguous' else 'queued' end where customer_id < 'c00200'`,
    );
    const turn = async () => {
      const items = await attention.list(at, CODES, { after: null, limit: 200 });
      expect(items.map(({ code }) => code)).toEqual(expect.arrayContaining(['participant_failed', 'payout_held']));
      await attention.figures(at);
    };
    expect(await fullScans(turn)).toEqual([]);
  });

  it('of the sweep and of a queue that goes to sleep, too, when the planner last saw everything queued', async () => {
    const db = database.pool;
    const all = (outbox: string, payouts: string) =>
      db.query(
        `update outbox set state = '${outbox}', shard = 0 where run_id <> 'run'; update payouts set state = '${payouts}', shard = 0`,
      );
    await all('queued', 'intended');
    await db.query('analyze outbox, payouts');
    await all('accepted', 'paid');
    const shards = Array.from({ length: 8 }, (_, shard) => ({ name: GATEWAY, shard }));
    const sweep = new SweepStore(pool, shards, [{ name: 'pay', shard: 0 }]);
    expect(await fullScans(() => sweep.overdue(T0 + 3_600_000))).toEqual([]);
    expect(await fullScans(() => new DeliveryResults(pool).nextInMs(AT))).toEqual([]);
    expect(
      await fullScans(() => new PayoutsStore(pool).nextInMs({ provider: 'pay', shard: 0, step: 0, now: T0 })),
    ).toEqual([]);
    await db.query('analyze outbox, payouts');
  });

  it('of an inbox: by customer, whoever looks, tells or dismisses', async () => {
    await database.pool.query(`update outbox set gateway = 'inbox' where run_id = 'old-2'`);
    await database.pool.query('analyze outbox');
    const inbox = new InboxStore(pool);
    const own = ['m/old-2/c00007'];
    const turn = async () => {
      expect(await inbox.versions('c00007')).toEqual({ gateVersion: expect.any(Number), switches: 0 });
      expect(await inbox.entries('c00007', T0)).toEqual([]); // all have ended at T0
      await inbox.owned('c00007', own);
      await inbox.dismiss('c00007', own, T0);
    };
    expect(await fullScans(turn)).toEqual([]);
  });

  it('of retention: a batch of messages, of decisions, of events and of requests', async () => {
    const [day, db] = [86_400_000, database.pool];
    const retention = new RetentionStore(pool);
    for (const kind of ['runs', 'events', 'requests'] as const)
      await retention.put(kind, 100, { by: 'admin', reason: 'r', now: T0 });
    await db.query(
      `update runs set state = 'closed', closed_at = started_at where id = 'old-1';
       update listeners set late_until = started_at from runs r where r.id = run_id;
       update payouts set state = 'paid';
       update outbox set state = 'accepted', handover_at = decided_at where run_id = 'old-1'`,
    );
    await db.query(
      `insert into trace (run_id, customer_id, context_id, gate_version, attr_version, steps)
       select run_id, customer_id, 1, 1, 1, 'send#1:message=queued' from participants`,
    );
    await db.query(
      `insert into idempotency_keys select n::text, 's', '', 200, '{}', '{}', clock_timestamp() - n * interval '1 hour' from generate_series(1, 9000) n`,
    );
    await db.query('analyze');
    const rounds = new RetentionRounds(pool, 50);
    const now = T0 + 200 * day;
    expect(await rounds.turn(now)).toBe(true); // it begins
    expect(await fullScans(() => rounds.turn(now))).toEqual([]);
    expect(await rounds.turn(now)).toBe(true); // there is no other run
    expect(await fullScans(() => rounds.turn(now))).toEqual([]);
    await db.query(`delete from outbox where run_id = 'old-1'`);
    expect(await fullScans(() => rounds.turn(now))).toEqual([]);
    const { rows } = await db.query<{ body: string }>(
      `select prosrc as body from pg_proc where proname = 'expire_decisions'`,
    );
    const body = String(rows[0]?.body).replaceAll('unnest(customers, runs)', 'unnest($1::text[], $2::text[])');
    const asked = await db.query<pg.QueryResultRow>(`explain (format json) ${body}`, [['c00007'], ['old-1']]);
    expect(scans(nodesOf(asked.rows[0]?.['QUERY PLAN'][0].Plan as PlanNode))).toEqual([]);
  });

  it('would be found out: a statement without an index is reported', async () => {
    expect(await fullScans(() => pool.query(`select count(*) from outbox where body = 'x'`))).toEqual([
      `outbox: select count(*) from outbox where body = 'x'`,
    ]);
  });
});
