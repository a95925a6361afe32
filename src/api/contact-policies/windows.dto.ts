/**
 * Windows of policies and caps at the edge. Rolling: any span of that length. Calendar: day, ISO week (from Monday) or month in the customer's zone.
 */
import { Duration } from 'luxon';
import { z } from 'zod';
import { spanMs, spanSchema } from '../../domain/base/time.js';
import { calendarUnitSchema, type PolicyWindow } from '../../domain/contact-policy/window.js';

export const windowSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('rolling'), span: spanSchema }),
  z.strictObject({ kind: z.literal('calendar'), unit: calendarUnitSchema }),
]);
type Window = z.infer<typeof windowSchema>;

export function windowOf(window: Window): PolicyWindow {
  return window.kind === 'rolling' ? { kind: 'rolling', spanMs: spanMs(window.span) } : window;
}

export function presentWindow(window: PolicyWindow): Window {
  if (window.kind === 'calendar') return window;
  // in days: a month has no length of its own
  const span = Duration.fromMillis(window.spanMs).shiftTo('days', 'hours', 'minutes', 'seconds').toISO();
  return { kind: 'rolling', span };
}
