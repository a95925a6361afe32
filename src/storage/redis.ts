/**
 * Redis is fast, never true: every use here survives its loss at any moment.
 */
import { Redis } from 'ioredis';

export function createRedis(url: string): Redis {
  const redis = new Redis(url, {
    maxRetriesPerRequest: 1,
    enableOfflineQueue: false,
    lazyConnect: false,
    retryStrategy: (times: number) => Math.min(2_000, 100 * times),
  });
  redis.on('error', () => undefined); // callers see the failure of their own command
  return redis;
}

/** One claimant per key and window, over all processes of one installation, which `name` tells from others on the same Redis. */
export function debounceStore(redis: Redis, name: string): { claim(key: string, windowMs: number): Promise<boolean> } {
  return {
    claim: async (key, windowMs) => (await redis.set(`nudge:${name}:${key}`, '1', 'PX', windowMs, 'NX')) === 'OK',
  };
}
