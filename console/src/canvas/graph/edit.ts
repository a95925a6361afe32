/**
 * Edits of a journey. Each gives a new journey and leaves the old one as it was; where all edges led somewhere before, they do after it.
 */
import type { Journey, JourneyNode } from '../../client/types.gen.js';
import { blankNode, type Kind } from './kinds.js';
import { ENTRY, toGraph, toJourney, wayOn, type Edge } from './graph.js';

type Place = Pick<Edge, 'from' | 'port'>;

const isAt = (edge: Edge, { from, port }: Place) => edge.from === from && edge.port === port;

/** A node on the edge: it leads where the edge led. Null where there is no such edge. */
export function insertOn(journey: Journey, place: Place, kind: Kind): { journey: Journey; id: string } | null {
  const { nodes, edges } = toGraph(journey);
  const on = edges.find((edge) => isAt(edge, place));
  if (!on) return null;
  const id = freeId(journey, kind);
  // what it is repeated from is before it; a journey's first node repeats itself
  const node = blankNode(kind, { next: on.to, before: place.from === ENTRY ? id : place.from, journey });
  const graph = toGraph({ start: journey.start, nodes: { ...nodes, [id]: node } });
  return { journey: toJourney({ ...graph, edges: moved(graph.edges, place, id) }), id };
}

/** Not where whoever comes to the node would have nowhere to go. */
export function removable(journey: Journey, id: string): boolean {
  const node = journey.nodes[id];
  if (!node) return false;
  const to = wayOn(node, id);
  return (to !== undefined && to in journey.nodes) || !toGraph(journey).edges.some((edge) => edge.to === id);
}

/** Whoever came to the node goes where it led. The same journey where it cannot be removed. */
export function removeNode(journey: Journey, id: string): Journey {
  const node = journey.nodes[id];
  if (!node || !removable(journey, id)) return journey;
  const to = wayOn(node, id);
  const { [id]: _gone, ...nodes } = journey.nodes;
  const edges = toGraph(journey).edges.filter(({ from }) => from !== id);
  return toJourney({ nodes, edges: edges.map((edge) => (edge.to === id && to ? { ...edge, to } : edge)) });
}

/** The way out of a port leads to another node; the same journey where there is no such node or port. */
export function connect(journey: Journey, place: Place, to: string): Journey {
  if (!Object.hasOwn(journey.nodes, to)) return journey;
  const { nodes, edges } = toGraph(journey);
  return toJourney({ nodes, edges: moved(edges, place, to) });
}

export const setNode = (journey: Journey, id: string, node: JourneyNode): Journey => ({
  ...journey,
  nodes: { ...journey.nodes, [id]: node },
});

const NODE_ID = /^[a-z0-9][a-z0-9-]{0,30}$/;

export const canBeNamed = (journey: Journey, id: string, name: string): boolean =>
  name === id || (NODE_ID.test(name) && !Object.hasOwn(journey.nodes, name));

/** Everything that names the node names it anew: edges, and waits and branches that ask for what came of it. */
export function renameNode(journey: Journey, id: string, name: string): Journey {
  if (name === id || !Object.hasOwn(journey.nodes, id) || !canBeNamed(journey, id, name)) return journey;
  const named = (other: string) => (other === id ? name : other);
  const { nodes, edges } = toGraph(journey);
  return toJourney({
    nodes: Object.fromEntries(Object.entries(nodes).map(([key, node]) => [named(key), withNames(node, named)])),
    edges: edges.map(({ from, port, to }) => ({ from: named(from), port, to: named(to) })),
  });
}

function withNames(node: JourneyNode, named: (id: string) => string): JourneyNode {
  if (node.type === 'wait' && node.response?.of !== undefined)
    return { ...node, response: { ...node.response, of: named(node.response.of) } };
  if (node.type !== 'branch') return node;
  if ('responded' in node.on) return { ...node, on: { ...node.on, responded: named(node.on.responded) } };
  return 'arm' in node.on ? { ...node, on: { ...node.on, of: named(node.on.of) } } : node;
}

const moved = (edges: readonly Edge[], place: Place, to: string): Edge[] =>
  edges.map((edge) => (isAt(edge, place) ? { ...edge, to } : edge));

/** `send-3`: the kind and the first number that is free. */
function freeId({ nodes }: Journey, kind: Kind): string {
  for (let n = 1; ; n += 1) if (!Object.hasOwn(nodes, `${kind}-${n}`)) return `${kind}-${n}`;
}
