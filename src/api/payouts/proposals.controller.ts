/**
 * What waits for a second person about payouts: to be cancelled, settled, waived or taken back. Approved by the endpoint of its kind, refused or taken back here.
 */
import { Body, Controller, Get, Headers, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import type { Response } from 'express';
import { z } from 'zod';
import { moneySchema, toMoneyJson } from '../../domain/base/money.js';
import { PROPOSAL_KINDS } from '../../domain/ledger/payout-decisions.js';
import type { Actor } from '../../storage/keys.store.js';
import { PayoutDecisions } from '../../storage/payout-decisions.store.js';
import { PayoutProposalsStore, type ListedProposal, type ProposalPlace } from '../../storage/payout-proposals.store.js';
import { PayoutsReadStore } from '../../storage/payouts-read.store.js';
import { CurrentActor, type AuthenticatedRequest } from '../http/access.js';
import { Endpoint, roles } from '../http/endpoint.js';
import { IF_SEEN, readSeen } from '../http/etag.js';
import { otherCursor, pageOf, pageQuerySchema, readCursor, toPage, type PageQuery } from '../http/page.js';
import { found } from '../http/problem.js';
import { PayoutDecider } from './decide.js';
import { keyOfPath, proposalSchema } from './decisions.dto.js';
import { presentPayout } from './payouts.controller.js';
import { payoutSchema, payoutStateSchema } from './payouts.dto.js';

const listedSchema = proposalSchema
  .extend({
    payout: z.string(),
    state: payoutStateSchema,
    amount: moneySchema,
    customer: z.string(),
    campaign: z.string(),
    provider: z.string(),
  })
  .meta({ id: 'PayoutProposalListed' });
const refusalSchema = z
  .strictObject({ kind: z.enum(PROPOSAL_KINDS), reason: z.string().min(1).max(500) })
  .meta({ id: 'PayoutProposalRefusal' });

function present({ amount, currency, customerId, ...proposal }: ListedProposal) {
  return { ...proposal, customer: customerId, amount: toMoneyJson({ minor: amount, currency }) };
}

const placeOf = ({ at, payout }: ListedProposal): string => `${at.getTime()} ${payout}`;

function readPlace(cursor: string | undefined): ProposalPlace | null {
  if (cursor === undefined) return null;
  const [, at, payout] = /^(\d{1,15}) (.{1,300})$/.exec(readCursor(cursor)) ?? [];
  if (at === undefined || payout === undefined) throw otherCursor();
  return { at: Number(at), payout };
}

@Controller('v1/payout-proposals')
export class PayoutProposalsController {
  constructor(
    private readonly proposals: PayoutProposalsStore,
    private readonly decisions: PayoutDecisions,
    private readonly payouts: PayoutsReadStore,
    private readonly decider: PayoutDecider,
  ) {}

  @Get()
  @Endpoint({
    summary: 'What somebody has proposed about payouts and another person may approve, the oldest first',
    access: roles('finance', 'operator', 'marketer', 'approver', 'admin'),
    answer: pageOf(listedSchema),
    problems: ['invalid'],
  })
  async list(@Query({ schema: pageQuerySchema }) { limit, cursor }: PageQuery) {
    return toPage(await this.proposals.list(readPlace(cursor), limit), limit, placeOf, present);
  }

  @Post('*key/refuse')
  @ApiHeader(IF_SEEN)
  @Endpoint({
    summary: 'Refuse what is proposed, or take it back: nothing of the payout changes',
    access: roles('finance', 'operator', 'admin'),
    answer: payoutSchema,
    problems: ['invalid', 'not_found', 'conflict', 'stale', 'precondition_required'],
    params: { key: 'payout key' },
    idempotent: true,
  })
  async refuse(
    @Param('key') path: string | string[],
    @Body({ schema: refusalSchema }) { kind, reason }: z.infer<typeof refusalSchema>,
    @Headers('if-match') ifMatch: string | undefined,
    @CurrentActor() actor: Actor,
    @Req() request: AuthenticatedRequest,
    @Res({ passthrough: true }) response: Response,
  ) {
    const key = keyOfPath(path);
    const seen = readSeen(ifMatch);
    return await this.decider.decide(
      { request, response, actor },
      (client, authored) => this.decisions.refuse(client, key, { kind, seen }, reason, authored),
      async (client) => presentPayout(found(await this.payouts.find(key, client), 'payout')),
    );
  }
}
