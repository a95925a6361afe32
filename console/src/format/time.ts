/**
 * Moments are business time: shown in Seoul, and in UTC for whoever hovers. Ages are counted between two of them, never from the machine's clock.
 */
const parts = (zone: string) =>
  new Intl.DateTimeFormat('sv-SE', {
    timeZone: zone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  });
const SEOUL = parts('Asia/Seoul');
const UTC = parts('UTC');

/** Such as `2026-03-03 10:00:05`, in Seoul. */
export function seoulTime(rfc3339: string): string {
  return SEOUL.format(new Date(rfc3339));
}

/** Such as `2026-03-03 01:00:05 UTC`. */
export function utcTime(rfc3339: string): string {
  return `${UTC.format(new Date(rfc3339))} UTC`;
}

const UNITS: [unit: 'day' | 'hour' | 'minute' | 'second', ms: number][] = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1_000],
];

/** How long it is from one moment to another, in its two largest units: `2일 3시간`, `5 min 10 sec`. */
export function spanText(fromMs: number, toMs: number, language: string): string {
  let rest = Math.max(0, toMs - fromMs);
  const words: string[] = [];
  for (const [unit, ms] of UNITS) {
    const count = Math.floor(rest / ms);
    if (count === 0 && words.length === 0 && unit !== 'second') continue;
    if (count > 0 || words.length === 0)
      words.push(new Intl.NumberFormat(language, { style: 'unit', unit, unitDisplay: 'short' }).format(count));
    rest -= count * ms;
    if (words.length === 2 || unit === 'second') break;
  }
  return words.join(' ');
}
