/**
 * Changes of budgets: one person asks to raise, cut or close, another decides. Whoever asked cannot approve.
 */
import { Body, Controller, Get, Inject, Param, Post, Query, Req, Res } from '@nestjs/common';
import type { Response } from 'express';
import { z } from 'zod';
import { keySchema } from '../../domain/base/keys.js';
import { moneySchema } from '../../domain/base/money.js';
import { BUDGET_CHANGES, type AskedChange } from '../../domain/ledger/budget-changes.js';
import { BudgetChangesStore, type BudgetChange, type BudgetDecision } from '../../storage/budget-changes.store.js';
import { BudgetsStore } from '../../storage/budgets.store.js';
import type { Actor } from '../../storage/keys.store.js';
import type { Client, Pool } from '../../storage/pool.js';
import { CurrentActor, type AuthenticatedRequest } from '../http/access.js';
import { Endpoint, roles, type EndpointSpec } from '../http/endpoint.js';
import { once } from '../http/idempotency.js';
import { pageOf, pageQuerySchema, readCursor, toPage, type PageQuery } from '../http/page.js';
import { found, Problem } from '../http/problem.js';
import { CLOCK, POOL, type Clock } from '../ports.js';

const reason = z.string().min(1).max(500);
const reasonSchema = z.strictObject({ reason }).meta({ id: 'BudgetRefusal' });
const askedSchema = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.enum(['raise', 'cut']), amount: moneySchema, reason }),
    z.strictObject({ kind: z.literal('close'), reason }),
  ])
  .meta({ id: 'BudgetChangeAsked' });
type Asked = z.infer<typeof askedSchema>;
const numberSchema = z.string().regex(/^[1-9]\d{0,14}$/, 'is the number of a change');
const time = z.iso.datetime();
const changeSchema = z
  .object({
    no: z.int(),
    budget: z.string(),
    kind: z.enum(BUDGET_CHANGES),
    amount: z
      .object({ value: z.string(), currency: z.string() })
      .nullable()
      .describe('of a closing: what it gave back'),
    reason: z.string(),
    state: z.enum(['requested', 'approved', 'refused']),
    requestedBy: z.string(),
    requestedAt: time,
    decidedBy: z.string().nullable(),
    decidedAt: time.nullable(),
    decisionReason: z.string().nullable().describe('of a refusal'),
    transfer: z.string().nullable().describe('by which it is booked'),
  })
  .meta({ id: 'BudgetChange' });

function present({ amount, currency, ...change }: BudgetChange) {
  return { ...change, amount: amount === null ? null : { value: String(amount), currency } };
}

const SAID: Partial<Record<BudgetDecision, string>> = {
  closed: 'The budget is closed.',
  campaigns_open: 'A campaign that names this budget is launched, or one of its runs is open.',
  payouts_open: 'A payout from this budget is open, or owed.',
  nothing_left: 'The budget is closed, and nothing is left over.',
  decided: 'It is decided already.',
};
const FIELDS: Partial<Record<BudgetDecision, { pointer: string; detail: string }>> = {
  other_currency: { pointer: '/amount/currency', detail: 'is not the currency of the budget' },
  over_max: { pointer: '/amount/value', detail: 'is more than the budget may hold with what it has' },
  over_available: { pointer: '/amount/value', detail: 'is more than what is neither reserved nor spent' },
};

function refuse(decision: BudgetDecision): void {
  if (decision === 'done') return;
  if (decision === 'no_budget') throw new Problem('not_found', 'There is no such budget.');
  if (decision === 'no_change') throw new Problem('not_found', 'There is no such change of this budget.');
  if (decision === 'own_request') throw new Problem('own_work', 'Who asked for it cannot approve it.');
  const field = FIELDS[decision];
  if (field) throw new Problem('unprocessable', undefined, { errors: [field] });
  throw new Problem('conflict', SAID[decision]);
}

const decided = (summary: string, over: Partial<EndpointSpec> = {}): EndpointSpec => ({
  summary,
  access: roles('finance', 'admin'),
  answer: changeSchema,
  problems: ['invalid', 'not_found', 'conflict', 'unprocessable', 'own_work'],
  idempotent: true,
  ...over,
});

