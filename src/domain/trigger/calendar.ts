/**
 * Calendars of a recurring start, and the instants (slots) that they name: local minutes of a zone. A local time that the clocks skip is later by
 * as much as they skip; one that comes twice is taken the first time.
 */
import { DateTime } from 'luxon';
import { z } from 'zod';
import type { EpochMs } from '../base/time.js';

export const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

const time = z.string().regex(/^([01][0-9]|2[0-3]):[0-5][0-9]$/, 'is a local time such as 12:30');

export const calendarSchema = z
  .strictObject({
    times: z.array(time).min(1).max(48),
    /** Each of what is stated narrows: days 1 to 7 on mondays are the first monday of a month. */
    weekdays: z.array(z.enum(WEEKDAYS)).min(1).optional(),
    days: z.array(z.int().min(1).max(31)).min(1).optional(),
    months: z.array(z.int().min(1).max(12)).min(1).optional(),
  })
  .meta({ id: 'Calendar' });
export type Calendar = z.infer<typeof calendarSchema>;

/** A leap day comes after at most eight years. */
const DAYS_AHEAD_MAX = 8 * 366 + 1;

/** The slots in (after, upTo], in order, each once; at most `max`, the newest of them. */
export function slotsBetween(
  calendars: readonly Calendar[],
  zone: string,
  span: { after: EpochMs; upTo: EpochMs; max: number },
): EpochMs[] {
  const found: EpochMs[] = [];
  const days = (span.upTo - span.after) / 86_400_000 + 2;
  for (let day = dayOf(span.upTo, zone), n = 0; n <= days && found.length < span.max; n += 1) {
    const inside = slotsOfDay(calendars, day.minus({ days: n })).filter((at) => at > span.after && at <= span.upTo);
    found.push(...inside.reverse());
  }
  return found.slice(0, span.max).reverse();
}

/** The first slot after an instant; null where none ever comes, such as on a 30 February. */
export function nextSlot(calendars: readonly Calendar[], zone: string, after: EpochMs): EpochMs | null {
  const first = dayOf(after, zone);
  for (let n = 0; n < DAYS_AHEAD_MAX; n += 1) {
    const next = slotsOfDay(calendars, first.plus({ days: n })).find((at) => at > after);
    if (next !== undefined) return next;
  }
  return null;
}

/** Noon, which every day has, so that days can be counted up and down from it. */
const dayOf = (at: EpochMs, zone: string) => DateTime.fromMillis(at, { zone }).startOf('day').set({ hour: 12 });

function slotsOfDay(calendars: readonly Calendar[], day: DateTime): EpochMs[] {
  const times = calendars.filter((calendar) => holds(calendar, day)).flatMap((calendar) => calendar.times);
  return [...new Set(times.map((clock) => instantOf(day, clock)))].sort((a, b) => a - b);
}

function holds({ weekdays, days, months }: Calendar, day: DateTime): boolean {
  const weekday = WEEKDAYS[day.weekday - 1];
  return (
    (!weekdays || (weekday !== undefined && weekdays.includes(weekday))) &&
    (!days || days.includes(day.day)) &&
    (!months || months.includes(day.month))
  );
}

function instantOf(day: DateTime, clock: string): EpochMs {
  const wall = { hour: Number(clock.slice(0, 2)), minute: Number(clock.slice(3, 5)), second: 0, millisecond: 0 };
  return Math.min(
    ...day
      .set(wall)
      .getPossibleOffsets()
      .map((at) => at.toMillis()),
  );
}
