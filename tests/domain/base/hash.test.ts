/**
 * The published hash with published vectors, and lanes that cover every stripe once.
 */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { STRIPES, bucketOf, laneCount, laneRanges, murmur3, stripeOf } from '../../../src/domain/base/hash.js';

describe('murmur3 x86_32, seed 0', () => {
  it.each([
    ['', 0],
    ['a', 0x3c2569b2],
    ['abc', 0xb3dd93fa],
    ['Hello, world!', 0xc0363e43],
    ['The quick brown fox jumps over the lazy dog', 0x2e4ff723],
  ])('of %j', (text, hash) => {
    expect(murmur3(text)).toBe(hash);
  });
});

describe('lanes', () => {
  it('are contiguous, cover all stripes once, and are bounded by 16', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2_000_000 }), (size) => {
        const ranges = laneRanges(laneCount(size));
        expect(ranges.length).toBeLessThanOrEqual(16);
        expect(ranges[0]?.from).toBe(0);
        expect(ranges.at(-1)?.to).toBe(STRIPES);
        ranges.slice(1).forEach((range, n) => expect(range.from).toBe(ranges[n]?.to));
      }),
    );
  });

  it('put every customer into one of 64 stripes', () => {
    fc.assert(
      fc.property(fc.string(), (id) => {
        const stripe = stripeOf(bucketOf(id));
        expect(stripe >= 0 && stripe < STRIPES).toBe(true);
      }),
    );
  });
});
