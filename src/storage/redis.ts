/**
 * Redis is fast, never true: every use here survives its loss at any moment.
 */
import { Redis } from 'ioredis';

/** Waited for one answer; everything here can be done without. */
const ANSWER_MS = 1_000;
/** A connection on which nothing has come for so long after a command is dead, though nobody has closed it: another is made. */
const SILENCE_MS = 2_000;

export function createRedis(url: string): Redis {
  const redis = new Redis(url, {
    commandTimeout: ANSWER_MS,
    socketTimeout: SILENCE_MS,
    connectTimeout: 5_000,
    keepAlive: 10_000,
    maxRetriesPerRequest: 1,
    enableOfflineQueue: false,
    lazyConnect: false,
    retryStrategy: (times: number) => Math.min(2_000, 100 * times),
  });
  redis.on('error', () => undefined); // callers see the failure of their own command
  return redis;
}

/** Who has been signalled and has not looked since, over all processes of one installation, which `name` tells from others on the same Redis. */
export function nudgeMarks(
  redis: Redis,
  name: string,
): { set(key: string, forMs: number): Promise<boolean>; clear(key: string): Promise<void> } {
  const of = (key: string) => `nudge:${name}:${key}`;
  return {
    set: async (key, forMs) => (await redis.set(of(key), '1', 'PX', forMs, 'NX')) === 'OK',
    clear: async (key) => void (await redis.del(of(key))),
  };
}
