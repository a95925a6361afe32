/**
 * After Postgres was set back: what asking has found, and the release of everything that is held, by two persons.
 */
import { Body, Controller, Get, Inject, Param, Post, Req, Res } from '@nestjs/common';
import type { Response } from 'express';
import { z } from 'zod';
import type { Authored } from '../../storage/definition-lock.js';
import type { Actor } from '../../storage/keys.store.js';
import type { Client, Pool } from '../../storage/pool.js';
import { RestorationReportStore } from '../../storage/restoration-report.store.js';
import { RestorationsStore, type ReleaseDecision, type Restoration } from '../../storage/restorations.store.js';
import { CurrentActor, type AuthenticatedRequest } from '../http/access.js';
import { Endpoint, roles } from '../http/endpoint.js';
import { once } from '../http/idempotency.js';
import { found, Problem } from '../http/problem.js';
import { CLOCK, POOL, type Clock } from '../ports.js';
import { releaseSchema, restorationSchema, restorationsSchema } from './restorations.dto.js';

const noSchema = z.coerce.number().int().positive().max(2_147_483_647);

function refuse(decision: ReleaseDecision): void {
  switch (decision) {
    case 'done':
      return;
    case 'none':
      throw new Problem('not_found', 'There is no such restoration.');
    case 'released':
      throw new Problem('conflict', 'It has been released.');
    case 'no_proposal':
      throw new Problem('conflict', 'Nobody has proposed that.');
    case 'own_proposal':
      throw new Problem('own_work', 'Who proposed it cannot approve it.');
    default:
      return decision satisfies never;
  }
}

const presented = ({ temporalAt: _, ...restoration }: Restoration) => restoration;

@Controller('v1/restorations')
export class RestorationsController {
  constructor(
    private readonly restorations: RestorationsStore,
    private readonly reports: RestorationReportStore,
    @Inject(POOL) private readonly pool: Pool,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Get()
  @Endpoint({
    summary: 'When the database was set back, and what asking gateways and providers has found so far',
    access: roles('operator', 'finance', 'admin'),
    answer: restorationsSchema,
  })
  async list() {
    return { items: (await this.restorations.list()).map(presented), report: await this.reports.read() };
  }

  @Post(':no/release')
  @Endpoint({
    summary: 'Propose to let decisions and hand-overs go on; another person approves it',
    access: roles('operator', 'admin'),
    answer: restorationSchema,
    problems: ['invalid', 'not_found', 'conflict'],
    idempotent: true,
    status: 202,
  })
  async propose(
    @Param('no', { schema: noSchema }) no: number,
    @Body({ schema: releaseSchema }) body: z.infer<typeof releaseSchema>,
    @CurrentActor() actor: Actor,
    @Req() request: AuthenticatedRequest,
    @Res({ passthrough: true }) response: Response,
  ) {
    return await this.decide({ request, response, actor }, no, 202, (client, by) =>
      this.restorations.propose(client, no, body.reason, by),
    );
  }

  @Post(':no/release/approve')
  @Endpoint({
    summary: 'Approve the release, as another person: everything goes on within a round of the sweep',
    access: roles('operator', 'admin'),
    answer: restorationSchema,
    problems: ['invalid', 'not_found', 'conflict', 'own_work'],
    idempotent: true,
  })
  async approve(
    @Param('no', { schema: noSchema }) no: number,
    @CurrentActor() actor: Actor,
    @Req() request: AuthenticatedRequest,
    @Res({ passthrough: true }) response: Response,
  ) {
    return await this.decide({ request, response, actor }, no, 200, (client, by) =>
      this.restorations.release(client, no, by),
    );
  }

  private async decide(
    { request, response, actor }: { request: AuthenticatedRequest; response: Response; actor: Actor },
    no: number,
    status: number,
    decision: (client: Client, by: Authored) => Promise<ReleaseDecision>,
  ): Promise<unknown> {
    return await once(this.pool, { request, response }, async (client) => {
      refuse(await decision(client, { by: actor.id, now: this.clock.now() }));
      const body = presented(found(await this.restorations.find(no, client), 'restoration'));
      return { status, body, headers: {} };
    });
  }
}
