/**
 * The journey as a graph: its edges, an order in which every node comes after those that lead to it, and its waves. An edge back to the
 * beginning of what is repeated (`again`) is not part of that order. Edges to what is no node are left out everywhere.
 */
import { isPayoutEvent } from '../response/payout-events.js';
import type { Journey, JourneyNode } from './definition.js';

export interface Edge {
  /** JSON Pointer into the node, without its slash. */
  field: string;
  to: string;
  /** To the beginning of another pass. */
  back?: boolean;
}

export function edgesOf(node: JourneyNode): Edge[] {
  switch (node.type) {
    case 'branch':
      return [
        { field: 'yes', to: node.yes },
        { field: 'no', to: node.no },
      ];
    case 'split':
      return node.arms.map(({ next }, n) => ({ field: `arms/${n}/next`, to: next }));
    case 'repeat':
      return [
        { field: 'again', to: node.again, back: true },
        { field: 'next', to: node.next },
      ];
    case 'link':
    case 'exit':
      return [];
    default:
      return [{ field: 'next', to: node.next }];
  }
}

/** Where a node leads to; with `back`, by the edge of a repeat as well. */
export function targetsOf(journey: Journey, id: string, { back = false } = {}): string[] {
  const node = Object.hasOwn(journey.nodes, id) ? journey.nodes[id] : undefined;
  return (node ? edgesOf(node) : [])
    .filter((edge) => (back || !edge.back) && Object.hasOwn(journey.nodes, edge.to))
    .map(({ to }) => to);
}

export function predecessorsOf(journey: Journey, { back = false } = {}): Map<string, Set<string>> {
  const result = new Map<string, Set<string>>();
  for (const id of Object.keys(journey.nodes)) {
    for (const to of targetsOf(journey, id, { back })) {
      const own = result.get(to) ?? new Set();
      own.add(id);
      result.set(to, own);
    }
  }
  return result;
}

/** All that `next` leads to, itself included. */
export function reachedFrom(id: string, next: (id: string) => Iterable<string>): Set<string> {
  const reached = new Set<string>();
  const open = [id];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (reached.has(at)) continue;
    reached.add(at);
    open.push(...next(at));
  }
  return reached;
}

/** Per node, all that may be passed before it, within one pass of what is repeated. */
export function ancestorsOf(journey: Journey): Map<string, Set<string>> {
  const before = predecessorsOf(journey);
  const known = (id: string) => before.get(id) ?? [];
  return new Map(
    Object.keys(journey.nodes).map((id) => [
      id,
      new Set([...known(id)].flatMap((from) => [...reachedFrom(from, known)])),
    ]),
  );
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
  return reachedFrom(journey.start, (id) => {
    const node = journey.nodes[id];
    const answered = node?.type === 'branch' && 'responded' in node.on && asksCustomer(journey, node.on.responded);
    return targetsOf(journey, id).filter((to) => !answered || to === node.no);
  });
}

export interface Order {
  /** What the start reaches, every node after all that lead to it (a loop's nodes aside). */
  nodes: string[];
  /** Nodes on a loop that the start reaches and no repeat bounds. */
  cyclic: Set<string>;
}

/** Depth first from the start. Does not recurse: a journey may be a long line. */
export function topologicalOrder(journey: Journey): Order {
  const done: string[] = [];
  const state = new Map<string, 'open' | 'done'>();
  const cyclic = new Set<string>();
  const path: { id: string; rest: string[] }[] = [];
  const enter = (id: string) => {
    state.set(id, 'open');
    path.push({ id, rest: targetsOf(journey, id).reverse() });
  };
  if (Object.hasOwn(journey.nodes, journey.start)) enter(journey.start);
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

/**
 * Per node, the labels of the labelled nodes that may be the last one before it, in an earlier pass as well; null stands for "none".
 */
export function lastBefore(
  journey: Journey,
  labelOf: (id: string) => string | undefined,
): Map<string, Set<string | null>> {
  const order = topologicalOrder(journey).nodes;
  const before = predecessorsOf(journey, { back: true });
  const result = new Map<string, Set<string | null>>(
    order.map((id) => [id, new Set<string | null>(id === journey.start ? [null] : [])]),
  );
  for (let grown = true; grown;) {
    grown = false;
    for (const id of order) {
      const own = result.get(id) as Set<string | null>;
      const size = own.size;
      for (const from of before.get(id) ?? []) {
        const label = labelOf(from);
        if (label !== undefined) own.add(label);
        else for (const earlier of result.get(from) ?? []) own.add(earlier);
      }
      grown ||= own.size > size;
    }
  }
  return result;
}

/** A wait for a response of the customer: what a payout tells is none. */
export function asksCustomer(journey: Journey, id: string): boolean {
  const node = Object.hasOwn(journey.nodes, id) ? journey.nodes[id] : undefined;
  return node?.type === 'wait' && node.response !== undefined && !isPayoutEvent(node.response.event);
}
