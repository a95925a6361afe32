/**
 * Liveness, readiness and metrics. Ready means that Postgres, Redis and Temporal answer; what failed is named, not why.
 */
import { Controller, Get, Inject, Res } from '@nestjs/common';
import type { Response } from 'express';
import type { Redis } from 'ioredis';
import { z } from 'zod';
import type { Pool } from '../../storage/pool.js';
import { Endpoint } from '../http/endpoint.js';
import { Metrics } from '../http/metrics.js';
import { POOL, REDIS, TEMPORAL_PROBE, type Probe } from '../ports.js';

const CHECK_TIMEOUT_MS = 2_000;

const liveSchema = z.object({ status: z.literal('ok') }).meta({ id: 'Live' });
const part = z.enum(['up', 'down']);
const readySchema = z
  .object({ status: z.enum(['ok', 'unavailable']), checks: z.object({ postgres: part, redis: part, temporal: part }) })
  .meta({ id: 'Ready' });

async function isUp(check: () => Promise<unknown>): Promise<'up' | 'down'> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'down'>((resolve) => (timer = setTimeout(() => resolve('down'), CHECK_TIMEOUT_MS)));
  try {
    return await Promise.race([
      check().then(
        () => 'up' as const,
        () => 'down' as const,
      ),
      late,
    ]);
  } finally {
    clearTimeout(timer);
  }
}

@Controller()
export class HealthController {
  constructor(
    @Inject(POOL) private readonly pool: Pool,
    @Inject(REDIS) private readonly redis: Redis,
    @Inject(TEMPORAL_PROBE) private readonly temporal: Probe,
    private readonly metrics: Metrics,
  ) {}

  @Get('health/live')
  @Endpoint({ summary: 'The process answers', access: 'public', answer: liveSchema })
  live() {
    return { status: 'ok' };
  }

  @Get('health/ready')
  @Endpoint({ summary: 'Postgres, Redis and Temporal answer; 503 otherwise', access: 'public', answer: readySchema })
  async ready(@Res({ passthrough: true }) response: Response) {
    const [postgres, redis, temporal] = await Promise.all([
      isUp(async () => await this.pool.query('select 1')),
      isUp(async () => await this.redis.ping()),
      isUp(async () => await this.temporal.ping()),
    ]);
    const checks = { postgres, redis, temporal };
    const ok = Object.values(checks).every((state) => state === 'up');
    if (!ok) response.status(503);
    return { status: ok ? 'ok' : 'unavailable', checks };
  }

  @Get('metrics')
  @Endpoint({ summary: 'Metrics in the Prometheus text format', access: 'public' })
  async readMetrics(@Res({ passthrough: true }) response: Response) {
    response.type(this.metrics.registry.contentType);
    return await this.metrics.registry.metrics();
  }
}
