/**
 * Windows of rules about events: half-open, ended by the question's now, calendar periods on the stated zone's wall clock.
 */
import { describe, expect, it } from '@jest/globals';
import { eventWindowSchema, resolveWindow, type EventWindow } from '../../../src/domain/segment/window.js';

const at = (iso: string) => Date.parse(iso);
const NOW = at('2026-11-03T14:00:00+09:00'); // a Tuesday

function resolved(window: EventWindow | undefined, now = NOW) {
  const { from, to } = resolveWindow(window, now);
  return [from === null ? null : new Date(from).toISOString(), new Date(to).toISOString()];
}
const seoul = (iso: string) => new Date(at(`${iso}+09:00`)).toISOString();
const calendar = (unit: 'day' | 'week' | 'month', back: number, count?: number, zone = 'Asia/Seoul'): EventWindow => ({
  kind: 'calendar',
  unit,
  back,
  ...(count === undefined ? {} : { count }),
  zone,
});

describe('a window', () => {
  it.each<[string, EventWindow | undefined, [string | null, string]]>([
    ['none: all that was before now', undefined, [null, seoul('2026-11-03T14:00:00')]],
    ['the last week', { kind: 'rolling', span: 'P7D' }, [seoul('2026-10-27T14:00:00'), seoul('2026-11-03T14:00:00')]],
    ['today so far', calendar('day', 0), [seoul('2026-11-03T00:00:00'), seoul('2026-11-03T14:00:00')]],
    ['yesterday', calendar('day', 1), [seoul('2026-11-02T00:00:00'), seoul('2026-11-03T00:00:00')]],
    ['last week, from Monday', calendar('week', 1), [seoul('2026-10-26T00:00:00'), seoul('2026-11-02T00:00:00')]],
    ['last month', calendar('month', 1), [seoul('2026-10-01T00:00:00'), seoul('2026-11-01T00:00:00')]],
    ['three whole months', calendar('month', 3, 3), [seoul('2026-08-01T00:00:00'), seoul('2026-11-01T00:00:00')]],
    [
      'this month and two before',
      calendar('month', 2, 3),
      [seoul('2026-09-01T00:00:00'), seoul('2026-11-03T14:00:00')],
    ],
    [
      'stated instants, the later one beyond now',
      { kind: 'fixed', from: '2026-11-01T00:00:00+09:00', to: '2026-12-01T00:00:00+09:00' },
      [seoul('2026-11-01T00:00:00'), seoul('2026-11-03T14:00:00')],
    ],
  ])('of %s', (_, window, expected) => {
    expect(resolved(window)).toEqual(expected);
  });

  it('is another one in another zone at the same moment', () => {
    expect(resolved(calendar('day', 1, 1, 'America/New_York'))).toEqual([
      '2026-11-02T05:00:00.000Z',
      '2026-11-03T05:00:00.000Z',
    ]);
  });

  it('of a day whose clocks went back has 25 hours, and begins at the first of two midnights', () => {
    const day = resolved(calendar('day', 2, 1, 'America/New_York'));
    expect(day).toEqual(['2026-11-01T04:00:00.000Z', '2026-11-02T05:00:00.000Z']);
    // Havana went back from 01:00 to 00:00 on 2026-11-01
    expect(resolved(calendar('day', 2, 1, 'America/Havana'))[0]).toBe('2026-11-01T04:00:00.000Z');
  });

  it('of a month that is shorter than the day of now is that month', () => {
    expect(resolved(calendar('month', 1), at('2026-03-31T12:00:00+09:00'))).toEqual([
      seoul('2026-02-01T00:00:00'),
      seoul('2026-03-01T00:00:00'),
    ]);
  });

  it.each<[string, unknown]>([
    ['a zone that is none', calendar('day', 1, 1, 'Asia/Atlantis')],
    ['a calendar without a zone', { kind: 'calendar', unit: 'day', back: 1 }],
    ['more periods than there have been', calendar('month', 1, 3)],
    ['no period', calendar('month', 1, 0)],
    ['a span of no fixed length', { kind: 'rolling', span: 'P3M' }],
    ['an end before its beginning', { kind: 'fixed', from: '2026-11-02T00:00:00Z', to: '2026-11-01T00:00:00Z' }],
    ['a local time', { kind: 'fixed', from: '2026-11-02T00:00:00' }],
  ])('is not %s', (_, window) => {
    expect(eventWindowSchema.safeParse(window).success).toBe(false);
  });
});
