/**
 * How many payouts one claim is for: the quicker the last was the more, and no more where a crash would leave them in doubt for good.
 */
import { describe, expect, it } from '@jest/globals';
import { claimSize } from '../../activities/payout.activities.js';

const terms = { idempotent: true, lookup: true };
const NEITHER = { idempotent: false, lookup: false };

describe('a claim of payouts', () => {
  it.each([
    ['150 at first', {}, undefined, 150],
    ['twice as many where the last ones were quick', {}, { size: 150, tookMs: 200 }, 300],
    ['600 at most', {}, { size: 600, tookMs: 400 }, 600],
    ['as many where they took a while', {}, { size: 600, tookMs: 1_000 }, 600],
    ['as few as at first where they were slow', {}, { size: 600, tookMs: 3_000 }, 150],
    ['more where they can only be repeated', { lookup: false }, { size: 150, tookMs: 200 }, 300],
    ['more where they can only be asked about', { idempotent: false }, { size: 150, tookMs: 200 }, 300],
    ['150 where neither is safe, however quick', NEITHER, { size: 150, tookMs: 20 }, 150],
  ])('is for %s', (_, over, last, size) => {
    expect(claimSize({ ...terms, ...over }, last)).toBe(size);
  });
});
