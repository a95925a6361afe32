/**
 * Calendars against a naive oracle that looks at every minute of the wall clock, in zones whose clocks change; and the days that are easily missed.
 */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { DateTime } from 'luxon';
import { nextSlot, slotsBetween, WEEKDAYS, type Calendar } from '../../../src/domain/trigger/calendar.js';
import { seeded } from '../../support/seeded.js';

const SEED = seeded('calendars');
const DAY_MS = 86_400_000;
const ms = (iso: string) => Date.parse(iso);
const all = (calendars: Calendar[], zone: string, after: number, upTo: number) =>
  slotsBetween(calendars, zone, { after, upTo, max: 10_000 });

/** Every minute whose local time is named, the first time that it comes on its day. */
function oracle(calendars: Calendar[], zone: string, after: number, upTo: number): number[] {
  const slots: number[] = [];
  const seen = new Set<string>();
  for (let at = Math.floor(after / 60_000) * 60_000 - 4 * 3_600_000; at <= upTo; at += 60_000) {
    const local = DateTime.fromMillis(at, { zone });
    const clock = local.toFormat('HH:mm');
    const named = calendars.some(
      ({ times, weekdays, days, months }) =>
        times.includes(clock) &&
        (weekdays?.some((day) => WEEKDAYS.indexOf(day) + 1 === local.weekday) ?? true) &&
        (days?.includes(local.day) ?? true) &&
        (months?.includes(local.month) ?? true),
    );
    if (!named) continue;
    const wall = `${local.toISODate()} ${clock}`;
    if (!seen.has(wall) && at > after) slots.push(at);
    seen.add(wall);
  }
  return slots;
}

const clock = fc
  .record({ h: fc.integer({ min: 4, max: 23 }), m: fc.constantFrom(0, 1, 30, 59) })
  .map(({ h, m }) => `${String(h).padStart(2, '0')}:${String(m).padStart(2, '0')}`);
const calendar: fc.Arbitrary<Calendar> = fc.record(
  {
    times: fc.array(clock, { minLength: 1, maxLength: 3 }),
    weekdays: fc.subarray([...WEEKDAYS], { minLength: 1 }),
    days: fc.array(fc.integer({ min: 1, max: 31 }), { minLength: 1, maxLength: 20 }),
    months: fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 8 }),
  },
  { requiredKeys: ['times'] },
);
const zone = fc.constantFrom('Asia/Seoul', 'America/New_York', 'Australia/Lord_Howe', 'UTC', 'Asia/Kathmandu');

describe('the slots of calendars', () => {
  it('are the minutes of the wall clock that they name, as a naive search finds them', () => {
    fc.assert(
      fc.property(
        fc.array(calendar, { minLength: 1, maxLength: 3 }),
        zone,
        fc.integer({ min: ms('2026-01-01T00:00:00Z'), max: ms('2027-01-01T00:00:00Z') }),
        fc.integer({ min: 1, max: 3 * DAY_MS }),
        (calendars, at, after, span) => {
          const slots = all(calendars, at, after, after + span);
          expect(slots).toEqual(oracle(calendars, at, after, after + span));
          const next = nextSlot(calendars, at, after);
          if (slots.length > 0) expect(next).toBe(slots[0]);
          else expect(next === null || next > after + span).toBe(true);
        },
      ),
      { seed: SEED, numRuns: 60 },
    );
  });

  it('do not depend on how often one looks', () => {
    fc.assert(
      fc.property(calendar, zone, fc.array(fc.integer({ min: 1, max: DAY_MS }), { maxLength: 6 }), (one, at, steps) => {
        const from = ms('2026-10-30T00:00:00Z');
        let here = from;
        const found = steps.flatMap((step) => {
          const slots = all([one], at, here, here + step);
          here += step;
          return slots;
        });
        expect(found).toEqual(all([one], at, from, here));
      }),
      { seed: SEED, numRuns: 60 },
    );
  });

  it('come once where the clock comes twice, and late by the gap where it is skipped', () => {
    const night = [{ times: ['01:30', '02:30'] }];
    const york = 'America/New_York';
    expect(all(night, york, ms('2026-11-01T00:00:00-04:00'), ms('2026-11-01T12:00:00-05:00'))).toEqual([
      ms('2026-11-01T01:30:00-04:00'),
      ms('2026-11-01T02:30:00-05:00'),
    ]);
    expect(all(night, york, ms('2026-03-08T00:00:00-05:00'), ms('2026-03-08T12:00:00-04:00'))).toEqual([
      ms('2026-03-08T01:30:00-05:00'),
      ms('2026-03-08T03:30:00-04:00'),
    ]);
  });

  it('find a leap day, the first monday of a month, and never a 30 February', () => {
    const at = ms('2026-03-01T00:00:00Z');
    expect(nextSlot([{ times: ['09:00'], days: [29], months: [2] }], 'UTC', at)).toBe(ms('2028-02-29T09:00:00Z'));
    const monday = [{ times: ['09:00'], weekdays: ['mon' as const], days: [1, 2, 3, 4, 5, 6, 7] }];
    expect(nextSlot(monday, 'UTC', at)).toBe(ms('2026-03-02T09:00:00Z'));
    expect(nextSlot([{ times: ['09:00'], days: [30], months: [2] }], 'UTC', at)).toBeNull();
  });

  it('are half-open, and bounded to the newest', () => {
    const daily = [{ times: ['12:00'] }];
    const noon = ms('2026-03-03T12:00:00+09:00');
    expect(all(daily, 'Asia/Seoul', noon - 1, noon)).toEqual([noon]);
    expect(all(daily, 'Asia/Seoul', noon, noon + DAY_MS - 1)).toEqual([]);
    expect(slotsBetween(daily, 'Asia/Seoul', { after: noon - 9 * DAY_MS, upTo: noon, max: 2 })).toEqual([
      noon - DAY_MS,
      noon,
    ]);
  });
});
