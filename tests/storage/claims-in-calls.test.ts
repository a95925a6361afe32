/**
 * A claim for many calls: a few of them are under way at once, the claims of a quick gateway grow, and after "later" nothing of the claim goes out any more.
 */
import { MockActivityEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createDeliveryActivities, type Submitted } from '../../activities/delivery.activities.js';
import { DeliveryResults } from '../../src/storage/delivery-results.store.js';
import { DeliveryClaims } from '../../src/storage/delivery.store.js';
import { createPool, type Pool } from '../../src/storage/pool.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { deliveryPorts } from '../support/delivery-ports.js';
import { emptyTables, GATEWAY, seedDecided, sendOnce, SHARD, T0 } from '../support/seed.js';

const TERMS = {
  batchSize: 1,
  timeoutMs: 5_000,
  idempotent: true,
  idempotencyMs: 60_000,
  lookup: true,
  visibilityMs: 0,
};
const CUSTOMERS = Array.from({ length: 300 }, (_, n) => `c${String(n).padStart(3, '0')}`);
const JOURNEY = sendOnce('spring');

describe('messages of one a call', () => {
  let database: TestDatabase;
  let pool: Pool;

  beforeAll(async () => {
    database = await createDatabase();
    pool = createPool(database.appUrl);
  });
  beforeEach(async () => {
    await emptyTables(database.pool);
    await seedDecided({ database, pool }, JOURNEY, CUSTOMERS);
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  async function deliver(answer: (id: string) => Submitted | Promise<Submitted>): Promise<void> {
    const claims = new DeliveryClaims(pool, 'test', async () => JOURNEY);
    const results = new DeliveryResults(pool);
    const gateway = {
      terms: TERMS,
      submit: async ([message]: { id: string }[]) => await answer(message?.id ?? ''),
      lookup: async () => ({ kind: 'absent' }) as const,
    };
    const { deliverMessages } = createDeliveryActivities(deliveryPorts({ claims, results }, gateway));
    const at = { gateway: GATEWAY, shard: SHARD, step: 0, now: T0 };
    await new MockActivityEnvironment().run(deliverMessages, at);
  }
  const accepted = (id: string): Submitted => ({
    kind: 'answered',
    results: new Map([[id, { status: 'accepted', reason: null, reference: 'r' }]]),
  });
  /** How many messages each claim had, in its order. */
  const claimed = async (): Promise<number[]> => {
    const { rows } = await database.pool.query<{ n: number }>(
      'select count(*)::int as n from message_attempts group by context_id order by context_id',
    );
    return rows.map(({ n }) => n);
  };
  const states = async () =>
    (await database.pool.query('select state, count(*)::int as n from outbox group by state order by state')).rows;

  it('go out in claims that grow, with thirty under way at most', async () => {
    let [underWay, most] = [0, 0];
    // nobody is answered before the first three claims are all out: else a quick one's second could come before another's first
    const three = Promise.withResolvers<void>();
    await deliver(async (id) => {
      underWay += 1;
      most = Math.max(most, underWay);
      if (underWay === 30) three.resolve();
      await three.promise;
      await new Promise((resolve) => setImmediate(resolve));
      underWay -= 1;
      return accepted(id);
    });
    expect(most).toBe(30); // ten of each claim of the queue
    const sizes = await claimed();
    expect(sizes.slice(0, 3)).toEqual([10, 10, 10]);
    expect(Math.max(...sizes)).toBeGreaterThan(10);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(50);
    expect(await states()).toEqual([{ state: 'accepted', n: CUSTOMERS.length }]);
  });

  it('are told about and recorded to their end where one call fails, and no more are claimed; only then the turn fails', async () => {
    let sent = 0;
    const three = Promise.withResolvers<void>();
    const turn = deliver(async (id) => {
      sent += 1;
      if (sent === 30) three.resolve();
      await three.promise;
      if (id === 'm/run/send/1/c000') throw new Error('nobody has thought of that');
      await database.pool.query('select'); // a turn that waits for nobody has failed by then
      return accepted(id);
    });
    await expect(turn).rejects.toThrow('nobody has thought of that');
    expect(await states()).toEqual([
      { state: 'accepted', n: 29 },
      { state: 'queued', n: CUSTOMERS.length - 30 },
      { state: 'submitting', n: 1 }, // its lease tells
    ]);
    expect(await claimed()).toEqual([10, 10, 10]);
  });

  it('stay where they are after "later": they were not sent, and are not in doubt', async () => {
    let sent = 0;
    await deliver((id) => {
      sent += 1;
      return sent < 150 ? accepted(id) : { kind: 'later', retryAfterMs: 1_000 };
    });
    expect(sent).toBeLessThan(150 + 3 * 10); // whoever was under way
    expect(await states()).toEqual([
      { state: 'accepted', n: 149 },
      { state: 'queued', n: CUSTOMERS.length - 149 },
    ]);
    const { rows } = await database.pool.query(
      `select count(*)::int as n from message_attempts where outcome = 'not_acted'`,
    );
    expect(rows[0]).toEqual({ n: (await claimed()).reduce((sum, n) => sum + n, -149) });
  });
});
