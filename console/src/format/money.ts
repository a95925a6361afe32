/**
 * Money as the books have it: a string of integer minor units and a currency. Nothing is rounded and no amount becomes a floating-point number.
 */

/** How many digits of a currency are behind the point (ISO 4217, by the browser's tables): 0 for KRW, 2 for USD. */
export function minorDigits(currency: string): number {
  return new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 0;
}

/** `-1234` of USD is `-12.34`. */
export function decimalOf(minor: string, currency: string): string {
  const digits = minorDigits(currency);
  const amount = BigInt(minor);
  if (digits === 0) return amount.toString();
  const text = (amount < 0n ? -amount : amount).toString().padStart(digits + 1, '0');
  return `${amount < 0n ? '-' : ''}${text.slice(0, -digits)}.${text.slice(-digits)}`;
}

/** What somebody has typed, `12.34` or `1,234`, as minor units; null where it is no amount of the currency. */
export function minorOf(text: string, currency: string): string | null {
  const digits = minorDigits(currency);
  const [, whole, part = ''] = /^(\d+)(?:\.(\d+))?$/.exec(text.trim().replaceAll(',', '')) ?? [];
  if (whole === undefined || part.length > digits) return null;
  return BigInt(whole + part.padEnd(digits, '0')).toString();
}

/** Such as `₩5,000` or `US$12.34`, in the language's way. */
export function moneyText(money: { value: string; currency: string }, language: string): string {
  const format = new Intl.NumberFormat(language, { style: 'currency', currency: money.currency });
  return format.format(decimalOf(money.value, money.currency) as Intl.StringNumericLiteral);
}
