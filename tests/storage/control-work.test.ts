/**
 * What a resume and a stop move, over real rows: whose clock stood goes on as if the pause had not been, in batches that may be broken off
 * anywhere, and overlapping pauses count once.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { PreparedJourney } from '../../src/domain/journey/prepare.js';
import { readControls } from '../../src/storage/advisory.js';
import { AudienceStore } from '../../src/storage/audience.store.js';
import { ControlWork } from '../../src/storage/control-work.store.js';
import { ControlsStore, type Overdue } from '../../src/storage/controls.store.js';
import { createPool, type Pool } from '../../src/storage/pool.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import {
  emptyTables,
  ingestionOver,
  laneOver,
  seedCustomers,
  seedRun,
  sendOnce,
  SPAN_MS,
  T0,
  waitOnce,
} from '../support/seed.js';

const PEOPLE = Array.from({ length: 9 }, (_, n) => `c${n}`);
const PAUSED = T0 + 5_000;
const LENGTH = 100_000;
const RESUMED = PAUSED + LENGTH;
const ALWAYS = () => true;

/** A wave, a wait, and for those who did not answer a second message before the end. */
function askTwice(campaign: string): PreparedJourney {
  const once = waitOnce(campaign);
  const first = sendOnce(campaign).nodes['send'];
  if (first?.type !== 'send') throw new Error('no send');
  return {
    ...once,
    nodes: { ...once.nodes, no: { ...first, wave: 2, next: 'end' }, end: { type: 'exit', reason: 'asked' } },
  };
}
const JOURNEY = askTwice('waves');

