/**
 * A hand-over that was not acted on is none: the time within which a repeat is safe begins with the first that may have been.
 */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Submitted } from '../../activities/delivery.activities.js';
import { DeliveryResults } from '../../src/storage/delivery-results.store.js';
import { DeliveryClaims } from '../../src/storage/delivery.store.js';
import { createPool, type Pool } from '../../src/storage/pool.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { onlyCall } from '../support/only-call.js';
import { GATEWAY, seedDecided, sendOnce, SHARD, T0 } from '../support/seed.js';

const TERMS = {
  batchSize: 10,
  timeoutMs: 1_000,
  idempotent: true,
  idempotencyMs: 60_000,
  lookup: true,
  visibilityMs: 0,
};
const JOURNEY = sendOnce('spring');
const AT = { gateway: GATEWAY, shard: SHARD, step: 0, now: T0 };
const PUSHED_BACK: Submitted = { kind: 'later', retryAfterMs: 0 };
const LOST: Submitted = { kind: 'unknown' };

let database: TestDatabase;
let pool: Pool;
beforeAll(async () => {
  database = await createDatabase();
  pool = createPool(database.appUrl);
  await seedDecided({ database, pool }, JOURNEY, ['minji']);
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

it('pushed back for longer than repeats are safe, and then in doubt, is still safe to repeat; later it is not', async () => {
  const [claims, results] = [new DeliveryClaims(pool, 'test', async () => JOURNEY), new DeliveryResults(pool)];
  const handOver = async (outcome: Submitted) =>
    results.record(AT, [{ attemptId: onlyCall(await claims.claim(AT, TERMS)).attemptId, outcome }], TERMS);
  const minutesPass = () =>
    database.pool.query(
      `update outbox set first_attempt_at = first_attempt_at - interval '2 minutes', last_attempt_at = last_attempt_at - interval '2 minutes'`,
    );
  const mayResubmit = async () => (await results.dueLookups(AT, TERMS, 10)).items.map((item) => item.mayResubmit);
  for (const outcome of [PUSHED_BACK, PUSHED_BACK, LOST]) {
    await handOver(outcome);
    if (outcome !== LOST) await minutesPass();
  }
  expect(await mayResubmit()).toEqual([true]);
  await minutesPass();
  expect(await mayResubmit()).toEqual([false]);
});
