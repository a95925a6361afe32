/**
 * As of when an account is asked for. The booking time is when an entry came into the books, by the database's clock; the business day is when
 * what it books happened, in the zone of the books; the posting day is the business day, or where that was closed the first day that was open.
 */
import { z } from 'zod';

export const AS_OF = ['booked', 'business', 'posted'] as const;
export type AsOfBy = (typeof AS_OF)[number];

/** Both ends are included; null is open. A moment (RFC 3339, to the microsecond) where it is by booking time, else a day (2026-03-31). */
export interface AsOf {
  by: AsOfBy;
  from: string | null;
  to: string | null;
}

/** Only what Postgres knows, too: it has no year 0, and no offset beyond 15 hours. */
const moment = z.iso.datetime({ offset: true }).regex(/^[1-9].*(Z|[+-](0\d|1[0-4]):\d\d)$/);
const day = z.iso.date().regex(/^[1-9]/);

/** Whether the text is what `by` counts in, and a time that there is. */
export function isAsOf(by: AsOfBy, text: string): boolean {
  return (by === 'booked' ? moment : day).safeParse(text).success;
}
