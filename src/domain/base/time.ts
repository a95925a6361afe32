/**
 * Spans and instants. An instant is epoch milliseconds of business time; a span is a whole number of milliseconds; windows are
 * half-open [from, to).
 */
import { DateTime, Duration, IANAZone } from 'luxon';
import { z } from 'zod';

export type EpochMs = number;

/** The span of an ISO 8601 duration in ms, or null: months and years have no fixed length and are refused, a day is 24 hours. */
export function parseSpanMs(iso: string): number | null {
  const duration = Duration.fromISO(iso);
  if (!duration.isValid || duration.years || duration.quarters || duration.months) return null;
  const ms = duration.toMillis();
  return Number.isSafeInteger(ms) && ms >= 0 ? ms : null;
}

export const SPAN_MAX_MS = 366 * 86_400_000;

/** ISO 8601 duration of weeks, days, hours, minutes, seconds; at most 366 days. */
export const spanSchema = z.string().refine((iso) => {
  const ms = parseSpanMs(iso);
  return ms !== null && ms > 0 && ms <= SPAN_MAX_MS;
}, 'is an ISO 8601 duration such as P14D or PT20S, more than zero and at most 366 days');

export const zoneSchema = z
  .string()
  .refine((zone) => IANAZone.isValidZone(zone), 'is an IANA time zone such as Asia/Seoul');

/** Span of a text that `spanSchema` accepted, in ms. */
export function spanMs(iso: string): number {
  const ms = parseSpanMs(iso);
  if (ms === null) throw new Error('invariant: an unvalidated span reached the engine');
  return ms;
}

/**
 * By zone, what was asked last: a cohort asks of one instant thousands of times, once per customer, and a wall clock takes luxon longer than all the
 * rest of the gate together.
 */
const asked = new Map<string, { at: EpochMs; minute: number }>();

/** Minutes since local midnight at an instant in a zone. */
export function minuteOfDay(at: EpochMs, zone: string): number {
  const last = asked.get(zone);
  if (last?.at === at) return last.minute;
  const local = DateTime.fromMillis(at, { zone });
  const minute = local.hour * 60 + local.minute;
  asked.set(zone, { at, minute });
  return minute;
}

/**
 * The next instant strictly after `at` whose local wall clock in `zone` shows `minute` (minutes since midnight): the first of two where the clock goes
 * back over it, later by what it leaps where it leaps over it.
 */
export function nextLocalMinute(at: EpochMs, zone: string, minute: number): EpochMs {
  const local = DateTime.fromMillis(at, { zone });
  const wall = { hour: Math.floor(minute / 60), minute: minute % 60, second: 0, millisecond: 0 };
  const comings = (day: DateTime): EpochMs[] =>
    day
      .set(wall)
      .getPossibleOffsets()
      .map((coming) => coming.toMillis())
      .filter((coming) => coming > at);
  const today = comings(local);
  return Math.min(...(today.length > 0 ? today : comings(local.plus({ days: 1 }))));
}

/** As a customer reads it: `2026-03-03 10:00` on the wall clock of the zone. */
export function localTime(at: EpochMs, zone: string): string {
  return DateTime.fromMillis(at, { zone }).toFormat('yyyy-MM-dd HH:mm');
}
