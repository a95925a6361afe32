/**
 * The report of a run whose tables have just grown: the planner has not seen them yet, and the answer comes nevertheless.
 */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { createPool, type Pool } from '../../src/storage/pool.js';
import { RunReportStore } from '../../src/storage/run-report.store.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { laneOver, seedCustomers, seedRun, sendOnce } from '../support/seed.js';

const COUNT = 20_000;
const JOURNEY = sendOnce('c');

let database: TestDatabase;
let pool: Pool;
beforeAll(async () => {
  database = await createDatabase();
  pool = createPool(database.appUrl);
  for (const table of ['participants', 'trace', 'outbox', 'decision_contexts', 'receipts', 'contacts']) {
    await database.pool.query(`alter table ${table} set (autovacuum_enabled = off)`);
  }
  const ids = Array.from({ length: COUNT }, (_, n) => `c${String(n).padStart(5, '0')}`);
  await seedCustomers(database.pool, ids);
  await seedRun(database.pool, 'run', JOURNEY, ids);
  const lane = laneOver(pool, { run: JOURNEY }, { cohortSize: 5_000 });
  for (let step = 0; (await lane({ runId: 'run', step })).state === 'more';) step += 1;
  await database.pool.query(`update outbox set state = 'accepted' where customer_id >= 'c10000'`);
  await database.pool.query(
    `insert into receipts (message_id, gateway, event, at, received_at)
     select id, gateway, 'delivered', decided_at, decided_at from outbox where customer_id >= 'c15000'`,
  );
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

it('counts 20,000 people right after they have been decided', async () => {
  const offers = [{ node: 'send', wave: 1, offer: 't@1' }];
  const report = await new RunReportStore(pool).cells('run', {
    campaign: 'c',
    version: 1,
    offers,
    waits: [],
    goal: null,
  });
  const counts = { entered: COUNT, sent: 10_000, delivered: 5_000, responded: 0, late: 0, paid: 0, goal: 0 };
  expect(report.cells).toEqual([{ wave: 1, arm: null, label: null, offer: 't@1', suppressed: {}, ...counts }]);
  expect(report.treated).toEqual({ people: COUNT, goal: 0 });
});
