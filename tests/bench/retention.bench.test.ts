/**
 * What an expiry of many rows costs whoever works meanwhile: a run that is over with its decisions, messages, contacts and receipts, and as many events,
 * go turn by turn without a pause, which is more than the sweep ever does, while another run's lane decides and customers' events come in. At its usual
 * size a million of each. Its check is that all of it goes, that nothing else does, and that a turn is bounded.
 */
import { afterAll, beforeAll, describe, expect } from '@jest/globals';
import pg from 'pg';
import { createPool, type Pool } from '../../src/storage/pool.js';
import { RetentionRounds } from '../../src/storage/retention-rounds.store.js';
import { RetentionStore } from '../../src/storage/retention.store.js';
import { bench, IS_TINY, timeOf, type Measured } from '../support/bench.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { closeRun } from '../support/retention.js';
import { ingestionOver, laneOver, seedCustomers, seedRun, sendOnce, T0 } from '../support/seed.js';

const DAY_MS = 86_400_000;
const NOW = T0 + 200 * DAY_MS;
const TOGETHER = 20_000;
const TURN_ROWS = IS_TINY ? 100 : 5_000;
const COHORT = IS_TINY ? 10 : 500;
/** Of the lane beside, cohorts; of which the first are decided before anything goes. */
const COHORTS = 60;
const ALONE = 20;
const LOOK_EVERY_MS = 20;
const JOURNEYS = { old: sendOnce('spring'), beside: sendOnce('autumn') };

const idsOf = (letter: string, count: number) =>
  Array.from({ length: count }, (_, n) => `${letter}${String(n).padStart(8, '0')}`);
const quantile = (values: number[], share: number): number =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? 0;

describe('retention', () => {
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

  const count = async (table: string, where = 'true') => {
    const { rows } = await database.pool.query<{ n: string }>(`select count(*) as n from ${table} where ${where}`);
    return Number(rows[0]?.n);
  };
  async function seed(size: number): Promise<void> {
    const [old, beside] = [idsOf('k', size), idsOf('b', COHORT * COHORTS)];
    for (const ids of [old, beside])
      for (let from = 0; from < ids.length; from += TOGETHER)
        await seedCustomers(database.pool, ids.slice(from, from + TOGETHER));
    await seedRun(database.pool, 'old', JOURNEYS.old, old);
    const lane = laneOver(pool, JOURNEYS, { cohortSize: 5_000 });
    for (let step = 1; (await lane({ runId: 'old', step })).state === 'more'; step += 1);
    await closeRun(database.pool, 'old', T0 + DAY_MS);
    await database.pool.query(
      `insert into events (message_id, customer_id, name, occurred_at, received_at)
       select 'e/' || id, id, 'view', $1, $1 from customers where id like 'k%'`,
      [new Date(T0)],
    );
    await seedRun(database.pool, 'beside', JOURNEYS.beside, beside);
    await database.pool.query('analyze');
    expect([await count('outbox'), await count('receipts'), await count('events')]).toEqual([size, size, size]);
  }

  /** Sessions that wait for a lock, looked for again and again until it is told to end. */
  async function watchLocks(): Promise<() => Promise<number>> {
    const client = new pg.Client({ connectionString: database.ownerUrl });
    await client.connect();
    const seen = { most: 0, over: false };
    const looked = (async () => {
      while (!seen.over) {
        const { rowCount } = await client.query(
          `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
        );
        seen.most = Math.max(seen.most, rowCount ?? 0);
        await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
      }
    })();
    return async () => {
      seen.over = true;
      await looked;
      await client.end();
      return seen.most;
    };
  }

  /** The lane decides a cohort and one event comes in, again and again as long as it may; ms of each. */
  async function work(tag: string, goesOn: (n: number) => boolean): Promise<{ cohorts: number[]; events: number[] }> {
    const lane = laneOver(pool, JOURNEYS, { cohortSize: COHORT });
    const ingestion = ingestionOver(pool, JOURNEYS);
    const [cohorts, events]: number[][] = [[], []];
    const {
      rows: [{ step } = { step: 0 }],
    } = await pool.query<{ step: number }>(`select step from lanes where run_id = 'beside'`);
    for (let n = 0; goesOn(n); n += 1) {
      if (n < COHORTS - ALONE) {
        const advance = () => lane({ runId: 'beside', step: step + n + 1, now: NOW, brief: true });
        cohorts?.push(await timeOf(advance));
      }
      const event = { messageId: `${tag}/${n}`, customerId: `b0000000${n % 10}`, name: 'visit', properties: {} };
      events?.push(await timeOf(() => ingestion.append([{ ...event, occurredAt: NOW, receivedAt: NOW }])));
    }
    return { cohorts: cohorts as number[], events: events as number[] };
  }

  bench('retention', { tiny: 400, usual: 1_000_000 }, async (size): Promise<Measured> => {
    await seed(size);
    const alone = await work('alone', (n) => n < ALONE);
    const store = new RetentionStore(pool);
    const said = { by: 'admin', reason: 'a benchmark', now: NOW - DAY_MS };
    await store.put('runs', 100, said);
    await store.put('events', 100, said);
    const rounds = new RetentionRounds(pool, TURN_ROWS);
    const locks = await watchLocks();
    let over = false;
    const beside = work('beside', () => !over);
    const turns: number[] = [];
    const left = { more: true };
    while (left.more) turns.push(await timeOf(async () => void (left.more = await rounds.turn(NOW))));
    over = true;
    const during = await beside;
    const waiting = await locks();
    const decided = COHORT * (alone.cohorts.length + during.cohorts.length);
    expect(await count('outbox', `run_id = 'beside'`)).toBe(decided);
    for (const table of ['outbox', 'contacts', 'receipts', 'trace', 'events'])
      expect([table, await count(table, table === 'receipts' ? 'true' : `customer_id like 'k%'`)]).toEqual([table, 0]);
    expect(await count('participants', `customer_id like 'k%'`)).toBe(size);
    const rows = size * 5;
    const seconds = turns.reduce((sum, ms) => sum + ms, 0) / 1_000;
    return {
      figures: {
        rows,
        rowsPerSecond: rows / seconds,
        turns: turns.length,
        turnMedianMs: quantile(turns, 0.5),
        turnP99Ms: quantile(turns, 0.99),
        turnMaxMs: Math.max(...turns),
        cohortAloneMedianMs: quantile(alone.cohorts, 0.5),
        cohortMedianMs: quantile(during.cohorts, 0.5),
        cohortMaxMs: Math.max(...during.cohorts),
        eventAloneMedianMs: quantile(alone.events, 0.5),
        eventMedianMs: quantile(during.events, 0.5),
        eventP99Ms: quantile(during.events, 0.99),
        eventMaxMs: Math.max(...during.events),
      },
      ratios: { eventDuringToAlone: quantile(during.events, 0.5) / quantile(alone.events, 0.5) },
      differences: { sessionsWaitingForLocksMax: waiting },
    };
  });
});
