/**
 * Rows for tests of the stores, put there by plain SQL, and a lane's turn over the real cohort store. Journeys are made by hand, so that
 * nothing of definition and launch is needed.
 */
import type pg from 'pg';
import {
  createCohortActivities,
  type AdvanceInput,
  type AdvanceResult,
  type CohortPorts,
} from '../../activities/cohort.activities.js';
import { bucketOf } from '../../src/domain/base/hash.js';
import type { PreparedJourney, PreparedSend } from '../../src/domain/journey/prepare.js';
import { CohortStore } from '../../src/storage/cohort.store.js';
import { EventsStore } from '../../src/storage/events.store.js';
import type { Pool } from '../../src/storage/pool.js';

/** Business time of the first cohort: a Tuesday morning in Seoul. */
export const T0 = Date.parse('2026-03-03T10:00:00+09:00');
export const SPAN_MS = 20_000;
export const GATEWAY = 'gate';
export const SHARD = 0;

const base = {
  campaign: 'c',
  purpose: 'advertising' as const,
  product: null,
  priority: 0,
  start: 'send',
  lateMs: 72 * 3_600_000,
  payoutEvents: [],
  toldRewards: [],
  lateWaitEvents: [],
  loopOf: new Map<string, string>(),
  readsAnswers: false,
  branchEvents: { names: [], withinMs: 0 },
};

/** One push, then the end. Advertising rests from 21:00 to 08:00. */
export function sendOnce(
  campaign: string,
  over: Partial<PreparedJourney> = {},
  send: Partial<PreparedSend> = {},
): PreparedJourney {
  const node: PreparedSend = {
    type: 'send',
    channel: 'push',
    gateway: GATEWAY,
    template: 't@1',
    notAfterMs: 6 * 3_600_000,
    onSkip: 'continue',
    wave: 1,
    next: 'done',
    ...send,
  };
  return {
    ...base,
    campaign,
    quiet: { from: '21:00', to: '08:00' },
    nodes: { send: node, done: { type: 'exit', reason: 'completed' } },
    ...over,
  };
}

/** A push, a wait of 20 s for a purchase, and an end for each answer: `responded` or `timeout`. */
export function waitOnce(campaign: string): PreparedJourney {
  const sent = sendOnce(campaign, {}, { next: 'wait' });
  const matches = () => true;
  return {
    ...sent,
    nodes: {
      ...sent.nodes,
      wait: { type: 'wait', spanMs: SPAN_MS, response: { event: 'purchase', matches }, next: 'answered' },
      answered: { type: 'branch', responded: 'wait', rule: () => false, yes: 'yes', no: 'no' },
      yes: { type: 'exit', reason: 'responded' },
      no: { type: 'exit', reason: 'timeout' },
    },
  };
}

/** Customers with consent to advertising by push and an address for it. */
export async function seedCustomers(db: pg.Pool, ids: readonly string[]): Promise<void> {
  await db.query(
    `insert into customers (id, bucket, consents, addresses)
     select id, bucket, '{"push:advertising": {"granted": true}}', jsonb_build_object('push', 'token-' || id)
     from unnest($1::text[], $2::int[]) as c(id, bucket)`,
    [ids, ids.map(bucketOf)],
  );
}

/** A running run with one lane over all stripes and these customers at its start, due at T0. */
export async function seedRun(
  db: pg.Pool,
  runId: string,
  journey: PreparedJourney,
  ids: readonly string[],
): Promise<void> {
  const { campaign, start } = journey;
  await db.query(
    `insert into campaigns (key, name, state, draft, edited_by, updated_at) values ($1, $1, 'launched', '{}', 'm', $2)
     on conflict do nothing`,
    [campaign, new Date(T0)],
  );
  await db.query(
    `insert into campaign_versions (campaign, version, definition, content_hash, created_by, approved_by, launched_by, launched_at)
     values ($1, 1, $3, '', 'm', 'a', 'm', $2) on conflict do nothing`,
    [campaign, new Date(T0), JSON.stringify({ campaign: { priority: journey.priority } })],
  );
  await db.query(
    `insert into runs (id, campaign, version, trigger_key, state, started_at, lanes, opened_by)
     values ($1, $2, 1, $1, 'running', $3, 1, 'm')`,
    [runId, campaign, new Date(T0)],
  );
  await db.query('insert into lanes (run_id, lane, stripe_from, stripe_to) values ($1, 0, 0, 64)', [runId]);
  await db.query(
    `insert into participants (customer_id, run_id, lane, node, due_at, entered_at)
     select id, $1, 0, $2, $3, $3 from unnest($4::text[]) as c(id)`,
    [runId, start, new Date(T0), ids],
  );
  await db.query(
    `insert into counters (run_id, node, visit, measure, lane, n)
     select $1, $2, 1, m, 0, $3 from unnest(array['entered', 'here']) as m`,
    [runId, start, ids.length],
  );
  for (const [id, node] of Object.entries(journey.nodes)) {
    if (node?.type !== 'wait' || !node.response) continue;
    await db.query('insert into listeners (event_name, run_id, node, span_ms) values ($1, $2, $3, $4)', [
      node.response.event,
      runId,
      id,
      node.spanMs,
    ]);
  }
}

export interface PolicyRow {
  key: string;
  version: number;
  scope: object;
  window: object;
  cap: number;
  lookAheadMs: number;
}

