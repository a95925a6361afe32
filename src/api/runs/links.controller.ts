/**
 * Links of a run: what became of each, and telling again those that were set apart.
 */
import { Body, Controller, Get, Inject, Param, Post, Query, Req, Res } from '@nestjs/common';
import type { Response } from 'express';
import type { z } from 'zod';
import { appendAudit } from '../../storage/audit-log.store.js';
import type { Actor } from '../../storage/keys.store.js';
import { LinksReadStore, type LinkRow } from '../../storage/links-read.store.js';
import { retellLinks } from '../../storage/links.store.js';
import type { Pool } from '../../storage/pool.js';
import { RunsStore } from '../../storage/runs.store.js';
import { CurrentActor, type AuthenticatedRequest } from '../http/access.js';
import { Endpoint, roles } from '../http/endpoint.js';
import { once } from '../http/idempotency.js';
import { readCursor, toPage } from '../http/page.js';
import { found } from '../http/problem.js';
import { CLOCK, POOL, type Clock } from '../ports.js';
import { linkPageSchema, linkQuerySchema, retellSchema, retoldSchema } from './links.dto.js';

const present = ({ customerId, runId: _run, ...link }: LinkRow) => ({ ...link, customer: customerId });

@Controller('v1/runs')
export class LinksController {
  constructor(
    private readonly runs: RunsStore,
    private readonly links: LinksReadStore,
    @Inject(POOL) private readonly pool: Pool,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Get(':run/links')
  @Endpoint({
    summary:
      'Who of a run came to a link, and what became of each: entered, refused and why, not open, waiting, failed',
    access: roles('marketer', 'operator', 'admin'),
    answer: linkPageSchema,
    problems: ['invalid', 'not_found'],
  })
  async list(@Param('run') run: string, @Query({ schema: linkQuerySchema }) query: z.infer<typeof linkQuerySchema>) {
    found(await this.runs.find(run), 'run');
    const { cursor, ...filter } = query;
    const rows = await this.links.ofRun(run, { ...filter, after: readCursor(cursor) });
    return toPage(rows, query.limit, (row) => row.id, present);
  }

  @Post(':run/links/retell')
  @Endpoint({
    summary: 'Tell the links again that were set apart; the sweep does it',
    access: roles('operator', 'admin'),
    answer: retoldSchema,
    problems: ['invalid', 'not_found'],
    idempotent: true,
  })
  async retell(
    @Param('run') run: string,
    @Body({ schema: retellSchema }) { reason }: z.infer<typeof retellSchema>,
    @CurrentActor() actor: Actor,
    @Req() request: AuthenticatedRequest,
    @Res({ passthrough: true }) response: Response,
  ) {
    found(await this.runs.find(run), 'run');
    return await once(this.pool, { request, response }, async (client) => {
      const links = await retellLinks(client, run);
      await appendAudit(client, {
        at: this.clock.now(),
        actor: actor.id,
        action: 'links.retell',
        subject: `run/${run}`,
        reason,
        after: { links },
      });
      return { status: 200, body: { run, links }, headers: {} };
    });
  }
}
