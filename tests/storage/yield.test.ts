/**
 * Priority: of two campaigns that are due for one customer with one contact left, the higher one gets it in either order of arrival; the lower
 * one yields only to somebody who is due and will send.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { bucketOf, stripeOf } from '../../src/domain/base/hash.js';
import type { PreparedJourney } from '../../src/domain/journey/prepare.js';
import { createPool, type Pool } from '../../src/storage/pool.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import {
  emptyTables,
  holdLocks,
  laneOver,
  putPolicy,
  seedCustomers,
  seedRun,
  sendOnce,
  T0,
  untilBlocked,
} from '../support/seed.js';

const CUSTOMER = 'minji';
const STRIPE = stripeOf(bucketOf(CUSTOMER));
const HOUR = 3_600_000;
const low = sendOnce('low');
const high = sendOnce('high', { priority: 10 });
const middle = sendOnce('middle', { priority: 5 });
type Journeys = Record<string, PreparedJourney>;

/** The same run, standing before its send as the case says. */
const wait = (next: string) => ({ type: 'wait' as const, spanMs: HOUR, response: null, next });
const fork = { type: 'branch' as const, responded: null, rule: () => false, yes: 'done', no: 'send' };
const startsWith = (nodes: PreparedJourney['nodes']): PreparedJourney => ({
  ...high,
  start: 'first',
  nodes: { ...high.nodes, ...nodes },
});

