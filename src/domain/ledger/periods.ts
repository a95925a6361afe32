/**
 * Months of the books. They close in their order and reopen in the reverse one, so that all that is closed is told by its last day. Into a
 * closed month nothing is posted: what is learnt late is posted on the first open day, and keeps its own business day.
 */
import { z } from 'zod';

export const PERIOD_MOVES = ['close', 'reopen'] as const;
export type PeriodMove = (typeof PERIOD_MOVES)[number];

/** A calendar month in the zone of the books, such as 2026-03. */
export const monthSchema = z.string().regex(/^(19|20)\d{2}-(0[1-9]|1[0-2])$/, 'is a month such as 2026-03');

export interface PeriodsNow {
  /** The last closed month; null: none is. */
  closedThrough: string | null;
  /** That of the first posting; null: there is none. */
  begins: string | null;
  /** In which business now lies. */
  current: string;
}

export type PeriodRefusal = 'nothing_posted' | 'not_next' | 'not_over' | 'not_closed' | 'not_last';

/** Null: it may be done. */
export function judgePeriod(move: PeriodMove, month: string, now: PeriodsNow): PeriodRefusal | null {
  const { closedThrough, begins, current } = now;
  if (move === 'reopen') {
    if (closedThrough === null || month > closedThrough) return 'not_closed';
    return month === closedThrough ? null : 'not_last';
  }
  const next = closedThrough === null ? begins : monthAfter(closedThrough);
  if (next === null) return 'nothing_posted';
  if (month !== next) return 'not_next';
  return month < current ? null : 'not_over';
}

export function monthAfter(month: string): string {
  const [year = 0, number = 0] = month.split('-').map(Number);
  return number === 12 ? `${year + 1}-01` : `${year}-${String(number + 1).padStart(2, '0')}`;
}