describe('the work of a switch', () => {
  let database: TestDatabase;
  let pool: Pool;
  let controls: ControlsStore;

  beforeAll(async () => {
    database = await createDatabase();
    pool = createPool(database.appUrl);
    controls = new ControlsStore(pool);
  });
  beforeEach(async () => {
    await emptyTables(database.pool);
    await seedCustomers(database.pool, PEOPLE);
    await seedRun(database.pool, 'run', JOURNEY, PEOPLE);
    expect(await lane(T0)).toEqual({ state: 'idle', moved: 9, nextDueAt: T0 + SPAN_MS });
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  const lane = (now: number) => laneOver(pool, { run: JOURNEY })({ runId: 'run', now });
  const to = (scope: string, state: 'running' | 'paused' | 'stopped', now: number, overdue: Overdue = 'shift') =>
    controls.switch({ scope, state, overdue, reason: 'test' }, { by: 'o', now });
  const work = (batchSize = 5_000) => new ControlWork(pool, batchSize);
  const rows = async (sql: string) => (await database.pool.query(sql)).rows;
  const state = async (scope: string) => (await controls.find(scope))?.state;
  const ends = () => rows(`select end_reason, count(*)::int as n from participants group by 1 order by 1`);
  const buy = (customerId: string, at: number) =>
    ingestionOver(pool, { run: JOURNEY }).append([
      { messageId: `e-${customerId}`, customerId, name: 'purchase', occurredAt: at, receivedAt: at, properties: {} },
    ]);
  async function responses(): Promise<string[]> {
    return (await rows('select customer_id from responses where not late order by 1')).map((row) => row.customer_id);
  }
  /** Law 4, recounted from the rows. */
  async function addsUp(): Promise<void> {
    for (const row of await rows(
      `select node, sum(n) filter (where measure = 'entered') as entered,
              coalesce(sum(n) filter (where measure in ('here', 'moved', 'ended')), 0) as accounted,
              coalesce(sum(n) filter (where measure = 'here'), 0)::int as here,
              (select count(*)::int from participants p where p.node = c.node and p.state = 'active') as standing
       from counters c group by node`,
    )) {
      expect(row).toMatchObject({ accounted: row.entered, here: row.standing });
    }
  }

  it('begins when whoever decided without having seen the switch has ended', async () => {
    await database.pool.query(`update participants set due_at = $1 where customer_id = 'c0'`, [new Date(T0)]);
    const other = await pool.connect();
    try {
      await other.query('begin');
      await readControls(other, ['run/run']);
      await to('run/run', 'stopped', PAUSED);
      await other.query(`update participants set due_at = $1 where customer_id = 'c0'`, [new Date(T0 + SPAN_MS)]);
      expect(await work().run('run/run', ALWAYS)).toBe(false);
      await other.query('commit');
    } finally {
      other.release();
    }
    expect(await work().run('run/run', ALWAYS)).toBe(true);
    expect(await rows('select distinct due_at from participants')).toEqual([{ due_at: new Date(PAUSED) }]);
  });

  it('shift: windows and due times are later by the pause, and a response in the pause counts', async () => {
    await to('run/run', 'paused', PAUSED);
    await buy('c1', T0 + 60_000); // long after the window would have ended
    expect(await lane(T0 + 60_000)).toMatchObject({ state: 'idle', moved: 0 });
    await to('run/run', 'running', RESUMED);
    expect(await state('run/run')).toBe('paused'); // nobody moves between two clocks
    await buy('c2', T0 + 60_001);
    expect(await work().run('run/run', ALWAYS)).toBe(true);
    expect(await state('run/run')).toBe('running');
    expect(await lane(RESUMED)).toEqual({ state: 'idle', moved: 2, nextDueAt: T0 + SPAN_MS + LENGTH });
    await buy('c3', T0 + SPAN_MS + LENGTH - 1);
    await buy('c4', T0 + SPAN_MS + LENGTH);
    expect(await lane(T0 + SPAN_MS + LENGTH)).toMatchObject({ state: 'done', moved: 7 });
    expect(await responses()).toEqual(['c1', 'c2', 'c3']);
    expect(await ends()).toEqual([
      { end_reason: 'asked', n: 6 },
      { end_reason: 'responded', n: 3 },
    ]);
    await addsUp();
  });

  it('shift: broken off after any batch, and taken up by others at once, moves each exactly once', async () => {
    await to('run/run', 'paused', PAUSED);
    await to('run/run', 'running', RESUMED);
    let batches = 7; // five of messages, two of people
    expect(await work(2).run(null, () => (batches -= 1) >= 0)).toBe(false);
    expect(await rows(`select count(*)::int as n from participants where frozen_ms > 0`)).toEqual([{ n: 4 }]);
    expect(await lane(RESUMED + SPAN_MS)).toMatchObject({ state: 'idle', moved: 0 });
    await Promise.all(Array.from({ length: 4 }, () => work(2).run(null, ALWAYS)));
    expect(await work(2).run(null, ALWAYS)).toBe(true);
    expect(await rows(`select distinct due_at, window_end_at, frozen_ms::int from participants`)).toEqual([
      {
        due_at: new Date(T0 + SPAN_MS + LENGTH),
        window_end_at: new Date(T0 + SPAN_MS + LENGTH),
        frozen_ms: LENGTH,
      },
    ]);
    expect(await state('run/run')).toBe('running');
    expect(await rows('select frozen_at, thaw_no from runs')).toEqual([{ frozen_at: null, thaw_no: null }]);
  });

  it('send_now: what fell due moves at once; what came in the pause still counts', async () => {
    await to('campaign/waves', 'paused', PAUSED);
    await buy('c1', T0 + 60_000);
    await to('campaign/waves', 'running', RESUMED, 'send_now');
    await work(2).run(null, ALWAYS);
    await buy('c2', RESUMED);
    expect(await lane(RESUMED)).toMatchObject({ state: 'done', moved: 9 });
    expect(await responses()).toEqual(['c1']);
    expect(await rows(`select count(*)::int as n from outbox where node = 'no'`)).toEqual([{ n: 8 }]);
  });

  it('skip: what fell due in the pause goes on without contact, what falls due later as ever', async () => {
    await database.pool.query(`update participants set due_at = $1, window_end_at = $1 where customer_id = 'c8'`, [
      new Date(RESUMED + 1_000),
    ]);
    await to('all', 'paused', PAUSED);
    await to('all', 'running', RESUMED, 'skip');
    await work(4).run(null, ALWAYS);
    expect(await lane(RESUMED)).toMatchObject({ state: 'idle', moved: 8 });
    expect(await lane(RESUMED + 1_000)).toMatchObject({ state: 'done', moved: 1 });
    expect(await rows(`select customer_id from outbox where node = 'no'`)).toEqual([{ customer_id: 'c8' }]);
    expect(
      await rows(`select n::int from counters where node = 'no' and measure = 'suppressed' and reason = 'skipped'`),
    ).toEqual([{ n: 8 }]);
    await addsUp();
  });

  it.each([
    ['the inner one ends first', ['campaign/waves', 'run/run']],
    ['the outer one ends first', ['run/run', 'campaign/waves']],
  ])('overlapping pauses count once: %s', async (_, [first, second]) => {
    await to('campaign/waves', 'paused', PAUSED);
    await to('run/run', 'paused', PAUSED + 10_000);
    await to(first as string, 'running', RESUMED - 20_000);
    await work().run(null, ALWAYS);
    expect(await state(first as string)).toBe('running');
    expect(await lane(RESUMED)).toMatchObject({ moved: 0 });
    await to(second as string, 'running', RESUMED);
    await work().run(null, ALWAYS);
    expect(await rows('select distinct due_at from participants')).toEqual([
      { due_at: new Date(T0 + SPAN_MS + LENGTH) },
    ]);
  });

  it('a pause of another scope during a resume: the clock stands on from the resume', async () => {
    await to('run/run', 'paused', PAUSED);
    await to('run/run', 'running', PAUSED + 40_000);
    await to('all', 'paused', PAUSED + 41_000);
    await work().run('run/run', ALWAYS);
    expect(await rows('select frozen_at from runs')).toEqual([{ frozen_at: new Date(PAUSED + 40_000) }]);
    await to('all', 'running', RESUMED);
    await work().run(null, ALWAYS);
    expect(await rows('select distinct due_at from participants')).toEqual([
      { due_at: new Date(T0 + SPAN_MS + LENGTH) },
    ]);
  });

  it('a pause of another scope that begins and ends during a resume: each has all of the time, and has it once', async () => {
    await to('all', 'paused', PAUSED);
    await to('all', 'running', PAUSED + 40_000);
    let batches = 7; // five of messages, two of people
    await work(2).run(null, () => (batches -= 1) >= 0);
    await to('campaign/waves', 'paused', PAUSED + 41_000);
    await to('campaign/waves', 'running', RESUMED);
    expect(await work(2).run('campaign/waves', ALWAYS)).toBe(false); // its turn comes
    await work(2).run('all', ALWAYS);
    expect([await state('all'), await state('campaign/waves')]).toEqual(['running', 'paused']);
    expect(await lane(RESUMED)).toMatchObject({ moved: 0 });
    expect(await rows('select distinct due_at from participants')).toEqual([
      { due_at: new Date(T0 + SPAN_MS + 40_000) },
    ]);
    expect(await work(2).run(null, ALWAYS)).toBe(true);
    expect(await state('campaign/waves')).toBe('running');
    const later = new Date(T0 + SPAN_MS + LENGTH);
    expect(await rows('select distinct due_at, window_end_at, frozen_ms::int from participants')).toEqual([
      { due_at: later, window_end_at: later, frozen_ms: LENGTH },
    ]);
    expect(await rows('select frozen_at, thaw_no from runs')).toEqual([{ frozen_at: null, thaw_no: null }]);
  });

  it('a second pause is refused while a resume is under way, a second resume changes nothing', async () => {
    await to('run/run', 'paused', PAUSED);
    await to('run/run', 'running', RESUMED);
    expect(await to('run/run', 'paused', RESUMED + 1)).toEqual({ kind: 'resuming' });
    await to('run/run', 'running', RESUMED + 1, 'skip');
    expect(await rows(`select count(*)::int as n from control_changes where state = 'running'`)).toEqual([{ n: 1 }]);
  });

  it('stop: whoever waits is due at once, ends `stopped`, and the run can close', async () => {
    await to('run/run', 'stopped', PAUSED);
    await work(2).run(null, ALWAYS);
    await buy('c1', PAUSED);
    expect(await lane(PAUSED)).toMatchObject({ state: 'done', moved: 9 });
    expect(await ends()).toEqual([{ end_reason: 'stopped', n: 9 }]);
    expect(await responses()).toEqual(['c1']); // recorded all the same
    expect(await new AudienceStore(pool, 'test').closeIfDone('run', PAUSED)).toBe(true);
    await addsUp();
  });

  it('stop in the middle of a resume: nobody is left behind', async () => {
    await to('all', 'paused', PAUSED);
    await to('all', 'running', RESUMED);
    let batches = 1;
    await work(2).run(null, () => (batches -= 1) >= 0);
    await to('run/run', 'stopped', RESUMED + 1);
    await work(2).run(null, ALWAYS);
    expect(await state('all')).toBe('running');
    expect(await lane(RESUMED + 1)).toMatchObject({ state: 'done', moved: 9 });
    expect(await ends()).toEqual([{ end_reason: 'stopped', n: 9 }]);
    expect(await to('run/run', 'running', RESUMED + 2)).toEqual({ kind: 'stopped' });
  });
});
