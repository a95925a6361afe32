/**
 * How many calls of a gateway a claim is for: as few transactions as a gateway of small batches allows, and no more in doubt after a crash than
 * can be found out about.
 */
import { describe, expect, it } from '@jest/globals';
import { callsTogether } from '../../activities/delivery.activities.js';

const terms = {
  batchSize: 1,
  timeoutMs: 5_000,
  idempotent: true,
  idempotencyMs: 3_600_000,
  lookup: true,
  visibilityMs: 0,
};

describe('a claim of messages', () => {
  it.each([
    ['one of 500 a call', { batchSize: 500 }, 1],
    ['several of 100', { batchSize: 100 }, 5],
    ['ten of one', {}, 10],
    ['ten where it can only be asked', { idempotent: false }, 10],
    ['ten where it can only be repeated', { lookup: false }, 10],
    ['one where neither is safe: a mail server', { idempotent: false, lookup: false }, 1],
    ['no more than its limit lets through in a second, over all claims in flight', { maxTps: 30 }, 5],
    ['one below any limit', { maxTps: 1 }, 1],
  ])('is for %s', (_, over, calls) => {
    expect(callsTogether({ ...terms, ...over })).toBe(calls);
  });

  it.each([
    ['twice as many where the last ones were quick', {}, { size: 10, tookMs: 40 }, 20],
    ['fifty at most', {}, { size: 40, tookMs: 160 }, 50],
    ['as many where they took a while', {}, { size: 40, tookMs: 1_000 }, 40],
    ['as few as at first where they were slow', {}, { size: 40, tookMs: 3_000 }, 10],
    ['500 messages at most', { batchSize: 100 }, { size: 5, tookMs: 40 }, 5],
    ['no more than the limit, however quick', { maxTps: 30 }, { size: 5, tookMs: 40 }, 5],
    ['one where neither is safe, however quick', { idempotent: false, lookup: false }, { size: 1, tookMs: 4 }, 1],
  ])('is for %s', (_, over, last, calls) => {
    expect(callsTogether({ ...terms, ...over }, last)).toBe(calls);
  });
});
