/**
 * Spans that have one length, and local wall clocks over midnight and over the hours that summer time skips and repeats.
 */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { DateTime } from 'luxon';
import {
  minuteOfDay,
  nextLocalMinute,
  parseSpanMs,
  SPAN_MAX_MS,
  spanMs,
  spanSchema,
  zoneSchema,
} from '../../../src/domain/base/time.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

describe('a span', () => {
  it.each([
    ['PT20S', 20_000],
    ['PT90M', 90 * MINUTE],
    ['P14D', 14 * 24 * HOUR],
    ['P2W', 14 * 24 * HOUR],
    ['P1DT1H', 25 * HOUR],
    ['PT0.5S', 500],
  ])('%s is %i ms', (iso, ms) => {
    expect(spanMs(iso)).toBe(ms);
    expect(spanSchema.safeParse(iso).success).toBe(true);
  });

  it.each(['P1M', 'P1Y', 'P1Y2D', '20', '', 'soon', 'P', 'PT', '-PT5S', 'PT-5S', 'PT0S', 'P367D', 'PT1e3S'])(
    '%j is none',
    (text) => {
      expect(spanSchema.safeParse(text).success).toBe(false);
    },
  );

  it('is at most 366 days', () => {
    expect(parseSpanMs('P366D')).toBe(SPAN_MAX_MS);
    expect(spanSchema.safeParse('P366D').success).toBe(true);
  });

  it('throws when it reaches the engine unvalidated', () => {
    expect(() => spanMs('P1M')).toThrow(/invariant/);
  });
});

describe('a zone', () => {
  it.each([
    ['Asia/Seoul', true],
    ['UTC', true],
    ['America/New_York', true],
    ['Seoul', false],
    ['+09:00x', false],
    ['', false],
  ])('%j: %s', (zone, valid) => {
    expect(zoneSchema.safeParse(zone).success).toBe(valid);
  });
});

describe('the next local minute', () => {
  it.each([
    ['later today', '2026-03-03T10:00:00+09:00', 'Asia/Seoul', 21 * 60, '2026-03-03T21:00:00+09:00'],
    ['tomorrow when it is just now', '2026-03-03T08:00:00+09:00', 'Asia/Seoul', 8 * 60, '2026-03-04T08:00:00+09:00'],
    ['a millisecond ahead', '2026-03-03T07:59:59.999+09:00', 'Asia/Seoul', 8 * 60, '2026-03-03T08:00:00+09:00'],
    ['over midnight', '2026-03-03T22:30:00+09:00', 'Asia/Seoul', 8 * 60, '2026-03-04T08:00:00+09:00'],
    ['midnight itself', '2026-03-03T22:30:00+09:00', 'Asia/Seoul', 0, '2026-03-04T00:00:00+09:00'],
    ['midnight at midnight', '2026-03-03T00:00:00+09:00', 'Asia/Seoul', 0, '2026-03-04T00:00:00+09:00'],
    ['over the end of a year', '2026-12-31T23:00:00+09:00', 'Asia/Seoul', 60, '2027-01-01T01:00:00+09:00'],
    [
      'by the customer’s zone, not ours',
      '2026-03-03T22:00:00+09:00',
      'Europe/Berlin',
      21 * 60,
      '2026-03-03T21:00:00+01:00',
    ],
    [
      'over a night that is an hour short',
      '2026-03-28T22:00:00+01:00',
      'Europe/Berlin',
      8 * 60,
      '2026-03-29T08:00:00+02:00',
    ],
    [
      'over a night that is an hour long',
      '2026-10-24T22:00:00+02:00',
      'Europe/Berlin',
      8 * 60,
      '2026-10-25T08:00:00+01:00',
    ],
    [
      'that comes twice, asked for the day before: the first',
      '2026-04-04T23:59:59.999+11:00',
      'Australia/Lord_Howe',
      91,
      '2026-04-05T01:31:00+11:00',
    ],
    [
      'that comes twice, asked for between the two: the second',
      '2026-11-01T01:31:00-04:00',
      'America/New_York',
      90,
      '2026-11-01T01:30:00-05:00',
    ],
    ['half-hour zones', '2026-03-03T10:00:00+05:45', 'Asia/Kathmandu', 12 * 60, '2026-03-03T12:00:00+05:45'],
  ])('%s', (_, at, zone, minute, expected) => {
    expect(new Date(nextLocalMinute(Date.parse(at), zone, minute)).toISOString()).toBe(
      new Date(expected).toISOString(),
    );
  });

  it('lies ahead by at most a day and its hour of summer time, and shows that minute unless the clock skips it', () => {
    const zones = [
      'Asia/Seoul',
      'UTC',
      'Europe/Berlin',
      'America/New_York',
      'Australia/Lord_Howe',
      'America/Santiago',
      'Africa/Cairo',
    ];
    const instants = fc.integer({ min: Date.parse('2025-01-01'), max: Date.parse('2028-01-01') });
    fc.assert(
      fc.property(instants, fc.constantFrom(...zones), fc.integer({ min: 0, max: 1439 }), (at, zone, minute) => {
        const next = nextLocalMinute(at, zone, minute);
        expect(next).toBeGreaterThan(at);
        expect(next - at).toBeLessThanOrEqual(25 * HOUR);
        // Where the clock jumps over the minute, the wall clock shows one hour (Lord Howe: half an hour) later.
        const shown = minuteOfDay(next, zone);
        expect([minute, (minute + 30) % 1440, (minute + 60) % 1440]).toContain(shown);
      }),
      { numRuns: 3_000 },
    );
  });
});

describe('the minute of a day', () => {
  it('is the wall clock’s, whatever was asked before', () => {
    const zone = fc.constantFrom('Asia/Seoul', 'Europe/London', 'America/St_Johns');
    // few instants, so that the same one comes again after others
    const at = fc.integer({ min: 0, max: 5 }).map((n) => Date.parse('2026-03-28T22:17:00Z') + n * 47 * MINUTE);
    fc.assert(
      fc.property(fc.array(fc.record({ at, zone }), { maxLength: 20 }), (questions) => {
        for (const one of questions) {
          const { hour, minute } = DateTime.fromMillis(one.at, { zone: one.zone });
          expect(minuteOfDay(one.at, one.zone)).toBe(hour * 60 + minute);
        }
      }),
    );
  });
});
