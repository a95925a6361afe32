/**
 * When a campaign starts: at its launch, at a time, by calendars, or on an event of a customer; and what becomes of a slot that is due.
 */
import { z } from 'zod';
import { spanMs, spanSchema, zoneSchema, type EpochMs } from '../base/time.js';
import { reservedEvent } from '../base/reserved.js';
import { faultsOfRule } from '../segment/compile.js';
import { ruleSchema } from '../segment/rule.js';
import { calendarSchema, nextSlot, slotsBetween } from './calendar.js';
import { entrySchema } from './entry.js';
import { linkEventOf } from './link.js';

const instant = z.iso.datetime({ offset: true, error: 'is an RFC 3339 time with its offset' });

export const startSchema = z
  .discriminatedUnion('type', [
    z.strictObject({ type: z.literal('now') }),
    z.strictObject({ type: z.literal('at'), at: instant }),
    z.strictObject({
      type: z.literal('recurring'),
      calendars: z.array(calendarSchema).min(1).max(20),
      /** The campaign's zone when left out. */
      zone: zoneSchema.optional(),
      until: instant.optional(),
      /** A slot that could not be fired for longer than this is missed, not made up for. */
      catchUp: spanSchema.default('PT1H'),
    }),
    z.strictObject({
      type: z.literal('event'),
      event: z.string().min(1).max(100),
      /** Over the event's properties. */
      where: ruleSchema.optional(),
      entry: entrySchema,
    }),
    z.strictObject({
      type: z.literal('link').describe('whoever comes from a link node of another campaign, and is in the segment'),
      entry: entrySchema.default({ policy: 'once' }).describe('keys: `campaign`, `run` and `node` that they come from'),
    }),
  ])
  .meta({ id: 'Start' });
export type Start = z.infer<typeof startSchema>;
/** A start that has slots. */
export type TimedStart = Extract<Start, { type: 'at' | 'recurring' }>;
export type EventStart = Extract<Start, { type: 'event' }>;

/** The start that events let somebody in by: a link is an event that we alone tell. Null: it starts otherwise. */
export function eventStartOf(start: Start | undefined, campaign: string): EventStart | null {
  if (start?.type === 'event') return start;
  return start?.type === 'link' ? { type: 'event', event: linkEventOf(campaign), entry: start.entry } : null;
}

export const isTimed = (start: Start | undefined): start is TimedStart =>
  start?.type === 'at' || start?.type === 'recurring';

/** More than these are due at once only after an outage of years. */
const SLOTS_MAX = 1000;

/** In (after, upTo]. `zone`: the campaign's. */
export function slotsOf(start: TimedStart, zone: string, after: EpochMs, upTo: EpochMs): EpochMs[] {
  if (start.type === 'at') {
    const at = Date.parse(start.at);
    return at > after && at <= upTo ? [at] : [];
  }
  const end = start.until === undefined ? upTo : Math.min(upTo, Date.parse(start.until));
  return slotsBetween(start.calendars, start.zone ?? zone, { after, upTo: end, max: SLOTS_MAX });
}

export function nextSlotOf(start: TimedStart, zone: string, after: EpochMs): EpochMs | null {
  if (start.type === 'at') return Date.parse(start.at) > after ? Date.parse(start.at) : null;
  const next = nextSlot(start.calendars, start.zone ?? zone, after);
  return next !== null && start.until !== undefined && next > Date.parse(start.until) ? null : next;
}

/** The trigger key of a slot's run: one instant, one run. */
export const slotKey = (at: EpochMs): string =>
  `slot-${new Date(at).toISOString().replace(/[:.]/g, '-').toLowerCase().slice(0, 19)}`;

export type SkipReason = 'stopped' | 'paused' | 'review_invalid' | 'missed';
export interface SlotVerdict {
  at: EpochMs;
  skip: SkipReason | null;
}

/**
 * Of several slots that are due together only the newest is fired, and none that is older than the catch-up: what piled up while nobody could
 * fire it is listed, not sent at once.
 */
export function judgeSlots(
  slots: readonly EpochMs[],
  start: TimedStart,
  at: { now: EpochMs; control: 'running' | 'paused' | 'stopped'; reviewed: (slot: EpochMs) => boolean },
): SlotVerdict[] {
  const newest = slots.at(-1);
  const late = (slot: EpochMs) => start.type === 'recurring' && at.now - slot > spanMs(start.catchUp);
  return slots.map((slot) => {
    if (at.control !== 'running') return { at: slot, skip: at.control };
    if (slot !== newest || late(slot)) return { at: slot, skip: 'missed' };
    return { at: slot, skip: at.reviewed(at.now) ? null : 'review_invalid' };
  });
}

/** JSON Pointers into the campaign. */
export function startFaults(start: Start | undefined, zone: string): { pointer: string; detail: string }[] {
  if (start?.type === 'recurring') {
    // any year has the same calendar days, a leap day within eight
    const never = nextSlot(start.calendars, start.zone ?? zone, 0) === null;
    return never ? [{ pointer: '/start/calendars', detail: 'never come' }] : [];
  }
  if (start?.type !== 'event') return [];
  const faults = start.where
    ? faultsOfRule(start.where, 'event').map(({ pointer, detail }) => ({ pointer: `/start/where${pointer}`, detail }))
    : [];
  const reserved = reservedEvent(start.event);
  if (reserved) faults.push({ pointer: '/start/event', detail: `begins with ${reserved}, which starts nothing` });
  return faults;
}
