/**
 * A generous limit of requests per address, kept in Redis. It protects, it decides nothing: without Redis everything passes.
 */
import { Inject, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';
import type { Redis } from 'ioredis';
import { RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import { REDIS } from '../ports.js';
import { Problem } from './problem.js';

const REQUESTS_PER_SECOND = 20_000;

@Injectable()
export class RateLimitGuard implements CanActivate {
  private readonly limiter: RateLimiterRedis;

  constructor(@Inject(REDIS) private readonly redis: Redis) {
    this.limiter = new RateLimiterRedis({
      storeClient: redis,
      keyPrefix: 'pado:http',
      points: REQUESTS_PER_SECOND,
      duration: 1,
      inMemoryBlockOnConsumed: REQUESTS_PER_SECOND,
      rejectIfRedisNotReady: true,
    });
  }

  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (this.redis.status !== 'ready') return true;
    const request = context.switchToHttp().getRequest<Request>();
    try {
      await this.limiter.consume(request.ip ?? 'unknown');
      return true;
    } catch (refusal) {
      // anything but a refusal is Redis failing, which must not stop the API
      if (!(refusal instanceof RateLimiterRes)) return true;
      const seconds = Math.max(1, Math.ceil(refusal.msBeforeNext / 1_000));
      throw new Problem('too_many_requests', undefined, { headers: { 'Retry-After': String(seconds) } });
    }
  }
}
