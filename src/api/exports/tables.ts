/**
 * What may be taken out as a table: its columns, and its rows as they come. Amounts are minor units beside their currency, none negative.
 */
import { Inject, Injectable } from '@nestjs/common';
import { z } from 'zod';
import type { AsOf } from '../../domain/ledger/as-of.js';
import { BooksStore } from '../../storage/books.store.js';
import { EntriesStore } from '../../storage/entries.store.js';
import type { ExportKind } from '../../storage/exports.store.js';
import { PayoutReportStore } from '../../storage/payout-report.store.js';
import { PayoutsReadStore } from '../../storage/payouts-read.store.js';
import { payoutFilterSchema, readPayoutFilter } from '../payouts/payouts.dto.js';
import { ageBounds, budgetLines, checkDays, presentOpen } from '../reports/reports.dto.js';
import { CLOCK, type Clock } from '../ports.js';

export type Cell = string | number | null;
export interface Table {
  header: readonly string[];
  rows: AsyncIterable<readonly Cell[]>;
}

export const TABLES = ['payouts', 'entries', 'payout-report', 'budget-report', 'open-items-report'] as const;
export type TableName = (typeof TABLES)[number];
export const KIND_OF: Record<TableName, ExportKind> = {
  payouts: 'payouts',
  entries: 'entries',
  'payout-report': 'report',
  'budget-report': 'report',
  'open-items-report': 'report',
};

/** Of payouts all filters, of entries `account`, `from` and `to` by posting day, of the payout report `from`, `to`, `campaign` and `provider`. */
export const tableQuerySchema = payoutFilterSchema.extend({ account: z.string().max(128).optional() });
export type TableQuery = z.infer<typeof tableQuerySchema>;

const NOW: AsOf = { by: 'booked', from: null, to: null };
const iso = (at: Date | null): string | null => at?.toISOString() ?? null;

@Injectable()
export class Tables {
  constructor(
    private readonly payouts: PayoutsReadStore,
    private readonly entries: EntriesStore,
    private readonly reports: PayoutReportStore,
    private readonly books: BooksStore,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Errors: 400 where the days are the wrong way round. */
  of(name: TableName, query: TableQuery): Table {
    checkDays(query);
    switch (name) {
      case 'payouts':
        return this.payoutTable(query);
      case 'entries':
        return this.entryTable(query);
      case 'payout-report':
        return this.sumTable(query);
      case 'budget-report':
        return { header: ['budget', 'currency', 'funded', 'available', 'reserved', 'spent'], rows: this.budgetRows() };
      case 'open-items-report':
        return {
          header: ['what', 'campaign', 'provider', 'currency', 'age', 'count', 'total', 'oldest'],
          rows: this.openRows(),
        };
      default:
        return name satisfies never;
    }
  }

  private payoutTable(query: TableQuery): Table {
    const rows = mapped(this.payouts.all(readPayoutFilter(query)), (p): Cell[] => [
      ...[p.key, p.generation, p.runId, p.campaign, p.node, p.wave, p.customerId, p.kind, p.amount, p.currency],
      ...[p.budget, p.provider, p.state, p.reason, iso(p.decidedAt), p.reference, iso(p.paidAt)],
    ]);
    const header =
      'key generation run campaign node wave customer kind amount currency budget provider state reason decided_at reference paid_at';
    return { header: header.split(' '), rows };
  }

  private entryTable({ account, from, to }: TableQuery): Table {
    const rows = mapped(this.entries.all({ account, from, to }), (e): Cell[] => [
      ...[e.bookedAt, e.transfer, e.kind, e.payout, e.account],
      ...[e.side === 'debit' ? e.amount : null, e.side === 'credit' ? e.amount : null, e.currency],
      ...[iso(e.at), e.businessOn, e.postedOn],
    ]);
    const header = 'booked_at transfer kind payout account debit credit currency happened_at business_on posted_on';
    return { header: header.split(' '), rows };
  }

  private sumTable({ from, to, campaign, provider }: TableQuery): Table {
    const sums = this.reports.allSums({ from, to, campaign, provider });
    const rows = mapped(sums, (s): Cell[] => [s.day, s.campaign, s.provider, s.state, s.currency, s.count, s.total]);
    return { header: ['day', 'campaign', 'provider', 'state', 'currency', 'count', 'total'], rows };
  }

  private async *budgetRows(): AsyncGenerator<Cell[]> {
    for (const { budget, currency, funded, available, reserved, spent } of budgetLines(
      await this.books.totals(NOW),
      NOW,
    ))
      yield [budget, currency, ...[funded, available, reserved, spent].map(({ amount }) => Number(amount))];
  }

  private async *openRows(): AsyncGenerator<Cell[]> {
    const bounds = ageBounds(this.clock.now());
    for (const sum of await this.reports.open(bounds)) {
      const { what, campaign, provider, currency, age, count, total, oldest } = presentOpen(sum, bounds);
      yield [what, campaign, provider, currency, age, count, Number(total), oldest];
    }
  }
}

async function* mapped<T, R>(rows: AsyncIterable<T>, present: (row: T) => R): AsyncGenerator<R> {
  for await (const row of rows) yield present(row);
}
