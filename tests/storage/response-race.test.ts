/**
 * A response that commits while a lane decides at the deadline: ingestion and cohort meet at the participant's row, so either the response
 * counts and the path follows it, or the time-out stands and the response is on record as late. Never both.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { PreparedJourney } from '../../src/domain/journey/prepare.js';
import { createPool, type Pool } from '../../src/storage/pool.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import {
  ingestionOver,
  emptyTables,
  holdLocks,
  laneOver,
  seedCustomers,
  seedRun,
  SPAN_MS,
  T0,
  untilBlocked,
  waitOnce,
} from '../support/seed.js';

const CUSTOMER = 'minji';
const DEADLINE = T0 + SPAN_MS;
const MIDDLE = T0 + SPAN_MS / 2;
/** Where each transaction pauses, its participant's row already locked. */
const PAUSES_INGESTION = 'lock table events in share mode';
const PAUSES_COHORT = 'lock table decision_contexts in share mode';

const IN_TIME = { answered: ['wait'], late: [], counted: 1, countedLate: 0, events: 1 };
const LATE = { answered: [], late: ['wait'], counted: 0, countedLate: 1, events: 1 };

const simple = waitOnce('c');
/** Those who time out are sent to again and wait again. */
const twice: PreparedJourney = {
  ...simple,
  nodes: {
    ...simple.nodes,
    answered: { type: 'branch', responded: 'wait', rule: () => false, yes: 'yes', no: 'send-2' },
    'send-2': { ...(simple.nodes['send'] as object), wave: 2, next: 'wait-2' } as PreparedJourney['nodes'][string],
    'wait-2': { ...(simple.nodes['wait'] as object), next: 'no' } as PreparedJourney['nodes'][string],
  },
};
/** Half of the window passes in a plain wait before the wait that listens is entered. */
const listensLate: PreparedJourney = {
  ...simple,
  lateWaitEvents: ['purchase'],
  nodes: {
    ...simple.nodes,
    send: { ...(simple.nodes['send'] as object), next: 'pause' } as PreparedJourney['nodes'][string],
    pause: { type: 'wait', spanMs: SPAN_MS / 2, response: null, next: 'wait' },
  },
};

describe('a response that arrives while the lane decides', () => {
  let database: TestDatabase;
  let pool: Pool;

  beforeAll(async () => {
    database = await createDatabase();
    pool = createPool(database.appUrl);
  });
  beforeEach(async () => {
    await emptyTables(database.pool);
    await seedCustomers(database.pool, [CUSTOMER]);
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  let current = simple;
  const purchase = (receivedAt: number) =>
    ingestionOver(pool, { run: current }).append([
      {
        messageId: 'e1',
        customerId: CUSTOMER,
        name: 'purchase',
        occurredAt: T0 + 5_000,
        receivedAt,
        properties: {},
      },
    ]);

  /** Both in flight: `first` has the row and pauses, `second` waits for the row. */
  async function race(pause: string, first: () => Promise<unknown>, second: () => Promise<unknown>): Promise<void> {
    const held = await holdLocks(database.pool, pause);
    const running = [first()];
    await untilBlocked(database.pool, 1);
    running.push(second());
    await untilBlocked(database.pool, 2);
    await held.release();
    await Promise.all(running);
  }

  async function begin(journey: PreparedJourney) {
    current = journey;
    await seedRun(database.pool, 'run', journey, [CUSTOMER]);
    const lane = laneOver(pool, { run: journey });
    await lane({ runId: 'run', now: T0 });
    return (now: number) => lane({ runId: 'run', now });
  }

  async function outcome() {
    const { rows: people } = await database.pool.query('select state, node, end_reason from participants');
    const { rows: responses } = await database.pool.query('select node, late from responses');
    const { rows: counted } = await database.pool.query(
      `select coalesce(sum(n) filter (where measure = 'responded'), 0)::int as n,
              coalesce(sum(n) filter (where measure = 'late'), 0)::int as late from counters`,
    );
    const { rows: events } = await database.pool.query('select count(*)::int as n from events');
    return {
      ended: people[0].end_reason as string | null,
      node: people[0].node as string,
      answered: responses.filter((row) => !row.late).map((row) => row.node as string),
      late: responses.filter((row) => row.late).map((row) => row.node as string),
      counted: counted[0].n as number,
      countedLate: counted[0].late as number,
      events: events[0].n as number,
    };
  }

  it('decides the path when it locked first: the cohort that waited for the row sees the mark', async () => {
    const lane = await begin(simple);
    await race(
      PAUSES_INGESTION,
      () => purchase(DEADLINE),
      () => lane(DEADLINE),
    );
    expect(await outcome()).toEqual({ ...IN_TIME, ended: 'responded', node: 'yes' });
  });

  it('is late when the cohort locked first: the time-out stands, and the response is counted apart', async () => {
    const lane = await begin(simple);
    await race(
      PAUSES_COHORT,
      () => lane(DEADLINE),
      () => purchase(DEADLINE),
    );
    expect(await outcome()).toEqual({ ...LATE, ended: 'timeout', node: 'no' });
    const { rows } = await database.pool.query(
      `select x.kind, t.steps from trace t join decision_contexts x on x.id = t.context_id order by t.no desc limit 1`,
    );
    expect(rows).toEqual([{ kind: 'late', steps: 'wait#1:late=no_reward:0' }]);
  });

  it('does not answer the second wave when the first one timed out before it', async () => {
    const lane = await begin(twice);
    await race(
      PAUSES_COHORT,
      () => lane(DEADLINE),
      () => purchase(DEADLINE),
    );
    expect(await outcome()).toEqual({ ...LATE, ended: null, node: 'wait-2' });
  });

  it('keeps whoever responded from the second wave', async () => {
    const lane = await begin(twice);
    await race(
      PAUSES_INGESTION,
      () => purchase(DEADLINE),
      () => lane(DEADLINE),
    );
    expect(await outcome()).toMatchObject({ ended: 'responded', answered: ['wait'] });
    const { rows } = await database.pool.query('select node from outbox');
    expect(rows).toEqual([{ node: 'send' }]);
  });

  it.each([
    ['before', PAUSES_INGESTION],
    ['after', PAUSES_COHORT],
  ])('answers a wait that is entered late, whether it commits just %s the entry', async (order, pause) => {
    const lane = await begin(listensLate);
    const steps = [() => purchase(MIDDLE), () => lane(MIDDLE)] as const;
    await (order === 'before' ? race(pause, steps[0], steps[1]) : race(pause, steps[1], steps[0]));
    await lane(DEADLINE);
    expect(await outcome()).toEqual({ ...IN_TIME, ended: 'responded', node: 'yes' });
  });

  it('would be missed by one statement that waits for the row and reads the response in a sub-query', async () => {
    await begin(simple);
    let seen: { mark: boolean; response: boolean } | undefined;
    const merged = async () => {
      const { rows } = await pool.query<{ mark: boolean; response: boolean }>(
        `select p.responded as mark,
                exists (select 1 from responses r where r.customer_id = p.customer_id and r.run_id = p.run_id) as response
         from participants p where p.run_id = 'run' and p.customer_id = $1 for update`,
        [CUSTOMER],
      );
      [seen] = rows;
    };
    await race(PAUSES_INGESTION, () => purchase(DEADLINE), merged);
    expect((await outcome()).answered).toEqual(['wait']);
    // the row was read again after the wait, the sub-query was not: which is why ingestion writes the mark onto the row
    expect(seen).toEqual({ mark: true, response: false });
  });
});
