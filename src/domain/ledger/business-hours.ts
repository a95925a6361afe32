/**
 * The hours in which a provider takes payouts, on its own wall clock: open or not at a business time, and until when what is ready waits.
 */
import { DateTime } from 'luxon';
import { z } from 'zod';
import { clockSchema, DAYS, isOpen, nextOpening, prepareWindow, type PreparedWindow } from '../base/local-window.js';
import type { EpochMs } from '../base/time.js';

export const hoursSchema = z
  .strictObject({
    from: clockSchema,
    /** Not in it any more; before `from`: of the next day. */
    to: clockSchema,
    /** On which it begins; every day by default. */
    days: z.array(z.enum(DAYS)).min(1).max(7).optional(),
  })
  .refine(({ from, to }) => from !== to, { path: ['to'], message: 'is the same as from: nothing lies in between' });
export type HoursConfig = z.infer<typeof hoursSchema>;

export interface BusinessHours {
  zone: string;
  window: PreparedWindow;
}

/** `zone`: IANA, the provider's. */
export const prepareHours = (hours: HoursConfig, zone: string): BusinessHours => ({
  zone,
  window: prepareWindow({ ...hours, zone: 'campaign' }, zone),
});

const MINUTE_MS = 60_000;

/** Business time in ms until it is open: 0 when it is. Without hours it always is. */
export function opensInMs(hours: BusinessHours | undefined, now: EpochMs): number {
  if (!hours || isOpen(hours.window, now, hours.zone)) return 0;
  let at = nextOpening(hours.window, now, hours.zone);
  // where the clock leaps over the beginning, it has been open since the leap
  while (at - MINUTE_MS > now && isOpen(hours.window, at - MINUTE_MS, hours.zone)) at -= MINUTE_MS;
  // where it goes back into them, they begin once more
  const back = clockChange(now, at, hours.zone);
  return (back !== null && isOpen(hours.window, back, hours.zone) ? back : at) - now;
}

/** The first instant in (from, to] whose offset from UTC is another than that of `from`; null where `to` has the same. */
function clockChange(from: EpochMs, to: EpochMs, zone: string): EpochMs | null {
  const offsetAt = (at: EpochMs) => DateTime.fromMillis(at, { zone }).offset;
  if (offsetAt(from) === offsetAt(to)) return null;
  let [before, after] = [from, to];
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (offsetAt(middle) === offsetAt(from)) before = middle;
    else after = middle;
  }
  return after;
}
