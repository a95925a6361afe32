/**
 * Numbers of people and things, and their sums.
 */
export function countText(count: number, language: string): string {
  return new Intl.NumberFormat(language).format(count);
}

export function sumOf(counts: Readonly<Record<string, number>> | null | undefined): number {
  return Object.values(counts ?? {}).reduce((sum, count) => sum + count, 0);
}

/** Of a whole, as `12.3%`; nothing where there is no whole. */
export function shareText(part: number, whole: number, language: string): string {
  if (whole === 0) return '–';
  return new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 1 }).format(part / whole);
}
