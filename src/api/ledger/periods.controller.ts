/**
 * Months of the books: finance proposes to close or reopen one, another person approves it.
 */
import { Body, Controller, Get, Inject, Param, Post, Put, Req, Res } from '@nestjs/common';
import type { Response } from 'express';
import { z } from 'zod';
import { zoneSchema } from '../../domain/base/time.js';
import { monthSchema, PERIOD_MOVES, type PeriodMove } from '../../domain/ledger/periods.js';
import type { Authored } from '../../storage/definition-lock.js';
import type { Actor } from '../../storage/keys.store.js';
import { PeriodsStore, type PeriodDecision } from '../../storage/periods.store.js';
import type { Client, Pool } from '../../storage/pool.js';
import { CurrentActor, type AuthenticatedRequest } from '../http/access.js';
import { Endpoint, roles, type EndpointSpec } from '../http/endpoint.js';
import { once } from '../http/idempotency.js';
import { found, Problem } from '../http/problem.js';
import { CLOCK, POOL, type Clock } from '../ports.js';

const reason = z.string().min(1).max(500);
const reasonSchema = z.strictObject({ reason }).meta({ id: 'PeriodDecision' });
type Reason = z.infer<typeof reasonSchema>;
const zoneBodySchema = z.strictObject({ zone: zoneSchema, reason }).meta({ id: 'BooksZone' });
const move = z.enum(PERIOD_MOVES);
const time = z.iso.datetime();
const periodSchema = z
  .object({
    month: z.string(),
    state: z.enum(['open', 'closed']),
    transfers: z.int().describe('posted into it'),
    late: z.int().describe('of these, how many happened in an earlier month'),
    proposed: z.object({ move, by: z.string(), at: time, reason: z.string() }).nullable(),
  })
  .meta({ id: 'Period' });
const periodsSchema = z
  .object({
    zone: z.string(),
    months: z.array(periodSchema),
    closings: z.array(
      z.object({
        month: z.string(),
        move,
        reason: z.string(),
        proposedBy: z.string(),
        approvedBy: z.string(),
        at: time,
      }),
    ),
  })
  .meta({ id: 'Periods' });

const SAID: Record<Exclude<PeriodDecision, 'done' | 'own_proposal'>, string> = {
  nothing_posted: 'Nothing is posted yet.',
  not_next: 'Months close in their order: it is another one’s turn.',
  not_over: 'The month is not over.',
  not_closed: 'The month is not closed.',
  not_last: 'Months reopen in the reverse order: a later one is closed.',
  no_proposal: 'Nobody has proposed that.',
};

function refuse(decision: PeriodDecision): void {
  if (decision === 'done') return;
  if (decision === 'own_proposal') throw new Problem('own_work', 'Who proposed it cannot approve it.');
  throw new Problem('conflict', SAID[decision]);
}

const decided = (summary: string, over: Partial<EndpointSpec> = {}): EndpointSpec => ({
  summary,
  access: roles('finance', 'admin'),
  answer: periodSchema,
  problems: ['invalid', 'conflict', 'own_work'],
  idempotent: true,
  ...over,
});

interface Asked {
  request: AuthenticatedRequest;
  response: Response;
  actor: Actor;
}

@Controller('v1/ledger')
export class PeriodsController {
  constructor(
    private readonly periods: PeriodsStore,
    @Inject(POOL) private readonly pool: Pool,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Get('periods')
  @Endpoint({
    summary: 'The months of the books, what is proposed, and every closing and reopening so far',
    access: roles('finance', 'operator', 'admin'),
    answer: periodsSchema,
  })
  async list() {
    const [zone, months, closings] = await Promise.all([
      this.periods.zone(),
      this.periods.months(this.clock.now()),
      this.periods.closings(),
    ]);
    return { zone, months, closings };
  }

  @Put('zone')
  @Endpoint({
    summary: 'Whose days and months the books are kept in; before the first transfer only',
    access: roles('finance', 'admin'),
    answer: z.object({ zone: z.string() }).meta({ id: 'BooksZoneSet' }),
    problems: ['invalid', 'conflict'],
  })
  async setZone(@Body({ schema: zoneBodySchema }) body: z.infer<typeof zoneBodySchema>, @CurrentActor() actor: Actor) {
    const set = await this.periods.setZone(body.zone, body.reason, { by: actor.id, now: this.clock.now() });
    if (!set) throw new Problem('conflict', 'There are transfers: their days are told by the zone that stands.');
    return { zone: body.zone };
  }

  @Post('periods/:month/close')
  @Endpoint(decided('Propose to close a month that is over; another person approves it', { status: 202 }))
  async close(
    @Param('month', { schema: monthSchema }) month: string,
    @Body({ schema: reasonSchema }) body: Reason,
    @CurrentActor() actor: Actor,
    @Req() request: AuthenticatedRequest,
    @Res({ passthrough: true }) response: Response,
  ) {
    return await this.propose({ request, response, actor }, month, 'close', body.reason);
  }

  @Post('periods/:month/close/approve')
  @Endpoint(decided('Approve the proposed closing, as another person: nothing is posted into the month any more'))
  async approveClose(
    @Param('month', { schema: monthSchema }) month: string,
    @CurrentActor() actor: Actor,
    @Req() request: AuthenticatedRequest,
    @Res({ passthrough: true }) response: Response,
  ) {
    return await this.approve({ request, response, actor }, month, 'close');
  }

  @Post('periods/:month/reopen')
  @Endpoint(decided('Propose to reopen the last closed month; another person approves it', { status: 202 }))
  async reopen(
    @Param('month', { schema: monthSchema }) month: string,
    @Body({ schema: reasonSchema }) body: Reason,
    @CurrentActor() actor: Actor,
    @Req() request: AuthenticatedRequest,
    @Res({ passthrough: true }) response: Response,
  ) {
    return await this.propose({ request, response, actor }, month, 'reopen', body.reason);
  }

  @Post('periods/:month/reopen/approve')
  @Endpoint(decided('Approve the proposed reopening, as another person'))
  async approveReopen(
    @Param('month', { schema: monthSchema }) month: string,
    @CurrentActor() actor: Actor,
    @Req() request: AuthenticatedRequest,
    @Res({ passthrough: true }) response: Response,
  ) {
    return await this.approve({ request, response, actor }, month, 'reopen');
  }

  private propose(asked: Asked, month: string, what: PeriodMove, why: string): Promise<unknown> {
    const proposal = { move: what, reason: why };
    return this.decide(asked, month, 202, (client, by) => this.periods.propose(client, month, proposal, by));
  }

  private approve(asked: Asked, month: string, what: PeriodMove): Promise<unknown> {
    return this.decide(asked, month, 200, (client, by) => this.periods.approve(client, month, what, by));
  }

  private async decide(
    { request, response, actor }: Asked,
    month: string,
    status: number,
    decision: (client: Client, authored: Authored) => Promise<PeriodDecision>,
  ): Promise<unknown> {
    return await once(this.pool, { request, response }, async (client) => {
      const now = this.clock.now();
      refuse(await decision(client, { by: actor.id, now }));
      const months = await this.periods.months(now, client);
      const body = found(
        months.find((period) => period.month === month),
        'month',
      );
      return { status, body, headers: {} };
    });
  }
}
