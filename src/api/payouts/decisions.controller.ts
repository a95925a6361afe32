/**
 * What a person decides about a payout: hold it back, and about a held one: approve it, have it asked about, or, with a second person, cancel it or settle it by the
 * word of the provider's owner.
 */
import { Body, Controller, Headers, Inject, Param, Post, Req, Res } from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import type { Response } from 'express';
import type { Config } from '../../config.js';
import { POOL_PROVIDER } from '../../domain/ledger/coupon-pool.js';
import type { Actor } from '../../storage/keys.store.js';
import { PayoutDecisions, type SeenProposal } from '../../storage/payout-decisions.store.js';
import type { Proposal } from '../../storage/payout-proposals.store.js';
import { PayoutsReadStore } from '../../storage/payouts-read.store.js';
import type { Client } from '../../storage/pool.js';
import { CurrentActor, type AuthenticatedRequest } from '../http/access.js';
import { Endpoint, roles, type EndpointSpec } from '../http/endpoint.js';
import { IF_SEEN, readSeen } from '../http/etag.js';
import { found, Problem } from '../http/problem.js';
import { CONFIG } from '../ports.js';
import { PayoutDecider, type Asked } from './decide.js';
import { decisionSchema, keyOfPath, settlingSchema, type DecisionBody, type SettlingBody } from './decisions.dto.js';
import { presentPayout } from './payouts.controller.js';
import { payoutSchema } from './payouts.dto.js';

const decision = (summary: string, over: Partial<EndpointSpec> = {}): EndpointSpec => ({
  summary,
  access: roles('finance', 'operator', 'admin'),
  answer: payoutSchema,
  problems: ['invalid', 'not_found', 'conflict'],
  params: { key: 'payout key' },
  idempotent: true,
  ...over,
});
const proposal = (summary: string) => decision(summary, { status: 202 });
const confirmation = (summary: string) =>
  decision(summary, { problems: ['not_found', 'conflict', 'own_work', 'stale', 'precondition_required'] });

@Controller('v1/payouts')
export class PayoutDecisionsController {
  constructor(
    private readonly decisions: PayoutDecisions,
    private readonly payouts: PayoutsReadStore,
    private readonly decider: PayoutDecider,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  @Post('*key/look-up')
  @Endpoint(decision('Have the provider asked about a held payout', { status: 202 }))
  async lookUp(
    @Param('key') path: string | string[],
    @Body({ schema: decisionSchema }) body: DecisionBody,
    @CurrentActor() actor: Actor,
    @Req() request: AuthenticatedRequest,
    @Res({ passthrough: true }) response: Response,
  ) {
    const key = keyOfPath(path);
    const { provider } = found(await this.payouts.find(key), 'payout');
    const asked = this.config.providers.filter((own) => own.kind === 'http').find(({ name }) => name === provider);
    if (provider !== POOL_PROVIDER && !asked?.lookup) {
      throw new Problem('conflict', `The provider ${provider} cannot be asked: settle it by the word of its owner.`);
    }
    return await this.decider.decide(
      { request, response, actor },
      (client, authored) => this.decisions.askAbout(client, key, body.reason, authored),
      (client) => this.present(client, key),
      202,
    );
  }

  @Post('*key/hold')
  @Endpoint(decision('Hold back a payout that waits to be submitted, until somebody approves it'))
  async hold(
    @Param('key') path: string | string[],
    @Body({ schema: decisionSchema }) body: DecisionBody,
    @CurrentActor() actor: Actor,
    @Req() request: AuthenticatedRequest,
    @Res({ passthrough: true }) response: Response,
  ) {
    const key = keyOfPath(path);
    return await this.decider.decide(
      { request, response, actor },
      (client, authored) => this.decisions.hold(client, key, body.reason, authored),
      (client) => this.present(client, key),
    );
  }

  @Post('*key/cancel')
  @Endpoint(proposal('Propose to cancel a held payout that no attempt may have acted on; another person approves it'))
  async cancel(
    @Param('key') path: string | string[],
    @Body({ schema: decisionSchema }) { reason }: DecisionBody,
    @CurrentActor() actor: Actor,
    @Req() request: AuthenticatedRequest,
    @Res({ passthrough: true }) response: Response,
  ) {
    return await this.propose({ request, response, actor }, keyOfPath(path), {
      kind: 'cancel',
      reason,
      word: null,
      reference: null,
    });
  }

  @Post('*key/cancel/approve')
  @ApiHeader(IF_SEEN)
  @Endpoint(confirmation('Approve the proposed cancellation, as another person'))
  async confirmCancel(
    @Param('key') path: string | string[],
    @Headers('if-match') ifMatch: string | undefined,
    @CurrentActor() actor: Actor,
    @Req() request: AuthenticatedRequest,
    @Res({ passthrough: true }) response: Response,
  ) {
    return await this.confirm({ request, response, actor }, keyOfPath(path), {
      kind: 'cancel',
      seen: readSeen(ifMatch),
    });
  }

  @Post('*key/settle')
  @Endpoint(proposal('Propose to settle a held payout by the word of the provider’s owner; another person approves it'))
  async settle(
    @Param('key') path: string | string[],
    @Body({ schema: settlingSchema }) { word, reference, reason }: SettlingBody,
    @CurrentActor() actor: Actor,
    @Req() request: AuthenticatedRequest,
    @Res({ passthrough: true }) response: Response,
  ) {
    return await this.propose({ request, response, actor }, keyOfPath(path), {
      kind: 'settle',
      reason,
      word,
      reference: reference ?? null,
    });
  }

  @Post('*key/settle/approve')
  @ApiHeader(IF_SEEN)
  @Endpoint(confirmation('Approve the proposed settling, as another person'))
  async confirmSettle(
    @Param('key') path: string | string[],
    @Headers('if-match') ifMatch: string | undefined,
    @CurrentActor() actor: Actor,
    @Req() request: AuthenticatedRequest,
    @Res({ passthrough: true }) response: Response,
  ) {
    return await this.confirm({ request, response, actor }, keyOfPath(path), {
      kind: 'settle',
      seen: readSeen(ifMatch),
    });
  }

  /** After the longer paths that end likewise: the first that fits is taken. */
  @Post('*key/approve')
  @Endpoint(
    decision('Approve a held payout: it is gated again, then submitted', {
      problems: ['invalid', 'not_found', 'conflict', 'own_work'],
    }),
  )
  async approve(
    @Param('key') path: string | string[],
    @Body({ schema: decisionSchema }) body: DecisionBody,
    @CurrentActor() actor: Actor,
    @Req() request: AuthenticatedRequest,
    @Res({ passthrough: true }) response: Response,
  ) {
    const key = keyOfPath(path);
    return await this.decider.decide(
      { request, response, actor },
      (client, authored) => this.decisions.approve(client, key, body.reason, authored),
      (client) => this.present(client, key),
    );
  }

  private propose(asked: Asked, key: string, what: Proposal): Promise<unknown> {
    return this.decider.decide(
      asked,
      (client, authored) => this.decisions.propose(client, key, what, authored),
      (client) => this.present(client, key),
      202,
    );
  }

  private confirm(asked: Asked, key: string, seen: SeenProposal): Promise<unknown> {
    return this.decider.decide(
      asked,
      (client, authored) => this.decisions.confirm(client, key, seen, authored),
      (client) => this.present(client, key),
    );
  }

  private async present(client: Client, key: string) {
    return presentPayout(found(await this.payouts.find(key, client), 'payout'));
  }
}