interface Http {
  request: AuthenticatedRequest;
  response: Response;
}

@Controller('v1/budgets/:key/changes')
export class BudgetChangesController {
  constructor(
    private readonly changes: BudgetChangesStore,
    private readonly budgets: BudgetsStore,
    @Inject(POOL) private readonly pool: Pool,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Get()
  @Endpoint({
    summary: 'What was asked for of a budget, the newest first, and what became of it',
    access: roles('finance', 'operator', 'admin'),
    answer: pageOf(changeSchema).meta({ id: 'BudgetChangePage' }),
    problems: ['invalid', 'not_found'],
  })
  async list(@Param('key', { schema: keySchema }) key: string, @Query({ schema: pageQuerySchema }) query: PageQuery) {
    found(await this.budgets.find(key), 'budget');
    const before = readCursor(query.cursor);
    if (!/^\d{0,15}$/.test(before))
      throw new Problem('invalid', undefined, { errors: [{ parameter: 'cursor', detail: 'is not a cursor of ours' }] });
    const rows = await this.changes.list(key, before === '' ? null : Number(before), query.limit);
    return toPage(rows, query.limit, ({ no }) => String(no), present);
  }

  @Post()
  @Endpoint(
    decided(
      'Ask to raise a budget, to cut it, or to close it, when what is left over goes back; another person decides',
      {
        status: 202,
      },
    ),
  )
  async ask(
    @Param('key', { schema: keySchema }) key: string,
    @Body({ schema: askedSchema }) body: Asked,
    @CurrentActor() actor: Actor,
    @Req() request: AuthenticatedRequest,
    @Res({ passthrough: true }) response: Response,
  ) {
    return await once(this.pool, { request, response }, async (client) => {
      const budget = found(await this.budgets.find(key, client), 'budget');
      const outcome = await this.changes.request(client, key, asChange(body, budget.currency), {
        by: actor.id,
        now: this.clock.now(),
      });
      if (outcome.kind === 'refused') return refused(outcome.why);
      return { status: 202, body: await this.told(client, key, outcome.no), headers: {} };
    });
  }

  @Post(':no/approve')
  @Endpoint(decided('Approve it, as another person than the one who asked: it is booked at once'))
  async approve(
    @Param('key', { schema: keySchema }) key: string,
    @Param('no', { schema: numberSchema }) no: string,
    @CurrentActor() actor: Actor,
    @Req() request: AuthenticatedRequest,
    @Res({ passthrough: true }) response: Response,
  ) {
    return await this.decide({ request, response }, key, Number(no), (client) =>
      this.changes.approve(client, key, Number(no), { by: actor.id, now: this.clock.now() }),
    );
  }

  @Post(':no/refuse')
  @Endpoint(decided('Refuse it, or take it back: nothing is booked'))
  async refuse(
    @Param('key', { schema: keySchema }) key: string,
    @Param('no', { schema: numberSchema }) no: string,
    @Body({ schema: reasonSchema }) body: z.infer<typeof reasonSchema>,
    @CurrentActor() actor: Actor,
    @Req() request: AuthenticatedRequest,
    @Res({ passthrough: true }) response: Response,
  ) {
    return await this.decide({ request, response }, key, Number(no), (client) =>
      this.changes.refuse(client, key, Number(no), body.reason, { by: actor.id, now: this.clock.now() }),
    );
  }

  private async decide(http: Http, key: string, no: number, work: (client: Client) => Promise<BudgetDecision>) {
    return await once(this.pool, http, async (client) => {
      refuse(await work(client));
      return { status: 200, body: await this.told(client, key, no), headers: {} };
    });
  }

  private async told(client: Client, key: string, no: number) {
    return present(found(await this.changes.find(key, no, client), 'change'));
  }
}

function refused(decision: BudgetDecision): never {
  refuse(decision);
  throw new Error('invariant: a refusal that refuses nothing');
}

function asChange(asked: Asked, currency: string): AskedChange & { reason: string } {
  const { kind } = asked;
  if (kind === 'close') return { kind, amount: null, currency, reason: asked.reason };
  return { kind, amount: Number(asked.amount.value), currency: asked.amount.currency, reason: asked.reason };
}
