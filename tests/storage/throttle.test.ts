/**
 * A limit per second is one limit for all workers, through Redis; each keeps it by itself where Redis is away.
 */
import { afterAll, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { Redis } from 'ioredis';
import { createRedis } from '../../src/storage/redis.js';
import { Throttle } from '../../src/storage/throttle.store.js';
import { ownRedis } from '../support/own-redis.js';

const TPS = 40;
const SYSTEM = `provider/throttled-${process.pid}`;

describe('items per second to a provider', () => {
  const clients: Redis[] = [];
  afterAll(() => clients.forEach((client) => client.disconnect()));

  const worker = async (
    url: string,
    connects = true,
    limitOf = (system: string): number | null => (system === SYSTEM ? TPS : null),
  ) => {
    const redis = createRedis(url);
    clients.push(redis);
    if (connects) await once(redis, 'ready');
    return new Throttle(redis, limitOf);
  };
  /** Seconds that the workers take for `each` items, one by one. */
  async function seconds(workers: Throttle[], each: number): Promise<number> {
    const began = performance.now();
    const all = workers.flatMap((own) => Array.from({ length: each }, () => own.take(SYSTEM, 1)));
    await Promise.all(all);
    return (performance.now() - began) / 1_000;
  }

  it('are shared by all workers, also when Redis is emptied meanwhile', async () => {
    const url = ownRedis('throttle');
    const workers = await Promise.all([worker(url), worker(url), worker(url)]);
    // 120 items: the first 40 go at once, the last ones after two more seconds
    expect(await seconds(workers, TPS)).toBeGreaterThan(1.8);
    const flushed = new Redis(url);
    clients.push(flushed);
    const [took] = await Promise.all([seconds(workers, TPS), flushed.flushdb()]);
    expect(took).toBeGreaterThan(0.8);
  });

  it('are kept by each worker alone without Redis', async () => {
    expect(await seconds([await worker('redis://127.0.0.1:1', false)], 3 * TPS)).toBeGreaterThan(1.8);
  });

  it('follow a limit that is changed while somebody waits for it', async () => {
    let limit = 1;
    const own = await worker(process.env['REDIS_URL'] as string, true, () => limit);
    const began = performance.now();
    const wentIn = new Set<number>();
    const waits = Array.from({ length: 2 * TPS }, async () => {
      await own.take(`${SYSTEM}-changed`, 1);
      wentIn.add(Math.floor((performance.now() - began) / 1_000));
    });
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    limit = TPS;
    await Promise.all(waits);
    expect(wentIn.size).toBeLessThanOrEqual(6); // not one a second: so many different seconds, however long a machine pauses between them
    limit = 4;
    const slowed = performance.now();
    for (let n = 0; n < 9; n += 1) await own.take(`${SYSTEM}-changed`, 1);
    expect(performance.now() - slowed).toBeGreaterThan(1_000);
    await own.take(`${SYSTEM}-changed`, 10); // more than go in a second
  });

  it('are not waited for by whoever ends', async () => {
    const ending = new AbortController();
    const own = await worker(process.env['REDIS_URL'] as string, true, () => 1);
    const waits = own.take(`${SYSTEM}-ending`, 1_000, ending.signal); // a thousand seconds
    await own.take(`${SYSTEM}-ending`, 1);
    ending.abort();
    await waits;
    await own.take(`${SYSTEM}-ending`, 1_000, ending.signal);
  });

  it('do not bound another system', async () => {
    const own = await worker(process.env['REDIS_URL'] as string);
    let kept = true;
    // takes two seconds and more, however fast the machine
    const bound = Promise.all(Array.from({ length: 3 * TPS }, () => own.take(SYSTEM, 1))).finally(() => (kept = false));
    for (let n = 0; n < 10 * TPS; n += 1) await own.take('provider/another', 1); // would take ten
    expect(kept).toBe(true);
    await bound;
  });
});
