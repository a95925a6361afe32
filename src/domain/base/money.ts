/**
 * Money is integer minor units with a currency; nothing here rounds. Amounts stay within JavaScript's safe integers (9 · 10¹⁵).
 */
import { z } from 'zod';

export interface Money {
  /** Integer minor units, > 0 (KRW has none, so won). */
  minor: number;
  /** ISO 4217. */
  currency: string;
}

export const AMOUNT_MINOR_MAX = 1_000_000_000_000;

/** At the edge an amount is `{value: "5000", currency: "KRW"}`: a string of integer minor units, positive, no sign, no fraction. */
export const minorSchema = z
  .string()
  .regex(/^[1-9][0-9]*$/, 'is a positive whole number of minor units, as a string')
  .refine((value) => value.length <= 13 && Number(value) <= AMOUNT_MINOR_MAX, `is at most ${AMOUNT_MINOR_MAX}`);
export const currencySchema = z.string().regex(/^[A-Z]{3}$/, 'is an ISO 4217 code such as KRW');

export const moneySchema = z.strictObject({ value: minorSchema, currency: currencySchema }).meta({ id: 'Money' });
export type MoneyJson = z.infer<typeof moneySchema>;

export function toMoney(json: MoneyJson): Money {
  return { minor: Number(json.value), currency: json.currency };
}

export function toMoneyJson(money: Money): MoneyJson {
  return { value: String(money.minor), currency: money.currency };
}

/** In major units, as people read it: KRW 5000 is "5000", USD 500 is "5.00". Digits by ISO 4217 (Intl); nothing is rounded. */
export function toDecimal({ minor, currency }: Money): string {
  const digits =
    new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 0;
  if (digits === 0) return String(minor);
  const text = String(minor).padStart(digits + 1, '0');
  return `${text.slice(0, -digits)}.${text.slice(-digits)}`;
}