/** A version of a policy, in force from now on; over all contacts of a rolling day unless it says otherwise. */
export async function putPolicy(db: pg.Pool, row: Partial<PolicyRow> & { key: string; cap: number }): Promise<void> {
  const {
    version = 1,
    scope = { kind: 'all' },
    window = { kind: 'rolling', spanMs: 86_400_000 },
    lookAheadMs = 0,
  } = row;
  await db.query(
    `insert into contact_policies (key, version, scope, "window", cap, look_ahead_ms, created_by, created_at)
     values ($1, $2, $3, $4, $5, $6, 'm', $7)`,
    [row.key, version, JSON.stringify(scope), JSON.stringify(window), row.cap, lookAheadMs, new Date(T0)],
  );
}

export async function seedPolicy(db: pg.Pool, cap: number, spanMs = 86_400_000): Promise<void> {
  await putPolicy(db, { key: 'daily', cap, window: { kind: 'rolling', spanMs } });
}

/** Ports of a lane's activity whose wake-ups reach nobody. */
export const NOBODY_HEARS: Pick<CohortPorts, 'nudger' | 'links'> = {
  nudger: {
    nudgeLane: async () => undefined,
    nudgeDelivery: async () => undefined,
    nudgePayout: async () => undefined,
  },
  links: { tell: async () => ({ lanes: [], payouts: [] }) },
};

/** The lane's activity over the real store; every message says `hi`. */
export function laneOver(
  pool: Pool,
  journeys: Record<string, PreparedJourney>,
  over: Partial<CohortPorts> = {},
): (input: Partial<AdvanceInput> & { runId: string }) => Promise<AdvanceResult> {
  const journeyOf = async (runId: string): Promise<PreparedJourney> => {
    const journey = journeys[runId];
    if (!journey) throw new Error(`no journey of ${runId}`);
    return journey;
  };
  const { advanceCohorts } = createCohortActivities({
    runs: {
      prepared: async (runId) => ({
        runId,
        version: 1,
        journey: await journeyOf(runId),
        render: () => ({ ok: true, title: null, body: 'hi' }),
      }),
    },
    cohorts: new CohortStore(pool, 'test', journeyOf),
    ...NOBODY_HEARS,
    shardOf: () => SHARD,
    isDataError: () => false,
    cohortSize: 100,
    ...over,
  });
  return async (input) => {
    // by whoever advances: many suites only seed, and it brings all of a worker
    const { MockActivityEnvironment } = await import('@temporalio/testing');
    const environment = new MockActivityEnvironment();
    const whole: AdvanceInput = { lane: 0, step: 0, now: T0, ...input };
    return await environment.run<[AdvanceInput], AdvanceResult, typeof advanceCohorts>(advanceCohorts, whole);
  };
}

/** Ingestion over the real store. */
export function ingestionOver(pool: Pool, journeys: Record<string, PreparedJourney> = {}): EventsStore {
  const of = async (runId: string) => {
    const journey = journeys[runId];
    if (!journey) throw new Error(`no journey of ${runId}`);
    return { version: 1, journey };
  };
  return new EventsStore(pool, { runs: { of }, shardOf: () => SHARD, build: 'test' });
}

/** The run `run` of these new customers at its first turn, at T0: who may be sent to has a message queued. */
export async function seedDecided(
  { database, pool }: { database: { pool: pg.Pool }; pool: Pool },
  journey: PreparedJourney,
  customers: readonly string[],
): Promise<void> {
  await seedCustomers(database.pool, customers);
  await seedRun(database.pool, 'run', journey, customers);
  await laneOver(pool, { run: journey })({ runId: 'run' });
}

/** As after the migration: what a test of the same file left is gone. Only the owner can, past the triggers: as a superuser, or by switching them off. */
export async function emptyTables(db: pg.Pool): Promise<void> {
  const { rows } = await db.query<{ name: string; guarded: boolean; used: boolean }>(
    `select relname as name, exists (select from pg_trigger t where t.tgrelid = c.oid and not t.tgisinternal) as guarded,
            pg_relation_size(oid) > 0 as used
     from pg_class c where relkind = 'r' and relnamespace = 'public'::regnamespace and relname <> 'installation' order by 1`,
  );
  const { rows: sequences } = await db.query<{ name: string }>(
    `select sequencename as name from pg_sequences where schemaname = 'public' and last_value is not null order by 1`,
  );
  const restarted = sequences.map(({ name }) => `alter sequence ${name} restart;`).join(' ');
  const used = rows.filter((table) => table.used).map(({ name }) => name);
  if (used.length === 0) return void (await db.query(restarted));
  const { rows: may } = await db.query<{ all: boolean }>('select rolsuper as all from pg_roles where rolname = user');
  if (may[0]?.all) {
    // a row or two of each: no new files, no change of the catalog
    const deleted = used.map((name) => `delete from ${name};`).join(' ');
    await db.query(`set local session_replication_role = replica; ${deleted} ${restarted}`);
    return;
  }
  const guarded = rows.filter((table) => table.guarded);
  const all = (change: string) => guarded.map(({ name }) => `alter table ${name} ${change} trigger user;`).join(' ');
  await db.query(`${all('disable')} truncate ${used.join(', ')} cascade; ${all('enable')} ${restarted}`);
}

/** A session that has run these statements in a transaction and keeps its locks until it is released. */
export async function holdLocks(db: pg.Pool, ...statements: string[]): Promise<{ release(): Promise<void> }> {
  const client = await db.connect();
  await client.query('begin');
  for (const statement of statements) await client.query(statement);
  return {
    async release() {
      await client.query('rollback');
      client.release();
    },
  };
}

/** Until exactly `n` sessions of this database wait for a lock. */
export async function untilBlocked(db: pg.Pool, n: number): Promise<void> {
  for (let attempt = 0; attempt < 1_000; attempt += 1) {
    const { rowCount } = await db.query(
      `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    );
    if (rowCount === n) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`${n} sessions never waited for a lock at the same time`);
}
