/**
 * People, runs and switches on the list of what needs a person: who is due and not moved, who failed, what is unfinished. After the cure it is gone.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { AudienceStore } from '../../src/storage/audience.store.js';
import { CohortStore } from '../../src/storage/cohort.store.js';
import { ControlWork } from '../../src/storage/control-work.store.js';
import { ControlsStore, type SwitchTo } from '../../src/storage/controls.store.js';
import { AttentionDesk, MINUTE_MS } from '../support/attention.js';
import { laneOver, seedCustomers, seedRun, sendOnce, T0 } from '../support/seed.js';

const JOURNEY = sendOnce('spring');
const LATE = 61_000;
const PEOPLE = ['run_overdue', 'lane_overdue', 'switch_unfinished', 'participant_failed'] as const;
const DAY_MS = 86_400_000;

describe('people and runs on the list', () => {
  let desk: AttentionDesk;

  beforeAll(async () => {
    desk = await AttentionDesk.open();
  });
  beforeEach(async () => {
    await desk.begin();
    await seedCustomers(desk.owner, ['minji', 'juno']);
    await seedRun(desk.owner, 'run', JOURNEY, ['minji', 'juno']);
  });
  afterAll(() => desk.close());

  const lane = (step = 1) => laneOver(desk.pool, { run: JOURNEY })({ runId: 'run', step });
  const told = (afterMs: number) => desk.told(afterMs, PEOPLE);
  const to = (state: SwitchTo['state'], scope = 'run/run') =>
    new ControlsStore(desk.pool).switch({ scope, state, overdue: 'shift', reason: 'r' }, { by: 'o', now: T0 });

  it('a lane that nobody moves is there after a minute, and not while it is paused', async () => {
    expect(await told(LATE - 2_000)).toEqual([]);
    const item = await desk.only('lane_overdue', LATE);
    expect(item).toMatchObject({
      subject: 'run/run',
      cause: 'nobody_moves_them',
      count: 1,
      firstSeen: T0,
      sample: ['run/run/lane/0'],
    });
    await to('paused');
    expect(await told(LATE)).toEqual([]);
    await to('stopped', 'campaign/spring'); // a stop wins, so the pause holds nobody any more
    expect(await told(LATE - 2_000)).toEqual([]);
    expect(await told(LATE)).toContain('lane_overdue run/run nobody_moves_them × 1');
  });

  it('a run that has nobody left is there until it closes; a lane that decided just now is at work', async () => {
    expect(await lane()).toMatchObject({ state: 'done' });
    expect(await told(30_000)).toEqual([]);
    expect(await told(2 * LATE)).toEqual(['run_overdue run/run not_closed × 1']);
    expect(await new AudienceStore(desk.pool, 'test').closeIfDone('run', T0)).toBe(true);
    expect(await told(2 * LATE)).toEqual([]);
  });

  it('a run that nobody opens is there after a minute', async () => {
    await desk.owner.query(`update runs set state = 'opening'; delete from participants; delete from lanes`);
    expect(await told(LATE - 2_000)).toEqual([]);
    expect(await told(LATE)).toEqual(['run_overdue run/run not_opened × 1']);
  });

  it('a resume of which something is left is there until it is done', async () => {
    await to('paused');
    await to('running');
    expect(await told(30_000)).toEqual([]);
    expect(await told(2 * LATE)).toContain('switch_unfinished run/run running × 1');
    await new ControlWork(desk.pool).run(null, () => true);
    expect(await told(2 * LATE)).not.toContain('switch_unfinished run/run running × 1');
  });

  it('who failed is there with the reason and the place, until a week after the run has closed', async () => {
    const cohorts = new CohortStore(desk.pool, 'test', async () => JOURNEY);
    await cohorts.markFailed({ runId: 'run', lane: 0, step: 1, now: T0 + 500 }, 'juno', 'failed_data');
    const item = await desk.only('participant_failed', 1_000);
    expect(item).toMatchObject({
      subject: 'run/run',
      cause: 'failed_data at send',
      count: 1,
      sample: ['juno'],
      desk: 'marketer',
    });
    expect([item.firstSeen, item.lastSeen]).toEqual([T0 + 500, T0 + 500]);
    await lane(2);
    await new AudienceStore(desk.pool, 'test').closeIfDone('run', T0 + MINUTE_MS);
    expect(await told(7 * DAY_MS)).toEqual(['participant_failed run/run failed_data at send × 1']);
    expect(await told(7 * DAY_MS + 2 * MINUTE_MS)).toEqual([]);
  });
});
