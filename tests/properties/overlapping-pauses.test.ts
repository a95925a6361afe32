/**
 * However pauses and resumes of a run's scopes overlap, and wherever the work of a resume is when the next switch comes: everybody waits longer by
 * exactly the time from the first pause to the last resume of each spell for which the run was held, and so do their messages.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ControlWork } from '../../src/storage/control-work.store.js';
import { ControlsStore } from '../../src/storage/controls.store.js';
import { createPool, type Pool } from '../../src/storage/pool.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { emptyTables, laneOver, seedCustomers, seedRun, SPAN_MS, T0, waitOnce } from '../support/seed.js';
import { seeded } from '../support/seeded.js';

const CASES = 40;
const PEOPLE = ['c0', 'c1', 'c2'];
const SCOPES = ['all', 'campaign/waves', 'run/run'];
const JOURNEY = waitOnce('waves');

type Act = { kind: 'paused' | 'running'; scope: string } | { kind: 'work'; batches: number };
const scope = fc.constantFrom(...SCOPES);
const act: fc.Arbitrary<Act> = fc.oneof(
  fc.record({ kind: fc.constantFrom('paused' as const, 'running' as const), scope }),
  fc.record({ kind: fc.constant('work' as const), batches: fc.integer({ min: 1, max: 4 }) }),
);
/** Far less in all than anybody waits, for as long as the clock goes. */
const step = fc.record({ act, afterMs: fc.integer({ min: 1, max: 200 }) });

describe('overlapping pauses', () => {
  let database: TestDatabase;
  let pool: Pool;
  let controls: ControlsStore;
  let work: ControlWork;
  beforeAll(async () => {
    database = await createDatabase();
    pool = createPool(database.appUrl, { max: 2 });
    controls = new ControlsStore(pool);
    work = new ControlWork(pool, 2);
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  async function seed(): Promise<void> {
    await emptyTables(database.pool);
    await seedCustomers(database.pool, PEOPLE);
    await seedRun(database.pool, 'run', JOURNEY, PEOPLE);
    await laneOver(pool, { run: JOURNEY })({ runId: 'run', now: T0 });
  }
  const held = async () => (await controls.list()).some(({ state }) => state === 'paused');
  const switchTo = (state: 'paused' | 'running', of: string, now: number) =>
    controls.switch({ scope: of, state, overdue: 'shift', reason: 'r' }, { by: 'o', now });
  /** Of what was paused; to let go on what was not is none. */
  async function resumes(of: string): Promise<number> {
    const { rows } = await pool.query<{ n: number }>(
      'select count(*)::int as n from control_changes where scope = $1 and paused_at is not null',
      [of],
    );
    return rows[0]?.n ?? 0;
  }
  async function waits() {
    const { rows } = await pool.query<{ due: Date; ends: Date; frozen: number; until: Date }>(
      `select p.due_at as due, p.window_end_at as ends, p.frozen_ms::int as frozen, o.not_after as until
       from participants p join outbox o on o.customer_id = p.customer_id order by p.customer_id`,
    );
    return rows.map(({ due, ends, frozen, until }) => [due.getTime(), ends.getTime(), frozen, until.getTime()]);
  }

  /** Returns for how long the run was held, as its switches tell: of each spell from the first pause to the last resume. */
  async function play(steps: readonly { act: Act; afterMs: number }[]): Promise<number> {
    let [now, from, resumed, stood] = [T0, 0, 0, 0];
    const closing = SCOPES.map((of) => ({ act: { kind: 'running' as const, scope: of }, afterMs: 1 }));
    for (const { act, afterMs } of [...steps, ...closing]) {
      now += afterMs;
      const before = await held();
      if (act.kind === 'work') {
        let left = act.batches;
        await work.run(null, () => (left -= 1) >= 0);
        if (before && !(await held())) stood += resumed - from;
        continue;
      }
      const already = await resumes(act.scope);
      await switchTo(act.kind, act.scope, now);
      if ((await resumes(act.scope)) > already) resumed = now;
      if (!before && (await held())) from = now;
    }
    if (!(await held())) return stood;
    expect(await work.run(null, () => true)).toBe(true);
    expect(await held()).toBe(false);
    return stood + resumed - from;
  }

  it(`give everybody the time for which the run was held, once, in ${CASES} cases`, async () => {
    const cases = fc.sample(fc.array(step, { minLength: 10, maxLength: 40 }), {
      numRuns: CASES,
      seed: seeded('the pauses'),
    });
    for (const steps of cases) {
      await seed();
      const [[due, ends, , until]] = (await waits()) as [number[]];
      const stood = await play(steps);
      const one = [T0 + SPAN_MS + stood, (ends as number) + stood, stood, (until as number) + stood];
      expect(due).toBe(T0 + SPAN_MS);
      expect({ steps, waits: await waits() }).toEqual({ steps, waits: PEOPLE.map(() => one) });
      const { rows } = await pool.query('select frozen_at, thaw_no from runs');
      expect(rows).toEqual([{ frozen_at: null, thaw_no: null }]);
    }
  });
});
