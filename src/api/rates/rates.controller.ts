/**
 * How many items a second each gateway and provider gets: as configured, or less where an operator has said so. Workers follow within seconds.
 */
import { Body, Controller, Get, Inject, Param, Post, Req, Res } from '@nestjs/common';
import type { Response } from 'express';
import type { z } from 'zod';
import { configuredLimits, type Limits } from '../../domain/base/rates.js';
import type { Config } from '../../config.js';
import type { Actor } from '../../storage/keys.store.js';
import type { Pool } from '../../storage/pool.js';
import { RatesStore } from '../../storage/rates.store.js';
import { CurrentActor, type AuthenticatedRequest } from '../http/access.js';
import { Endpoint, roles } from '../http/endpoint.js';
import { once } from '../http/idempotency.js';
import { found, Problem } from '../http/problem.js';
import { CLOCK, CONFIG, POOL, type Clock } from '../ports.js';
import { presentRate, rateChangeSchema, rateListSchema, rateSchema } from './rates.dto.js';

@Controller('v1/rates')
export class RatesController {
  private readonly configured: Limits;

  constructor(
    private readonly rates: RatesStore,
    @Inject(CONFIG) config: Config,
    @Inject(POOL) private readonly pool: Pool,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.configured = configuredLimits(config);
  }

  @Get()
  @Endpoint({
    summary: 'Every gateway and provider that is called, with the rate that is configured and the one in force',
    access: roles('marketer', 'finance', 'operator', 'admin'),
    answer: rateListSchema,
  })
  async list() {
    const said = await this.rates.newest();
    return {
      items: [...this.configured].map(([system, configured]) => presentRate(system, configured, said.get(system))),
    };
  }

  @Post(':kind/:name')
  @Endpoint({
    summary:
      'Let a gateway or provider get fewer items a second, or as many as configured again; workers follow within seconds',
    access: roles('operator', 'admin'),
    answer: rateSchema,
    problems: ['invalid', 'not_found'],
    params: { kind: 'gateway or provider', name: 'its name in the configuration' },
    idempotent: true,
  })
  async change(
    @Param('kind') kind: string,
    @Param('name') name: string,
    @Body({ schema: rateChangeSchema }) body: z.infer<typeof rateChangeSchema>,
    @CurrentActor() actor: Actor,
    @Req() request: AuthenticatedRequest,
    @Res({ passthrough: true }) response: Response,
  ) {
    const system = `${kind}/${name}`;
    const configured = found(this.configured.has(system) ? { most: this.configured.get(system) } : null, 'system').most;
    if (configured && body.perSecond !== null && body.perSecond > configured) {
      const detail = `is more than the ${configured} that are configured`;
      throw new Problem('invalid', undefined, { errors: [{ pointer: '/perSecond', detail }] });
    }
    return await once(this.pool, { request, response }, async (client) => {
      await this.rates.say(client, { system, ...body }, { by: actor.id, now: this.clock.now() });
      const said = (await this.rates.newest(client)).get(system);
      return { status: 200, body: presentRate(system, configured ?? null, said), headers: {} };
    });
  }
}
