/**
 * Campaigns: drafts with an ETag, and their way to a launch.
 */
import { Body, Controller, Get, Headers, Inject, Logger, Param, Post, Put, Query, Req, Res } from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import type { Response } from 'express';
import type { z } from 'zod';
import { keySchema } from '../../domain/base/keys.js';
import { campaignSchema, type Campaign } from '../../domain/journey/definition.js';
import { CampaignsStore } from '../../storage/campaigns.store.js';
import type { Actor } from '../../storage/keys.store.js';
import type { Pool } from '../../storage/pool.js';
import { CurrentActor, type AuthenticatedRequest } from '../http/access.js';
import { Endpoint, roles } from '../http/endpoint.js';
import { etagOf, readPrecondition, readSeen, IF_MATCH, IF_NONE_MATCH } from '../http/etag.js';
import { once } from '../http/idempotency.js';
import { readCursor, searchQuerySchema, toPage, type SearchQuery } from '../http/page.js';
import { found, Problem } from '../http/problem.js';
import { CLOCK, NUDGER, POOL, type Clock, type Nudger } from '../ports.js';
import { CampaignMoves, type Opened } from './campaign-moves.js';
import { CampaignStarts } from './campaign-starts.js';
import { CouponWarnings } from './coupon-warnings.js';
import {
  campaignAnswerSchema,
  campaignPageSchema,
  draftSchema,
  judgedSchema,
  launchedSchema,
  launchSchema,
  summarise,
  validationSchema,
} from './campaigns.dto.js';

const READERS = roles('marketer', 'approver', 'finance', 'operator', 'admin');

@Controller('v1/campaigns')
export class CampaignsController {
  private readonly logger = new Logger('campaigns');

  constructor(
    private readonly campaigns: CampaignsStore,
    private readonly moves: CampaignMoves,
    private readonly starts: CampaignStarts,
    private readonly coupons: CouponWarnings,
    @Inject(POOL) private readonly pool: Pool,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(NUDGER) private readonly nudger: Nudger,
  ) {}

  @Get()
  @Endpoint({ summary: 'Campaigns by key', access: READERS, answer: campaignPageSchema, problems: ['invalid'] })
  async list(@Query({ schema: searchQuerySchema }) query: SearchQuery) {
    const rows = await this.campaigns.list(readCursor(query.cursor), query.limit, query.q);
    return toPage(rows, query.limit, (row) => row.key, summarise);
  }

  @Get(':key')
  @Endpoint({
    summary: 'One campaign with its draft; ETag is its revision and, validated, the hash of its content: "2.3fa9…"',
    access: READERS,
    answer: campaignAnswerSchema,
    problems: ['not_found'],
  })
  async find(@Param('key') key: string, @Res({ passthrough: true }) response: Response) {
    const campaign = found(await this.campaigns.find(key), 'campaign');
    response.setHeader('ETag', etagOf(campaign.revision, campaign.contentHash));
    return campaign;
  }

  @Put(':key')
  @ApiHeader(IF_NONE_MATCH)
  @ApiHeader({ ...IF_MATCH, description: 'the ETag read; needed when the campaign exists' })
  @Endpoint({
    summary: 'Create or replace a draft; an edit voids validation and approval',
    access: roles('marketer', 'admin'),
    also: { 201: 'There was none before' },
    answer: campaignAnswerSchema,
    problems: ['invalid', 'conflict', 'stale', 'precondition_required'],
  })
  async put(
    @Param('key', { schema: keySchema }) key: string,
    @Body({ schema: draftSchema }) body: z.infer<typeof draftSchema>,
    @Headers('if-match') ifMatch: string | undefined,
    @Headers('if-none-match') ifNoneMatch: string | undefined,
    @CurrentActor() actor: Actor,
    @Res({ passthrough: true }) response: Response,
  ) {
    if (body.key !== undefined && body.key !== key) {
      throw new Problem('invalid', undefined, { errors: [{ pointer: '/key', detail: 'is not the key of the path' }] });
    }
    const revision = readPrecondition({ ifMatch, ifNoneMatch });
    const stored = await this.campaigns.put({ ...body, key }, revision, { by: actor.id, now: this.clock.now() });
    switch (stored.kind) {
      case 'missing':
        throw new Problem('precondition_required', 'The campaign exists: say which revision you change.');
      case 'stale':
        throw new Problem('stale');
      case 'ended':
        throw new Problem('conflict', 'The campaign has ended.');
      case 'stored':
        response.status(stored.created ? 201 : 200).setHeader('ETag', etagOf(stored.campaign.revision));
        return stored.campaign;
      default:
        return stored satisfies never;
    }
  }

  @Post('validate')
  @Endpoint({
    summary: 'All faults of a campaign that is not kept, and the form in which it would be',
    access: roles('marketer', 'approver', 'admin'),
    answer: judgedSchema,
    problems: ['invalid'],
  })
  async judge(@Body({ schema: campaignSchema }) draft: Campaign) {
    const faults = await this.moves.judge(draft);
    return { valid: faults.length === 0, faults, warnings: await this.coupons.of(draft), draft };
  }

  @Post(':key/validate')
  @Endpoint({
    summary: 'All faults of a draft; without any it becomes validated',
    access: roles('marketer', 'approver', 'admin'),
    answer: validationSchema,
    problems: ['not_found'],
  })
  async validate(@Param('key', { schema: keySchema }) key: string, @CurrentActor() actor: Actor) {
    const { campaign, faults } = await this.moves.validate(key, actor);
    const { state, contentHash, draft } = campaign;
    return { valid: faults.length === 0, state, contentHash, faults, warnings: await this.coupons.of(draft) };
  }

  @Post(':key/approve')
  @ApiHeader({ ...IF_MATCH, required: true, description: 'the ETag read: what is approved is what was seen' })
  @Endpoint({
    summary: 'Approve the validated content that was seen; by none of its authors',
    access: roles('approver', 'admin'),
    answer: campaignAnswerSchema,
    problems: ['not_found', 'own_work', 'conflict', 'stale', 'precondition_required'],
  })
  async approve(
    @Param('key', { schema: keySchema }) key: string,
    @Headers('if-match') ifMatch: string | undefined,
    @CurrentActor() actor: Actor,
  ) {
    return await this.moves.approve(key, readSeen(ifMatch), actor);
  }

  @Post(':key/launch')
  @Endpoint({
    summary: 'Launch approved content and open its run; the same trigger is the same run',
    access: roles('marketer', 'admin'),
    status: 202,
    answer: launchedSchema,
    problems: ['invalid', 'not_found', 'conflict'],
    idempotent: true,
  })
  async launch(
    @Param('key', { schema: keySchema }) key: string,
    @Body({ schema: launchSchema }) body: z.infer<typeof launchSchema>,
    @CurrentActor() actor: Actor,
    @Req() request: AuthenticatedRequest,
    @Res({ passthrough: true }) response: Response,
  ) {
    const opened = (await once(this.pool, { request, response }, async (client) => {
      const run = await this.moves.launch(client, key, body, actor);
      const place = run.run === null ? `/v1/campaigns/${key}/starts` : `/v1/runs/${run.run}`;
      return { status: 202, body: run, headers: { Location: place } };
    })) as Opened;
    await this.starts.schedule(key);
    if (opened.run === null) return opened;
    await this.nudger.startRun(opened.run).catch((error: unknown) => {
      // committed all the same: the sweep starts it when Temporal is back
      this.logger.warn(
        { run: opened.run, name: error instanceof Error ? error.name : 'unknown' },
        'a run could not be started yet',
      );
    });
    return opened;
  }
}
