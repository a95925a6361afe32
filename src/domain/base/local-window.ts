/**
 * Hours of local days, such as 10:00–12:00 from Monday to Friday: whether an instant lies in them, and when they begin next. Half-open, over
 * midnight where they end before they begin; a day is the one on which they begin.
 */
import { DateTime } from 'luxon';
import { z } from 'zod';
import { minuteOfDay, nextLocalMinute, type EpochMs } from './time.js';

export const clockSchema = z
  .string()
  .regex(/^([01][0-9]|2[0-3]):[0-5][0-9]$/, 'is a local time such as 21:00')
  .describe('local time, HH:MM');

/** Minutes since midnight of a text that `clockSchema` accepted. */
export const minutesOf = (clock: string): number => Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3, 5));

export const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

export const localWindowSchema = z
  .strictObject({
    from: clockSchema,
    to: clockSchema.describe('not in it any more; before `from`: of the next day'),
    days: z.array(z.enum(DAYS)).min(1).max(7).optional().describe('days on which it begins; every day by default'),
    zone: z.enum(['customer', 'campaign']).default('customer').describe('whose wall clock'),
  })
  .refine(({ from, to }) => from !== to, { path: ['to'], message: 'is the same as from: nothing lies in between' })
  .meta({ id: 'LocalWindow' });
export type LocalWindow = z.infer<typeof localWindowSchema>;

export interface PreparedWindow {
  fromMinute: number;
  toMinute: number;
  /** ISO weekdays (1 is Monday) on which it begins; null: every day. */
  days: ReadonlySet<number> | null;
  /** Null: the customer's own zone. */
  zone: string | null;
}

export function prepareWindow(window: LocalWindow, campaignZone: string): PreparedWindow {
  return {
    fromMinute: minutesOf(window.from),
    toMinute: minutesOf(window.to),
    days: window.days ? new Set(window.days.map((day) => DAYS.indexOf(day) + 1)) : null,
    zone: window.zone === 'campaign' ? campaignZone : null,
  };
}

export function isOpen({ fromMinute, toMinute, days }: PreparedWindow, at: EpochMs, zone: string): boolean {
  const minute = minuteOfDay(at, zone);
  const overMidnight = fromMinute > toMinute;
  if (overMidnight ? minute >= toMinute && minute < fromMinute : minute < fromMinute || minute >= toMinute)
    return false;
  if (days === null) return true;
  const local = DateTime.fromMillis(at, { zone });
  return days.has((overMidnight && minute < toMinute ? local.minus({ days: 1 }) : local).weekday);
}

/** Every weekday has come by then, also where a change of the clock has swallowed a window of one of them. */
const LOOKED_AT_MAX = 15;

/** The next beginning strictly after `at`. */
export function nextOpening(window: PreparedWindow, at: EpochMs, zone: string): EpochMs {
  let next = at;
  for (let looked = 0; looked < LOOKED_AT_MAX; looked += 1) {
    next = nextLocalMinute(next, zone, window.fromMinute);
    if (isOpen(window, next, zone)) break;
  }
  return next;
}
