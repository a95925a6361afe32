/**
 * A start as the calendars by which a scheduler wakes us (in the words of Temporal's schedules). It decides nothing: which slots are due is computed
 * when the alarm rings.
 */
import { WEEKDAYS, type Calendar } from './calendar.js';
import type { TimedStart } from './start.js';

const DAY_NAMES = ['MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY', 'SATURDAY', 'SUNDAY'] as const;
const MONTH_NAMES = [
  'JANUARY',
  'FEBRUARY',
  'MARCH',
  'APRIL',
  'MAY',
  'JUNE',
  'JULY',
  'AUGUST',
  'SEPTEMBER',
  'OCTOBER',
  'NOVEMBER',
  'DECEMBER',
] as const;

type DayName = (typeof DAY_NAMES)[number];
type MonthName = (typeof MONTH_NAMES)[number];

export interface AlarmCalendar {
  year?: number;
  month?: MonthName | MonthName[];
  dayOfMonth?: number | number[];
  dayOfWeek?: DayName[];
  hour: number;
  minute: number;
  second?: number;
}
export interface Alarm {
  calendars: AlarmCalendar[];
  /** UTC when left out. */
  timezone?: string;
  endAt?: Date;
}

/** `zone`: the campaign's. */
export function alarmOf(start: TimedStart, zone: string): Alarm {
  if (start.type === 'recurring') {
    const end = start.until === undefined ? {} : { endAt: new Date(start.until) };
    return { calendars: start.calendars.flatMap(calendarsOf), timezone: start.zone ?? zone, ...end };
  }
  // the first whole second that is not before it
  const first = new Date(Math.ceil(Date.parse(start.at) / 1000) * 1000);
  const time = { hour: first.getUTCHours(), minute: first.getUTCMinutes(), second: first.getUTCSeconds() };
  const date = {
    year: first.getUTCFullYear(),
    month: monthName(first.getUTCMonth() + 1),
    dayOfMonth: first.getUTCDate(),
  };
  return { calendars: [{ ...date, ...time }] };
}

function calendarsOf({ times, weekdays, days, months }: Calendar): AlarmCalendar[] {
  return times.map((clock) => ({
    hour: Number(clock.slice(0, 2)),
    minute: Number(clock.slice(3, 5)),
    ...(weekdays ? { dayOfWeek: weekdays.map((day) => DAY_NAMES[WEEKDAYS.indexOf(day)] ?? 'MONDAY') } : {}),
    ...(days ? { dayOfMonth: days } : {}),
    ...(months ? { month: months.map(monthName) } : {}),
  }));
}

const monthName = (month: number): MonthName => MONTH_NAMES[month - 1] ?? 'JANUARY';
