/**
 * A calendar at the edge: days of one zone, campaigns by when they send, contacts against each policy.
 */
import { DateTime } from 'luxon';
import { z } from 'zod';
import { zoneSchema } from '../../domain/base/time.js';
import { policyScopeSchema } from '../../domain/contact-policy/policy.js';
import { windowSchema } from '../contact-policies/windows.dto.js';
import { Problem } from '../http/problem.js';
import type { Span } from '../../storage/calendar.store.js';

const DAYS_MAX = 62;
const time = z.iso.datetime();

export const calendarQuerySchema = z.object({
  from: z.iso.date().describe('the first day'),
  to: z.iso.date().describe(`the last day, at most ${DAYS_MAX} in all`),
  zone: zoneSchema.default('Asia/Seoul').describe('of the days; IANA'),
});
export type CalendarQuery = z.infer<typeof calendarQuerySchema>;

const sendSchema = z
  .object({
    campaign: z.string(),
    name: z.string(),
    kind: z.enum(['run', 'start', 'draft']).describe('under way, launched and to start, or not launched yet'),
    state: z.string().describe('of the run, or of the campaign'),
    run: z.string().nullable(),
    startAt: time.describe('when the run started, or the slot at which one would'),
    node: z.string().describe('the send'),
    earliestAt: time,
    latestAt: time.describe('of people who answer no wait; hours, pauses and loops may make it later'),
    day: z.string().describe('of latestAt'),
    peopleMax: z
      .int()
      .nullable()
      .describe(
        'at most so many: who is under way, or whom the campaign’s last run reached (an estimate); null: nobody knows',
      ),
    estimate: z.boolean().describe('the day or the number may be others'),
  })
  .meta({ id: 'CalendarSend' });

const policySchema = z
  .object({
    key: z.string(),
    version: z.int(),
    scope: policyScopeSchema,
    window: windowSchema,
    cap: z.int(),
  })
  .meta({ id: 'CalendarPolicy' });

const daySchema = z
  .object({
    day: z.string(),
    made: z.int().describe('contacts that were handed over on it'),
    reserved: z.int().describe('decided on it, to be handed over yet'),
    plannedMax: z.int().describe('people of the sends that come on it, as far as anybody knows; an estimate'),
    plannedUnknown: z.int().describe('sends of which nobody knows how many they reach'),
    policies: z
      .array(
        z.object({
          contacts: z.int().describe('that the policy counts'),
          people: z.int(),
          full: z.int().describe('whose contact of that day made as many as the cap allows, by whole days of the zone'),
        }),
      )
      .describe('in the order of `policies`'),
  })
  .meta({ id: 'CalendarDay' });

export const calendarSchema = z
  .object({
    from: z.string(),
    to: z.string(),
    zone: z.string(),
    now: time.describe('business time of the answer'),
    policies: z.array(policySchema).describe('in force now; past days are told against them, too'),
    days: z.array(daySchema),
    sends: z.array(sendSchema).describe('by their day'),
    more: z.boolean().describe('there are more runs or campaigns than a calendar shows'),
  })
  .meta({ id: 'CampaignCalendar' });

/** Errors: 400 where the days are the wrong way round, or too many. */
export function spanOf({ from, to, zone }: CalendarQuery): Span & { days: string[] } {
  const [first, last] = [from, to].map((day) => DateTime.fromISO(day, { zone }).startOf('day')) as [DateTime, DateTime];
  const count = Math.round(last.diff(first, 'days').days) + 1;
  const fault = (detail: string) => new Problem('invalid', undefined, { errors: [{ parameter: 'to', detail }] });
  if (count < 1) throw fault('is before `from`');
  if (count > DAYS_MAX) throw fault(`is more than ${DAYS_MAX} days after \`from\``);
  const days = Array.from({ length: count }, (_, n) => first.plus({ days: n }).toISODate() as string);
  return { from: first.toJSDate(), to: last.plus({ days: 1 }).startOf('day').toJSDate(), days };
}
