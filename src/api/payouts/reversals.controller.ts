/**
 * Taking back what was paid: asked for by one person and approved by another, then the provider's queue does it. What became of an unsure reversal is settled by
 * the word of the provider's owner, likewise.
 */
import { Body, Controller, Headers, Inject, Param, Post, Req, Res } from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import type { Response } from 'express';
import type { Config } from '../../config.js';
import type { Actor } from '../../storage/keys.store.js';
import { PayoutDecisions, type SeenProposal } from '../../storage/payout-decisions.store.js';
import type { Proposal } from '../../storage/payout-proposals.store.js';
import { PayoutsReadStore } from '../../storage/payouts-read.store.js';
import { CurrentActor, type AuthenticatedRequest } from '../http/access.js';
import { Endpoint, roles, type EndpointSpec } from '../http/endpoint.js';
import { IF_SEEN, readSeen } from '../http/etag.js';
import { found, Problem } from '../http/problem.js';
import { CONFIG } from '../ports.js';
import { PayoutDecider, type Asked } from './decide.js';
import {
  decisionSchema,
  keyOfPath,
  reversalSettlingSchema,
  type DecisionBody,
  type ReversalSettlingBody,
} from './decisions.dto.js';
import { presentPayout } from './payouts.controller.js';
import { payoutSchema } from './payouts.dto.js';

const decision = (summary: string, over: Partial<EndpointSpec>): EndpointSpec => ({
  summary,
  access: roles('finance', 'operator', 'admin'),
  answer: payoutSchema,
  problems: ['invalid', 'not_found', 'conflict'],
  params: { key: 'payout key' },
  idempotent: true,
  status: 202,
  ...over,
});
const confirmation = (summary: string, over: Partial<EndpointSpec> = {}) =>
  decision(summary, { problems: ['not_found', 'conflict', 'own_work', 'stale', 'precondition_required'], ...over });

@Controller('v1/payouts')
export class PayoutReversalsController {
  constructor(
    private readonly decisions: PayoutDecisions,
    private readonly payouts: PayoutsReadStore,
    private readonly decider: PayoutDecider,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  @Post('*key/reverse')
  @Endpoint(decision('Propose to take back what was paid; another person approves it', {}))
  async reverse(
    @Param('key') path: string | string[],
    @Body({ schema: decisionSchema }) { reason }: DecisionBody,
    @CurrentActor() actor: Actor,
    @Req() request: AuthenticatedRequest,
    @Res({ passthrough: true }) response: Response,
  ) {
    const key = keyOfPath(path);
    const { provider } = found(await this.payouts.find(key), 'payout');
    if (!this.config.providers.some(({ kind, name }) => kind === 'http' && name === provider))
      throw new Problem('conflict', `The provider ${provider} takes no reversals.`);
    return await this.propose({ request, response, actor }, key, { kind: 'reverse', reason, word: null });
  }

  @Post('*key/reverse/approve')
  @ApiHeader(IF_SEEN)
  @Endpoint(confirmation('Approve the proposed reversal, as another person: the provider is asked to take it back'))
  async confirmReverse(
    @Param('key') path: string | string[],
    @Headers('if-match') ifMatch: string | undefined,
    @CurrentActor() actor: Actor,
    @Req() request: AuthenticatedRequest,
    @Res({ passthrough: true }) response: Response,
  ) {
    return await this.confirm(
      { request, response, actor },
      keyOfPath(path),
      { kind: 'reverse', seen: readSeen(ifMatch) },
      202,
    );
  }

  @Post('*key/reverse/settle')
  @Endpoint(
    decision(
      'Propose what became of an unsure reversal, by the word of the provider’s owner; another person approves it',
      {},
    ),
  )
  async settle(
    @Param('key') path: string | string[],
    @Body({ schema: reversalSettlingSchema }) { word, reason }: ReversalSettlingBody,
    @CurrentActor() actor: Actor,
    @Req() request: AuthenticatedRequest,
    @Res({ passthrough: true }) response: Response,
  ) {
    return await this.propose({ request, response, actor }, keyOfPath(path), { kind: 'settle_reversal', reason, word });
  }

  @Post('*key/reverse/settle/approve')
  @ApiHeader(IF_SEEN)
  @Endpoint(confirmation('Approve what is said to have become of it, as another person', { status: 200 }))
  async confirmSettle(
    @Param('key') path: string | string[],
    @Headers('if-match') ifMatch: string | undefined,
    @CurrentActor() actor: Actor,
    @Req() request: AuthenticatedRequest,
    @Res({ passthrough: true }) response: Response,
  ) {
    return await this.confirm(
      { request, response, actor },
      keyOfPath(path),
      { kind: 'settle_reversal', seen: readSeen(ifMatch) },
      200,
    );
  }

  private propose(asked: Asked, key: string, what: Omit<Proposal, 'reference'>): Promise<unknown> {
    return this.decider.decide(
      asked,
      (client, authored) => this.decisions.propose(client, key, { ...what, reference: null }, authored),
      async (client) => presentPayout(found(await this.payouts.find(key, client), 'payout')),
      202,
    );
  }

  private confirm(asked: Asked, key: string, seen: SeenProposal, status: number): Promise<unknown> {
    return this.decider.decide(
      asked,
      (client, authored) => this.decisions.confirm(client, key, seen, authored),
      async (client) => presentPayout(found(await this.payouts.find(key, client), 'payout')),
      status,
    );
  }
}
