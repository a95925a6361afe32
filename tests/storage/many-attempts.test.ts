/**
 * A system that says "later" for days: however often what is first in a queue has been handed over, it is handed over again, and the rest with it.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { SubmitReply } from '../../src/domain/ledger/payout-replies.js';
import { DeliveryClaims } from '../../src/storage/delivery.store.js';
import { createPool, type Pool } from '../../src/storage/pool.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { onlyCall } from '../support/only-call.js';
import { passTransportTime, payoutQueue, queueAt, seedPayouts, type PayoutScene } from '../support/payouts.js';
import { GATEWAY, laneOver, seedCustomers, seedRun, sendOnce, SHARD, T0 } from '../support/seed.js';

/** What attempts were counted in once had no room for more. */
const MANY = 32_767;
const LATER_MS = 60_000;
const TERMS = { idempotent: true, idempotencyMs: 86_400_000, lookup: true, visibilityMs: 0, timeoutMs: 5_000 };
const PAID: SubmitReply = {
  kind: 'word',
  word: { status: 'paid', reason: null, reference: 'r', paidAt: null, code: null },
};

describe('what has been handed over very often', () => {
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

  const queue = (reply: SubmitReply) =>
    payoutQueue(pool, () => ({
      terms: TERMS,
      submit: async () => reply,
      lookup: async () => ({ kind: 'absent' }),
      reverse: async () => ({ kind: 'word', word: { status: 'reversed', reason: null, reference: 'b' } }),
    }));
  const payouts = async ({ runId }: PayoutScene) => {
    const { rows } = await pool.query<{ state: string; attempts: number }>(
      'select state, attempts from payouts where run_id = $1 order by key',
      [runId],
    );
    return rows.map(({ state, attempts }) => `${state} ${attempts}`);
  };

  it('as a payout is submitted again, and those behind it', async () => {
    const scene = await seedPayouts(database.pool, pool, 'often', 2);
    await database.pool.query('update payouts set attempts = $2 where key = $1', [scene.keys[0], MANY]);
    await queue({ kind: 'later', retryAfterMs: LATER_MS, why: 'busy' }).submit(queueAt(scene));
    expect((await payouts(scene))[0]).toBe(`intended ${MANY + 1}`);
    await passTransportTime(database.pool, scene.provider, LATER_MS);
    await queue(PAID).submit(queueAt(scene));
    expect((await payouts(scene)).map((line) => line.split(' ')[0])).toEqual(['paid', 'paid']);
    const { rows } = await pool.query('select max(attempt) as last from payout_attempts where payout_key = $1', [
      scene.keys[0],
    ]);
    expect(rows).toEqual([{ last: MANY + 2 }]);
  });

  it('as an ambiguous payout is submitted again where nobody knows it', async () => {
    const scene = await seedPayouts(database.pool, pool, 'unsure', 1);
    await queue({ kind: 'unknown' }).submit(queueAt(scene));
    await database.pool.query('update payouts set attempts = $2 where key = $1', [scene.keys[0], MANY]);
    await queue(PAID).resolve(queueAt(scene));
    expect(await payouts(scene)).toEqual([`paid ${MANY + 1}`]);
  });

  it('as a reversal is sent again', async () => {
    const scene = await seedPayouts(database.pool, pool, 'back', 1);
    await queue(PAID).submit(queueAt(scene));
    await database.pool.query(
      `insert into payout_reversals (payout_key, n, provider, shard, state, reason, proposed_by, approved_by, requested_at, next_at, attempts)
       values ($1, 1, $2, 0, 'requested', 'r', 'one', 'two', $3, clock_timestamp(), $4)`,
      [scene.keys[0], scene.provider, new Date(T0), MANY],
    );
    await queue(PAID).resolve(queueAt(scene));
    const { rows } = await pool.query('select state, attempts from payout_reversals');
    expect(rows).toEqual([{ state: 'reversed', attempts: MANY + 1 }]);
  });

  it('as a message is handed over again', async () => {
    const journey = sendOnce('spring');
    await seedCustomers(database.pool, ['minji']);
    await seedRun(database.pool, 'run', journey, ['minji']);
    await laneOver(pool, { run: journey })({ runId: 'run' });
    await database.pool.query('update outbox set attempts = $1', [MANY]);
    const claims = new DeliveryClaims(pool, 'test', async () => journey);
    const at = { gateway: GATEWAY, shard: SHARD, step: 0, now: T0 };
    const { batch } = onlyCall(await claims.claim(at, { ...TERMS, batchSize: 10 }));
    expect(batch).toHaveLength(1);
    const { rows } = await pool.query('select state, attempts from outbox');
    expect(rows).toEqual([{ state: 'submitting', attempts: MANY + 1 }]);
  });
});
