/**
 * When a pool of coupons is said to run out, and what a marketer is told before the launch.
 */
import { describe, expect, it } from '@jest/globals';
import { needOf, runningOut, shortage } from '../../../src/domain/ledger/coupon-pool.js';

describe('a pool of coupons', () => {
  it.each([
    [{ left: 0, warnBelow: 0, need: 0 }, 'empty'],
    [{ left: 9, warnBelow: 10, need: 0 }, 'below_threshold'],
    [{ left: 10, warnBelow: 10, need: 11 }, 'below_need'],
    [{ left: 10, warnBelow: 10, need: 10 }, null],
  ])('with %j is running out: %s', (pool, word) => {
    expect(runningOut(pool)).toBe(word);
  });

  it('may be asked for one by everybody under way, everybody who waits, and everybody who is owed one', () => {
    expect(needOf({ underWay: 3, waiting: 20, owed: 100 })).toBe(123);
  });

  it('is short of codes when those that nobody else may need are fewer than the people of the segment', () => {
    expect(shortage({ left: 100, need: 40, audience: 60 })).toBeNull();
    expect(shortage({ left: 100, need: 40, audience: 61 })).toBe(
      'has 100 codes left, of which 40 may be needed by what runs already, and the segment has 61 customers: who comes too late is owed one',
    );
    expect(shortage({ left: 10, need: 40, audience: 1 })).toMatch(/^has 10 codes left, of which 10 may be needed/);
    expect(shortage({ left: 10, need: 0, audience: null })).toBe(
      'has 10 codes left, and the segment could not be counted in time',
    );
  });
});
