/**
 * Advertising of a financial product bears the number of its review (심의필) and is sent only while that is valid: judged at the launch,
 * whenever a run opens, and again at every hand-over.
 */
import { DateTime } from 'luxon';
import { z } from 'zod';
import type { Purpose } from '../base/channels.js';
import type { EpochMs } from '../base/time.js';

const day = z.iso.date('is a date such as 2026-03-31');

export const reviewSchema = z
  .union([
    z
      .strictObject({
        number: z.string().min(1).max(60),
        validFrom: day.optional(),
        validUntil: day.describe('the last day, in the campaign’s zone'),
      })
      .refine(({ validFrom, validUntil }) => validFrom === undefined || validFrom <= validUntil, {
        path: ['validUntil'],
        message: 'is not before validFrom',
      }),
    z.strictObject({ exempt: z.string().min(1).max(300).describe('why this advertising needs no review') }),
  ])
  .meta({ id: 'Review' });
export type Review = z.infer<typeof reviewSchema>;

/** Half-open. */
export interface Validity {
  from: EpochMs;
  to: EpochMs;
}

interface Reviewed {
  purpose: Purpose;
  product?: string | undefined;
  review?: Review | undefined;
  zone: string;
}

/** Whole days on the wall clock of the campaign's zone; null where nothing limits it. */
export function reviewValidity({
  purpose,
  review,
  zone,
}: Pick<Reviewed, 'purpose' | 'review' | 'zone'>): Validity | null {
  if (purpose !== 'advertising' || !review || !('number' in review)) return null;
  const startOf = (date: string, days: number) =>
    DateTime.fromISO(date, { zone }).plus({ days }).startOf('day').toMillis();
  return { from: review.validFrom ? startOf(review.validFrom, 0) : 0, to: startOf(review.validUntil, 1) };
}

export const isValidAt = (validity: Validity | null, now: EpochMs): boolean =>
  validity === null || (now >= validity.from && now < validity.to);

/** JSON Pointer and words; null where all is said. */
export function reviewFault({ purpose, product, review }: Reviewed): { pointer: string; detail: string } | null {
  if (purpose !== 'advertising' || product === undefined || review) return null;
  const detail =
    'is needed to advertise a product: the number of its review and until when it is valid, or why it is exempt';
  return { pointer: '/review', detail };
}
