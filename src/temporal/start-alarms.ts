/**
 * A campaign's calendars as a Temporal Schedule in its zone: an alarm that lets a workflow look which slots are due. What has been fired is known by
 * rows, so a schedule that is changed, lost or rings twice fires nothing again.
 */
import {
  ScheduleAlreadyRunning,
  ScheduleNotFoundError,
  ScheduleOverlapPolicy,
  type CalendarSpec,
  type Client,
  type ScheduleOptions,
  type ScheduleSpec,
} from '@temporalio/client';
import { MAIN_QUEUE, startWorkflowId } from '../../workflows/ids.js';
import type { startWorkflow } from '../../workflows/index.js';
import { WEEKDAYS, type Calendar } from '../domain/trigger/calendar.js';
import type { TimedStart } from '../domain/trigger/start.js';

export interface Alarm {
  campaign: string;
  start: TimedStart;
  /** The campaign's. */
  zone: string;
}

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

export class StartAlarms {
  constructor(
    private readonly client: Client,
    private readonly clockOffsetMs: () => Promise<number>,
  ) {}

  /** Set or changed. Under a business epoch there is none: calendars of Temporal's time are not those of business time; the sweep fires then. */
  async put({ campaign, start, zone }: Alarm): Promise<void> {
    const clockOffsetMs = await this.clockOffsetMs();
    if (clockOffsetMs !== 0) return;
    const options: ScheduleOptions = {
      scheduleId: startWorkflowId(campaign),
      spec: specOf(start, zone),
      policies: { overlap: ScheduleOverlapPolicy.BUFFER_ONE, catchupWindow: '1 minute' },
      action: {
        type: 'startWorkflow',
        workflowType: 'startWorkflow' satisfies (typeof startWorkflow)['name'],
        workflowId: startWorkflowId(campaign),
        taskQueue: MAIN_QUEUE,
        args: [{ campaign, clockOffsetMs }],
        workflowExecutionTimeout: '1 minute',
      },
    };
    try {
      await this.client.schedule.create(options);
    } catch (error) {
      if (!(error instanceof ScheduleAlreadyRunning)) throw error;
      const { spec, policies, action } = options;
      await this.client.schedule
        .getHandle(options.scheduleId)
        .update(({ state }) => ({ spec, policies, action, state }));
    }
  }

  async remove(campaign: string): Promise<void> {
    try {
      await this.client.schedule.getHandle(startWorkflowId(campaign)).delete();
    } catch (error) {
      if (!(error instanceof ScheduleNotFoundError)) throw error;
    }
  }
}

export function specOf(start: TimedStart, zone: string): ScheduleSpec {
  if (start.type === 'recurring') {
    const end = start.until === undefined ? {} : { endAt: new Date(start.until) };
    return { calendars: start.calendars.flatMap(calendarsOf), timezone: start.zone ?? zone, ...end };
  }
  const at = new Date(start.at);
  // the first whole second that is not before it
  const first = new Date(Math.ceil(at.getTime() / 1000) * 1000);
  const month = MONTH_NAMES[first.getUTCMonth()] ?? 'JANUARY';
  const time = { hour: first.getUTCHours(), minute: first.getUTCMinutes(), second: first.getUTCSeconds() };
  return { calendars: [{ year: first.getUTCFullYear(), month, dayOfMonth: first.getUTCDate(), ...time }] };
}

function calendarsOf({ times, weekdays, days, months }: Calendar): CalendarSpec[] {
  return times.map((clock) => ({
    hour: Number(clock.slice(0, 2)),
    minute: Number(clock.slice(3, 5)),
    ...(weekdays ? { dayOfWeek: weekdays.map((day) => DAY_NAMES[WEEKDAYS.indexOf(day)] ?? 'MONDAY') } : {}),
    ...(days ? { dayOfMonth: days } : {}),
    ...(months ? { month: months.map((month) => MONTH_NAMES[month - 1] ?? 'JANUARY') } : {}),
  }));
}
