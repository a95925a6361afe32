/**
 * Requests per second to a gateway or provider, shared by all workers through Redis. Without Redis each worker keeps the limit
 * by itself: slower is allowed, wrong is not possible (no decision depends on it).
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';

const WAIT_LEAST_MS = 20;

export class Throttle {
  /** By their items per second; they count by the same keys. */
  private readonly limiters = new Map<number, RateLimiterRedis>();

  /** `limitOf`: items per second of a system (`gateway/<name>`, `provider/<name>`) as of now, asked before each of them; null: it is not throttled. */
  constructor(
    private readonly redis: Redis,
    private readonly limitOf: (system: string) => number | null,
  ) {}

  /** Resolves when `n` more items may go, or as soon as `ending` fires: then nothing may go, and whoever asked has to look. */
  async take(system: string, n: number, ending?: AbortSignal): Promise<void> {
    for (let left = n; left > 0;) {
      if (ending?.aborted) return;
      const points = this.limitOf(system);
      if (points === null) return;
      const some = Math.min(left, points);
      const waitMs = await this.waitFor(system, points, some);
      if (waitMs === 0) left -= some;
      else await sleep(waitMs, undefined, { signal: ending }).catch(() => undefined); // fails by `ending` alone
    }
  }

  /** 0: they may go. */
  private async waitFor(system: string, points: number, n: number): Promise<number> {
    try {
      await this.limiter(points).consume(system, n);
      return 0;
    } catch (refusal) {
      if (!(refusal instanceof RateLimiterRes)) throw refusal;
      return Math.max(WAIT_LEAST_MS, refusal.msBeforeNext);
    }
  }

  private limiter(points: number): RateLimiterRedis {
    const known = this.limiters.get(points);
    if (known) return known;
    const options = { keyPrefix: 'tps', points, duration: 1 };
    const insuranceLimiter = new RateLimiterMemory(options);
    const limiter = new RateLimiterRedis({ ...options, storeClient: this.redis, insuranceLimiter });
    this.limiters.set(points, limiter);
    return limiter;
  }
}
