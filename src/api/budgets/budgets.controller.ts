/**
 * Budgets and their fundings.
 */
import { Body, Controller, Get, Headers, Inject, Param, Post, Put, Query, Req, Res } from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import type { Response } from 'express';
import { z } from 'zod';
import { keySchema } from '../../domain/base/keys.js';
import { moneySchema, toMoney } from '../../domain/base/money.js';
import { BudgetsStore, type Budget, type FundOutcome } from '../../storage/budgets.store.js';
import type { Actor } from '../../storage/keys.store.js';
import type { Pool } from '../../storage/pool.js';
import { CurrentActor, type AuthenticatedRequest } from '../http/access.js';
import { Endpoint, roles } from '../http/endpoint.js';
import { IF_NONE_MATCH, readCreateOnly } from '../http/etag.js';
import { once } from '../http/idempotency.js';
import { pageOf, pageQuerySchema, readCursor, toPage, type PageQuery } from '../http/page.js';
import { found, Problem } from '../http/problem.js';
import { CLOCK, POOL, type Clock } from '../ports.js';

const contentSchema = z
  .strictObject({ name: z.string().min(1).max(200), currency: moneySchema.shape.currency })
  .meta({ id: 'BudgetContent' });
const fundingSchema = z
  .strictObject({
    amount: moneySchema,
    reference: z.string().regex(/^[A-Za-z0-9_.:-]{1,64}$/, 'is 1 to 64 of letters, digits, _ . : -'),
  })
  .meta({ id: 'Funding' });
const balance = z.object({ value: z.string(), currency: z.string() });
const budgetSchema = z
  .object({
    key: z.string(),
    name: z.string(),
    currency: z.string(),
    createdBy: z.string(),
    createdAt: z.iso.datetime(),
    closedAt: z.iso.datetime().nullable().describe('since when nothing is reserved from it; null: it is open'),
    available: balance,
    reserved: balance,
    spent: balance,
  })
  .meta({ id: 'Budget' });
const budgetPageSchema = pageOf(budgetSchema);

const READERS = roles('finance', 'marketer', 'approver', 'operator', 'admin');

function present({ available, reserved, spent, ...budget }: Budget) {
  const money = (minor: number) => ({ value: String(minor), currency: budget.currency });
  return { ...budget, available: money(available), reserved: money(reserved), spent: money(spent) };
}

function refuse(outcome: FundOutcome, budget: string): void {
  switch (outcome) {
    case 'funded':
    case 'known':
      return;
    case 'no_budget':
      throw new Problem('not_found', 'There is no such budget.');
    case 'other_currency':
      throw new Problem('unprocessable', undefined, {
        errors: [{ pointer: '/amount/currency', detail: `is not the currency of the budget ${budget}` }],
      });
    case 'in_use':
      throw new Problem(
        'conflict',
        'Rewards were reserved from this budget, or it is closed: it is raised by two persons (POST …/changes).',
      );
    case 'over_max':
      throw new Problem('unprocessable', undefined, {
        errors: [{ pointer: '/amount/value', detail: `is more than the budget ${budget} may hold with what it has` }],
      });
    case 'other_amount':
      throw new Problem('conflict', 'This reference has funded the budget with another amount.');
    default:
      outcome satisfies never;
  }
}

@Controller('v1/budgets')
export class BudgetsController {
  constructor(
    private readonly budgets: BudgetsStore,
    @Inject(POOL) private readonly pool: Pool,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Get()
  @Endpoint({ summary: 'Budgets by key', access: READERS, answer: budgetPageSchema, problems: ['invalid'] })
  async list(@Query({ schema: pageQuerySchema }) query: PageQuery) {
    const rows = await this.budgets.list(readCursor(query.cursor), query.limit);
    return toPage(rows, query.limit, (row) => row.key, present);
  }

  @Get(':key')
  @Endpoint({
    summary: 'One budget: funded = available + reserved + spent',
    access: READERS,
    answer: budgetSchema,
    problems: ['not_found'],
  })
  async find(@Param('key') key: string) {
    return present(found(await this.budgets.find(key), 'budget'));
  }

  @Put(':key')
  @ApiHeader(IF_NONE_MATCH)
  @Endpoint({
    summary: 'Create or rename a budget',
    access: roles('finance', 'admin'),
    answer: budgetSchema,
    problems: ['invalid', 'conflict', 'stale'],
  })
  async put(
    @Param('key', { schema: keySchema }) key: string,
    @Body({ schema: contentSchema }) body: z.infer<typeof contentSchema>,
    @Headers('if-none-match') ifNoneMatch: string | undefined,
    @CurrentActor() actor: Actor,
  ) {
    const content = { key, ...body, createOnly: readCreateOnly(ifNoneMatch) };
    const stored = await this.budgets.put(content, { by: actor.id, now: this.clock.now() });
    if (stored.kind === 'exists') throw new Problem('stale', 'There is one of this key already.');
    if (stored.kind === 'other_currency') throw new Problem('conflict', `The budget is in ${stored.currency}.`);
    return present(stored.budget);
  }

  @Post(':key/fundings')
  @Endpoint({
    summary: 'Put money into a budget from which nothing was reserved yet; a reference counts once',
    access: roles('finance', 'admin'),
    status: 201,
    also: { 200: 'This reference has funded the budget before' },
    answer: budgetSchema,
    problems: ['invalid', 'not_found', 'conflict', 'unprocessable'],
    idempotent: true,
  })
  async fund(
    @Param('key', { schema: keySchema }) key: string,
    @Body({ schema: fundingSchema }) body: z.infer<typeof fundingSchema>,
    @CurrentActor() actor: Actor,
    @Req() request: AuthenticatedRequest,
    @Res({ passthrough: true }) response: Response,
  ) {
    return await once(this.pool, { request, response }, async (client) => {
      const funding = { budget: key, amount: toMoney(body.amount), reference: body.reference };
      const outcome = await this.budgets.fund(client, funding, { by: actor.id, now: this.clock.now() });
      refuse(outcome, key);
      const budget = found(await this.budgets.find(key, client), 'budget');
      return { status: outcome === 'known' ? 200 : 201, body: present(budget), headers: {} };
    });
  }
}
