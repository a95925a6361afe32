/**
 * The demonstration of `pado up --demo`: its four steps, and the fault that breaks its provider for a while. Refused wherever anything is real.
 */
import { Body, Controller, Get, Inject, Post, Req, Res } from '@nestjs/common';
import type { Response } from 'express';
import type { z } from 'zod';
import { DemonstrationStore } from '../../storage/demonstration.store.js';
import type { Actor } from '../../storage/keys.store.js';
import type { Pool } from '../../storage/pool.js';
import { SettlementFilesStore } from '../../storage/settlement-files.store.js';
import { CurrentActor, type AuthenticatedRequest } from '../http/access.js';
import { Endpoint, roles } from '../http/endpoint.js';
import { once } from '../http/idempotency.js';
import { Problem } from '../http/problem.js';
import { CLOCK, DEMONSTRATED, POOL, type Clock, type Demonstrated } from '../ports.js';
import { demonstrationSchema, faultSchema, presentDemonstration, type Demonstrating } from './demonstration.dto.js';

interface Http {
  request: AuthenticatedRequest;
  response: Response;
}

@Controller('v1/demonstration')
export class DemonstrationController {
  constructor(
    private readonly store: DemonstrationStore,
    private readonly files: SettlementFilesStore,
    @Inject(POOL) private readonly pool: Pool,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(DEMONSTRATED) private readonly shown: Demonstrated | null,
  ) {}

  @Get()
  @Endpoint({
    summary: 'How far somebody is with the demonstration, told from what has happened; null where this is none',
    access: roles('marketer', 'approver', 'finance', 'operator', 'admin'),
    answer: demonstrationSchema,
  })
  async find(): Promise<Demonstrating> {
    const now = this.clock.now();
    if (!this.shown) return { now: new Date(now).toISOString(), demonstration: null };
    return presentDemonstration(this.shown, await this.store.facts(this.shown), now);
  }

  @Post('faults')
  @Endpoint({
    summary: 'Let the simulated provider pay without answering for a while; in a demonstration alone',
    access: roles('operator', 'admin'),
    answer: demonstrationSchema,
    problems: ['invalid', 'conflict', 'unavailable'],
    idempotent: true,
  })
  async break(
    @Body({ schema: faultSchema }) { seconds }: z.infer<typeof faultSchema>,
    @CurrentActor() actor: Actor,
    @Req() request: AuthenticatedRequest,
    @Res({ passthrough: true }) response: Response,
  ) {
    return await this.let(seconds, actor, { request, response });
  }

  @Post('heal')
  @Endpoint({
    summary: 'Let the simulated provider be well again before its time',
    access: roles('operator', 'admin'),
    answer: demonstrationSchema,
    problems: ['conflict', 'unavailable'],
    idempotent: true,
  })
  async heal(
    @CurrentActor() actor: Actor,
    @Req() request: AuthenticatedRequest,
    @Res({ passthrough: true }) response: Response,
  ) {
    return await this.let(0, actor, { request, response });
  }

  /** The line of the audit log is there only where the simulator has heard of it. */
  private async let(seconds: number, actor: Actor, http: Http): Promise<unknown> {
    const { shown } = this;
    if (!shown)
      throw new Problem('conflict', 'This installation is no demonstration: nothing of it is broken on purpose.');
    await once(this.pool, http, async (client) => {
      await this.store.say(client, shown.provider, seconds, { by: actor.id, now: this.clock.now() });
      if (!(await shown.paidThenSilent(seconds * 1_000, await this.files.signatureTime())))
        throw new Problem('unavailable', 'The simulator does not answer.');
      return { status: 200, body: {}, headers: {} };
    });
    return await this.find();
  }
}
