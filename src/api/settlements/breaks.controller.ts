/**
 * Breaks between our books and providers' settlements: listed with their age, assigned, and resolved under four eyes.
 */
import { Body, Controller, Get, Headers, Inject, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import type { Response } from 'express';
import type { z } from 'zod';
import type { Authored } from '../../storage/definition-lock.js';
import type { Actor } from '../../storage/keys.store.js';
import type { Client, Pool } from '../../storage/pool.js';
import { SettlementBreaksStore, type BreakDecision } from '../../storage/settlement-breaks.store.js';
import { CurrentActor, type AuthenticatedRequest } from '../http/access.js';
import { Endpoint, roles, type EndpointSpec } from '../http/endpoint.js';
import { IF_SEEN, readSeen } from '../http/etag.js';
import { once } from '../http/idempotency.js';
import { toPage } from '../http/page.js';
import { found, Problem } from '../http/problem.js';
import { CLOCK, POOL, type Clock } from '../ports.js';
import {
  assignSchema,
  breakCursor,
  breakDetailSchema,
  breakPageSchema,
  breakSchema,
  breaksQuerySchema,
  presentBreak,
  readBreakCursor,
  resolveSchema,
} from './settlements.dto.js';

const READERS = roles('finance', 'operator', 'admin');

const SAID: Record<Exclude<BreakDecision, 'done' | 'unknown' | 'own_proposal' | 'stale'>, string> = {
  not_open: 'The break is not open.',
  no_money: 'It is no difference of money in one currency: there is nothing to book.',
  other_currency: 'The provider’s accounts are kept in another currency.',
  compensated: 'Something was booked for it that it does not say any more: that has to be compensated back.',
  no_proposal: 'Nobody has proposed that, or it was about other facts.',
};

function refuse(decision: BreakDecision): void {
  if (decision === 'done') return;
  if (decision === 'unknown') throw new Problem('not_found', 'There is no such break.');
  if (decision === 'own_proposal') throw new Problem('own_work', 'Who proposed it cannot approve it.');
  if (decision === 'stale') throw new Problem('stale', 'Something else is proposed by now.');
  throw new Problem('conflict', SAID[decision]);
}

const decided = (summary: string, over: Partial<EndpointSpec> = {}): EndpointSpec => ({
  summary,
  access: roles('finance', 'admin'),
  answer: breakSchema,
  problems: ['invalid', 'not_found', 'conflict'],
  idempotent: true,
  ...over,
});

interface Asked {
  request: AuthenticatedRequest;
  response: Response;
  actor: Actor;
}

@Controller('v1/ledger/breaks')
export class SettlementBreaksController {
  constructor(
    private readonly breaks: SettlementBreaksStore,
    @Inject(POOL) private readonly pool: Pool,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Get()
  @Endpoint({ summary: 'Breaks, the oldest first', access: READERS, answer: breakPageSchema, problems: ['invalid'] })
  async list(@Query({ schema: breaksQuerySchema }) { cursor, ...query }: z.infer<typeof breaksQuerySchema>) {
    const now = this.clock.now();
    const rows = await this.breaks.list({ ...query, after: readBreakCursor(cursor) });
    return toPage(rows, query.limit, breakCursor, (row) => presentBreak(row, now));
  }

  @Get(':id')
  @Endpoint({
    summary: 'One break, and what became of it so far',
    access: READERS,
    answer: breakDetailSchema,
    problems: ['not_found'],
  })
  async find(@Param('id') id: string) {
    const one = found(await this.breaks.find(id), 'break');
    return { ...presentBreak(one, this.clock.now()), moves: await this.breaks.moves(id) };
  }

  @Post(':id/assign')
  @Endpoint(decided('Say who works on an open break', { idempotent: false }))
  async assign(
    @Param('id') id: string,
    @Body({ schema: assignSchema }) { assignee }: z.infer<typeof assignSchema>,
    @CurrentActor() actor: Actor,
    @Req() request: AuthenticatedRequest,
    @Res({ passthrough: true }) response: Response,
  ) {
    return await this.decide({ request, response, actor }, id, 200, (client, by) =>
      this.breaks.assign(client, id, assignee, by),
    );
  }

  @Post(':id/resolve')
  @Endpoint(
    decided('Propose to accept an open break, or to book its difference; another person approves it', { status: 202 }),
  )
  async resolve(
    @Param('id') id: string,
    @Body({ schema: resolveSchema }) proposal: z.infer<typeof resolveSchema>,
    @CurrentActor() actor: Actor,
    @Req() request: AuthenticatedRequest,
    @Res({ passthrough: true }) response: Response,
  ) {
    return await this.decide({ request, response, actor }, id, 202, (client, by) =>
      this.breaks.propose(client, id, proposal, by),
    );
  }

  @Post(':id/resolve/approve')
  @ApiHeader(IF_SEEN)
  @Endpoint(
    decided('Approve the proposed resolution, as another person', {
      problems: ['not_found', 'conflict', 'own_work', 'stale', 'precondition_required'],
    }),
  )
  async approve(
    @Param('id') id: string,
    @Headers('if-match') ifMatch: string | undefined,
    @CurrentActor() actor: Actor,
    @Req() request: AuthenticatedRequest,
    @Res({ passthrough: true }) response: Response,
  ) {
    const seen = readSeen(ifMatch);
    return await this.decide({ request, response, actor }, id, 200, (client, by) =>
      this.breaks.approve(client, id, seen, by),
    );
  }

  private async decide(
    { request, response, actor }: Asked,
    id: string,
    status: number,
    decision: (client: Client, authored: Authored) => Promise<BreakDecision>,
  ): Promise<unknown> {
    return await once(this.pool, { request, response }, async (client) => {
      const now = this.clock.now();
      refuse(await decision(client, { by: actor.id, now }));
      const body = presentBreak(found(await this.breaks.find(id, client), 'break'), now);
      return { status, body, headers: {} };
    });
  }
}
