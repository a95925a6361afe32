/**
 * Calendar windows begin where the customer's calendar says: over DST, where midnight is skipped or comes twice, at month ends and on leap
 * days.
 */
import { describe, expect, it } from '@jest/globals';
import { calendarPeriod, windowFrom, windowTo, type CalendarUnit } from '../../../src/domain/contact-policy/window.js';

const SEOUL = 'Asia/Seoul';
const BERLIN = 'Europe/Berlin';
const NEW_YORK = 'America/New_York';
const CAIRO = 'Africa/Cairo';
const HAVANA = 'America/Havana';

describe('the calendar period', () => {
  it.each<[CalendarUnit, string, string, string, string]>([
    // unit, zone, at, from, to
    ['day', SEOUL, '2026-03-03T00:00:00+09:00', '2026-03-03T00:00:00+09:00', '2026-03-04T00:00:00+09:00'],
    ['day', SEOUL, '2026-03-03T23:59:59.999+09:00', '2026-03-03T00:00:00+09:00', '2026-03-04T00:00:00+09:00'],
    ['day', BERLIN, '2026-03-29T12:00:00+02:00', '2026-03-29T00:00:00+01:00', '2026-03-30T00:00:00+02:00'],
    ['day', BERLIN, '2026-10-25T12:00:00+01:00', '2026-10-25T00:00:00+02:00', '2026-10-26T00:00:00+01:00'],
    ['day', NEW_YORK, '2026-03-08T03:00:00-04:00', '2026-03-08T00:00:00-05:00', '2026-03-09T00:00:00-04:00'],
    ['day', NEW_YORK, '2026-11-01T01:30:00-05:00', '2026-11-01T00:00:00-04:00', '2026-11-02T00:00:00-05:00'],
    // no midnight: the day begins at 01:00
    ['day', CAIRO, '2026-04-24T12:00:00+03:00', '2026-04-24T01:00:00+03:00', '2026-04-25T00:00:00+03:00'],
    ['day', CAIRO, '2026-04-23T12:00:00+02:00', '2026-04-23T00:00:00+02:00', '2026-04-24T01:00:00+03:00'],
    ['day', HAVANA, '2026-03-08T12:00:00-04:00', '2026-03-08T01:00:00-04:00', '2026-03-09T00:00:00-04:00'],
    // the hour before midnight comes twice, or midnight itself: the first one begins the day
    ['day', CAIRO, '2026-10-29T23:30:00+02:00', '2026-10-29T00:00:00+03:00', '2026-10-30T00:00:00+02:00'],
    ['day', HAVANA, '2026-11-01T00:30:00-04:00', '2026-11-01T00:00:00-04:00', '2026-11-02T00:00:00-05:00'],
    ['day', HAVANA, '2026-11-01T00:30:00-05:00', '2026-11-01T00:00:00-04:00', '2026-11-02T00:00:00-05:00'],
    ['day', HAVANA, '2026-11-01T12:00:00-05:00', '2026-11-01T00:00:00-04:00', '2026-11-02T00:00:00-05:00'],
    ['day', HAVANA, '2026-10-31T12:00:00-04:00', '2026-10-31T00:00:00-04:00', '2026-11-01T00:00:00-04:00'],
    ['week', SEOUL, '2026-03-01T23:00:00+09:00', '2026-02-23T00:00:00+09:00', '2026-03-02T00:00:00+09:00'],
    ['week', SEOUL, '2026-03-02T00:00:00+09:00', '2026-03-02T00:00:00+09:00', '2026-03-09T00:00:00+09:00'],
    ['week', BERLIN, '2027-01-01T12:00:00+01:00', '2026-12-28T00:00:00+01:00', '2027-01-04T00:00:00+01:00'],
    ['week', BERLIN, '2026-03-29T12:00:00+02:00', '2026-03-23T00:00:00+01:00', '2026-03-30T00:00:00+02:00'],
    ['month', SEOUL, '2028-02-29T12:00:00+09:00', '2028-02-01T00:00:00+09:00', '2028-03-01T00:00:00+09:00'],
    ['month', SEOUL, '2026-02-28T23:59:59+09:00', '2026-02-01T00:00:00+09:00', '2026-03-01T00:00:00+09:00'],
    ['month', SEOUL, '2026-01-31T00:00:00+09:00', '2026-01-01T00:00:00+09:00', '2026-02-01T00:00:00+09:00'],
    ['month', NEW_YORK, '2026-03-31T23:00:00-04:00', '2026-03-01T00:00:00-05:00', '2026-04-01T00:00:00-04:00'],
    ['month', HAVANA, '2026-11-15T00:00:00-05:00', '2026-11-01T00:00:00-04:00', '2026-12-01T00:00:00-05:00'],
  ])('of a %s in %s at %s is [%s, %s)', (unit, zone, at, from, to) => {
    expect(calendarPeriod(unit, Date.parse(at), zone)).toEqual({ from: Date.parse(from), to: Date.parse(to) });
  });
});

describe('a window', () => {
  it('that rolls counts from just after its span, and has no end', () => {
    const window = { kind: 'rolling' as const, spanMs: 1_000 };
    expect(windowFrom(window, 5_000, SEOUL)).toBe(4_001);
    expect(windowTo(window, 5_000, SEOUL)).toBe(Number.MAX_SAFE_INTEGER);
  });

  it('of the calendar is the period of the customer’s own zone', () => {
    const at = Date.parse('2026-03-03T00:30:00+09:00');
    const window = { kind: 'calendar' as const, unit: 'day' as const };
    expect(new Date(windowFrom(window, at, SEOUL)).toISOString()).toBe('2026-03-02T15:00:00.000Z');
    expect(new Date(windowFrom(window, at, BERLIN)).toISOString()).toBe('2026-03-01T23:00:00.000Z');
  });
});
