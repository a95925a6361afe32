/**
 * How far back rules look at events, by the event's name: before that they may go. Rules are found wherever they stand in a definition.
 */
import { spanMs, type EpochMs } from '../base/time.js';
import type { EventsOf } from '../segment/rule.js';
import { resolveWindow } from '../segment/window.js';

/** By name of an event, since when it has to be kept; null: for ever. */
export type LookBack = Map<string, EpochMs | null>;

/** @param definitions segment rules, launched campaigns: JSON as stored and validated. */
export function lookBackOf(definitions: readonly unknown[], now: EpochMs): LookBack {
  const since: LookBack = new Map();
  const keep = (event: string, from: EpochMs | null) => {
    const before = since.get(event);
    since.set(event, from === null || before === null ? null : Math.min(before ?? from, from));
  };
  const visit = (value: unknown, name: string): void => {
    if (typeof value !== 'object' || value === null) return;
    if (name === 'of' && isMeasure(value)) {
      const { from } = resolveWindow(value.window, now);
      keep(value.event, from);
      for (const step of value.followedBy ?? []) keep(step.event, from); // a step is later than what it follows
    } else if (isRecent(value)) keep(value.event, now - spanMs(value.within));
    for (const [key, child] of Object.entries(value)) visit(child, key);
  };
  for (const definition of definitions) visit(definition, '');
  return since;
}

const isMeasure = (value: object): value is EventsOf => 'event' in value && typeof value.event === 'string';

/** A branch on what happened lately. */
const isRecent = (value: object): value is { event: string; within: string } =>
  isMeasure(value) && 'within' in value && typeof value.within === 'string';
