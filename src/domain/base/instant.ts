/**
 * Instants as others tell them: RFC 3339 with an offset, of years that calendars, databases and differences between two of them can hold.
 */
import { z } from 'zod';
import type { EpochMs } from './time.js';

const [FIRST, END] = [Date.UTC(1900, 0), Date.UTC(2200, 0)];
const isInReach = (text: string) => Date.parse(text) >= FIRST && Date.parse(text) < END;

export const instantSchema = z.iso
  .datetime({ offset: true, error: 'is an RFC 3339 time with its offset', abort: true })
  .refine(isInReach, { error: 'is a time of the years 1900 to 2199' });

/** Of a partner's answer; null: none was told, or none that is one. */
export function instantOf(told: unknown): EpochMs | null {
  const { data } = instantSchema.safeParse(told);
  return data === undefined ? null : Date.parse(data);
}
