/**
 * Retries: what failed is tried again by a plan that first says what it would do; one person starts a small one, a second person approves a large one.
 */
import { Body, Controller, Get, Inject, Param, Post, Query, Req, Res } from '@nestjs/common';
import type { Response } from 'express';
import { z } from 'zod';
import type { Config } from '../../config.js';
import { CLASSES } from '../../domain/attention/classes.js';
import { plainOf, type PlainSelector, type RetrySelector } from '../../domain/retry/selector.js';
import type { Actor } from '../../storage/keys.store.js';
import type { Pool } from '../../storage/pool.js';
import { RetriesStore, type Begun } from '../../storage/retries.store.js';
import { RetryPlanner } from '../../storage/retry-plan.store.js';
import { RunsStore } from '../../storage/runs.store.js';
import { CurrentActor, type AuthenticatedRequest } from '../http/access.js';
import { Endpoint, roles } from '../http/endpoint.js';
import { once } from '../http/idempotency.js';
import { pageOf, pageQuerySchema, readNumberCursor, toPage, type PageQuery } from '../http/page.js';
import { found, Problem } from '../http/problem.js';
import { CLOCK, CONFIG, POOL, type Clock } from '../ports.js';
import {
  presentRetry,
  presentRetryItem,
  RETRIERS,
  retryAskedSchema,
  retryPageSchema,
  retryQuerySchema,
  retrySchema,
} from './retries.dto.js';
import { RetryRunner } from './retry-runner.js';

const DESKS = roles('marketer', 'finance', 'operator', 'admin');
const NO_MAX = 2_147_483_647;
const noSchema = z.coerce.number().int().positive().max(NO_MAX);

@Controller('v1/retries')
export class RetriesController {
  constructor(
    private readonly retries: RetriesStore,
    private readonly planner: RetryPlanner,
    private readonly runner: RetryRunner,
    private readonly runs: RunsStore,
    @Inject(POOL) private readonly pool: Pool,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  @Get()
  @Endpoint({ summary: 'Retries, the newest first', access: DESKS, answer: pageOf(retrySchema), problems: ['invalid'] })
  async list(@Query({ schema: retryQuerySchema }) { limit, cursor, ...only }: z.infer<typeof retryQuerySchema>) {
    const rows = await this.retries.list({ before: readNumberCursor(cursor, NO_MAX), limit, ...only });
    return toPage(rows, limit, ({ no }) => String(no), presentRetry);
  }

  @Post()
  @Endpoint({
    summary: 'Plan a retry: what it is about is found and kept, and what it would do is said; nothing is done yet',
    access: DESKS,
    status: 201,
    answer: retrySchema,
    problems: ['invalid', 'not_found', 'unprocessable'],
    idempotent: true,
  })
  async plan(
    @Body({ schema: retryAskedSchema }) { selector, reason }: z.infer<typeof retryAskedSchema>,
    @CurrentActor() actor: Actor,
    @Req() request: AuthenticatedRequest,
    @Res({ passthrough: true }) response: Response,
  ) {
    const plain = await this.plainOf(selector, actor);
    const authored = { by: actor.id, now: this.clock.now() };
    const { items, left } = await this.planner.find(plain, authored); // before a connection is held
    return await once(this.pool, { request, response }, async (client) => {
      const no = await this.retries.plan(client, { selector, reason, items, left }, this.config.retryAlone, authored);
      const retry = found(await this.retries.find(no, client), 'retry');
      return { status: 201, body: presentRetry(retry), headers: { Location: `/v1/retries/${no}` } };
    });
  }

  @Get(':no')
  @Endpoint({
    summary: 'One retry, with each item and what became of it, page by page',
    access: DESKS,
    answer: retryPageSchema,
    problems: ['invalid', 'not_found'],
  })
  async read(
    @Param('no', { schema: noSchema }) no: number,
    @Query({ schema: pageQuerySchema }) { limit, cursor }: PageQuery,
  ) {
    const retry = found(await this.retries.find(no), 'retry');
    const rows = await this.retries.items(no, { after: readNumberCursor(cursor, NO_MAX) ?? 0, limit });
    return { ...presentRetry(retry), ...toPage(rows, limit, (item) => String(item.no), presentRetryItem) };
  }

  @Post(':no/start')
  @Endpoint({
    summary: 'Begin a retry for which one person is enough; begun already, nothing changes',
    access: DESKS,
    status: 202,
    answer: retrySchema,
    problems: ['invalid', 'not_found', 'conflict', 'stale', 'own_work'],
    idempotent: true,
  })
  async start(
    @Param('no', { schema: noSchema }) no: number,
    @CurrentActor() actor: Actor,
    @Req() request: AuthenticatedRequest,
    @Res({ passthrough: true }) response: Response,
  ) {
    return await this.begin({ request, response, actor }, no, true);
  }

  @Post(':no/approve')
  @Endpoint({
    summary:
      'Approve a retry, as another person than who asked for it: it begins, where it would do no more than was shown',
    access: DESKS,
    status: 202,
    answer: retrySchema,
    problems: ['invalid', 'not_found', 'conflict', 'stale', 'own_work'],
    idempotent: true,
  })
  async approve(
    @Param('no', { schema: noSchema }) no: number,
    @CurrentActor() actor: Actor,
    @Req() request: AuthenticatedRequest,
    @Res({ passthrough: true }) response: Response,
  ) {
    return await this.begin({ request, response, actor }, no, false);
  }

  private async begin(
    { request, response, actor }: { request: AuthenticatedRequest; response: Response; actor: Actor },
    no: number,
    alone: boolean,
  ): Promise<unknown> {
    const retry = found(await this.retries.find(no), 'retry');
    await this.plainOf(retry.selector, actor);
    const now = this.clock.now();
    const current = retry.begun ? retry : await this.planner.current(retry, await this.retries.toPutBack(no), now);
    await once(this.pool, { request, response }, async (client) => {
      refuse(await this.retries.begin(client, no, { alone, current }, { by: actor.id, now }));
      return { status: 202, body: { no }, headers: { Location: `/v1/retries/${no}` } };
    });
    await this.runner.run(no);
    return presentRetry(found(await this.retries.find(no), 'retry'));
  }

  /** Problems: unprocessable where a retry is no cure, forbidden for another desk, not_found. */
  private async plainOf(selector: RetrySelector, actor: Actor): Promise<PlainSelector> {
    const plain = plainOf(selector);
    if (!plain) {
      const detail =
        selector.what === 'attention' ? `is not cured by a retry: ${CLASSES[selector.code].ifRetried}` : '';
      throw new Problem('unprocessable', undefined, { errors: [{ pointer: '/selector/code', detail }] });
    }
    if (!RETRIERS[plain.what].some((role) => actor.roles.includes(role))) throw new Problem('forbidden');
    if ('run' in plain && plain.run !== undefined) found(await this.runs.find(plain.run), 'run');
    return plain;
  }
}

function refuse(begun: Begun): void {
  switch (begun) {
    case 'done':
      return;
    case 'unknown':
      throw new Problem('not_found', 'There is no such retry.');
    case 'nothing':
      throw new Problem('conflict', 'It would do nothing.');
    case 'needs_approval':
      throw new Problem('conflict', 'It is too large for one person: somebody else has to approve it.');
    case 'own_retry':
      throw new Problem('own_work', 'Who asked for it cannot approve it.');
    case 'grown':
      throw new Problem('stale', 'It would do more by now than was shown: plan it anew.');
    default:
      return begun satisfies never;
  }
}
