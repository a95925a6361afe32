/**
 * The journey as a graph without loops: its edges, an order in which every node comes after those that lead to it, and its waves.
 */
import { isPayoutEvent } from '../response/payout-events.js';
import type { Journey, JourneyNode } from './definition.js';

/** Edges of a node, each with the field that names its target. */
export function edgesOf(node: JourneyNode): { field: 'next' | 'yes' | 'no'; to: string }[] {
  switch (node.type) {
    case 'branch':
      return [
        { field: 'yes', to: node.yes },
        { field: 'no', to: node.no },
      ];
    case 'exit':
      return [];
    default:
      return [{ field: 'next', to: node.next }];
  }
}

export function predecessorsOf(journey: Journey): Map<string, Set<string>> {
  const result = new Map<string, Set<string>>();
  for (const [id, node] of Object.entries(journey.nodes)) {
    for (const { to } of edgesOf(node)) {
      const own = result.get(to) ?? new Set();
      own.add(id);
      result.set(to, own);
    }
  }
  return result;
}

/** Per node, all that may be passed before it. */
export function ancestorsOf(journey: Journey): Map<string, Set<string>> {
  const result = new Map<string, Set<string>>();
  const before = predecessorsOf(journey);
  for (const id of topologicalOrder(journey).nodes) {
    const own = new Set<string>();
    for (const from of before.get(id) ?? []) {
      own.add(from);
      for (const earlier of result.get(from) ?? []) own.add(earlier);
    }
    result.set(id, own);
  }
  return result;
}

/** Per node, the waits for a response that may lie before it, the last one along the journey first. */
export function answerableBefore(journey: Journey): Map<string, string[]> {
  const backwards = topologicalOrder(journey).nodes.reverse();
  return new Map(
    [...ancestorsOf(journey)].map(([id, before]) => [
      id,
      backwards.filter((from) => before.has(from) && asksCustomer(journey, from)),
    ]),
  );
}

/** What can be reached although no wait has been answered: everything but what lies behind a `yes` of a branch on a response only. */
export function reachedUnanswered(journey: Journey): Set<string> {
  const reached = new Set<string>();
  const open = [journey.start];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    const node = journey.nodes[id];
    if (!node || reached.has(id)) continue;
    reached.add(id);
    const answered = node.type === 'branch' && 'responded' in node.on && asksCustomer(journey, node.on.responded);
    open.push(...edgesOf(node).flatMap(({ field, to }) => (answered && field === 'yes' ? [] : [to])));
  }
  return reached;
}

export interface Order {
  /** What the start reaches, every node after all that lead to it (a loop's nodes aside). */
  nodes: string[];
  /** Nodes on a loop that the start reaches. */
  cyclic: Set<string>;
}

/** Depth first from the start; all edges must lead to nodes. Does not recurse: a journey may be a long line. */
export function topologicalOrder(journey: Journey): Order {
  const done: string[] = [];
  const state = new Map<string, 'open' | 'done'>();
  const cyclic = new Set<string>();
  const path: { id: string; rest: string[] }[] = [];
  const enter = (id: string) => {
    state.set(id, 'open');
    const node = journey.nodes[id];
    path.push({
      id,
      rest: node
        ? edgesOf(node)
            .map(({ to }) => to)
            .reverse()
        : [],
    });
  };
  enter(journey.start);
  for (let top = path.at(-1); top; top = path.at(-1)) {
    const next = top.rest.shift();
    if (next === undefined) {
      state.set(top.id, 'done');
      done.push(top.id);
      path.pop();
    } else if (state.get(next) === undefined) enter(next);
    else if (state.get(next) === 'open') {
      for (const { id } of path.slice(path.findIndex((step) => step.id === next))) cyclic.add(id);
    }
  }
  return { nodes: done.reverse(), cyclic };
}

/** A wave is one send and what follows it: sends are numbered from 1 along the order; a node that follows has its latest send's number. */
export function wavesOf(journey: Journey): Record<string, number> {
  const waves: Record<string, number> = {};
  const before = predecessorsOf(journey);
  let sends = 0;
  for (const id of topologicalOrder(journey).nodes) {
    if (journey.nodes[id]?.type === 'send') {
      sends += 1;
      waves[id] = sends;
    } else {
      waves[id] = Math.max(0, ...[...(before.get(id) ?? [])].map((from) => waves[from] ?? 0));
    }
  }
  return waves;
}

/** Per node, the labels of the labelled nodes that may be the last one before it; null stands for "none". */
export function lastBefore(
  journey: Journey,
  labelOf: (id: string) => string | undefined,
): Map<string, Set<string | null>> {
  const result = new Map<string, Set<string | null>>();
  const before = predecessorsOf(journey);
  for (const id of topologicalOrder(journey).nodes) {
    const own = new Set<string | null>(id === journey.start ? [null] : []);
    for (const from of before.get(id) ?? []) {
      const label = labelOf(from);
      if (label !== undefined) own.add(label);
      else for (const earlier of result.get(from) ?? []) own.add(earlier);
    }
    result.set(id, own);
  }
  return result;
}

/** A wait for a response of the customer: what a payout tells is none. */
function asksCustomer(journey: Journey, id: string): boolean {
  const node = journey.nodes[id];
  return node?.type === 'wait' && node.response !== undefined && !isPayoutEvent(node.response.event);
}
