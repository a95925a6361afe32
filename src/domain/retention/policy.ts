/**
 * How long rows are kept: per kind a number of days or for ever, never below its floor. What money rests on is of no kind: it is kept for ever.
 */
import { z } from 'zod';

const DAYS_MAX = 36_500;

/**
 * `runs`: decisions and messages of runs that are over. `events`: what customers did. `requests`: keys of repeated requests and webhooks. The floor of
 * the first two is how long a late response is heard.
 */
export const FLOOR_DAYS = { runs: 93, events: 93, requests: 7 } as const;
export type RetentionKind = keyof typeof FLOOR_DAYS;

export const KINDS = ['runs', 'events', 'requests'] as const satisfies readonly RetentionKind[];
export const retentionKindSchema = z.enum(KINDS).meta({ id: 'RetentionKind' });
export const retentionDaysSchema = z.int().min(1).max(DAYS_MAX).nullable();

/** Why a run that is old enough may not expire yet; the names that the database gives. */
export const HELD_BY = {
  open: 'it is not over',
  restoration: 'Postgres was set back, and what it doubts is not settled',
  young: 'it has not been over for long enough',
  late_responses: 'late responses to it are still heard',
  moved_people: 'people were moved from it to a run that is not over',
  untold_link: 'a link of it has not been told',
  open_payout: 'a payout of it is open, or paid and not settled',
  open_reversal: 'a reversal of it is open',
  owed: 'a payout of it is still owed',
  open_break: 'a settlement says otherwise about a payout of it',
  open_box: 'it drew from a lucky box that is not closed',
  no_statement: 'a month in which it paid has no statement yet',
  messages: 'a message of it is open, still shown, or counts for a contact policy',
} as const;
export type HeldBy = keyof typeof HELD_BY;
