/**
 * What a journey repeats. A `repeat` closes a loop with one way in, at the node it goes back to; loops lie one after the other, never in
 * each other. So the visit is the number of the pass within a loop, and 1 everywhere else: whoever leaves a loop is in visit 1 again.
 */
import type { Journey } from './definition.js';
import { predecessorsOf, reachedFrom, targetsOf } from './graph.js';

export interface Loop {
  /** The repeat node. */
  repeat: string;
  head: string;
  /** Head and repeat included; empty where the head does not lead to the repeat. */
  body: ReadonlySet<string>;
}

export function loopsOf(journey: Journey): Loop[] {
  const before = predecessorsOf(journey);
  return Object.entries(journey.nodes).flatMap(([repeat, node]) => {
    if (node.type !== 'repeat') return [];
    const ahead = reachedFrom(node.again, (id) => targetsOf(journey, id));
    const behind = reachedFrom(repeat, (id) => before.get(id) ?? []);
    return [
      { repeat, head: node.again, body: new Set(ahead.has(repeat) ? [...ahead].filter((at) => behind.has(at)) : []) },
    ];
  });
}

/** By node in a loop: its repeat. What lies in none is not in it. */
export type LoopOf = ReadonlyMap<string, string>;

export function loopOfNodes(journey: Journey): LoopOf {
  return new Map(loopsOf(journey).flatMap(({ repeat, body }) => [...body].map((id) => [id, repeat] as const)));
}

/** What is wrong with a repeat, in words that continue its field's name; its `again` leads to a node. */
export function repeatFaults(journey: Journey, loops: readonly Loop[], id: string): string[] {
  const own = loops.find(({ repeat }) => repeat === id);
  if (!own) return [];
  if (own.body.size === 0) return ['does not lead back to this repeat: nothing would be repeated'];
  const before = predecessorsOf(journey);
  const sideways = [...own.body].filter(
    (node) =>
      node !== own.head &&
      (node === journey.start || [...(before.get(node) ?? [])].some((from) => !own.body.has(from))),
  );
  const shared = loops.find((other) => other !== own && [...other.body].some((node) => own.body.has(node)));
  const waits = [...own.body].some((node) => journey.nodes[node]?.type === 'wait');
  return [
    ...(waits ? [] : ['waits for nothing in between: all passes would come at once']),
    ...sideways.map((node) => `is passed by on the way to ${node}, which is repeated, too`),
    ...(shared ? [`repeats what ${shared.repeat} repeats as well`] : []),
  ];
}

export interface Place {
  node: string;
  visit: number;
}

/** The visit in which a node is entered. `again`: by the edge of a repeat. */
export function visitAfter(loopOf: LoopOf, from: Place, to: string, again = false): number {
  if (again) return from.visit + 1;
  const loop = loopOf.get(from.node);
  return loop !== undefined && loopOf.get(to) !== loop ? 1 : from.visit;
}

/** How a place is written: `node`, and `node#visit` from the second visit on. */
export const placeOf = ({ node, visit }: Place): string => (visit === 1 ? node : `${node}#${visit}`);

/**
 * What is known of a node as it looks from `at`: of the same pass within one loop, of the last pass of a loop that lies behind.
 * `known` by place.
 */
export function knownAt<T>(
  loopOf: LoopOf,
  known: Readonly<Record<string, T | undefined>>,
  node: string,
  at: Place,
): T | undefined {
  const own = (place: string) => (Object.hasOwn(known, place) ? known[place] : undefined);
  const loop = loopOf.get(node);
  if (loop === undefined) return own(node);
  if (loop === loopOf.get(at.node)) return own(placeOf({ node, visit: at.visit }));
  let last: { visit: number; value: T } | null = null;
  for (const [place, value] of Object.entries(known)) {
    const [id, visit = '1'] = place.split('#');
    if (id === node && value !== undefined && Number(visit) >= (last?.visit ?? 0))
      last = { visit: Number(visit), value };
  }
  return last?.value;
}
