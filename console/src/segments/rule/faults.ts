/**
 * What the API finds wrong with a rule, each at the nearest place that can show it: a field of the editor, else the rule or group around it.
 */
import { pointerOf, type Step } from '../../canvas/graph/pointer.js';
import { isGroup, type GroupForm, type OfForm } from './form.js';

export interface RuleFault {
  /** Into the rule; '' for the whole of it. */
  pointer: string;
  detail: string;
}

const PREFIX = '/rule';

/** Of those of an answer: faults of the rule by their place in it, and what is about something else. */
export function splitFaults(faults: readonly { pointer?: string; detail: string }[]): {
  rule: RuleFault[];
  other: RuleFault[];
} {
  const rule: RuleFault[] = [];
  const other: RuleFault[] = [];
  for (const { pointer = '', detail } of faults) {
    const isOfRule = pointer === PREFIX || pointer.startsWith(`${PREFIX}/`);
    if (isOfRule) rule.push({ pointer: pointer.slice(PREFIX.length), detail });
    else other.push({ pointer, detail });
  }
  return { rule, other };
}

/** Pointers of everything in a rule that shows its own faults. */
export function placesIn(group: GroupForm, place: readonly Step[] = []): Set<string> {
  const places = new Set([pointerOf(place)]);
  const add = (more: Iterable<string>) => {
    for (const one of more) places.add(one);
  };
  group.rules.forEach((part, n) => {
    const here = [...place, 'rules', n];
    if (isGroup(part)) return add(placesIn(part, here));
    add([[], ['field'], ['operator'], ['value']].map((step) => pointerOf([...here, ...step])));
    if (part.of) add(placesOfEvents(part.of, [...here, 'of']));
  });
  return places;
}

function placesOfEvents(of: OfForm, place: readonly Step[]): Set<string> {
  const places = new Set([[], ['event'], ['property'], ['window']].map((step) => pointerOf([...place, ...step])));
  const parts = [{ at: place, where: of.where }];
  (of.followedBy ?? []).forEach(({ where }, n) => {
    const at = [...place, 'followedBy', n];
    for (const step of [[], ['event'], ['within'], ['none']]) places.add(pointerOf([...at, ...step]));
    parts.push({ at, where });
  });
  for (const { at, where } of parts) {
    if (where) for (const one of placesIn(where, [...at, 'where'])) places.add(one);
  }
  return places;
}

/** Details by the pointer of the place that shows them. Every fault is shown once. */
export function placed(group: GroupForm, faults: readonly RuleFault[]): ReadonlyMap<string, string[]> {
  const places = placesIn(group);
  const shown = new Map<string, string[]>();
  for (const { pointer, detail } of faults) {
    let at = pointer;
    while (!places.has(at) && at !== '') at = at.slice(0, at.lastIndexOf('/'));
    const details = shown.get(at) ?? [];
    if (!details.includes(detail)) shown.set(at, [...details, detail]);
  }
  return shown;
}
