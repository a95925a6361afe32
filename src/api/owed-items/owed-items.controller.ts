/**
 * What the bank owes after rejected payouts: listed, waived by two persons, or reissued as the next generation.
 */
import { Body, Controller, Get, Headers, Inject, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import type { Response } from 'express';
import { z } from 'zod';
import { instantSchema } from '../../domain/base/instant.js';
import { currencySchema, moneySchema, toMoneyJson } from '../../domain/base/money.js';
import { payoutKindSchema } from '../../domain/base/payout-kinds.js';
import type { Actor } from '../../storage/keys.store.js';
import { OwedItemsStore, type OwedItem, type Reissue } from '../../storage/owed-items.store.js';
import { PayoutDecisions } from '../../storage/payout-decisions.store.js';
import type { Client, Pool } from '../../storage/pool.js';
import { CurrentActor, type AuthenticatedRequest } from '../http/access.js';
import { Endpoint, roles } from '../http/endpoint.js';
import { IF_SEEN, readSeen } from '../http/etag.js';
import { once } from '../http/idempotency.js';
import { pageOf, pageQuerySchema, readCursor, toPage } from '../http/page.js';
import { found, Problem } from '../http/problem.js';
import { PayoutDecider } from '../payouts/decide.js';
import { decisionSchema, keyOfPath, owedStateSchema, type DecisionBody } from '../payouts/decisions.dto.js';
import { CLOCK, NUDGER, POOL, type Clock, type Nudger } from '../ports.js';

const READERS = roles('finance', 'operator', 'marketer', 'approver', 'admin');
const DECIDERS = roles('finance', 'operator', 'admin');

const querySchema = pageQuerySchema.extend({
  state: owedStateSchema.optional(),
  run: z.string().max(40).optional(),
  campaign: z.string().max(64).optional(),
  provider: z.string().max(64).optional(),
  currency: currencySchema.optional(),
  since: instantSchema.optional().describe('opened then or later'),
  before: instantSchema.optional().describe('opened earlier'),
});
const owedItemSchema = z
  .object({
    payout: z.string(),
    state: owedStateSchema,
    reason: z.string().describe('why the provider rejected it'),
    openedAt: z.iso.datetime(),
    run: z.string(),
    campaign: z.string(),
    node: z.string(),
    customer: z.string(),
    generation: z.int(),
    kind: payoutKindSchema,
    amount: moneySchema,
    budget: z.string(),
    provider: z.string(),
    decidedBy: z.string().nullable(),
    approvedBy: z.string().nullable(),
    decisionReason: z.string().nullable(),
    decidedAt: z.iso.datetime().nullable(),
    waiverProposedBy: z.string().nullable(),
  })
  .meta({ id: 'OwedItem' });
const reissuedSchema = z.object({ payout: z.string(), reissueOf: z.string() }).meta({ id: 'Reissued' });

function present({ payoutKey, runId, customerId, amount, currency, ...item }: OwedItem) {
  return {
    ...item,
    payout: payoutKey,
    run: runId,
    customer: customerId,
    amount: toMoneyJson({ minor: amount, currency }),
  };
}

const WHY: Record<Extract<Reissue, { kind: 'refused' }>['why'], string> = {
  not_open: 'Nothing of it is owed any more.',
  not_rejected: 'An earlier generation of it is not definitely rejected.',
  contradicted: 'The provider has contradicted itself about an earlier generation.',
  over_cap: 'A cap on what one customer gets does not allow it.',
  no_budget: 'The budget does not fund it.',
};

@Controller('v1/owed-items')
export class OwedItemsController {
  constructor(
    private readonly owed: OwedItemsStore,
    private readonly decisions: PayoutDecisions,
    private readonly decider: PayoutDecider,
    @Inject(POOL) private readonly pool: Pool,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(NUDGER) private readonly nudger: Nudger,
  ) {}

  @Get()
  @Endpoint({
    summary: 'Owed items by payout key',
    access: READERS,
    answer: pageOf(owedItemSchema),
    problems: ['invalid'],
  })
  async list(@Query({ schema: querySchema }) query: z.infer<typeof querySchema>) {
    const { limit, cursor, ...filter } = query;
    const rows = await this.owed.list(filter, { limit, after: readCursor(cursor) });
    return toPage(rows, limit, (row) => row.payoutKey, present);
  }

  @Post('*key/waive')
  @Endpoint({
    summary: 'Propose to waive an owed item; another person approves it',
    access: DECIDERS,
    status: 202,
    answer: owedItemSchema,
    problems: ['invalid', 'not_found', 'conflict'],
    params: { key: 'payout key' },
    idempotent: true,
  })
  async waive(
    @Param('key') path: string | string[],
    @Body({ schema: decisionSchema }) { reason }: DecisionBody,
    @CurrentActor() actor: Actor,
    @Req() request: AuthenticatedRequest,
    @Res({ passthrough: true }) response: Response,
  ) {
    const key = keyOfPath(path);
    const proposal = { kind: 'waive' as const, reason, word: null, reference: null };
    return await this.decider.decide(
      { request, response, actor },
      (client, authored) => this.decisions.propose(client, key, proposal, authored),
      (client) => this.read(client, key),
      202,
    );
  }

  @Post('*key/waive/approve')
  @ApiHeader(IF_SEEN)
  @Endpoint({
    summary: 'Approve the proposed waiver, as another person',
    access: DECIDERS,
    answer: owedItemSchema,
    problems: ['not_found', 'conflict', 'own_work', 'stale', 'precondition_required'],
    params: { key: 'payout key' },
    idempotent: true,
  })
  async confirmWaive(
    @Param('key') path: string | string[],
    @Headers('if-match') ifMatch: string | undefined,
    @CurrentActor() actor: Actor,
    @Req() request: AuthenticatedRequest,
    @Res({ passthrough: true }) response: Response,
  ) {
    const key = keyOfPath(path);
    const confirmed = { kind: 'waive' as const, seen: readSeen(ifMatch) };
    return await this.decider.decide(
      { request, response, actor },
      (client, authored) => this.decisions.confirm(client, key, confirmed, authored),
      (client) => this.read(client, key),
    );
  }

  @Post('*key/reissue')
  @Endpoint({
    summary: 'Pay an owed item after all, as the next generation of its slot; the budget reserves it anew',
    access: DECIDERS,
    status: 201,
    answer: reissuedSchema,
    problems: ['invalid', 'not_found', 'conflict'],
    params: { key: 'payout key' },
    idempotent: true,
  })
  async reissue(
    @Param('key') path: string | string[],
    @Body({ schema: decisionSchema }) { reason }: DecisionBody,
    @CurrentActor() actor: Actor,
    @Req() request: AuthenticatedRequest,
    @Res({ passthrough: true }) response: Response,
  ) {
    const key = keyOfPath(path);
    let nudge = () => {};
    const body = await once(this.pool, { request, response }, async (client) => {
      const reissued = await this.owed.reissue(client, key, reason, { by: actor.id, now: this.clock.now() });
      if (reissued.kind === 'unknown') throw new Problem('not_found', 'There is no such payout.');
      if (reissued.kind === 'refused') throw new Problem('conflict', WHY[reissued.why]);
      nudge = () => this.nudger.nudgePayout(reissued.provider, reissued.shard);
      return { status: 201, body: { payout: reissued.key, reissueOf: key }, headers: {} };
    });
    nudge();
    return body;
  }

  private async read(client: Client, key: string) {
    return present(found(await this.owed.find(key, client), 'owed item'));
  }
}
