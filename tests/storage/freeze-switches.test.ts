/**
 * A run is switched, and asked to let somebody in, while its audience is being frozen: nobody waits for the freeze, and what was said is in force when
 * it ends. The freezes are held up by real locks: on what they read, or at their commit.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { LaunchedCampaign } from '../../src/domain/journey/definition.js';
import { AudienceStore } from '../../src/storage/audience.store.js';
import { ControlWork } from '../../src/storage/control-work.store.js';
import { ControlsStore, type Overdue } from '../../src/storage/controls.store.js';
import { enterRun } from '../../src/storage/entrants.store.js';
import { createPool, inTransaction, type Pool } from '../../src/storage/pool.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { openRun } from '../support/open-run.js';
import {
  emptyTables,
  holdLocks,
  laneOver,
  seedCustomers,
  SPAN_MS,
  T0,
  untilBlocked,
  waitOnce,
} from '../support/seed.js';
import { until } from '../support/stack.js';

const PEOPLE = ['c0', 'c1', 'c2'];
const RUN = 'spring';
const SCOPE = `run/${RUN}`;
const JOURNEY = waitOnce(RUN);
const PAUSED = T0 + 5_000;
const RESUMED = T0 + 100_000;
/** The commit of an opening waits for whoever holds this. */
const AT_COMMIT = 'select pg_advisory_xact_lock(99, 0)';

const ofLake = (source: string | null) =>
  ({
    campaign: {
      key: RUN,
      priority: 0,
      journey: {
        start: 'send',
        nodes: { wait: { type: 'wait', span: 'PT20S', response: { event: 'purchase' }, next: 'answered' } },
      },
    },
    segment: {
      key: 's',
      version: 1,
      rule: { combinator: 'and', rules: [{ field: 'id', operator: 'beginsWith', value: 'c' }] },
      ...(source ? { source } : {}),
    },
    templates: {},
    waves: {},
  }) as unknown as LaunchedCampaign;

