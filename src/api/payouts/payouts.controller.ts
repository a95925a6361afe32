/**
 * Payouts as finance reads them.
 */
import { Controller, Get, Param, Query } from '@nestjs/common';
import { z } from 'zod';
import { toMoneyJson } from '../../domain/base/money.js';
import { OwedItemsStore } from '../../storage/owed-items.store.js';
import { PayoutProposalsStore } from '../../storage/payout-proposals.store.js';
import { PayoutsReadStore, type PayoutRow } from '../../storage/payouts-read.store.js';
import { Endpoint, roles } from '../http/endpoint.js';
import { readCursor, toPage } from '../http/page.js';
import { found } from '../http/problem.js';
import { payoutDetailSchema, payoutPageSchema, payoutQuerySchema, readPayoutFilter } from './payouts.dto.js';

const READERS = roles('finance', 'operator', 'marketer', 'approver', 'admin');

export function presentPayout({ amount, currency, runId, customerId, ...payout }: PayoutRow) {
  return { ...payout, run: runId, customer: customerId, amount: toMoneyJson({ minor: amount, currency }) };
}

@Controller('v1/payouts')
export class PayoutsController {
  constructor(
    private readonly payouts: PayoutsReadStore,
    private readonly proposals: PayoutProposalsStore,
    private readonly owed: OwedItemsStore,
  ) {}

  @Get()
  @Endpoint({ summary: 'Payouts by key', access: READERS, answer: payoutPageSchema, problems: ['invalid'] })
  async list(@Query({ schema: payoutQuerySchema }) query: z.infer<typeof payoutQuerySchema>) {
    const { limit, cursor, ...filter } = query;
    const rows = await this.payouts.list(readPayoutFilter(filter), { limit, after: readCursor(cursor) });
    return toPage(rows, limit, (row) => row.key, presentPayout);
  }

  @Get('*key')
  @Endpoint({
    summary:
      'One payout with its moves, attempts, reversals and transfers; the key is percent-encoded or a path of its own',
    access: READERS,
    answer: payoutDetailSchema,
    problems: ['not_found'],
    params: { key: 'payout key' },
  })
  async find(@Param('key') path: string | string[]) {
    const key = Array.isArray(path) ? path.join('/') : path;
    const payout = found(await this.payouts.find(key), 'payout');
    const [owed, proposed, moves, attempts, reversals, transfers] = await Promise.all([
      this.owed.find(key),
      this.proposals.find(key),
      this.payouts.moves(key),
      this.payouts.attempts(key),
      this.payouts.reversals(key),
      this.payouts.transfers(key),
    ]);
    const posted = transfers.map(({ amount, currency, ...transfer }) => ({
      ...transfer,
      amount: toMoneyJson({ minor: amount, currency }),
    }));
    return {
      ...presentPayout(payout),
      owed: owed?.state ?? null,
      proposed,
      moves,
      attempts,
      reversals,
      transfers: posted,
    };
  }
}
