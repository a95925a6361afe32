/**
 * Sends that the walk before the locks does not foresee: whoever passes over a channel that is paused, and goes on to another send, needs a
 * stripe that nobody took. They are moved by the same turn, and hold up nobody behind them.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Channel } from '../../src/domain/base/channels.js';
import type { PreparedJourney, PreparedSend } from '../../src/domain/journey/prepare.js';
import { createPool, type Pool } from '../../src/storage/pool.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { emptyTables, laneOver, seedCustomers, seedPolicy, seedRun, sendOnce, T0 } from '../support/seed.js';

const NIGHT = T0 + 12 * 3_600_000; // 22:00
const OTHERS = ['c6', 'c7', 'c8'];
const PASSING = ['c0', 'c1', 'c2', 'c3', 'c4', 'c5'];

/** Push or else a text message, by day only; then an e-mail, which may come at night. */
function byDayThenEmail(): PreparedJourney {
  const choice = (channel: Channel) => ({ channel, gateway: channel, template: 't@1' });
  const once = sendOnce('spring', {}, { fallback: [choice('sms')], onSkip: 'defer', next: 'mail' });
  const first = once.nodes['send'] as PreparedSend;
  const mail: PreparedSend = { ...first, ...choice('email'), fallback: undefined, wave: 2, next: 'done' };
  return { ...once, nodes: { ...once.nodes, mail } };
}
const JOURNEY = byDayThenEmail();

describe('a send that only shows under the locks', () => {
  let database: TestDatabase;
  let pool: Pool;

  beforeAll(async () => {
    database = await createDatabase();
    pool = createPool(database.appUrl);
  });
  beforeEach(async () => {
    await emptyTables(database.pool);
    await seedCustomers(database.pool, [...PASSING, ...OTHERS]);
    await database.pool.query(
      `update customers set consents = consents || '{"email:advertising": {"granted": true}}', addresses = addresses || '{"email": "a@example.com"}'`,
    );
    await seedPolicy(database.pool, 1);
    await seedRun(database.pool, 'run', JOURNEY, [...PASSING, ...OTHERS]);
    await database.pool.query(
      `insert into controls (scope, state, reason, actor, at) values ('channel/push', 'paused', 'test', 'o', $1)`,
      [new Date(T0)],
    );
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  const sent = async () =>
    (await database.pool.query(`select channel, count(*)::int as n from outbox group by 1 order by 1`)).rows;

  it.each([
    ['all of a cohort', 100],
    ['more than a cohort', 2],
  ])('is made by the same turn: %s', async (_, cohortSize) => {
    const lane = laneOver(pool, { run: JOURNEY }, { cohortSize });
    expect(await lane({ runId: 'run', now: NIGHT })).toEqual({ state: 'done', moved: 9 });
    expect(await sent()).toEqual([{ channel: 'email', n: 9 }]);
  });

  it('is made beside those that were foreseen, and takes nobody over a cap', async () => {
    await database.pool.query(
      `update customers set consents = consents || '{"sms:advertising": {"granted": true, "night": true}}',
         addresses = addresses || '{"phone": "+821012345678"}' where id = any($1)`,
      [OTHERS],
    );
    const lane = laneOver(pool, { run: JOURNEY });
    expect(await lane({ runId: 'run', now: NIGHT })).toEqual({ state: 'done', moved: 9 });
    expect(await sent()).toEqual([
      { channel: 'email', n: 6 },
      { channel: 'sms', n: 3 },
    ]);
    const { rows } = await database.pool.query(
      'select count(*)::int as n, count(distinct customer_id)::int as people from contacts',
    );
    expect(rows).toEqual([{ n: 9, people: 9 }]);
  });
});
