/**
 * The books at the edge: what may be asked as of when, and the accounts as they are shown. Pure.
 */
import { z } from 'zod';
import { currencySchema } from '../../domain/base/money.js';
import { AS_OF, isAsOf, type AsOf } from '../../domain/ledger/as-of.js';
import type { AccountTotals, BookedEntry, EntryPlace } from '../../storage/books.store.js';
import { otherCursor, pageOf, pageQuerySchema, readCursor } from '../http/page.js';
import { Problem } from '../http/problem.js';
import { sheet } from '../runs/report-cells.js';

const by = z
  .enum(AS_OF)
  .default('booked')
  .describe(
    'booking time; or in the zone of the books the day on which it happened, or that of the month it is posted into',
  );
const time = z
  .string()
  .max(40)
  .optional()
  .describe('a moment (RFC 3339) by booking time, else a day such as 2026-03-31; included');

export const asOfQuerySchema = z.object({ by, at: time });
export const trialBalanceQuerySchema = asOfQuerySchema.extend({ currency: currencySchema.optional() });
export const entriesQuerySchema = pageQuerySchema.extend({ by, from: time, at: time });
export type AsOfQuery = z.infer<typeof asOfQuerySchema>;

/** Errors: 400 naming the parameter that is not a time of this kind. */
export function readAsOf(query: AsOfQuery & { from?: string | undefined }): AsOf {
  const errors = (['from', 'at'] as const).flatMap((parameter) => {
    const text = query[parameter];
    const wanted = query.by === 'booked' ? 'an RFC 3339 time with its offset' : 'a day such as 2026-03-31';
    return text === undefined || isAsOf(query.by, text) ? [] : [{ parameter, detail: `is ${wanted}` }];
  });
  if (errors.length > 0) throw new Problem('invalid', undefined, { errors });
  return { by: query.by, from: query.from ?? null, to: query.at ?? null };
}

const minor = z.string().describe('integer minor units');
const sums = { debits: minor, credits: minor };
const totals = {
  account: z.string(),
  kind: z.enum(['funding', 'budget', 'reserved', 'clearing', 'settled', 'suspense']),
  ...sums,
  balance: minor.describe('debits minus credits'),
  entries: z.int(),
};
export const trialBalanceSchema = z
  .object({
    by: z.enum(AS_OF),
    at: z.string().nullable().describe('as asked; null is all that is booked'),
    currencies: z.array(z.object({ currency: z.string(), ...sums, accounts: z.array(z.object(totals)) })),
  })
  .meta({ id: 'TrialBalance' });
export const accountSchema = z
  .object({ by: z.enum(AS_OF), at: z.string().nullable(), currency: z.string(), ...totals })
  .meta({ id: 'LedgerAccount' });
export const entryPageSchema = pageOf(
  z
    .object({
      no: z.int().describe('place in the account, from 1'),
      transfer: z.string(),
      kind: z.string(),
      payout: z.string().nullable(),
      side: z.enum(['debit', 'credit']),
      amount: minor,
      currency: z.string(),
      counter: z.string().describe('the other account'),
      debits: minor.describe('of the account, up to and with this entry'),
      credits: minor,
      balance: minor,
      at: z.iso.datetime().describe('when it happened'),
      businessOn: z.iso.date().describe('the day of `at` in the zone of the books'),
      postedOn: z.iso.date().describe('the same, or where that was closed the first day that was open'),
      bookedAt: z.iso.datetime().describe('by the database’s clock, to the microsecond'),
    })
    .meta({ id: 'LedgerEntry' }),
);

export function presentTotals({ account, kind, debits, credits, entries }: AccountTotals) {
  return {
    account,
    kind,
    debits: String(debits),
    credits: String(credits),
    balance: String(debits - credits),
    entries,
  };
}

export function presentEntry({ amount, debits, credits, ...entry }: BookedEntry) {
  return {
    ...entry,
    amount: String(amount),
    debits: String(debits),
    credits: String(credits),
    balance: String(debits - credits),
  };
}

/** One section per currency, which are never added up together. */
export function byCurrency(rows: readonly AccountTotals[]) {
  return [...Map.groupBy(rows, ({ currency }) => currency)].map(([currency, accounts]) => ({
    currency,
    debits: sumOf(accounts, 'debits'),
    credits: sumOf(accounts, 'credits'),
    accounts,
  }));
}

/** Beyond the safe integers, where many accounts are. */
const sumOf = (accounts: readonly AccountTotals[], side: 'debits' | 'credits') =>
  String(accounts.reduce((sum, account) => sum + BigInt(account[side]), 0n));

const HEADER = ['currency', 'account', 'kind', 'debits', 'credits', 'debit_balance', 'credit_balance', 'entries'];

/** A line per account and one of sums per currency, amounts in minor units; a balance stands on its own side, so that none is negative. */
export function trialBalanceTable(rows: readonly AccountTotals[]): string {
  const sections = byCurrency(rows).flatMap(({ currency, debits, credits, accounts }) => {
    const balances = accounts.map((account) => account.debits - account.credits);
    const over = (sign: 1 | -1) => balances.reduce((sum, n) => sum + BigInt(Math.max(sign * n, 0)), 0n);
    return [
      ...accounts.map(({ account, kind, debits, credits, entries }) => {
        const balance = debits - credits;
        return [currency, account, kind, debits, credits, Math.max(balance, 0), Math.max(-balance, 0), entries];
      }),
      [currency, 'total', '', debits, credits, String(over(1)), String(over(-1)), ''],
    ];
  });
  return sheet([HEADER, ...sections]);
}

export const placeOf = ({ bookedAt, no }: EntryPlace): string => `${bookedAt} ${no}`;

/** Errors: 400 where the cursor is not one of ours. */
export function readPlace(cursor: string | undefined): EntryPlace | null {
  if (cursor === undefined) return null;
  const [bookedAt = '', no = ''] = readCursor(cursor).split(' ');
  if (!isAsOf('booked', bookedAt) || !/^[1-9][0-9]{0,14}$/.test(no)) throw otherCursor();
  return { bookedAt, no: Number(no) };
}
