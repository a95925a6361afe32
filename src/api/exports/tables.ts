/**
 * What may be taken out as a table: its columns, and its rows as they come. Amounts are minor units beside their currency, none negative.
 */
import { Inject, Injectable } from '@nestjs/common';
import { z } from 'zod';
import { keySchema } from '../../domain/base/keys.js';
import type { AsOf } from '../../domain/ledger/as-of.js';
import { BooksStore } from '../../storage/books.store.js';
import { EntriesStore, type Entry } from '../../storage/entries.store.js';
import type { ExportKind } from '../../storage/exports.store.js';
import { LuckyBoxesStore, type DrawRow } from '../../storage/lucky-boxes.store.js';
import { PayoutReportStore, type PayoutSum } from '../../storage/payout-report.store.js';
import { PayoutsReadStore, type PayoutRow } from '../../storage/payouts-read.store.js';
import { payoutFilterSchema, readPayoutFilter } from '../payouts/payouts.dto.js';
import { ageBounds, budgetLines, checkDays, presentOpen } from '../reports/reports.dto.js';
import { Problem } from '../http/problem.js';
import { CLOCK, type Clock } from '../ports.js';

export type Cell = string | number | null;
export interface Table {
  header: readonly string[];
  rows: AsyncIterable<readonly Cell[]>;
}

export const TABLES = [
  'payouts',
  'entries',
  'payout-report',
  'budget-report',
  'open-items-report',
  'lucky-box-draws',
] as const;
export type TableName = (typeof TABLES)[number];
export const KIND_OF: Record<TableName, ExportKind> = {
  payouts: 'payouts',
  entries: 'entries',
  'payout-report': 'report',
  'budget-report': 'report',
  'open-items-report': 'report',
  'lucky-box-draws': 'draws',
};

/** Of payouts all filters, of entries `account`, `from` and `to` by posting day, of the payout report `from`, `to`, `campaign` and `provider`, of draws `box`. */
export const tableQuerySchema = payoutFilterSchema.extend({
  account: z.string().max(128).optional(),
  box: keySchema.optional(),
});
export type TableQuery = z.infer<typeof tableQuerySchema>;

const NOW: AsOf = { by: 'booked', from: null, to: null };
const iso = (at: Date | null): string | null => at?.toISOString() ?? null;

type Columns<T> = Record<string, (row: T) => Cell>;
type BudgetLine = ReturnType<typeof budgetLines>[number];
type OpenItem = ReturnType<typeof presentOpen>;

const PAYOUT: Columns<PayoutRow> = {
  key: (p) => p.key,
  generation: (p) => p.generation,
  run: (p) => p.runId,
  campaign: (p) => p.campaign,
  node: (p) => p.node,
  wave: (p) => p.wave,
  customer: (p) => p.customerId,
  kind: (p) => p.kind,
  amount: (p) => p.amount,
  currency: (p) => p.currency,
  budget: (p) => p.budget,
  provider: (p) => p.provider,
  state: (p) => p.state,
  reason: (p) => p.reason,
  decided_at: (p) => iso(p.decidedAt),
  reference: (p) => p.reference,
  paid_at: (p) => iso(p.paidAt),
};
const ENTRY: Columns<Entry> = {
  booked_at: (e) => e.bookedAt,
  transfer: (e) => e.transfer,
  kind: (e) => e.kind,
  payout: (e) => e.payout,
  account: (e) => e.account,
  debit: (e) => (e.side === 'debit' ? e.amount : null),
  credit: (e) => (e.side === 'credit' ? e.amount : null),
  currency: (e) => e.currency,
  happened_at: (e) => iso(e.at),
  business_on: (e) => e.businessOn,
  posted_on: (e) => e.postedOn,
};
const SUM: Columns<PayoutSum> = {
  day: (s) => s.day,
  campaign: (s) => s.campaign,
  provider: (s) => s.provider,
  state: (s) => s.state,
  currency: (s) => s.currency,
  count: (s) => s.count,
  total: (s) => s.total,
};
const BUDGET: Columns<BudgetLine> = {
  budget: (b) => b.budget,
  currency: (b) => b.currency,
  funded: (b) => Number(b.funded.amount),
  available: (b) => Number(b.available.amount),
  reserved: (b) => Number(b.reserved.amount),
  spent: (b) => Number(b.spent.amount),
};
const OPEN: Columns<OpenItem> = {
  what: (o) => o.what,
  campaign: (o) => o.campaign,
  provider: (o) => o.provider,
  currency: (o) => o.currency,
  age: (o) => o.age,
  count: (o) => o.count,
  total: (o) => Number(o.total),
  oldest: (o) => o.oldest,
};

/** With the box's terms and its revealed seed all that a draw is computed from (docs/lucky-box.md). */
const DRAW: Columns<DrawRow> = {
  box: (d) => d.box,
  number: (d) => d.number,
  key: (d) => d.payoutKey,
  prize: (d) => d.prize,
  kind: (d) => d.kind,
  amount: (d) => d.amount,
  currency: (d) => d.currency,
  drawn_at: (d) => iso(d.at),
};

@Injectable()
export class Tables {
  constructor(
    private readonly payouts: PayoutsReadStore,
    private readonly entries: EntriesStore,
    private readonly reports: PayoutReportStore,
    private readonly books: BooksStore,
    private readonly boxes: LuckyBoxesStore,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Errors: 400 where the days are the wrong way round, or of draws no box is named. */
  of(name: TableName, query: TableQuery): Table {
    checkDays(query);
    const { account, from, to, campaign, provider } = query;
    switch (name) {
      case 'payouts':
        return tableOf(PAYOUT, this.payouts.all(readPayoutFilter(query)));
      case 'entries':
        return tableOf(ENTRY, this.entries.all({ account, from, to }));
      case 'payout-report':
        return tableOf(SUM, this.reports.allSums({ from, to, campaign, provider }));
      case 'budget-report':
        return tableOf(BUDGET, this.budgetLines());
      case 'open-items-report':
        return tableOf(OPEN, this.openItems());
      case 'lucky-box-draws':
        return tableOf(DRAW, this.boxes.draws(boxOf(query)));
      default:
        return name satisfies never;
    }
  }

  private async *budgetLines(): AsyncGenerator<BudgetLine> {
    yield* budgetLines(await this.books.totals(NOW), NOW);
  }

  private async *openItems(): AsyncGenerator<OpenItem> {
    const bounds = ageBounds(this.clock.now());
    for (const sum of await this.reports.open(bounds)) yield presentOpen(sum, bounds);
  }
}

function boxOf({ box }: TableQuery): string {
  if (box !== undefined) return box;
  throw new Problem('invalid', undefined, { errors: [{ parameter: 'box', detail: 'is needed' }] });
}

async function* mapped<T, R>(rows: AsyncIterable<T>, present: (row: T) => R): AsyncGenerator<R> {
  for await (const row of rows) yield present(row);
}

const tableOf = <T>(columns: Columns<T>, rows: AsyncIterable<T>): Table => ({
  header: Object.keys(columns),
  rows: mapped(rows, (row) => Object.values(columns).map((cell) => cell(row))),
});
