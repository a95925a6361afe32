/**
 * The window of a rule about events, half-open and never beyond the business now of the question: a rolling span, calendar periods of a
 * stated zone, or stated instants.
 */
import { DateTime } from 'luxon';
import { z } from 'zod';
import { spanMs, spanSchema, zoneSchema, type EpochMs } from '../base/time.js';
import { calendarPeriod, calendarUnitSchema, type CalendarUnit, type Period } from '../contact-policy/window.js';

const BACK_MAX = 400;
const instant = z.iso.datetime({ offset: true, error: 'is an RFC 3339 time with its offset' });

/** `calendar`: `count` periods (1), the first of them `back` periods ago: {month, 1} is last month, {month, 0} this one so far. */
export type EventWindow =
  | { kind: 'rolling'; span: string }
  | { kind: 'calendar'; unit: CalendarUnit; back: number; count?: number; zone: string }
  | { kind: 'fixed'; from: string; to?: string };

export const eventWindowSchema: z.ZodType<EventWindow> = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('rolling'), span: spanSchema }),
    z
      .strictObject({
        kind: z.literal('calendar'),
        unit: calendarUnitSchema,
        back: z.int().min(0).max(BACK_MAX),
        count: z.int().min(1).optional(),
        zone: zoneSchema,
      })
      .refine(({ back, count = 1 }) => count <= back + 1, {
        path: ['count'],
        message: 'reaches beyond the present period',
      }),
    z
      .strictObject({ kind: z.literal('fixed'), from: instant, to: instant.optional() })
      .refine(({ from, to }) => to === undefined || Date.parse(from) < Date.parse(to), {
        path: ['to'],
        message: 'is not later than from',
      }),
  ])
  .meta({ id: 'EventWindow' });

/** From ≤ at < to; `from` is null where everything before counts. */
export function resolveWindow(window: EventWindow | undefined, now: EpochMs): { from: EpochMs | null; to: EpochMs } {
  switch (window?.kind) {
    case undefined:
      return { from: null, to: now };
    case 'rolling':
      return { from: now - spanMs(window.span), to: now };
    case 'calendar': {
      const { unit, back, count = 1, zone } = window;
      const last = periodAgo(unit, back - count + 1, now, zone);
      return { from: periodAgo(unit, back, now, zone).from, to: Math.min(last.to, now) };
    }
    case 'fixed':
      return { from: Date.parse(window.from), to: Math.min(window.to ? Date.parse(window.to) : now, now) };
    default:
      return window satisfies never;
  }
}

/** Noon of the period's first day is in that period whatever the clocks do at midnight. */
function periodAgo(unit: CalendarUnit, ago: number, now: EpochMs, zone: string): Period {
  const noon = DateTime.fromMillis(now, { zone })
    .startOf(unit)
    .set({ hour: 12 })
    .minus({ [`${unit}s`]: ago });
  return calendarPeriod(unit, noon.toMillis(), zone);
}
