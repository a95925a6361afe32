/**
 * Lucky boxes: defined by marketers, opened by the launch of a campaign that names them, closed by finance, which reveals the seed.
 */
import { Body, Controller, Get, Headers, Inject, Param, Post, Put, Query, Req, Res } from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import type { Response } from 'express';
import { z } from 'zod';
import type { Config } from '../../config.js';
import { keySchema } from '../../domain/base/keys.js';
import { boxContentSchema, termsOf, type BoxContent } from '../../domain/ledger/lucky-box-terms.js';
import type { Actor } from '../../storage/keys.store.js';
import { LuckyBoxesStore } from '../../storage/lucky-boxes.store.js';
import type { Pool } from '../../storage/pool.js';
import { SeedVault } from '../../storage/seed-vault.js';
import { CurrentActor, type AuthenticatedRequest } from '../http/access.js';
import { Endpoint, roles } from '../http/endpoint.js';
import { IF_NONE_MATCH, readCreateOnly } from '../http/etag.js';
import { once } from '../http/idempotency.js';
import { pageQuerySchema, readCursor, toPage, type PageQuery } from '../http/page.js';
import { found, Problem } from '../http/problem.js';
import { CLOCK, CONFIG, POOL, type Clock } from '../ports.js';
import { boxPageSchema, boxSchema, CLOSING_SAID, closingSchema, presentBox } from './lucky-boxes.dto.js';

const READERS = roles('marketer', 'approver', 'finance', 'operator', 'admin');

@Controller('v1/lucky-boxes')
export class LuckyBoxesController {
  constructor(
    private readonly boxes: LuckyBoxesStore,
    @Inject(POOL) private readonly pool: Pool,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  @Get()
  @Endpoint({ summary: 'Lucky boxes by key', access: READERS, answer: boxPageSchema, problems: ['invalid'] })
  async list(@Query({ schema: pageQuerySchema }) query: PageQuery) {
    const rows = await this.boxes.list(readCursor(query.cursor), query.limit);
    return toPage(rows, query.limit, (row) => row.key, presentBox);
  }

  @Get(':key')
  @Endpoint({
    summary: 'A lucky box: its prizes with what was drawn of them, its commitment, and once it is closed its seed',
    access: READERS,
    answer: boxSchema,
    problems: ['not_found'],
  })
  async find(@Param('key') key: string) {
    return presentBox(found(await this.boxes.find(key), 'lucky box'));
  }

  @Put(':key')
  @ApiHeader(IF_NONE_MATCH)
  @Endpoint({
    summary: 'Make a lucky box or change it, until the first campaign that names it is launched',
    access: roles('marketer', 'admin'),
    answer: boxSchema,
    problems: ['invalid', 'conflict', 'stale'],
  })
  async put(
    @Param('key', { schema: keySchema }) key: string,
    @Body({ schema: boxContentSchema }) body: BoxContent,
    @Headers('if-none-match') ifNoneMatch: string | undefined,
    @CurrentActor() actor: Actor,
  ) {
    const content = { name: body.name, terms: termsOf(key, body), createOnly: readCreateOnly(ifNoneMatch) };
    const kept = await this.boxes.put(content, { by: actor.id, now: this.clock.now() });
    if (kept === 'exists') throw new Problem('stale', 'There is one of this key already.');
    if (kept === 'committed')
      throw new Problem('conflict', 'It is committed to: a campaign that names it was launched.');
    return await this.find(key);
  }

  @Post(':key/close')
  @Endpoint({
    summary: 'Close a lucky box for good and reveal its seed, when nobody may draw from it any more',
    access: roles('finance', 'admin'),
    answer: boxSchema,
    problems: ['invalid', 'not_found', 'conflict'],
    idempotent: true,
  })
  async close(
    @Param('key', { schema: keySchema }) key: string,
    @Body({ schema: closingSchema }) { reason }: z.infer<typeof closingSchema>,
    @CurrentActor() actor: Actor,
    @Req() request: AuthenticatedRequest,
    @Res({ passthrough: true }) response: Response,
  ) {
    return await once(this.pool, { request, response }, async (client) => {
      found(await this.boxes.find(key, client), 'lucky box');
      const vault = new SeedVault(this.config.boxKeys);
      const closing = await this.boxes.close(client, key, reason, vault, { by: actor.id, now: this.clock.now() });
      if (closing !== 'done') throw new Problem('conflict', CLOSING_SAID[closing]);
      const body = presentBox(found(await this.boxes.find(key, client), 'lucky box'));
      return { status: 200, body, headers: {} };
    });
  }
}
