/**
 * What a replay of all that is open has found about a build, as whoever ran it reports it: to be seen before the build is put in force.
 */
import { Body, Controller, Get, Inject, Post } from '@nestjs/common';
import type { z } from 'zod';
import type { Actor } from '../../storage/keys.store.js';
import { ReplayReportsStore } from '../../storage/replay-reports.store.js';
import { CurrentActor } from '../http/access.js';
import { Endpoint, roles } from '../http/endpoint.js';
import { CLOCK, type Clock } from '../ports.js';
import { replayFoundSchema, replayReportSchema, replayReportsSchema } from './replays.dto.js';

const OPERATORS = roles('operator', 'admin');

@Controller('v1/deployment/replays')
export class ReplaysController {
  constructor(
    private readonly reports: ReplayReportsStore,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Get()
  @Endpoint({
    summary: 'The newest replay report of each build: how many open workflows would go on, and which would break',
    access: OPERATORS,
    answer: replayReportsSchema,
  })
  async list() {
    return { items: await this.reports.newest() };
  }

  @Post()
  @Endpoint({
    summary: 'Keep what a replay has found about a build, as pado replay --open --report does; it decides nothing',
    access: OPERATORS,
    answer: replayReportSchema,
    problems: ['invalid'],
    status: 201,
  })
  async keep(
    @Body({ schema: replayFoundSchema }) found: z.infer<typeof replayFoundSchema>,
    @CurrentActor() actor: Actor,
  ) {
    return await this.reports.keep(found, { by: actor.id, now: this.clock.now() });
  }
}