describe('a run whose audience is being frozen', () => {
  let database: TestDatabase;
  let pool: Pool;
  let controls: ControlsStore;
  /** Also where a test fails, or the next would wait for them. */
  const held: (() => Promise<void>)[] = [];

  beforeAll(async () => {
    database = await createDatabase();
    pool = createPool(database.appUrl);
    controls = new ControlsStore(pool);
    await database.pool.query(
      `create function wait_at_commit() returns trigger language plpgsql as $$ begin perform pg_advisory_xact_lock(99, 0); return null; end $$;
       create constraint trigger wait_at_commit after update on runs deferrable initially deferred
         for each row when (old.state = 'opening' and new.state = 'running') execute function wait_at_commit()`,
    );
  });
  beforeEach(async () => {
    await emptyTables(database.pool);
    await seedCustomers(database.pool, PEOPLE);
  });
  afterEach(async () => {
    for (const letGo of held.splice(0)) await letGo();
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  const rows = async (sql: string) => (await database.pool.query(sql)).rows;
  const run = async () =>
    (await rows('select state, audience_count::int as audience, frozen_at, thaw_no from runs'))[0] as object;
  const people = () =>
    rows(`select node, end_reason, count(*)::int as n from participants group by 1, 2 order by 1, 2`);
  const lane = (now: number) => laneOver(pool, { [RUN]: JOURNEY })({ runId: RUN, now });
  const close = (now: number) => new AudienceStore(pool, 'test').closeIfDone(RUN, now);
  const to = (state: 'running' | 'paused' | 'stopped', now: number, overdue: Overdue = 'shift') =>
    controls.switch({ scope: SCOPE, state, overdue, reason: 'test' }, { by: 'o', now });
  const work = () => new ControlWork(pool).run(null, () => true);
  const enter = (now: number) => inTransaction(pool, (client) => enterRun(client, RUN, ['c0'], { by: 'm', now }));
  const refused = (reason: string) => ({ entered: 0, refused: [{ customer: 'c0', reason }], lanes: [] });

  /** Locks that are held until the function is called. */
  async function hold(statement: string): Promise<() => Promise<void>> {
    const lock = await holdLocks(database.pool, statement);
    let isHeld = true;
    const letGo = async () => {
      if (isHeld) await lock.release();
      isHeld = false;
    };
    held.push(letGo);
    return letGo;
  }

  /** A freeze that cannot read its customers before it is let. */
  async function freezing(): Promise<() => Promise<void>> {
    const letGo = await hold('lock table customers in access exclusive mode');
    const freeze = openRun(database.pool, pool, ofLake(null), T0);
    await untilBlocked(database.pool, 1);
    return async () => {
      await letGo();
      await freeze;
    };
  }

  /** Until the freeze has set the run's state, and waits to commit it. */
  const commits = () =>
    until('it commits', async () => {
      const waiting = await rows(`select from pg_locks where locktype = 'advisory' and classid = 99 and not granted`);
      return waiting.length === 1;
    });

  it('answers entrants, and is paused: nobody moves once it is frozen, and a resume sets everybody going', async () => {
    const goOn = await freezing();
    expect(await enter(T0)).toEqual(refused('opening'));
    expect(await to('paused', PAUSED)).toMatchObject({ kind: 'switched', control: { state: 'paused' } });
    expect(await enter(PAUSED)).toEqual(refused('paused'));
    await goOn();
    expect(await run()).toEqual({ state: 'running', audience: 3, frozen_at: new Date(PAUSED), thaw_no: null });
    expect(await lane(RESUMED - 1)).toMatchObject({ state: 'idle', moved: 0 });

    await to('running', RESUMED);
    expect(await work()).toBe(true);
    expect(await run()).toMatchObject({ frozen_at: null, thaw_no: null });
    expect(await lane(RESUMED)).toEqual({ state: 'idle', moved: 3, nextDueAt: RESUMED + SPAN_MS });
    expect(await rows('select distinct window_end_at, frozen_ms::int, skip_sends from participants')).toEqual([
      { window_end_at: new Date(RESUMED + SPAN_MS), frozen_ms: 0, skip_sends: false },
    ]);
  });

  it.each(['shift', 'skip'] as const)('is paused and resumed (%s) before it is frozen', async (overdue) => {
    const goOn = await freezing();
    await to('paused', PAUSED);
    await to('running', RESUMED, overdue);
    expect(await work()).toBe(true);
    expect(await controls.find(SCOPE)).toMatchObject({ state: 'running' });
    await goOn();
    expect(await run()).toEqual({ state: 'running', audience: 3, frozen_at: null, thaw_no: null });
    // nobody was in the run, so nothing fell due in the pause
    expect(await lane(RESUMED)).toEqual({ state: 'idle', moved: 3, nextDueAt: RESUMED + SPAN_MS });
    expect(await rows('select count(*)::int as n from outbox')).toEqual([{ n: 3 }]);
  });

  it('is frozen while its resume is under way', async () => {
    const goOn = await freezing();
    await to('paused', PAUSED);
    await to('running', RESUMED);
    await goOn();
    expect(await lane(RESUMED)).toMatchObject({ state: 'idle', moved: 0 }); // nobody moves between two clocks
    expect(await work()).toBe(true);
    expect(await run()).toMatchObject({ frozen_at: null, thaw_no: null });
    expect(await lane(RESUMED)).toMatchObject({ moved: 3 });
  });

  it('is stopped: everybody ends without a message, and it closes', async () => {
    const goOn = await freezing();
    await to('stopped', PAUSED);
    expect(await work()).toBe(true);
    expect(await enter(PAUSED)).toEqual(refused('stopped'));
    await goOn();
    expect(await lane(PAUSED)).toMatchObject({ state: 'done', moved: 3 });
    expect(await people()).toEqual([{ node: 'send', end_reason: 'stopped', n: 3 }]);
    expect(await rows('select 1 from outbox')).toEqual([]);
    expect(await close(PAUSED)).toBe(true);
  });

  it('is stopped as its freeze commits: whoever its lanes let on meanwhile is ended too', async () => {
    const letGo = await hold(AT_COMMIT);
    const freeze = openRun(database.pool, pool, ofLake(null), T0);
    await commits();
    const stop = to('stopped', PAUSED);
    await untilBlocked(database.pool, 2);
    await letGo();
    await Promise.all([freeze, stop]);
    expect(await rows('select run_id, lane from control_work')).toEqual([{ run_id: RUN, lane: 0 }]);
  });

  it('is resumed as its freeze commits: its lanes are part of the resume', async () => {
    const goOn = await freezing();
    await to('paused', PAUSED);
    const letGo = await hold(AT_COMMIT);
    const frozen = goOn();
    await commits();
    const resume = to('running', RESUMED, 'skip');
    await untilBlocked(database.pool, 2);
    await letGo();
    await Promise.all([frozen, resume]);
    expect(await rows('select lane::int, since from control_work order by lane')).toEqual(
      [-1, 0].map((of) => ({ lane: of, since: new Date(PAUSED) })),
    );
  });

  it('waits for another freeze of it, and finds it frozen', async () => {
    const goOn = await freezing();
    const again = new AudienceStore(pool, 'test').freeze(RUN, T0 + 1);
    await untilBlocked(database.pool, 2);
    await goOn();
    expect(await again).toEqual({ audience: 3, openLanes: [{ lane: 0, step: 0 }] });
    expect(await rows('select count(*)::int as n, max(as_of) as at from runs, participants')).toEqual([
      { n: 3, at: new Date(T0) },
    ]);
  });

  it('is stopped while its segment cannot be read: it opens with nobody, and closes', async () => {
    await expect(openRun(database.pool, pool, ofLake('sea'), T0)).rejects.toMatchObject({ source: 'sea' });
    await to('stopped', PAUSED);
    expect(await work()).toBe(true);
    expect(await new AudienceStore(pool, 'test').freeze(RUN, PAUSED)).toEqual({
      audience: 0,
      openLanes: [{ lane: 0, step: 0 }],
    });
    expect(await rows(`select versions -> 'stopped' as stopped from decision_contexts where kind = 'freeze'`)).toEqual([
      { stopped: true },
    ]);
    expect(await lane(PAUSED)).toMatchObject({ state: 'done', moved: 0 });
    expect(await close(PAUSED)).toBe(true);
    expect(await run()).toMatchObject({ state: 'closed', audience: 0 });
  });
});
