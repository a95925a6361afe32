/**
 * A month as a page of a calendar: its days in weeks from Monday, whatever is outside of it empty. Days are `2026-03-01`, months `2026-03`. Pure.
 */
export const isMonth = (text: string): boolean => /^\d{4}-(0[1-9]|1[0-2])$/.test(text) && !text.startsWith('0000');

/** Noon, so that no clock change makes it another day. */
const at = (day: string): Date => new Date(`${day}T12:00:00Z`);
const dayOf = (date: Date): string => date.toISOString().slice(0, 10);

export function daysOfMonth(month: string): string[] {
  const first = at(`${month}-01`);
  const days: string[] = [];
  for (let day = first; dayOf(day).startsWith(month); day = new Date(day.getTime() + 86_400_000)) days.push(dayOf(day));
  return days;
}

/** Seven to a week; null where it is another month's. */
export function weeksOf(month: string): (string | null)[][] {
  const days = daysOfMonth(month);
  const before = (at(days[0] as string).getUTCDay() + 6) % 7;
  const cells = [...Array.from({ length: before }, () => null), ...days];
  const weeks = Math.ceil(cells.length / 7);
  return Array.from({ length: weeks }, (_, week) => Array.from({ length: 7 }, (__, n) => cells[week * 7 + n] ?? null));
}

export function monthAfter(month: string, by: number): string {
  const [year = 0, n = 1] = month.split('-').map(Number);
  return dayOf(new Date(Date.UTC(year, n - 1 + by, 15, 12))).slice(0, 7);
}

export const monthText = (month: string, language: string): string =>
  new Intl.DateTimeFormat(language, { year: 'numeric', month: 'long', timeZone: 'UTC' }).format(at(`${month}-01`));

/** From Monday. */
export const weekdayNames = (language: string): string[] =>
  Array.from({ length: 7 }, (_, n) =>
    new Intl.DateTimeFormat(language, { weekday: 'short', timeZone: 'UTC' }).format(
      new Date(Date.UTC(2026, 0, 5 + n, 12)),
    ),
  );

export const dayText = (day: string, language: string): string =>
  new Intl.DateTimeFormat(language, { month: 'long', day: 'numeric', weekday: 'long', timeZone: 'UTC' }).format(
    at(day),
  );

/** In Seoul. */
export const monthAt = (rfc3339: string): string => dayOf(new Date(Date.parse(rfc3339) + 9 * 3_600_000)).slice(0, 7);
export const dayAt = (rfc3339: string): string => dayOf(new Date(Date.parse(rfc3339) + 9 * 3_600_000));
