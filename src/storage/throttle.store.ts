/**
 * Requests per second to a gateway or provider, shared by all workers through Redis. Without Redis each worker keeps the limit
 * by itself: slower is allowed, wrong is not possible (no decision depends on it).
 */
import type { Redis } from 'ioredis';
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';

export class Throttle {
  private readonly limiters = new Map<string, { limiter: RateLimiterRedis; points: number }>();

  /** `limits`: system (`gateway/<name>`, `provider/<name>`) → items per second. A system without a limit is not throttled. */
  constructor(redis: Redis, limits: Iterable<[string, number]>) {
    for (const [system, points] of limits) {
      const options = { keyPrefix: 'tps', points, duration: 1 };
      const insuranceLimiter = new RateLimiterMemory(options);
      this.limiters.set(system, {
        points,
        limiter: new RateLimiterRedis({ ...options, storeClient: redis, insuranceLimiter }),
      });
    }
  }

  /** Resolves when `n` more items may go. */
  async take(system: string, n: number): Promise<void> {
    const known = this.limiters.get(system);
    if (!known) return;
    for (let left = n; left > 0; left -= known.points)
      await this.takeSome(system, known.limiter, Math.min(left, known.points));
  }

  private async takeSome(system: string, limiter: RateLimiterRedis, n: number): Promise<void> {
    for (;;) {
      try {
        await limiter.consume(system, n);
        return;
      } catch (refusal) {
        if (!(refusal instanceof RateLimiterRes)) throw refusal;
        await new Promise((resolve) => setTimeout(resolve, Math.max(20, refusal.msBeforeNext)));
      }
    }
  }
}
