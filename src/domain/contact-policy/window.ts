/**
 * The window of a contact policy: a rolling span, or the calendar day, ISO week (from Monday) or month in the customer's zone. A
 * calendar period begins at the first instant whose local date belongs to it, also where midnight is skipped or comes twice.
 */
import { DateTime } from 'luxon';
import { z } from 'zod';
import type { EpochMs } from '../base/time.js';

export const CALENDAR_UNITS = ['day', 'week', 'month'] as const;
export const calendarUnitSchema = z.enum(CALENDAR_UNITS);
export type CalendarUnit = z.infer<typeof calendarUnitSchema>;

export type PolicyWindow = { kind: 'rolling'; spanMs: number } | { kind: 'calendar'; unit: CalendarUnit };

/** Half-open: from ≤ at < to. */
export interface Period {
  from: EpochMs;
  to: EpochMs;
}

/** The calendar period of `unit` that holds `at` on a wall clock of `zone` (IANA). */
export function calendarPeriod(unit: CalendarUnit, at: EpochMs, zone: string): Period {
  const first = DateTime.fromMillis(at, { zone }).startOf(unit);
  return { from: beginOfDay(first), to: beginOfDay(first.plus({ [`${unit}s`]: 1 }).startOf(unit)) };
}

/**
 * Where clocks go back over midnight the day has two midnights, and luxon takes the one whose offset is nearer to where it comes from: step
 * back for as long as the instant before is of the same day.
 */
function beginOfDay(midnight: DateTime): EpochMs {
  const date = midnight.toISODate();
  let begin = midnight;
  for (let before = begin.minus(1); before.toISODate() === date; before = begin.minus(1)) begin = before.startOf('day');
  return begin.toMillis();
}

/** The first instant that a window ending at `now` counts. No upper end: a rival's `now` may be ahead of ours. */
export function windowFrom(window: PolicyWindow, now: EpochMs, zone: string): EpochMs {
  return window.kind === 'rolling' ? now - window.spanMs + 1 : calendarPeriod(window.unit, now, zone).from;
}

/** The first instant after `now` that cannot share a window with it: the next period, or (a rolling one has none) for ever. */
export function windowTo(window: PolicyWindow, now: EpochMs, zone: string): EpochMs {
  return window.kind === 'rolling' ? Number.MAX_SAFE_INTEGER : calendarPeriod(window.unit, now, zone).to;
}
