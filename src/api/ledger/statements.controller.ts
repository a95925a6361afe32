/**
 * The monthly statement: one signed file that an outsider verifies without us.
 */
import { Controller, Get, Inject, Param, Res } from '@nestjs/common';
import type { Response } from 'express';
import { monthSchema } from '../../domain/ledger/periods.js';
import { sealedStatement } from '../../domain/ledger/statement.js';
import type { Actor } from '../../storage/keys.store.js';
import { PeriodsStore } from '../../storage/periods.store.js';
import { MonthUnsealed, StatementStore } from '../../storage/statement.store.js';
import { ExportDesk } from '../exports/export-desk.js';
import { CurrentActor } from '../http/access.js';
import { Endpoint, roles } from '../http/endpoint.js';
import { found, Problem } from '../http/problem.js';
import { CLOCK, type Clock } from '../ports.js';

@Controller('v1/ledger/statements')
export class StatementsController {
  constructor(
    private readonly statements: StatementStore,
    private readonly periods: PeriodsStore,
    private readonly desk: ExportDesk,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Get(':month')
  @Endpoint({
    summary: 'The statement of a month of the books as signed JSON Lines; of an open month, as it is now',
    description: 'Its lines are in docs/statement.md; `pado verify-statement` verifies it without this installation.',
    access: roles('finance', 'admin'),
    problems: ['invalid', 'not_found', 'conflict'],
  })
  async statement(
    @Param('month', { schema: monthSchema }) month: string,
    @CurrentActor() actor: Actor,
    @Res() response: Response,
  ) {
    const at = this.clock.now();
    const months = await this.periods.months(at);
    found(
      months.find((period) => period.month === month),
      'month',
    );
    const key = await this.desk.key();
    const content = sealedStatement(this.statements.lines(month, at), { month, at }, key);
    const name = `statement-${month}.jsonl`;
    const file = { kind: 'statement' as const, name, query: { month }, actor: actor.id };
    try {
      await this.desk.send(response, { ...file, type: 'application/jsonl', content });
    } catch (error) {
      if (!(error instanceof MonthUnsealed)) throw error;
      throw new Problem('conflict', 'The last transfers of the month are not sealed yet: ask again in a minute.');
    }
  }
}
