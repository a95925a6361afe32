/**
 * All campaigns by the days on which they send, and the contacts of each day against the policies: to see where one more campaign still has room.
 */
import { Controller, Get, Inject, Query } from '@nestjs/common';
import { CalendarStore } from '../../storage/calendar.store.js';
import { policiesInForce } from '../../storage/policies-in-force.js';
import type { Pool } from '../../storage/pool.js';
import { presentWindow } from '../contact-policies/windows.dto.js';
import { Endpoint, roles } from '../http/endpoint.js';
import { CLOCK, POOL, type Clock } from '../ports.js';
import { calendarQuerySchema, calendarSchema, spanOf, type CalendarQuery } from './calendar.dto.js';
import { plannedSends } from './plan.js';

@Controller('v1/calendar')
export class CalendarController {
  constructor(
    private readonly calendar: CalendarStore,
    @Inject(POOL) private readonly pool: Pool,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Get()
  @Endpoint({
    summary:
      'Campaigns by the days on which they send, planned and under way; contacts made and planned by day against each contact policy',
    access: roles('marketer', 'approver', 'operator', 'admin'),
    answer: calendarSchema,
    problems: ['invalid'],
  })
  async find(@Query({ schema: calendarQuerySchema }) query: CalendarQuery) {
    const { from, to, zone } = query;
    const { days, ...span } = spanOf(query);
    const now = this.clock.now();
    const policies = await policiesInForce(this.pool);
    const [runs, starts, drafts, contacts] = await Promise.all([
      this.calendar.runs(span),
      this.calendar.starts(),
      this.calendar.drafts(),
      this.calendar.contacts(span, zone, policies),
    ]);
    const sends = plannedSends({ runs: runs.rows, starts: starts.rows, drafts: drafts.rows }, span, zone, now);
    const made = new Map(contacts.map((day) => [day.day, day]));
    const none = policies.map(() => ({ contacts: 0, people: 0, full: 0 }));
    return {
      from,
      to,
      zone,
      now: new Date(now),
      policies: policies.map(({ key, version, scope, window, cap }) => {
        return { key, version, scope, window: presentWindow(window), cap };
      }),
      days: days.map((day) => {
        const ahead = sends.filter((send) => send.day === day && send.latestAt.getTime() > now);
        return {
          day,
          made: made.get(day)?.made ?? 0,
          reserved: made.get(day)?.reserved ?? 0,
          plannedMax: ahead.reduce((sum, { peopleMax }) => sum + (peopleMax ?? 0), 0),
          plannedUnknown: ahead.filter(({ peopleMax }) => peopleMax === null).length,
          policies: made.get(day)?.policies ?? none,
        };
      }),
      sends,
      more: runs.more || starts.more || drafts.more,
    };
  }
}