describe('a campaign of lower priority', () => {
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

  async function seed(journeys: Journeys): Promise<void> {
    for (const [runId, journey] of Object.entries(journeys)) await seedRun(database.pool, runId, journey, [CUSTOMER]);
  }
  async function decided(): Promise<Record<string, string | undefined>> {
    const { rows } = await database.pool.query('select run_id, steps from trace order by run_id');
    return Object.fromEntries(rows.map((row) => [row.run_id, /message=([a-z]+(:[a-z]+)?)/.exec(row.steps)?.[1]]));
  }
  const daily = (over: object = {}) => putPolicy(database.pool, { key: 'daily', cap: 1, ...over });
  const cohort = (journeys: Journeys, runId: string, now = T0) => laneOver(pool, journeys)({ runId, now });

  it.each([
    ['low', 'high', { high: 'queued', low: 'suppressed:yielded' }],
    ['high', 'low', { high: 'queued', low: 'suppressed:capped' }],
  ])('leaves the last contact to a higher one that is due: %s locks before %s', async (first, second, expected) => {
    const journeys: Journeys = { low, high };
    await daily();
    await seed(journeys);
    const held = await holdLocks(database.pool, `select pg_advisory_xact_lock(7000, ${STRIPE})`);
    const running = [cohort(journeys, first)];
    await untilBlocked(database.pool, 1);
    running.push(cohort(journeys, second));
    await untilBlocked(database.pool, 2);
    await held.release();
    await Promise.all(running);
    expect(await decided()).toEqual(expected);
    const { rows } = await database.pool.query('select run_id from contacts');
    expect(rows).toEqual([{ run_id: 'high' }]);
  });

  it('sees a higher one whose audience was frozen while it waited for its locks', async () => {
    const journeys: Journeys = { low, high };
    await daily();
    await seed({ low });
    const held = await holdLocks(database.pool, `select pg_advisory_xact_lock(7000, ${STRIPE})`);
    const running = cohort(journeys, 'low');
    await untilBlocked(database.pool, 1);
    await seed({ high });
    await held.release();
    await running;
    expect(await decided()).toEqual({ low: 'suppressed:yielded' });
  });

  it('says to whom it yielded, and counts it', async () => {
    await daily();
    await seed({ low, high });
    await cohort({ low, high }, 'low');
    const { rows } = await database.pool.query(`select steps from trace where run_id = 'low'`);
    expect(rows[0].steps).toContain('policy=daily@1:0/1,policy=daily@1:yielded_to:high,message=suppressed:yielded');
    const counter = await database.pool.query(
      `select sum(n)::int as n from counters where run_id = 'low' and measure = 'suppressed' and reason = 'yielded'`,
    );
    expect(counter.rows).toEqual([{ n: 1 }]);
  });

  it('sends where there are enough slots for both, and of three the lowest yields to the highest', async () => {
    const journeys: Journeys = { low, middle, high };
    await daily({ cap: 2 });
    await seed(journeys);
    await cohort(journeys, 'low');
    await cohort(journeys, 'middle');
    await cohort(journeys, 'high');
    expect(await decided()).toEqual({ low: 'suppressed:yielded', middle: 'queued', high: 'queued' });
    const { rows } = await database.pool.query(`select steps from trace where run_id = 'low'`);
    expect(rows[0].steps).toContain('yielded_to:high');
  });

  it.each<[string, PreparedJourney, 'queued' | 'suppressed:yielded']>([
    ['stands at a wait that is over, before its send', startsWith({ first: wait('send') }), 'suppressed:yielded'],
    ['stands at a branch that may lead to its send', startsWith({ first: fork }), 'suppressed:yielded'],
    ['has another wait before its send', startsWith({ first: wait('second'), second: wait('send') }), 'queued'],
    ['has its send behind it', startsWith({ first: { type: 'exit', reason: 'completed' } }), 'queued'],
    ['has the same priority', { ...high, priority: 0 }, 'queued'],
    ['has no address for its channel', sendOnce('high', { priority: 10 }, { channel: 'sms' }), 'queued'],
    ['rests until its quiet hours are over', { ...high, quiet: { from: '09:00', to: '11:00' } }, 'queued'],
  ])('and a higher one that %s: %#', async (_, rival, expected) => {
    await daily();
    await seed({ low, high: rival });
    await cohort({ low, high: rival }, 'low');
    expect(await decided()).toEqual({ low: expected });
  });

  it.each<[string, string, 'queued' | 'suppressed:yielded']>([
    ['its run is paused', `insert into controls values ('run/high', 'paused', 1, 'test', 'o', now())`, 'queued'],
    ['its run is closed', `update runs set state = 'closed' where id = 'high'`, 'queued'],
    ['it has ended', `update participants set state = 'ended', due_at = null where run_id = 'high'`, 'queued'],
    [
      'it is due at the end of this second',
      `update participants set due_at = due_at + interval '999 ms' where run_id = 'high'`,
      'suppressed:yielded',
    ],
    [
      'it is due in the next second',
      `update participants set due_at = due_at + interval '1 s' where run_id = 'high'`,
      'queued',
    ],
  ])('does not wait for a higher one for nothing: %s', async (_, change, expected) => {
    await daily();
    await seed({ low, high });
    await database.pool.query(change);
    await cohort({ low, high }, 'low');
    expect(await decided()).toEqual({ low: expected });
  });

  it.each([
    [0, 'queued'],
    [HOUR - 1_000, 'queued'],
    [HOUR, 'suppressed:yielded'],
  ])('looks ahead as far as the policy says: %i ms for one who is due in an hour', async (lookAheadMs, expected) => {
    await daily({ lookAheadMs });
    await seed({ low, high });
    await database.pool.query(`update participants set due_at = due_at + interval '1 hour' where run_id = 'high'`);
    await cohort({ low, high }, 'low');
    expect(await decided()).toEqual({ low: expected });
  });

  it.each([
    ['counts both', { kind: 'channel', value: 'push' }, 'suppressed:yielded'],
    ['counts only the higher one', { kind: 'product', value: 'loan' }, 'queued'],
  ])('yields by a policy that %s', async (_, scope, expected) => {
    const loan = { ...high, product: 'loan' };
    await daily({ scope });
    await seed({ low, high: loan });
    await cohort({ low, high: loan }, 'low');
    expect(await decided()).toEqual({ low: expected });
  });

  it('does not yield to one whom another cap stops anyway', async () => {
    const loan = { ...high, product: 'loan' };
    await daily();
    await putPolicy(database.pool, { key: 'loans', scope: { kind: 'product', value: 'loan' }, cap: 0 });
    await seed({ low, high: loan });
    await cohort({ low, high: loan }, 'low');
    expect(await decided()).toEqual({ low: 'queued' });
  });
});
