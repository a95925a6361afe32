/**
 * The review of advertising: when it is needed, and the very instants of the campaign's zone at which its validity begins and ends.
 */
import { describe, expect, it } from '@jest/globals';
import {
  isValidAt,
  reviewFault,
  reviewSchema,
  reviewValidity,
  type Review,
} from '../../../src/domain/journey/review.js';

const period: Review = { number: '2026-0117', validFrom: '2026-03-08', validUntil: '2026-03-31' };

describe('a review', () => {
  it.each([
    ['advertising of a product without one', 'advertising', 'card', undefined, true],
    ['advertising of a product with its number', 'advertising', 'card', period, false],
    ['advertising of a product that says why it needs none', 'advertising', 'card', { exempt: 'an event' }, false],
    ['advertising without a product', 'advertising', undefined, undefined, false],
    ['information about a product', 'information', 'card', undefined, false],
  ] as const)('%s: a fault is %s', (_, purpose, product, review, faulty) => {
    const fault = reviewFault({ purpose, product, review, zone: 'Asia/Seoul' });
    expect(fault?.pointer).toBe(faulty ? '/review' : undefined);
  });

  it.each([
    ['Asia/Seoul', '2026-03-08T00:00:00+09:00', '2026-04-01T00:00:00+09:00'],
    ['America/New_York', '2026-03-08T00:00:00-05:00', '2026-04-01T00:00:00-04:00'], // the clocks change in between
    ['America/Santiago', '2026-03-08T00:00:00-03:00', '2026-04-01T00:00:00-03:00'],
  ])('holds for whole days in %s, half-open', (zone, from, to) => {
    const validity = reviewValidity({ purpose: 'advertising', review: period, zone });
    expect(validity).toEqual({ from: Date.parse(from), to: Date.parse(to) });
    const at = (instant: string, ms: number) => isValidAt(validity, Date.parse(instant) + ms);
    expect([at(from, -1), at(from, 0), at(to, -1), at(to, 0)]).toEqual([false, true, true, false]);
  });

  it('without a beginning holds from ever; of information, or exempt, nothing limits it', () => {
    const { validFrom: _, ...open } = period as Review & { number: string; validFrom: string };
    expect(reviewValidity({ purpose: 'advertising', review: open, zone: 'Asia/Seoul' })?.from).toBe(0);
    expect(reviewValidity({ purpose: 'information', review: period, zone: 'Asia/Seoul' })).toBeNull();
    expect(reviewValidity({ purpose: 'advertising', review: { exempt: 'x' }, zone: 'Asia/Seoul' })).toBeNull();
    expect(isValidAt(null, 0)).toBe(true);
  });

  it.each([
    { number: 'n', validUntil: '2026-02-30' },
    { number: 'n', validFrom: '2026-03-02', validUntil: '2026-03-01' },
    { number: 'n' },
    { number: '', validUntil: '2026-03-01' },
    { exempt: '' },
    { number: 'n', validUntil: '2026-03-01', exempt: 'both' },
  ])('%j is none', (review) => {
    expect(reviewSchema.safeParse(review).success).toBe(false);
  });
});
