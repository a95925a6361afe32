/**
 * Moves between builds at the edge, over a deployment of the test's own: each has its line in the audit log, and none where Temporal refuses it; what has
 * workers is not abandoned.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { DeploymentController } from '../../src/api/deployment/deployment.controller.js';
import { ReplaysController } from '../../src/api/deployment/replays.controller.js';
import { replayFoundSchema } from '../../src/api/deployment/replays.dto.js';
import { Problem } from '../../src/api/http/problem.js';
import type { Builds } from '../../src/api/ports.js';
import type { Actor } from '../../src/storage/keys.store.js';
import { createPool, type Pool } from '../../src/storage/pool.js';
import { ReplayReportsStore, type ReplayFound } from '../../src/storage/replay-reports.store.js';
import type { DeploymentFacts, Moved } from '../../src/temporal/deployment.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { T0 } from '../support/seed.js';

const reason = 'because';
const ACTOR: Actor = { id: 'kim', name: 'Kim', roles: ['operator'], key: null };
const CLOCK = { now: () => T0, temporalNow: () => T0, measure: async () => undefined, follow: async () => undefined };
const FACTS: DeploymentFacts = {
  name: 'bank',
  current: 'two',
  ramp: null,
  former: 'one',
  builds: [
    { build: 'three', currentAt: null, pollers: 1, open: 0 },
    { build: 'two', currentAt: T0, pollers: 2, open: 9 },
    { build: 'one', currentAt: T0 - 1_000, pollers: 0, open: 4 },
    { build: 'zero', currentAt: T0 - 2_000, pollers: 1, open: 1 },
  ],
  unversioned: { pollers: 0, open: 0 },
};

describe('builds of workers, at the edge', () => {
  let database: TestDatabase;
  let pool: Pool;
  let replays: ReplayReportsStore;
  let facts: DeploymentFacts;
  let answer: Moved;
  let asked: string[];
  beforeAll(async () => {
    database = await createDatabase();
    pool = createPool(database.appUrl);
    replays = new ReplayReportsStore(pool);
  });
  beforeEach(() => {
    [facts, answer, asked] = [FACTS, { kind: 'moved' }, []];
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  const builds: Builds = {
    name: 'bank',
    look: async () => facts,
    deserted: async () => [],
    async setCurrent(build) {
      asked.push(`current ${build}`);
      return answer;
    },
    async ramp(build, percent) {
      asked.push(`ramp ${build} ${percent}`);
      return answer;
    },
    async abandon(build) {
      asked.push(`abandon ${build}`);
      return 4;
    },
  };
  const edge = (deployment: Builds | null = builds) => new DeploymentController(deployment, pool, CLOCK, replays);
  const lines = async () => {
    const { rows } = await database.pool.query(
      'select action, subject, actor, reason, before, after from audit_log order by no',
    );
    return rows;
  };
  const kindOf = async (work: Promise<unknown>) => {
    const problem = await work.then(
      () => null,
      (error: unknown) => error,
    );
    return problem instanceof Problem ? problem.kind : problem;
  };

  it('are shown with what is to be done about each', async () => {
    const { builds: shown, ...rest } = await edge().find();
    expect(rest).toMatchObject({ deployment: 'bank', current: 'two', former: 'one' });
    expect(shown.map(({ build, state }) => `${build} ${state}`)).toEqual([
      'three empty',
      'two current',
      'one deserted',
      'zero leaving',
    ]);
    expect(await kindOf(edge(null).find())).toBe('not_found');
  });

  it('leave no line where Temporal refuses the move', async () => {
    answer = { kind: 'refused', why: 'it does not poll all queues' };
    expect(await kindOf(edge().setCurrent({ build: 'three', reason }, ACTOR))).toBe('conflict');
    answer = { kind: 'unknown' };
    expect(await kindOf(edge().ramp({ build: 'four', percent: 5, reason }, ACTOR))).toBe('not_found');
    expect(await lines()).toEqual([]);
  });

  it('are moved, ramped, rolled back and abandoned, each with its line', async () => {
    await edge().setCurrent({ build: 'three', reason }, ACTOR);
    await edge().ramp({ build: 'three', percent: 10, reason }, ACTOR);
    await edge().rollback({ reason }, ACTOR);
    facts = { ...FACTS, ramp: { build: 'three', percent: 10 } };
    await edge().rollback({ reason }, ACTOR);
    expect(await edge().abandon({ build: 'one', reason }, ACTOR)).toEqual({ build: 'one', ended: 4 });
    expect(asked).toEqual(['current three', 'ramp three 10', 'current one', 'ramp three 0', 'abandon one']);
    const said = { subject: 'deployment/bank', actor: 'kim', reason };
    const ramp = { build: 'three', percent: 10 };
    const now = { current: 'two', ramp: null };
    expect(await lines()).toEqual([
      { action: 'deployment.current', ...said, before: now, after: { current: 'three', ramp: null } },
      { action: 'deployment.ramp', ...said, before: now, after: { current: 'two', ramp } },
      { action: 'deployment.rollback', ...said, before: now, after: { current: 'one', ramp: null } },
      { action: 'deployment.rollback', ...said, before: { current: 'two', ramp }, after: now },
      { action: 'deployment.abandon', ...said, before: { build: 'one', open: 4 }, after: { build: 'one', open: 0 } },
    ]);
  });

  it('are not abandoned while somebody works for them, nor rolled back to none', async () => {
    expect(await kindOf(edge().abandon({ build: 'zero', reason }, ACTOR))).toBe('conflict');
    expect(await kindOf(edge().abandon({ build: 'four', reason }, ACTOR))).toBe('not_found');
    facts = { ...FACTS, former: null };
    expect(await kindOf(edge().rollback({ reason }, ACTOR))).toBe('conflict');
    expect(asked).toEqual([]);
  });

  describe('before they are put in force', () => {
    const breaks = [{ workflow: 'run/r/lane/0', type: 'laneWorkflow', reason: 'a timer instead of an activity' }];
    const types = [
      { type: 'laneWorkflow', fine: 2, broken: 1 },
      { type: 'payoutWorkflow', fine: 4, broken: 0 },
    ];
    const found = (build: string): ReplayFound => ({ build, types, breaks, staying: [{ build: 'zero', open: 1 }] });
    const clean = (build: string): ReplayFound => ({ ...found(build), types: [], breaks: [] });
    const reports = () => new ReplaysController(replays, CLOCK);

    it('have the newest replay of each, with its line; a build of which nobody reported one says so', async () => {
      const before = (await lines()).length;
      await reports().keep(clean('three'), ACTOR);
      const kept = await reports().keep(found('three'), ACTOR);
      expect(kept).toMatchObject({ build: 'three', fine: 6, broken: 1, types, breaks, actor: 'kim', at: new Date(T0) });
      await reports().keep(clean('five'), ACTOR);
      expect((await reports().list()).items.map(({ build, broken }) => `${build} ${broken}`)).toEqual([
        'five 0',
        'three 1',
      ]);
      const { builds: shown } = await edge().find();
      expect(shown.map(({ build, replay }) => [build, replay && [replay.fine, replay.broken]])).toEqual([
        ['three', [6, 1]],
        ['two', null],
        ['one', null],
        ['zero', null],
      ]);
      const said = { action: 'deployment.replay', actor: 'kim', reason: null, before: null };
      expect((await lines()).slice(before)).toEqual([
        { ...said, subject: 'build/three', after: { fine: 0, broken: 0 } },
        { ...said, subject: 'build/three', after: { fine: 6, broken: 1 } },
        { ...said, subject: 'build/five', after: { fine: 0, broken: 0 } },
      ]);
    });

    it('have no report of more breaks than are counted, of too many, or of what is no workflow', () => {
      const faults = (body: object) =>
        replayFoundSchema.safeParse(body).error?.issues.map(({ path }) => path.join('/'));
      expect(faults(found('b'))).toBeUndefined();
      expect(faults({ ...found('b'), types: [] })).toEqual(['breaks']);
      const many = Array.from({ length: 101 }, () => breaks[0]);
      expect(faults({ ...found('b'), types: [{ type: 'laneWorkflow', fine: 0, broken: 101 }], breaks: many })).toEqual([
        'breaks',
      ]);
      const odd = { ...breaks[0], workflow: 'run of 김철수' };
      expect(faults({ ...found('b'), breaks: [odd] })).toEqual(['breaks/0/workflow']);
      expect(faults({ ...found('b'), breaks: [{ ...breaks[0], payload: 'x' }] })).toEqual(['breaks/0']);
      expect(faults({ ...found('b'), build: '' })).toEqual(['build']);
    });
  });
});
