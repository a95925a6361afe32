/**
 * Spans as a person says them, a number of one unit, and as the API has them (ISO 8601).
 */
export const SPAN_UNITS = ['days', 'hours', 'minutes'] as const;
export type SpanUnit = (typeof SPAN_UNITS)[number];

const WRITTEN: Record<SpanUnit, (n: string) => string> = {
  days: (n) => `P${n}D`,
  hours: (n) => `PT${n}H`,
  minutes: (n) => `PT${n}M`,
};

/** `n`: digits, as typed. */
export const spanOf = (n: string, unit: SpanUnit): string => WRITTEN[unit](n);

/** Of a span of one unit; null of any other. */
export function partsOf(span: string): { n: string; unit: SpanUnit } | null {
  const [, n] = /^PT?(\d*)[DHM]$/.exec(span) ?? [];
  const unit = n === undefined ? undefined : SPAN_UNITS.find((one) => spanOf(n, one) === span);
  return n === undefined || unit === undefined ? null : { n, unit };
}

const INTL_UNITS = { days: 'day', hours: 'hour', minutes: 'minute' } as const;

/** As `7일` or `7 days`; of more than one unit as it is written. */
export function spanWords(span: string, language: string): string {
  const parts = partsOf(span);
  if (parts === null || parts.n === '') return span;
  const words = new Intl.NumberFormat(language, { style: 'unit', unit: INTL_UNITS[parts.unit], unitDisplay: 'long' });
  return words.format(Number(parts.n));
}
