/**
 * As of when: what counts as a moment of booking and what as a day.
 */
import { describe, expect, it } from '@jest/globals';
import { isAsOf } from '../../../src/domain/ledger/as-of.js';

describe('as of when', () => {
  it.each([
    ['2026-03-31T23:59:59Z', true, false],
    ['2026-03-31T23:59:59.123456Z', true, false],
    ['2026-03-31T23:59:59+09:00', true, false],
    ['2026-03-31T23:59:59-23:00', false, false],
    ['2026-02-30T00:00:00Z', false, false],
    ['0000-01-01T00:00:00Z', false, false],
    ['2026-03-31T23:59:59', false, false],
    ['2026-03-31', false, true],
    ['2024-02-29', false, true],
    ['2026-02-29', false, false],
    ['0000-01-01', false, false],
    ['2026-03', false, false],
    ['infinity', false, false],
    ['', false, false],
  ])('%s is a moment: %s, a day: %s', (text, isMoment, isDay) => {
    expect([isAsOf('booked', text), isAsOf('business', text), isAsOf('posted', text)]).toEqual([
      isMoment,
      isDay,
      isDay,
    ]);
  });
});
