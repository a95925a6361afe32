/**
 * A journey as a graph: its nodes, and its edges as a list, the one into the first node among them. The edges of the list are the truth: what nodes
 * say of their targets is written anew from them. A port is the place of a target in its node, as a path: `next`, `yes`, `arms/0/next`.
 */
import type { Journey, JourneyNode } from '../../client/types.gen.js';

export interface Edge {
  from: string;
  port: string;
  to: string;
}

export interface Graph {
  nodes: Readonly<Record<string, JourneyNode>>;
  edges: readonly Edge[];
}

/** Where the edge into the first node comes from; no node can have this id. */
export const ENTRY = '';
export const ENTRY_PORT = 'start';

/** A journey is never changed, so that its graph is made once. */
const made = new WeakMap<Journey, Graph>();

export function toGraph(journey: Journey): Graph {
  const known = made.get(journey);
  if (known) return known;
  const { start, nodes } = journey;
  const graph: Graph = {
    nodes,
    edges: [
      { from: ENTRY, port: ENTRY_PORT, to: start },
      ...Object.entries(nodes).flatMap(([from, node]) => targetsOf(node).map(([port, to]) => ({ from, port, to }))),
    ],
  };
  made.set(journey, graph);
  return graph;
}

export function toJourney({ nodes, edges }: Graph): Journey {
  const by = new Map(edges.map((edge) => [`${edge.from}/${edge.port}`, edge.to]));
  return {
    start: by.get(`${ENTRY}/${ENTRY_PORT}`) ?? '',
    nodes: Object.fromEntries(
      Object.entries(nodes).map(([id, node]) => [id, ledBy(node, (port) => by.get(`${id}/${port}`))]),
    ),
  };
}

/** The very same node where it leads where it led. */
function ledBy(node: JourneyNode, way: (port: string) => string | undefined): JourneyNode {
  const leads = targetsOf(node).every(([port, to]) => (way(port) ?? to) === to);
  return leads ? node : withTargets(node, (port, to) => way(port) ?? to);
}

/** Where a node leads, port by port, in the order in which it is written. */
export function targetsOf(node: JourneyNode): [port: string, to: string][] {
  switch (node.type) {
    case 'send':
    case 'wait':
    case 'reward':
      return [['next', node.next]];
    case 'branch':
      return [
        ['yes', node.yes],
        ['no', node.no],
      ];
    case 'split':
      return node.arms.map(({ next }, n) => [`arms/${n}/next`, next]);
    case 'repeat':
      return [
        ['again', node.again],
        ['next', node.next],
      ];
    case 'link':
    case 'exit':
      return [];
    default:
      return node satisfies never;
  }
}

/** The same node, leading elsewhere. Its fields stay in their order. */
export function withTargets(node: JourneyNode, to: (port: string, before: string) => string): JourneyNode {
  switch (node.type) {
    case 'send':
    case 'wait':
    case 'reward':
      return { ...node, next: to('next', node.next) };
    case 'branch':
      return { ...node, yes: to('yes', node.yes), no: to('no', node.no) };
    case 'split':
      return { ...node, arms: node.arms.map((arm, n) => ({ ...arm, next: to(`arms/${n}/next`, arm.next) })) };
    case 'repeat':
      return { ...node, again: to('again', node.again), next: to('next', node.next) };
    case 'link':
    case 'exit':
      return node;
    default:
      return node satisfies never;
  }
}

/** What a port is called beside its edge: `yes`, `no`, the name of an arm; nothing where there is one way only. */
export function portName(node: JourneyNode | undefined, port: string): string {
  const arm = /^arms\/(\d+)\/next$/.exec(port);
  if (arm && node?.type === 'split') return node.arms[Number(arm[1])]?.name ?? '';
  return port === ENTRY_PORT || (port === 'next' && node?.type !== 'repeat') ? '' : port;
}

/** The way on that is taken for the node's own: where whoever came to it goes when it is removed. */
export const wayOn = (node: JourneyNode, id: string): string | undefined =>
  targetsOf(node).find(([port, to]) => port !== 'again' && to !== id)?.[1];

/** Every node once: in the order of a walk from the first, then whatever is not reached. */
export function inOrder({ nodes, edges }: Graph): string[] {
  const ways = Map.groupBy(edges, ({ from }) => from);
  const seen = new Set<string>();
  const waiting = [ENTRY];
  for (let n = 0; n < waiting.length; n += 1) {
    for (const { to } of ways.get(waiting[n] as string) ?? []) {
      if (seen.has(to) || !Object.hasOwn(nodes, to)) continue;
      seen.add(to);
      waiting.push(to);
    }
  }
  return [...seen, ...Object.keys(nodes).filter((id) => !seen.has(id))];
}
