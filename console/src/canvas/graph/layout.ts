/**
 * Where nodes stand: what dagre is given of a graph, and what it answers. It depends on nodes and edges alone, so that typing into a field moves
 * nothing.
 */
import { layout, Graph as Dagre } from '@dagrejs/dagre';
import { ENTRY, type Graph } from './graph.js';

export const NODE_WIDTH = 210;
export const NODE_HEIGHT = 68;

export interface LayoutInput {
  nodes: readonly string[];
  /** Each pair once: two ways to the same node are one for the layout. */
  edges: readonly (readonly [from: string, to: string])[];
}

export interface Point {
  x: number;
  y: number;
}

export interface Layout {
  /** The upper left corner of each node. */
  nodes: ReadonlyMap<string, Point>;
  /** What an edge passes between its ends, around the nodes in its way; by both ends. */
  ways: ReadonlyMap<string, readonly Point[]>;
}

export const wayOf = (from: string, to: string): string => `${from} ${to}`;

export function layoutInput({ nodes, edges }: Graph): LayoutInput {
  const pairs = new Map<string, readonly [string, string]>();
  for (const { from, to, port } of edges) {
    if (from === ENTRY || !Object.hasOwn(nodes, to)) continue;
    // a way back is drawn against the order, and does not make it
    pairs.set(`${from} ${to}`, port === 'again' ? [to, from] : [from, to]);
  }
  return { nodes: Object.keys(nodes), edges: [...pairs.values()].filter(([from, to]) => from !== to) };
}

export const keyOfLayout = (input: LayoutInput): string => JSON.stringify(input);

export function place(input: LayoutInput): Layout {
  const dagre = new Dagre();
  dagre.setGraph({ rankdir: 'TB', nodesep: 36, ranksep: 64, ranker: 'longest-path' });
  dagre.setDefaultEdgeLabel(() => ({}));
  for (const id of input.nodes) dagre.setNode(id, { width: NODE_WIDTH, height: NODE_HEIGHT });
  for (const [from, to] of input.edges) dagre.setEdge(from, to);
  layout(dagre);
  const nodes = input.nodes.map((id) => {
    const { x = 0, y = 0 } = dagre.node(id) as Partial<Point>;
    // mirrored: dagre puts the first way on the right
    return [id, { x: -x - NODE_WIDTH / 2, y: y - NODE_HEIGHT / 2 }] as const;
  });
  const ways = input.edges.map(([from, to]) => {
    const { points = [] } = dagre.edge(from, to) as { points?: Point[] };
    // its ends are at the handles
    return [wayOf(from, to), points.slice(1, -1).map(({ x, y }) => ({ x: -x, y }))] as const;
  });
  return { nodes: new Map(nodes), ways: new Map(ways.filter(([, points]) => points.length > 1)) };
}
