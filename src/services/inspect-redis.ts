/**
 * A Redis looked at from outside: nothing in it has to be kept, but what is in it must not vanish early (limits would lose their meaning).
 */
import { connectedRedis } from './redis.js';

export interface RedisFacts {
  evictionPolicy: string;
  /** Bytes; 0: no limit. */
  memoryMax: number;
  memoryUsed: number;
  /** Whether it writes its data to disk: allowed, and of no use to Pado. */
  appendOnly: boolean;
}

/** Errors: those of the connection. */
export function inspectRedis(url: string): Promise<RedisFacts> {
  return connectedRedis(url, async (redis) => {
    const text = `${await redis.info('memory')}\n${await redis.info('persistence')}`;
    const value = (name: string) => new RegExp(`^${name}:(\\S+)`, 'm').exec(text)?.[1] ?? '';
    return {
      evictionPolicy: value('maxmemory_policy'),
      memoryMax: Number(value('maxmemory')),
      memoryUsed: Number(value('used_memory')),
      appendOnly: value('aof_enabled') === '1',
    };
  });
}
