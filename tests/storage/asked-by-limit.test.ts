/**
 * What a turn asks a gateway or provider: no more than its rate lets through meanwhile, a few at once, each in its place; what is ambiguous first, and what
 * stays accepted ever more rarely (law 8).
 */
import { setImmediate as soon } from 'node:timers/promises';
import { MockActivityEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createDeliveryActivities } from '../../activities/delivery.activities.js';
import type { PayoutWord } from '../../src/domain/ledger/payout-replies.js';
import { DeliveryResults } from '../../src/storage/delivery-results.store.js';
import { DeliveryClaims } from '../../src/storage/delivery.store.js';
import { createPool, type Pool } from '../../src/storage/pool.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { deliveryPorts } from '../support/delivery-ports.js';
import { passTransportTime, payoutQueue, queueAt, seedPayouts, type PayoutScene } from '../support/payouts.js';
import { emptyTables, GATEWAY, seedDecided, sendOnce, SHARD, T0 } from '../support/seed.js';

const TERMS = { idempotent: true, idempotencyMs: 86_400_000, lookup: true, visibilityMs: 0, timeoutMs: 5_000 };
const COUNT = 40;
/** A claim's calls and a turn's questions at once. */
const AT_ONCE = 16;
const JOURNEY = sendOnce('spring');
const AT = { gateway: GATEWAY, shard: SHARD, step: 0, now: T0 + 1_000 };
const word = (status: PayoutWord['status']): PayoutWord => ({
  status,
  reason: null,
  reference: null,
  paidAt: null,
  code: null,
});

/** Who is asked, and how many at once at most: each answer takes a round of the event loop. */
class Asked {
  readonly keys: string[] = [];
  most = 0;
  private now = 0;

  async by<T>(key: string, answer: T): Promise<T> {
    this.keys.push(key);
    this.now += 1;
    this.most = Math.max(this.most, this.now);
    await soon();
    this.now -= 1;
    return answer;
  }
}

describe('what a turn asks', () => {
  let database: TestDatabase;
  let pool: Pool;
  let asked: Asked;
  let places: string[];

  beforeAll(async () => {
    database = await createDatabase();
    pool = createPool(database.appUrl);
  });
  beforeEach(async () => {
    await emptyTables(database.pool);
    [asked, places] = [new Asked(), []];
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  const take = async (system: string, n: number) => {
    places.push(`${system} ${n}`);
  };
  const queue = (reply: 'accepted' | 'unknown', maxTps?: number) =>
    payoutQueue(
      pool,
      () => ({
        terms: { ...TERMS, maxTps },
        submit: async () => (reply === 'unknown' ? { kind: 'unknown' } : { kind: 'word', word: word('accepted') }),
        lookup: (key) => asked.by(key, { kind: 'unknown' }),
      }),
      take,
    );
  const resolve = async (scene: PayoutScene, maxTps?: number) => {
    await passTransportTime(database.pool, scene.provider, 600_000);
    return await queue('unknown', maxTps).resolve(queueAt(scene));
  };

  it.each([
    ['all that is due where there is no limit', undefined, COUNT, AT_ONCE],
    ['as many as its limit lets through, half as long as a turn may wait for it', 4, 10, 10],
    ['two at one a second', 1, 2, 2],
  ])('of payouts is %s', async (_, maxTps, count, most) => {
    const scene = await seedPayouts(database.pool, pool, 'run', COUNT);
    await queue('unknown').submit(queueAt(scene));
    places.length = 0;
    expect(await resolve(scene, maxTps)).toMatchObject({ done: count });
    expect([asked.keys.length, asked.most]).toEqual([count, most]);
    expect(places).toEqual(Array.from({ length: count }, () => `provider/${scene.provider} 1`));
  });

  it('of messages is so, too, each in its place', async () => {
    await seedDecided(
      { database, pool },
      JOURNEY,
      Array.from({ length: COUNT }, (_, n) => `c${n}`),
    );
    const activities = (maxTps?: number) =>
      createDeliveryActivities(
        deliveryPorts(
          { claims: new DeliveryClaims(pool, 'test', async () => JOURNEY), results: new DeliveryResults(pool) },
          {
            terms: { ...TERMS, batchSize: 100, maxTps },
            submit: async () => ({ kind: 'unknown' }),
            lookup: (id) => asked.by(id, { kind: 'unknown' }),
          },
          take,
        ),
      );
    await new MockActivityEnvironment().run(activities().deliverMessages, AT);
    places.length = 0;
    expect(await new MockActivityEnvironment().run(activities(4).resolveMessages, AT)).toMatchObject({ more: true });
    expect([asked.keys.length, places]).toEqual([10, Array.from({ length: 10 }, () => `gateway/${GATEWAY} 1`)]);
    expect(await new MockActivityEnvironment().run(activities().resolveMessages, AT)).toMatchObject({ more: false });
    expect([new Set(asked.keys).size, asked.most]).toEqual([COUNT, AT_ONCE]);
  });

  it('is what is ambiguous before what is accepted, which waits no turn in vain', async () => {
    const accepted = await seedPayouts(database.pool, pool, 'first', 10, 'pay');
    await queue('accepted').submit(queueAt(accepted));
    await passTransportTime(database.pool, 'pay', 60_000);
    const ambiguous = await seedPayouts(database.pool, pool, 'then', 10, 'pay');
    await queue('unknown').submit(queueAt(ambiguous));
    await resolve(accepted, 4);
    const of = ({ keys }: PayoutScene) => asked.keys.filter((key) => keys.includes(key)).length;
    expect([of(ambiguous), of(accepted)]).toEqual([8, 2]);
    asked = new Asked();
    await resolve(accepted);
    expect(asked.keys.slice(0, 10).sort()).toEqual([...ambiguous.keys].sort());
    expect(of(accepted)).toBe(10);
  });

  it('of what stays accepted is asked ever more rarely, and what is ambiguous as soon as before', async () => {
    const accepted = await seedPayouts(database.pool, pool, 'first', 1, 'pay');
    await queue('accepted').submit(queueAt(accepted));
    const ambiguous = await seedPayouts(database.pool, pool, 'then', 1, 'pay');
    await queue('unknown').submit(queueAt(ambiguous));
    /** In whole seconds, rounded up: when each is asked about again, counted from when it was last. */
    const askedAgainIn = async (passMs: number) => {
      await passTransportTime(database.pool, 'pay', passMs);
      const { rows: moments } = await database.pool.query<{ at: string }>('select clock_timestamp()::text as at');
      await queue('unknown').resolve(queueAt(accepted));
      const { rows } = await database.pool.query<{ state: string; least: number; age: number }>(
        `select state, extract(epoch from lookup_at - $1::timestamptz)::float8 as least,
           extract(epoch from $1::timestamptz - last_attempt_at)::float8 as age from payouts order by state`,
        [moments[0]?.at],
      );
      return rows;
    };
    for (const [passMs, atLeast] of [
      [60_000, 15],
      [540_000, 150],
      [86_400_000, 300],
    ] as const) {
      const [own, other] = await askedAgainIn(passMs);
      expect([own?.state, other?.state]).toEqual(['accepted', 'ambiguous']);
      expect(own?.least).toBeGreaterThanOrEqual(atLeast);
      expect(own?.least).toBeLessThan(atLeast + 30);
      expect(other?.least).toBeLessThan(30);
    }
  });
});
