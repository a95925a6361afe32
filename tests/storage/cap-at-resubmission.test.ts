/**
 * Law 5 over a second submission: a message that is ambiguous may still go out, so its contact counts for every later decision until it is
 * resolved, however short the policy's window is.
 */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { DeliveryResults } from '../../src/storage/delivery-results.store.js';
import { DeliveryClaims } from '../../src/storage/delivery.store.js';
import { createPool, type Pool } from '../../src/storage/pool.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { GATEWAY, SHARD, laneOver, seedCustomers, seedPolicy, seedRun, sendOnce, T0 } from '../support/seed.js';
import { onlyCall } from '../support/only-call.js';

const HOUR = 3_600_000;
const TERMS = {
  batchSize: 10,
  timeoutMs: 5_000,
  idempotent: true,
  idempotencyMs: 24 * HOUR,
  lookup: true,
  visibilityMs: 0,
};
const JOURNEYS = { spring: sendOnce('spring'), summer: sendOnce('summer') };
const at = (now: number) => ({ gateway: GATEWAY, shard: SHARD, step: 0, now });

let database: TestDatabase;
let pool: Pool;
beforeAll(async () => {
  database = await createDatabase();
  pool = createPool(database.appUrl);
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

it('a resubmission and another campaign’s send are not both made within the window of a cap of one', async () => {
  const claims = new DeliveryClaims(pool, 'test', async (runId) => JOURNEYS[runId as keyof typeof JOURNEYS]);
  const results = new DeliveryResults(pool);
  const lane = laneOver(pool, JOURNEYS);
  await seedCustomers(database.pool, ['minji']);
  await seedPolicy(database.pool, 1, HOUR);

  await seedRun(database.pool, 'spring', JOURNEYS.spring, ['minji']);
  await lane({ runId: 'spring', now: T0 });
  const first = await claims.claim(at(T0), TERMS);
  await results.record(at(T0), [{ attemptId: onlyCall(first).attemptId, outcome: { kind: 'unknown' } }], TERMS);

  // The gateway does not answer for two hours; meanwhile the policy's hour is over and another campaign comes.
  const later = T0 + 2 * HOUR;
  await seedRun(database.pool, 'summer', JOURNEYS.summer, ['minji']);
  await lane({ runId: 'summer', now: later });
  await claims.claim(at(later), TERMS);
  // Then it is asked: it never had the first one, which therefore goes out again.
  await claims.reclaim(at(later), TERMS, ['m/spring/send/1/minji']);

  const { rows } = await database.pool.query<{ id: string }>(
    `select id from outbox where state = 'submitting' and handover_at = $1`,
    [new Date(later)],
  );
  expect(rows).toHaveLength(1);
});
