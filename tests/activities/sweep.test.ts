/**
 * A round of the sweep over real rows: what one workflow refuses, or one piece of work fails with, is told at the end, and keeps nobody else from
 * being swept.
 */
import { MockActivityEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createSweepActivities, type SweepPorts } from '../../activities/sweep.activities.js';
import { ControlWork } from '../../src/storage/control-work.store.js';
import { ControlsStore } from '../../src/storage/controls.store.js';
import { createPool, type Pool } from '../../src/storage/pool.js';
import { SweepStore } from '../../src/storage/sweep.store.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { emptyTables, GATEWAY, laneOver, seedCustomers, seedRun, sendOnce, SHARD, T0 } from '../support/seed.js';

const LATER = T0 + 60_000;
const REFUSED = new Error('exceeded workflow execution limit for signal events');
const NOBODY = { lanes: [], payouts: [] };

describe('a round of the sweep', () => {
  let database: TestDatabase;
  let pool: Pool;

  beforeAll(async () => {
    database = await createDatabase();
    pool = createPool(database.appUrl);
  });
  beforeEach(async () => {
    await emptyTables(database.pool);
    await seedCustomers(database.pool, ['minji', 'juno']);
    for (const run of ['a', 'b', 'c']) await seedRun(database.pool, run, sendOnce(run), ['minji', 'juno']);
    await laneOver(pool, { c: sendOnce('c') })({ runId: 'c' }); // its messages are queued, its lane is done
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  const put = (scope: string, state: 'paused' | 'stopped') =>
    new ControlsStore(pool).switch({ scope, state, overdue: 'shift', reason: 'test' }, { by: 'o', now: T0 });

  /** Rounds over the real rows whose nudges some refuse; what they did, in order. */
  function sweeper(refuses: (what: string) => boolean) {
    const done: string[] = [];
    const told = async (what: string) => {
      done.push(what);
      if (refuses(what)) throw REFUSED;
    };
    let retries = 1;
    const ports: SweepPorts = {
      controls: new ControlWork(pool),
      sweeps: new SweepStore(pool, [{ name: GATEWAY, shard: SHARD }], []),
      starts: {
        dueAt: async () => ({ now: LATER, campaigns: ['x', 'y'] }),
        fire: async (campaign) => ({ runs: [`of-${campaign}`] }),
        scheduleAll: () => told('schedules'),
      },
      retries: {
        batch: async () => ((retries -= 1) < 0 ? null : { lanes: [{ runId: 'again', lane: 0 }], runs: ['again'] }),
      },
      links: { tell: async () => ({ told: 0, ...NOBODY, failures: [] }) },
      anonymous: { join: async () => ({ joined: 0, ...NOBODY }) },
      files: { exchange: async () => [{ name: 'files', shard: 0 }] },
      retention: { turn: async () => (done.push('retention'), false) },
      businessTime: async (temporalNow) => temporalNow,
      nudger: {
        nudgeRun: (runId) => told(`run ${runId}`),
        nudgeLane: (runId, lane) => told(`lane ${runId}/${lane}`),
        nudgeDelivery: (gateway, shard) => told(`delivery ${gateway}/${shard}`),
        nudgePayout: (provider, shard) => told(`payout ${provider}/${shard}`),
      },
      builds: null,
    };
    const activities = createSweepActivities(ports);
    return { done, round: () => new MockActivityEnvironment().run(() => activities.sweep({ temporalNow: LATER })) };
  }
  const ALL = [
    'run c',
    'lane a/0',
    'lane b/0',
    `delivery ${GATEWAY}/${SHARD}`,
    'run again',
    'lane again/0',
    'run of-x',
    'run of-y',
    'schedules',
    'payout files/0',
    'retention',
  ];

  it('tells whoever is due', async () => {
    const { done, round } = sweeper(() => false);
    expect(await round()).toEqual({ runs: 1, lanes: 2, deliveries: 1, payouts: 0 });
    expect(done.sort()).toEqual(ALL.toSorted());
  });

  it.each([
    ['one lane', (what: string) => what === 'lane a/0'],
    ['a run that is to be closed', (what: string) => what === 'run c'],
    ['whatever is told', (what: string) => what !== 'schedules'],
  ])('goes on where it is refused by %s, and fails at its end', async (_, refuses) => {
    const { done, round } = sweeper(refuses);
    await expect(round()).rejects.toBe(REFUSED);
    expect(done.sort()).toEqual(ALL.toSorted());
  });

  it.each([
    ['campaign/a', 'run/a'],
    ['run/a', 'campaign/a'],
    ['all', 'run/a'],
  ])(
    'tells the lanes of a stopped run, for they are to end, also while another scope is paused: %s',
    async (paused, stopped) => {
      await put(paused, 'paused');
      const held = sweeper(() => false);
      await held.round();
      expect(held.done).not.toContain('lane a/0');
      await put(stopped, 'stopped');
      const { done, round } = sweeper(() => false);
      await round();
      expect(done).toContain('lane a/0');
    },
  );

  it('goes on where the work of a switch fails', async () => {
    await database.pool.query(`update participants set due_at = $1 where run_id = 'a'`, [new Date(LATER + 60_000)]);
    await put('run/a', 'stopped');
    const role = new URL(database.appUrl).username;
    await database.pool.query(`revoke update on control_work from ${role}`);
    const { done, round } = sweeper(() => false);
    try {
      await expect(round()).rejects.toThrow('permission denied');
    } finally {
      await database.pool.query(`grant update on control_work to ${role}`);
    }
    expect(done.sort()).toEqual(ALL.filter((what) => what !== 'lane a/0').sort());
  });
});
