/**
 * A provider's settlement of one day: what a row of it says (protocols.md), and what may differ between it, the ledger and what was earned.
 */
import { DateTime } from 'luxon';
import { z } from 'zod';
import { AMOUNT_MINOR_MAX } from '../base/money.js';
import type { EpochMs } from '../base/time.js';

export const SETTLEMENT_COLUMNS = ['key', 'reference', 'amount', 'currency', 'paid_at'] as const;
export type SettlementColumn = (typeof SETTLEMENT_COLUMNS)[number];

export interface SettlementRow {
  /** Of the file, whose first line is its header. */
  line: number;
  /** The payout's. */
  key: string;
  reference: string | null;
  /** Minor units; a reversal is negative. */
  amount: number;
  currency: string;
  paidAt: EpochMs;
}

/** A day that there is, such as 2026-03-31. */
export const daySchema = z
  .string()
  .refine(
    (text) => /^(19|20)\d{2}-\d{2}-\d{2}$/.test(text) && DateTime.fromISO(text).isValid,
    'is a day such as 2026-03-31',
  );

/** The day of an instant in a zone. */
export const dayOf = (at: EpochMs, zone: string): string => DateTime.fromMillis(at, { zone }).toISODate() as string;

const KEY = /^[A-Za-z0-9_.:/-]{1,128}$/;
const REFERENCE = /^[^\p{Cc}]{1,200}$/u;
const AMOUNT = /^-?[1-9][0-9]{0,12}$/;
const CURRENCY = /^[A-Z]{3}$/;

/** The row, or why it is refused; never with what stood in it. Times without an offset are those of `zone`, as workbooks have them. */
export function readSettlementRow(
  line: number,
  cells: Readonly<Record<SettlementColumn, string>>,
  zone: string,
): SettlementRow | { line: number; reason: string } {
  const { key, reference, amount, currency, paid_at: paid } = cells;
  if (!KEY.test(key)) return { line, reason: 'key is not 1 to 128 of A-Z a-z 0-9 _ . : / -' };
  if (reference !== '' && !REFERENCE.test(reference)) return { line, reason: 'reference is not 1 to 200 characters' };
  const minor = Number(amount);
  if (!AMOUNT.test(amount) || Math.abs(minor) > AMOUNT_MINOR_MAX)
    return { line, reason: 'amount is not a whole number of minor units other than 0' };
  if (!CURRENCY.test(currency)) return { line, reason: 'currency is not an ISO 4217 code such as KRW' };
  const paidAt = readTime(paid, zone);
  if (paidAt === null) return { line, reason: 'paid_at is not a time such as 2026-03-03T10:00:00+09:00' };
  return { line, key, reference: reference === '' ? null : reference, amount: minor, currency, paidAt };
}

const TIME = /^(?:19|20)\d{2}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?)?(Z|[+-]\d{2}:\d{2})?$/;

function readTime(text: string, zone: string): EpochMs | null {
  if (!TIME.test(text)) return null;
  const time = DateTime.fromISO(text.replace(' ', 'T'), { zone });
  // a wall clock that a change of clocks skips would be moved silently
  const stands = /(Z|[+-]\d{2}:\d{2})$/.test(text.slice(10)) || time.toISO()?.slice(0, 16) === localMinute(text);
  return time.isValid && stands ? time.toMillis() : null;
}

const localMinute = (text: string): string => `${text.replace(' ', 'T')}T00:00`.slice(0, 16);

export const BREAK_CLASSES = [
  'missing_at_provider',
  'unknown_to_us',
  'duplicate',
  'amount',
  'currency',
  'date',
  'reference',
  'not_entitled',
] as const;
export type BreakClass = (typeof BREAK_CLASSES)[number];
export const BREAK_STATES = ['open', 'explained', 'resolved'] as const;
export type BreakState = (typeof BREAK_STATES)[number];
export const RESOLUTIONS = ['accept', 'compensate'] as const;
export type Resolution = (typeof RESOLUTIONS)[number];

/** Signed minor units of one currency; `difference` is theirs minus ours, null where it is not one of money in one currency. */
export interface BreakMoney {
  difference: number | null;
  currency: string | null;
  compensated: number;
}

export type BreakRefusal = 'not_open' | 'no_money' | 'other_currency' | 'compensated';

/**
 * Null: it may be resolved so. What was compensated and is explained since has to be compensated back; `kept`: the currency of the provider's
 * accounts, null where it has none yet.
 */
export function judgeResolution(
  state: BreakState,
  resolution: Resolution,
  money: BreakMoney,
  kept: string | null,
): BreakRefusal | null {
  if (state !== 'open') return 'not_open';
  if (resolution === 'accept')
    return money.compensated === 0 || money.compensated === money.difference ? null : 'compensated';
  const transfer = compensationOf(money);
  if (transfer === null) return 'no_money';
  return kept === null || kept === transfer.currency ? null : 'other_currency';
}

/** What still has to be booked: up where the provider has paid beyond our books, off where it has paid less. Null: nothing. */
export function compensationOf({ difference, currency, compensated }: BreakMoney): {
  kind: 'write_up' | 'write_off';
  amount: number;
  currency: string;
} | null {
  if (difference === null || currency === null || difference === compensated) return null;
  const due = difference - compensated;
  return { kind: due > 0 ? 'write_up' : 'write_off', amount: Math.abs(due), currency };
}
