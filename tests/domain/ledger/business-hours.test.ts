/**
 * Business hours of a provider: over weekends, midnights and changes of the clock, against a clock that is looked at minute by minute.
 */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { DateTime } from 'luxon';
import { hoursSchema, opensInMs, prepareHours } from '../../../src/domain/ledger/business-hours.js';

const at = (iso: string) => Date.parse(iso);
const MINUTE_MS = 60_000;
const WEEK = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
const OFFICE = { from: '09:00', to: '18:00', days: ['mon', 'tue', 'wed', 'thu', 'fri'] as const };
const hours = (given: object, zone: string) => prepareHours(hoursSchema.parse(given), zone);

describe('business hours', () => {
  // 2026-03-06 is a Friday
  it.each([
    ['none: always', undefined, 'Asia/Seoul', '2026-03-06T03:00:00+09:00', null],
    ['at the opening', OFFICE, 'Asia/Seoul', '2026-03-06T09:00:00+09:00', null],
    ['before it', OFFICE, 'Asia/Seoul', '2026-03-06T08:59:59.999+09:00', '2026-03-06T09:00:00+09:00'],
    ['at the end of the week', OFFICE, 'Asia/Seoul', '2026-03-06T18:00:00+09:00', '2026-03-09T09:00:00+09:00'],
    ['in another zone', OFFICE, 'America/New_York', '2026-03-06T12:00:00+09:00', '2026-03-06T09:00:00-05:00'],
    ['over midnight', { from: '22:00', to: '02:00' }, 'Asia/Seoul', '2026-03-06T01:59:00+09:00', null],
    [
      'over a weekend in which the clock changes',
      OFFICE,
      'America/New_York',
      '2026-03-06T18:00:00-05:00',
      '2026-03-09T09:00:00-04:00',
    ],
    [
      'from a time that the clock leaps over',
      { from: '02:30', to: '12:00' },
      'America/New_York',
      '2026-03-08T01:00:00-05:00',
      '2026-03-08T03:00:00-04:00',
    ],
    [
      'from a time that comes twice: as soon as it comes',
      { from: '01:30', to: '12:00' },
      'America/New_York',
      '2026-11-01T00:00:00-04:00',
      '2026-11-01T01:30:00-04:00',
    ],
  ])('%s', (_, given, zone, now, opening) => {
    expect(opensInMs(given && hours(given, zone), at(now))).toBe(opening === null ? 0 : at(opening) - at(now));
  });

  it('are not empty, and their days and times are such', () => {
    for (const given of [
      { from: '09:00', to: '09:00' },
      { from: '9:00', to: '18:00' },
      { ...OFFICE, days: [] },
      { from: '09:00' },
    ])
      expect(hoursSchema.safeParse(given).success).toBe(false);
  });

  it('begin at the first minute whose wall clock is in them', () => {
    const clock = fc
      .tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }))
      .map((parts) => parts.map((part) => String(part).padStart(2, '0')).join(':'));
    const span = { min: at('2026-01-01T00:00:00Z'), max: at('2027-01-01T00:00:00Z') };
    // half of them near a change of the clock
    const change = fc.constantFrom(
      '2026-03-08T07:00:00Z',
      '2026-11-01T06:00:00Z',
      '2026-04-04T15:00:00Z',
      '2026-10-03T15:30:00Z',
    );
    const near = fc.tuple(change, fc.integer({ min: -86_400_000, max: 7_200_000 })).map(([iso, ms]) => at(iso) + ms);
    fc.assert(
      fc.property(
        clock,
        clock,
        fc.option(fc.subarray([...WEEK], { minLength: 1 }), { nil: undefined }),
        fc.oneof(fc.integer(span), near),
        fc.constantFrom('Asia/Seoul', 'America/New_York', 'Australia/Lord_Howe'),
        (from, to, days, now, zone) => {
          fc.pre(from !== to);
          const isIn = (when: number): boolean => {
            const local = DateTime.fromMillis(when, { zone });
            const wall = local.toFormat('HH:mm');
            const on = (day: number) => !days || days.includes(WEEK[(day + 6) % 7] as (typeof WEEK)[number]);
            if (from < to) return wall >= from && wall < to && on(local.weekday);
            return (wall >= from && on(local.weekday)) || (wall < to && on(local.weekday - 1));
          };
          const found = now + opensInMs(hours({ from, to, ...(days ? { days } : {}) }, zone), now);
          let first = now;
          while (!isIn(first) && first < found + MINUTE_MS) first = (Math.floor(first / MINUTE_MS) + 1) * MINUTE_MS;
          expect(new Date(found)).toEqual(new Date(first));
        },
      ),
      {
        numRuns: 60,
        examples: [
          // the clock goes back from two to half past one, and with it into the hours
          ['00:00', '01:31', undefined, 1_775_314_799_999, 'Australia/Lord_Howe'],
          // and behind their beginning, which comes twice
          ['01:31', '02:00', undefined, 1_775_307_599_999, 'Australia/Lord_Howe'],
        ],
      },
    );
  });
});
