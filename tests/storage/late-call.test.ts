/**
 * A call to a gateway begins soon after its claim or not at all: a repeat only while repeats are safe, as of the moment of the call and not of the
 * question before it (law 2).
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { MockActivityEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createDeliveryActivities, type Submitted } from '../../activities/delivery.activities.js';
import { DeliveryResults } from '../../src/storage/delivery-results.store.js';
import { DeliveryClaims } from '../../src/storage/delivery.store.js';
import { createPool, type Pool } from '../../src/storage/pool.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { deliveryPorts } from '../support/delivery-ports.js';
import { endsMeanwhile } from '../support/drained.js';
import { onlyCall } from '../support/only-call.js';
import { emptyTables, GATEWAY, seedDecided, sendOnce, SHARD, T0 } from '../support/seed.js';

const TERMS = {
  batchSize: 100,
  timeoutMs: 5_000,
  idempotent: true,
  idempotencyMs: 60_000,
  lookup: true,
  visibilityMs: 0,
};
const WAITS_MS = 500;
const JOURNEY = sendOnce('spring');
const AT = { gateway: GATEWAY, shard: SHARD, step: 0, now: T0 };
const MINJI = 'm/run/send/1/minji';
const JUNO = 'm/run/send/1/juno';

describe('a repeat of a message', () => {
  let database: TestDatabase;
  let pool: Pool;
  let claims: DeliveryClaims;
  let results: DeliveryResults;

  beforeAll(async () => {
    database = await createDatabase();
    pool = createPool(database.appUrl);
  });
  beforeEach(async () => {
    await emptyTables(database.pool);
    claims = new DeliveryClaims(pool, 'test', async () => JOURNEY);
    results = new DeliveryResults(pool);
    await seedDecided({ database, pool }, JOURNEY, ['minji', 'juno']);
    const { attemptId } = onlyCall(await claims.claim(AT, TERMS));
    await results.record(AT, [{ attemptId, outcome: { kind: 'unknown' } }], TERMS);
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  const firstAttemptWas = (id: string, msAgo: number) =>
    database.pool.query(
      `update outbox set first_attempt_at = clock_timestamp() - $2::int * interval '1 ms', lookup_at = clock_timestamp() where id = $1`,
      [id, msAgo],
    );
  const messages = async () =>
    (await database.pool.query('select id, state, attempts from outbox order by attempts, id')).rows;

  it('is not claimed when the window has closed since it was asked about', async () => {
    await firstAttemptWas(JUNO, 55_000);
    await firstAttemptWas(MINJI, 50_000);
    const call = onlyCall(await claims.reclaim(AT, TERMS, [MINJI, JUNO]));
    expect(call.batch.map(({ id }) => id)).toEqual([MINJI]);
    expect(call.goodForMs).toBeGreaterThan(0);
    expect(call.goodForMs).toBeLessThanOrEqual(5_000); // of the ten seconds left, the call itself may take five
    expect(await messages()).toEqual([
      { id: JUNO, state: 'ambiguous', attempts: 1 },
      { id: MINJI, state: 'submitting', attempts: 2 },
    ]);
  });

  it('is as old as its locks, not as its question: waiting in line for the queue makes nothing late', async () => {
    await firstAttemptWas(MINJI, 20_000);
    const [ahead, askedAt] = [await database.pool.connect(), performance.now()];
    try {
      await ahead.query('begin');
      await ahead.query('select from queues where name = $1 for update', [GATEWAY]);
      const waiting = claims.reclaim(AT, TERMS, [MINJI]);
      await sleep(WAITS_MS);
      await ahead.query('commit');
      const claim = await waiting;
      if (claim.kind !== 'claimed') throw new Error(claim.kind);
      expect(claim.claimedAt - askedAt).toBeGreaterThanOrEqual(WAITS_MS);
      expect(claim.claimedAt).toBeLessThanOrEqual(performance.now());
    } finally {
      ahead.release(true); // with whatever it still holds
    }
  });

  it.each([
    ['is not made when its turn comes after that', { ageMs: 51_000, waitMs: 5_000 }, 0, 'ambiguous'],
    ['is not made when the worker ends before its turn comes', { ageMs: 20_000, waitMs: null }, 0, 'ambiguous'],
    ['is made when its turn comes in time', { ageMs: 20_000, waitMs: 0 }, 1, 'accepted'],
  ])('%s', async (_, { ageMs, waitMs }, made, state) => {
    const environment = new MockActivityEnvironment();
    let [asked, submissions] = [0, 0];
    const turn = waitMs === null ? endsMeanwhile(environment) : () => sleep(waitMs);
    const { resolveMessages } = createDeliveryActivities(
      deliveryPorts(
        { claims, results },
        {
          terms: TERMS,
          submit: async (batch): Promise<Submitted> => {
            submissions += 1;
            const result = { status: 'accepted', reason: null, reference: 'r' } as const;
            return { kind: 'answered', results: new Map(batch.map(({ id }) => [id, result])) };
          },
          lookup: async () => {
            asked += 1;
            return { kind: 'absent' };
          },
        },
        // both have been asked about: this is the turn of the repeat
        async (...at) => (asked === 2 ? turn(...at) : undefined),
      ),
    );
    for (const id of [MINJI, JUNO]) await firstAttemptWas(id, ageMs);
    await environment.run(resolveMessages, AT);
    expect(submissions).toBe(made);
    expect((await messages()).map((one) => one.state)).toEqual([state, state]);
    const { rows } = await database.pool.query('select outcome from message_attempts order by id desc limit 1');
    expect(rows).toEqual([{ outcome: made ? 'answered' : 'not_acted' }]);
  });
});
