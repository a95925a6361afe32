/**
 * Finance's reports at the edge: each number comes with the path that lists exactly its rows. Pure.
 */
import { z } from 'zod';
import type { AsOf } from '../../domain/ledger/as-of.js';
import type { AccountTotals } from '../../storage/books.store.js';
import type { OpenSum, PayoutSum, SumPlace } from '../../storage/payout-report.store.js';
import { pageOf, pageQuerySchema, readCursor } from '../http/page.js';
import { Problem } from '../http/problem.js';
import { asOfQuerySchema } from '../ledger/books.dto.js';

const day = z.iso.date();
export const sumFilterSchema = z.object({
  from: day.optional().describe('earned on that day or later, in the zone of the books'),
  to: day.optional().describe('earned on that day or earlier'),
  campaign: z.string().max(64).optional(),
  provider: z.string().max(64).optional(),
});
export const sumQuerySchema = pageQuerySchema.extend(sumFilterSchema.shape);

const minor = z.string().describe('integer minor units');
const rows = z.string().describe('path that lists exactly these');
export const sumPageSchema = pageOf(
  z
    .object({
      day: day.describe('on which they were earned'),
      campaign: z.string(),
      provider: z.string(),
      state: z.string(),
      currency: z.string(),
      count: z.int(),
      total: minor,
      rows,
    })
    .meta({ id: 'PayoutSum' }),
).meta({ id: 'PayoutSumPage' });

const account = z.object({ amount: minor, rows });
export const budgetReportSchema = z
  .object({
    by: asOfQuerySchema.shape.by,
    at: z.string().nullable(),
    items: z.array(
      z.object({
        budget: z.string(),
        currency: z.string(),
        funded: account,
        available: account,
        reserved: account,
        spent: account.describe('funded less available less reserved'),
      }),
    ),
  })
  .meta({ id: 'BudgetReport' });

export const openReportSchema = z
  .object({
    now: z.iso.datetime().describe('business time as of which the ages are'),
    items: z.array(
      z.object({
        what: z.enum(['ambiguous', 'held', 'owed']),
        campaign: z.string(),
        provider: z.string(),
        currency: z.string(),
        age: z.string(),
        count: z.int(),
        total: minor,
        oldest: z.iso.datetime(),
        rows,
      }),
    ),
  })
  .meta({ id: 'OpenItemsReport' });

const query = (path: string, given: Record<string, string | null | undefined>): string => {
  const pairs = Object.entries(given).filter((pair): pair is [string, string] => typeof pair[1] === 'string');
  return `${path}?${new URLSearchParams(pairs).toString()}`;
};

export function presentSum({ total, ...sum }: PayoutSum) {
  const { day: earned, state, campaign, provider, currency } = sum;
  const path = query('/v1/payouts', { from: earned, to: earned, state, campaign, provider, currency });
  return { ...sum, total: String(total), rows: path };
}

export const placeOfSum = ({ day: earned, campaign, provider, state, currency }: PayoutSum): string =>
  JSON.stringify([earned, campaign, provider, state, currency]);

/** Errors: 400 where the cursor is not one of ours. */
export function readSumPlace(cursor: string | undefined): SumPlace | null {
  if (cursor === undefined) return null;
  const text = z.string().max(200);
  try {
    return z.tuple([day, text, text, text, text]).parse(JSON.parse(readCursor(cursor)));
  } catch {
    throw new Problem('invalid', undefined, { errors: [{ parameter: 'cursor', detail: 'is not a cursor of ours' }] });
  }
}

/** Errors: 400 where the days are the wrong way round. */
export function checkDays({ from, to }: { from?: string | undefined; to?: string | undefined }): void {
  if (from !== undefined && to !== undefined && from > to)
    throw new Problem('invalid', undefined, { errors: [{ parameter: 'to', detail: 'is before `from`' }] });
}

/** By budget, from the totals of its three accounts. What was spent has left `reserved` by payments, and come back by reversals. */
export function budgetLines(totals: readonly AccountTotals[], { by, to }: AsOf) {
  const balances = new Map(totals.map(({ account: key, debits, credits }) => [key, debits - credits]));
  const funding = totals.filter(({ kind }) => kind === 'funding');
  return funding.map(({ account: key, currency }) => {
    const budget = key.slice('funding:'.length);
    const of = (kind: string) => balances.get(`${kind}:${budget}`) ?? 0;
    const entries = (kind: string) =>
      query(`/v1/ledger/accounts/${encodeURIComponent(`${kind}:${budget}`)}/entries`, { by, at: to });
    const [funded, available, reserved] = [-of('funding'), of('budget'), of('reserved')];
    return {
      budget,
      currency,
      funded: { amount: String(funded), rows: entries('funding') },
      available: { amount: String(available), rows: entries('budget') },
      reserved: { amount: String(reserved), rows: entries('reserved') },
      spent: { amount: String(funded - available - reserved), rows: spentRows(budget) },
    };
  });
}

const spentRows = (budget: string) =>
  `/v1/payouts?${new URLSearchParams({ budget }).toString()}&state=paid&state=settled`;

const DAY_MS = 86_400_000;
/** Ages begin with these many days; the last has no end. */
const AGES = [0, 1, 7, 30];
const AGE_NAMES = ['under a day', 'under 7 days', 'under 30 days', '30 days and more'];

/** Moments between the ages, the youngest first. `now`: epoch ms. */
export const ageBounds = (now: number): Date[] => AGES.slice(1).map((days) => new Date(now - days * DAY_MS));

export function presentOpen({ age, total, oldest, ...sum }: OpenSum, bounds: readonly Date[]) {
  const { what, campaign, provider, currency } = sum;
  const [since, before] = [bounds[age]?.toISOString(), bounds[age - 1]?.toISOString()];
  const filter = { campaign, provider, currency, since, before };
  const path =
    what === 'owed'
      ? query('/v1/owed-items', { state: 'open', ...filter })
      : query('/v1/payouts', { state: what, ...filter });
  return { ...sum, age: AGE_NAMES[age] ?? '', total: String(total), oldest: oldest.toISOString(), rows: path };
}
