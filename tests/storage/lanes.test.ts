/**
 * A lane's turn over real rows: zombies are refused by their step, pauses and stops are obeyed, whoever changed since the picking waits for the
 * next pass, and one customer's bad data is set apart without the others.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Picked } from '../../activities/cohort.activities.js';
import { cohortWrite } from '../../src/domain/wave/cohort.js';
import { walk } from '../../src/domain/wave/walk.js';
import { CohortStore } from '../../src/storage/cohort.store.js';
import { createPool, sqlState, type Pool } from '../../src/storage/pool.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { emptyTables, laneOver, seedCustomers, seedRun, sendOnce, SPAN_MS, T0, waitOnce } from '../support/seed.js';

const PEOPLE = Array.from({ length: 9 }, (_, n) => `c${n}`);
const JOURNEY = sendOnce('spring');

describe('a lane', () => {
  let database: TestDatabase;
  let pool: Pool;

  beforeAll(async () => {
    database = await createDatabase();
    pool = createPool(database.appUrl);
  });
  beforeEach(async () => {
    await emptyTables(database.pool);
    await seedCustomers(database.pool, PEOPLE);
    await seedRun(database.pool, 'run', JOURNEY, PEOPLE);
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  const count = async (table: string) =>
    Number((await database.pool.query(`select count(*) as n from ${table}`)).rows[0].n);
  const control = (scope: string, state: string) =>
    database.pool.query(
      `insert into controls (scope, state, reason, actor, at) values ($1, $2, 'test', 'o', $3)
       on conflict (scope) do update set state = $2`,
      [scope, state, new Date(T0)],
    );
  /** Law 4 for people, recounted from the rows. */
  async function peopleAddUp(): Promise<void> {
    const { rows } = await database.pool.query(
      `select node, sum(n) filter (where measure = 'entered') as entered,
              coalesce(sum(n) filter (where measure in ('here', 'moved', 'ended')), 0) as accounted,
              coalesce(sum(n) filter (where measure = 'here'), 0)::int as here,
              (select count(*)::int from participants p where p.node = c.node and p.state = 'active') as standing
       from counters c group by node`,
    );
    for (const row of rows) expect(row).toMatchObject({ accounted: row.entered, here: row.standing });
  }

  it('moves everybody once and is done', async () => {
    const lane = laneOver(pool, { run: JOURNEY }, { cohortSize: 4 });
    expect(await lane({ runId: 'run' })).toEqual({ state: 'done', moved: 9 });
    expect(await count('outbox')).toBe(9);
    await peopleAddUp();
  });

  it('refuses a smaller step with the newest one, and does nothing for it; the same step is allowed again', async () => {
    const lane = laneOver(pool, { run: JOURNEY });
    await database.pool.query('update lanes set step = 7');
    expect(await lane({ runId: 'run', step: 6 })).toEqual({ state: 'stale', step: 7 });
    expect(await count('outbox')).toBe(0);
    expect(await lane({ runId: 'run', step: 7 })).toEqual({ state: 'done', moved: 9 });
    expect(await count('outbox')).toBe(9);
  });

  it('decides nobody twice when the same step runs twice at once', async () => {
    const lane = laneOver(pool, { run: JOURNEY }, { cohortSize: 3 });
    const results = await Promise.all([lane({ runId: 'run', step: 1 }), lane({ runId: 'run', step: 1 })]);
    expect(results.reduce((n, result) => n + ('moved' in result ? result.moved : 0), 0)).toBe(9);
    expect(await count('outbox')).toBe(9);
    expect(await count('trace')).toBe(9);
    await peopleAddUp();
  });

  it.each(['all', 'run/run', 'campaign/spring'])(
    'stays where it is while %s is paused, and goes on after',
    async (scope) => {
      const lane = laneOver(pool, { run: JOURNEY });
      await control(scope, 'paused');
      expect(await lane({ runId: 'run' })).toEqual({ state: 'idle', moved: 0, nextDueAt: null });
      expect([await count('outbox'), await count('trace')]).toEqual([0, 0]);
      await control(scope, 'running');
      expect(await lane({ runId: 'run' })).toMatchObject({ state: 'done', moved: 9 });
    },
  );

  it('ends everybody due when the run is stopped, without a message', async () => {
    await control('run/run', 'stopped');
    await laneOver(pool, { run: JOURNEY })({ runId: 'run' });
    const { rows } = await database.pool.query('select distinct state, end_reason from participants');
    expect(rows).toEqual([{ state: 'ended', end_reason: 'stopped' }]);
    expect(await count('outbox')).toBe(0);
    await peopleAddUp();
  });

  it('leaves whoever waits until they are due, and says when that is', async () => {
    const journey = waitOnce('waves');
    await seedRun(database.pool, 'waves', journey, ['c0', 'c1']);
    const lane = laneOver(pool, { waves: journey });
    expect(await lane({ runId: 'waves' })).toEqual({ state: 'idle', moved: 2, nextDueAt: T0 + SPAN_MS });
    expect(await lane({ runId: 'waves', now: T0 + SPAN_MS - 1 })).toEqual({
      state: 'idle',
      moved: 0,
      nextDueAt: T0 + SPAN_MS,
    });
    expect(await lane({ runId: 'waves', now: T0 + SPAN_MS })).toEqual({ state: 'done', moved: 2 });
    await peopleAddUp();
  });

  it('leaves whose gate facts changed between picking and locking for the next pass, which reads them afresh', async () => {
    const store = new CohortStore(pool, 'test', async () => JOURNEY);
    const at = { runId: 'run', lane: 0, step: 1, now: T0 };
    const picked = await store.pick({ ...at, limit: 100 }, JOURNEY);
    await database.pool.query(`update customers set status = 'incident', gate_version = 2 where id = 'c3'`);
    let seen: Picked[] = [];
    const decide = (participants: Picked[]) => {
      seen = participants;
      const context = {
        journey: JOURNEY,
        policies: [],
        now: T0,
        stopped: false,
        render: () => ({ ok: true as const, title: null, body: 'hi' }),
      };
      const walked = participants.map(({ facts, bucket }) => ({ facts, bucket, walk: walk(facts, context) }));
      return cohortWrite({ runId: 'run', lane: 0, version: 1, journey: JOURNEY, shardOf: () => 0 }, walked);
    };
    const stripes = Array.from({ length: 64 }, (_, n) => n);
    await store.decide({ ...at, campaign: 'spring', stripes }, picked, ({ participants }) => decide(participants));
    expect(seen.map(({ facts }) => facts.customerId).sort()).toEqual(PEOPLE.filter((id) => id !== 'c3'));
    await laneOver(pool, { run: JOURNEY })({ runId: 'run', step: 1 });
    const { rows } = await database.pool.query(`select steps from trace where customer_id = 'c3'`);
    expect(rows).toHaveLength(1);
    expect(rows[0].steps).toContain('message=suppressed:incident');
    await peopleAddUp();
  });

  it('sets apart exactly the customer whose data no statement can take, with the reason, and moves the others', async () => {
    const isDataError = (error: unknown) => (sqlState(error) ?? '').startsWith('22');
    const lane = laneOver(
      pool,
      { run: JOURNEY },
      {
        isDataError,
        runs: {
          prepared: async () => ({
            runId: 'run',
            version: 1,
            journey: JOURNEY,
            // Postgres takes no U+0000 in a text: this customer's message fails the statement of its whole cohort
            render: (_node, facts) => ({ ok: true, title: null, body: facts.customerId === 'c4' ? 'a\0b' : 'hi' }),
          }),
        },
      },
    );
    expect(await lane({ runId: 'run' })).toEqual({ state: 'done', moved: 9 });
    const { rows } = await database.pool.query(
      `select customer_id, state, end_reason from participants where state <> 'ended'`,
    );
    expect(rows).toEqual([{ customer_id: 'c4', state: 'failed', end_reason: 'failed_data' }]);
    expect([await count('outbox'), await count('contacts'), await count('trace')]).toEqual([8, 8, 9]);
    await peopleAddUp();
  });
});
