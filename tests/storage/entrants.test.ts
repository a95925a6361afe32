/**
 * Single entrants: each answered for, in the lane of their bucket; a lane that was done is open again, one that is being called done finds them, and
 * a run never closes over them.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { bucketOf, stripeOf } from '../../src/domain/base/hash.js';
import { AudienceStore } from '../../src/storage/audience.store.js';
import { CohortStore } from '../../src/storage/cohort.store.js';
import { ControlsStore } from '../../src/storage/controls.store.js';
import { enterRun } from '../../src/storage/entrants.store.js';
import { createPool, inTransaction, type Pool } from '../../src/storage/pool.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { emptyTables, laneOver, seedCustomers, seedRun, sendOnce, T0, untilBlocked } from '../support/seed.js';

const PEOPLE = Array.from({ length: 20 }, (_, n) => `c${n}`);
const JOURNEY = sendOnce('spring');
const BY = { by: 'm', now: T0 };

describe('single entrants', () => {
  let database: TestDatabase;
  let pool: Pool;

  beforeAll(async () => {
    database = await createDatabase();
    pool = createPool(database.appUrl);
  });
  beforeEach(async () => {
    await emptyTables(database.pool);
    await seedCustomers(database.pool, PEOPLE);
    await database.pool.query(
      `insert into campaigns (key, name, state, draft, edited_by, updated_at) values ('spring', '', 'launched', '{}', 'm', now())`,
    );
    await database.pool.query(
      `insert into campaign_versions (campaign, version, definition, content_hash, created_by, approved_by, launched_by, launched_at)
       values ('spring', 1, '{"campaign": {"journey": {"start": "send"}}}', '', 'm', 'a', 'm', now())`,
    );
    await seedRun(database.pool, 'run', JOURNEY, []);
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  const enter = (ids: string[]) => inTransaction(pool, (client) => enterRun(client, 'run', ids, BY));
  const rows = async (sql: string) => (await database.pool.query(sql)).rows;
  const lane = () => laneOver(pool, { run: JOURNEY })({ runId: 'run', now: T0 });
  const close = () => new AudienceStore(pool, 'test').closeIfDone('run', T0);
  const cohorts = () => new CohortStore(pool, 'test', async () => JOURNEY);
  async function addsUp(): Promise<void> {
    const [counted] = await rows(
      `select coalesce(sum(n) filter (where measure = 'entered' and node = 'send'), 0)::int as entered,
              coalesce(sum(n) filter (where measure = 'here'), 0)::int as here,
              (select count(*)::int from participants) as participants,
              (select count(*)::int from participants where state = 'active') as active from counters`,
    );
    expect(counted.entered).toBe(counted.participants);
    expect(counted.here).toBe(counted.active);
  }

  it('are answered for one by one, and counted', async () => {
    await enter(['c0']);
    expect(await enter(['c2', 'nobody', 'c1', 'c0', 'c1'])).toEqual({
      entered: 2,
      refused: [
        { customer: 'c0', reason: 'duplicate' },
        { customer: 'nobody', reason: 'unknown' },
        { customer: 'c1', reason: 'duplicate' },
      ],
      lanes: [0],
    });
    expect(await rows(`select reason, n::int from counters where measure = 'refused' order by 1`)).toEqual([
      { reason: 'duplicate', n: 2 },
      { reason: 'unknown', n: 1 },
    ]);
    expect(await rows(`select outcome, count(*)::int as n from entrants group by 1 order by 1`)).toEqual([
      { outcome: 'duplicate', n: 2 },
      { outcome: 'entered', n: 3 },
      { outcome: 'unknown', n: 1 },
    ]);
    await addsUp();
    expect(await lane()).toEqual({ state: 'done', moved: 3 });
    expect(await rows('select count(*)::int as n from trace')).toEqual([{ n: 3 }]);
    await addsUp();
  });

  it('stand in the lane of their stripe', async () => {
    await database.pool.query('update lanes set stripe_to = 20');
    await database.pool.query(`insert into lanes (run_id, lane, stripe_from, stripe_to) values ('run', 1, 20, 64)`);
    await enter(PEOPLE);
    for (const { customer_id: id, lane: at } of await rows('select customer_id, lane from participants')) {
      expect([id, at]).toEqual([id, stripeOf(bucketOf(id)) < 20 ? 0 : 1]);
    }
  });

  it.each(['run/run', 'campaign/spring', 'all'])(
    'are refused while %s is paused, and not let in after',
    async (scope) => {
      const controls = new ControlsStore(pool);
      const to = (state: 'paused' | 'stopped') =>
        controls.switch({ scope, state, overdue: 'shift', reason: 'test' }, { by: 'o', now: T0 });
      await to('paused');
      expect(await enter(['c0'])).toMatchObject({ entered: 0, refused: [{ customer: 'c0', reason: 'paused' }] });
      await to('stopped');
      expect(await enter(['c0'])).toMatchObject({ entered: 0, refused: [{ customer: 'c0', reason: 'stopped' }] });
      expect(await rows('select count(*)::int as n from participants')).toEqual([{ n: 0 }]);
      expect(await rows(`select reason from counters where measure = 'refused' order by 1`)).toEqual([
        { reason: 'paused' },
        { reason: 'stopped' },
      ]);
    },
  );

  it('open a lane again that was done, until the run has closed', async () => {
    expect(await lane()).toEqual({ state: 'done', moved: 0 });
    await enter(['c0']);
    expect(await close()).toBe(false);
    expect(await lane()).toEqual({ state: 'done', moved: 1 });
    expect(await close()).toBe(true);
    expect(await enter(['c1'])).toMatchObject({ entered: 0, refused: [{ customer: 'c1', reason: 'closed' }] });
  });

  it('keep a run open that takes them, until it is stopped', async () => {
    await database.pool.query('update runs set takes_entrants = true');
    await lane();
    expect(await close()).toBe(false);
    await new ControlsStore(pool).switch(
      { scope: 'campaign/spring', state: 'stopped', overdue: 'shift', reason: 'test' },
      { by: 'o', now: T0 },
    );
    expect(await close()).toBe(true);
  });

  it('that come in while a lane is being called done are found by it', async () => {
    const client = await pool.connect();
    await client.query('begin');
    await enterRun(client, 'run', ['c0'], BY);
    const left = cohorts().remaining('run', 0);
    await untilBlocked(database.pool, 1);
    await client.query('commit');
    client.release();
    expect(await left).toEqual({ active: true, nextDueAt: T0 });
    expect(await rows('select done from lanes')).toEqual([{ done: false }]);
  });

  it('that come in while the run is being closed keep it open', async () => {
    await lane();
    const client = await pool.connect();
    await client.query('begin');
    await enterRun(client, 'run', ['c0'], BY);
    const closing = close();
    await untilBlocked(database.pool, 1);
    await client.query('commit');
    client.release();
    expect(await closing).toBe(false);
  });

  it('of many calls at once enter once each, whatever the lane does meanwhile', async () => {
    const turns = Array.from({ length: 6 }, (_, step) =>
      laneOver(pool, { run: JOURNEY })({ runId: 'run', step, now: T0 }),
    );
    const calls = await Promise.all(
      Array.from({ length: 6 }, (_, n) => enter(n % 2 === 0 ? PEOPLE : PEOPLE.toReversed())),
    );
    await Promise.all(turns);
    expect(calls.reduce((n, call) => n + (call?.entered ?? 0), 0)).toBe(PEOPLE.length);
    await laneOver(pool, { run: JOURNEY })({ runId: 'run', step: 9, now: T0 });
    expect(await rows('select count(*)::int as n from outbox')).toEqual([{ n: PEOPLE.length }]);
    expect(await rows('select done from lanes')).toEqual([{ done: true }]);
    await addsUp();
  });
});
