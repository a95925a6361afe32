/**
 * What becomes of the slots that are due: of a pile only the newest, nothing in a pause, nothing that is too late; and what calendars Temporal gets.
 */
import { describe, expect, it } from '@jest/globals';
import {
  isTimed,
  judgeSlots,
  nextSlotOf,
  slotKey,
  slotsOf,
  startFaults,
  startSchema,
  type TimedStart,
} from '../../../src/domain/trigger/start.js';
import { keySchema } from '../../../src/domain/base/keys.js';
import { alarmOf } from '../../../src/domain/trigger/alarm.js';

const ms = (iso: string) => Date.parse(iso);
const parsed = (start: object): TimedStart => {
  const value = startSchema.parse(start);
  if (!isTimed(value)) throw new Error('not timed');
  return value;
};
const daily = parsed({ type: 'recurring', calendars: [{ times: ['12:00'] }] });
const NOON = ms('2026-03-03T12:00:00+09:00');
const DAY = 86_400_000;
const running = { control: 'running' as const, reviewed: () => true };

describe('slots that are due', () => {
  it.each([
    ['one, in time', [NOON], NOON, running, [null]],
    ['one, within the catch-up', [NOON], NOON + 3_600_000, running, [null]],
    ['one, a millisecond later', [NOON], NOON + 3_600_001, running, ['missed']],
    ['a pile: only the newest', [NOON - 2 * DAY, NOON - DAY, NOON], NOON, running, ['missed', 'missed', null]],
    ['in a pause', [NOON - DAY, NOON], NOON, { ...running, control: 'paused' as const }, ['paused', 'paused']],
    ['after a stop', [NOON], NOON, { ...running, control: 'stopped' as const }, ['stopped']],
    ['without a valid review', [NOON], NOON, { ...running, reviewed: () => false }, ['review_invalid']],
    ['none', [], NOON, running, []],
  ])('%s', (_, slots, now, at, skips) => {
    expect(judgeSlots(slots, daily, { ...at, now }).map(({ skip }) => skip)).toEqual(skips);
  });

  it('a stated time is made up for, however late', () => {
    const start = parsed({ type: 'at', at: '2026-03-03T12:00:00+09:00' });
    expect(slotsOf(start, 'Asia/Seoul', NOON - 1, NOON + DAY)).toEqual([NOON]);
    expect(judgeSlots([NOON], start, { ...running, now: NOON + 30 * DAY })).toEqual([{ at: NOON, skip: null }]);
    expect([nextSlotOf(start, 'Asia/Seoul', NOON - 1), nextSlotOf(start, 'Asia/Seoul', NOON)]).toEqual([NOON, null]);
  });

  it('end with `until`', () => {
    const start = parsed({ type: 'recurring', calendars: [{ times: ['12:00'] }], until: '2026-03-03T12:00:00+09:00' });
    expect(nextSlotOf(start, 'Asia/Seoul', NOON - 1)).toBe(NOON);
    expect(nextSlotOf(start, 'Asia/Seoul', NOON)).toBeNull();
    expect(slotsOf(start, 'Asia/Seoul', NOON - DAY, NOON + 9 * DAY)).toEqual([NOON]);
  });

  it('are of the start’s own zone, else of the campaign’s', () => {
    const own = parsed({ type: 'recurring', calendars: [{ times: ['12:00'] }], zone: 'UTC' });
    expect(nextSlotOf(own, 'Asia/Seoul', NOON)).toBe(ms('2026-03-03T12:00:00Z'));
  });

  it('have keys that a run can be triggered by, one for each instant', () => {
    expect(slotKey(NOON)).toBe('slot-2026-03-03t03-00-00');
    expect(keySchema.safeParse(slotKey(NOON)).success).toBe(true);
  });
});

describe('a start', () => {
  it.each([
    [{ type: 'recurring', calendars: [{ times: ['12:00'], days: [30], months: [2] }] }, ['/start/calendars']],
    [{ type: 'event', event: 'payout.paid', entry: { policy: 'once' } }, ['/start/event']],
    [
      {
        type: 'event',
        event: 'order',
        where: { combinator: 'and', rules: [{ field: 'id', operator: 'notNull' }] },
        entry: { policy: 'once' },
      },
      ['/start/where/rules/0'],
    ],
    [{ type: 'recurring', calendars: [{ times: ['12:00'] }] }, []],
  ])('%j has faults at %j', (start, pointers) => {
    expect(startFaults(startSchema.parse(start), 'Asia/Seoul').map(({ pointer }) => pointer)).toEqual(pointers);
  });

  it.each([
    { type: 'at', at: '2026-03-03' },
    { type: 'recurring', calendars: [] },
    { type: 'recurring', calendars: [{ times: ['24:00'] }] },
    { type: 'recurring', calendars: [{ times: ['12:00'], weekdays: [] }] },
    { type: 'recurring', calendars: [{ times: ['12:00'], days: [0] }] },
    { type: 'event', event: 'order' },
    { type: 'event', event: 'order', entry: { policy: 'always' } },
    { type: 'later' },
  ])('%j is none', (start) => {
    expect(startSchema.safeParse(start).success).toBe(false);
  });
});

describe('what Temporal is told', () => {
  it('are the calendars in their zone', () => {
    const start = parsed({
      type: 'recurring',
      calendars: [{ times: ['12:30', '18:00'], weekdays: ['mon', 'sun'], days: [1], months: [12] }],
      until: '2026-12-31T00:00:00Z',
    });
    const shared = { dayOfWeek: ['MONDAY', 'SUNDAY'], dayOfMonth: [1], month: ['DECEMBER'] };
    expect(alarmOf(start, 'Asia/Seoul')).toEqual({
      calendars: [
        { hour: 12, minute: 30, ...shared },
        { hour: 18, minute: 0, ...shared },
      ],
      timezone: 'Asia/Seoul',
      endAt: new Date('2026-12-31T00:00:00Z'),
    });
  });

  it('is the one second that a stated time is in, or follows', () => {
    expect(alarmOf(parsed({ type: 'at', at: '2026-03-03T12:00:00.5+09:00' }), 'Asia/Seoul')).toEqual({
      calendars: [{ year: 2026, month: 'MARCH', dayOfMonth: 3, hour: 3, minute: 0, second: 1 }],
    });
  });
});
