/**
 * Months of the books: in which order they close and reopen.
 */
import { describe, expect, it } from '@jest/globals';
import { judgePeriod, monthAfter, monthSchema, type PeriodsNow } from '../../../src/domain/ledger/periods.js';

const NOW: PeriodsNow = { closedThrough: '2026-02', begins: '2025-12', current: '2026-04' };

describe('a month of the books', () => {
  it.each([
    ['close', '2026-03', {}, null],
    ['close', '2026-02', {}, 'not_next'],
    ['close', '2026-04', {}, 'not_next'],
    ['close', '2026-03', { current: '2026-03' }, 'not_over'],
    ['close', '2025-12', { closedThrough: null }, null],
    ['close', '2026-01', { closedThrough: null }, 'not_next'],
    ['close', '2025-12', { closedThrough: null, begins: null }, 'nothing_posted'],
    ['reopen', '2026-02', {}, null],
    ['reopen', '2026-01', {}, 'not_last'],
    ['reopen', '2026-03', {}, 'not_closed'],
    ['reopen', '2026-02', { closedThrough: null }, 'not_closed'],
  ] as const)('%s %s, %j: %s', (move, month, over, verdict) => {
    expect(judgePeriod(move, month, { ...NOW, ...over })).toBe(verdict);
  });

  it('is followed by the next, over the end of a year', () => {
    expect(['2026-01', '2026-09', '2026-12'].map(monthAfter)).toEqual(['2026-02', '2026-10', '2027-01']);
  });

  it.each(['2026-13', '2026-00', '2026-3', '26-03', '2026-03-01', 'x2026-03'])('%s is none', (text) => {
    expect(monthSchema.safeParse(text).success).toBe(false);
  });
});
