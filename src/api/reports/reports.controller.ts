/**
 * Finance's reports: payouts by day, campaign, provider and state; budgets against what was spent; what is ambiguous, held or owed, by its age.
 */
import { Controller, Get, Inject, Query } from '@nestjs/common';
import type { z } from 'zod';
import { BooksStore } from '../../storage/books.store.js';
import { PayoutReportStore } from '../../storage/payout-report.store.js';
import { Endpoint, roles } from '../http/endpoint.js';
import { toPage } from '../http/page.js';
import { asOfQuerySchema, readAsOf, type AsOfQuery } from '../ledger/books.dto.js';
import { CLOCK, type Clock } from '../ports.js';
import {
  ageBounds,
  budgetLines,
  budgetReportSchema,
  checkDays,
  openReportSchema,
  placeOfSum,
  presentOpen,
  presentSum,
  readSumPlace,
  sumPageSchema,
  sumQuerySchema,
} from './reports.dto.js';

const READERS = roles('finance', 'operator', 'admin');

@Controller('v1/reports')
export class ReportsController {
  constructor(
    private readonly reports: PayoutReportStore,
    private readonly books: BooksStore,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Get('payouts')
  @Endpoint({
    summary:
      'Payouts by the day on which they were earned, campaign, provider, state and currency, each with the path of its rows',
    access: READERS,
    answer: sumPageSchema,
    problems: ['invalid'],
  })
  async payouts(@Query({ schema: sumQuerySchema }) { limit, cursor, ...filter }: z.infer<typeof sumQuerySchema>) {
    checkDays(filter);
    const rows = await this.reports.sums(filter, { after: readSumPlace(cursor), limit });
    return toPage(rows, limit, placeOfSum, presentSum);
  }

  @Get('budgets')
  @Endpoint({
    summary:
      'Each budget as of a moment or day: funded = available + reserved + spent, each with the path of its entries',
    description: 'The payouts behind `spent` are listed as they are now.',
    access: READERS,
    answer: budgetReportSchema,
    problems: ['invalid'],
  })
  async budgets(@Query({ schema: asOfQuerySchema }) query: AsOfQuery) {
    const asOf = readAsOf(query);
    return { by: query.by, at: query.at ?? null, items: budgetLines(await this.books.totals(asOf), asOf) };
  }

  @Get('open-items')
  @Endpoint({
    summary: 'What is ambiguous, held or owed, by its age as of business now, each with the path of its rows',
    access: READERS,
    answer: openReportSchema,
  })
  async openItems() {
    const now = this.clock.now();
    const bounds = ageBounds(now);
    const sums = await this.reports.open(bounds);
    return { now: new Date(now).toISOString(), items: sums.map((sum) => presentOpen(sum, bounds)) };
  }
}
