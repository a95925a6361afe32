/**
 * Hours of local days: open or not, and when they begin next; over midnight, on some days only, where the clock is changed.
 */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isOpen, localWindowSchema, nextOpening, prepareWindow } from '../../../src/domain/base/local-window.js';

const prepared = (given: object) => prepareWindow(localWindowSchema.parse(given), 'Asia/Seoul');
const at = (iso: string) => Date.parse(iso);
const LUNCH = prepared({ from: '10:00', to: '12:00' });
const NIGHT = prepared({ from: '22:00', to: '02:00', days: ['fri'] });

describe('a local window', () => {
  // 2026-03-03 is a Tuesday
  it.each([
    ['at its beginning', LUNCH, '2026-03-03T10:00:00+09:00', true],
    ['a moment before', LUNCH, '2026-03-03T09:59:59.999+09:00', false],
    ['in its last moment', LUNCH, '2026-03-03T11:59:59.999+09:00', true],
    ['at its end', LUNCH, '2026-03-03T12:00:00+09:00', false],
    ['over midnight, on the evening of its day', NIGHT, '2026-03-06T23:00:00+09:00', true],
    ['over midnight, in the morning after its day', NIGHT, '2026-03-07T01:59:00+09:00', true],
    ['over midnight, in the morning of its day', NIGHT, '2026-03-06T01:00:00+09:00', false],
    ['on the evening of another day', NIGHT, '2026-03-07T23:00:00+09:00', false],
  ])('%s', (_, window, when, open) => {
    expect(isOpen(window, at(when), 'Asia/Seoul')).toBe(open);
  });

  it.each([
    ['today', LUNCH, '2026-03-03T09:00:00+09:00', 'Asia/Seoul', '2026-03-03T10:00:00+09:00'],
    ['tomorrow, when it is over', LUNCH, '2026-03-03T12:00:00+09:00', 'Asia/Seoul', '2026-03-04T10:00:00+09:00'],
    ['in the customer’s zone', LUNCH, '2026-03-03T10:00:00+09:00', 'America/New_York', '2026-03-03T10:00:00-05:00'],
    ['on its day', NIGHT, '2026-03-03T23:00:00+09:00', 'Asia/Seoul', '2026-03-06T22:00:00+09:00'],
  ])('begins next %s', (_, window, when, zone, next) => {
    expect(nextOpening(window, at(when), zone)).toBe(at(next));
  });

  it('that a change of the clock swallows begins on the next day that has it', () => {
    const swallowed = prepared({ from: '02:00', to: '03:00' });
    const next = nextOpening(swallowed, at('2026-03-07T12:00:00-05:00'), 'America/New_York');
    expect(next).toBe(at('2026-03-09T02:00:00-04:00'));
  });

  it('is open whenever it is said to begin, and closed just before unless it was open already', () => {
    const clock = fc
      .tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }))
      .map((parts) => parts.map((part) => String(part).padStart(2, '0')).join(':'));
    fc.assert(
      fc.property(
        clock,
        clock,
        fc.option(fc.subarray(['mon', 'tue', 'sun'], { minLength: 1 })),
        fc.integer({ min: at('2026-01-01T00:00:00Z'), max: at('2027-01-01T00:00:00Z') }),
        fc.constantFrom('Asia/Seoul', 'America/New_York', 'Australia/Lord_Howe'),
        (from, to, days, when, zone) => {
          fc.pre(from !== to);
          const window = prepared({ from, to, ...(days ? { days } : {}) });
          const next = nextOpening(window, when, zone);
          expect(next).toBeGreaterThan(when);
          expect(isOpen(window, next, zone)).toBe(true);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('of no length is refused', () => {
    expect(localWindowSchema.safeParse({ from: '10:00', to: '10:00' }).error?.issues).toMatchObject([{ path: ['to'] }]);
  });
});
