/**
 * What is drawn of a graph. Whatever did not change is the same object as before, so that it is not drawn again.
 */
import type { Edge, Node } from '@xyflow/react';
import { MarkerType, Position, type NodeHandle } from '@xyflow/react';
import { useMemo, useRef } from 'react';
import type { JourneyNode } from '../client/types.gen.js';
import type { Fate } from './graph/diff.js';
import type { JourneyCounts, NodeCounts } from './graph/figures.js';
import { ENTRY, portName, targetsOf, type Graph } from './graph/graph.js';
import { gistOf, type Kind } from './graph/kinds.js';
import { NODE_HEIGHT, NODE_WIDTH, wayOf, type Layout, type Point } from './graph/layout.js';
import { isSame } from './graph/pointer.js';
import { isEdge, isNode, type Selection } from './selection.js';

/** The id of what leads to the first node; none of a journey's nodes can have it. */
export const START = '@start';
const START_WIDTH = 96;
const START_HEIGHT = 30;
const HANDLE = 10;

export interface NodeData extends Record<string, unknown> {
  kind: Kind;
  id: string;
  gist: string;
  faults: number;
  fate: Fate | null;
  counts: NodeCounts | null;
  chosen: boolean;
  /** From left to right. */
  ports: readonly string[];
}
export type DrawnNode = Node<NodeData, 'journey'> | Node<Record<string, never>, 'start'>;
export type DrawnEdge = Edge<{
  name: string;
  count: number | null;
  chosen: boolean;
  back: boolean;
  points: readonly Point[];
}>;

export const leftOf = (n: number, count: number): number => ((n + 1) * NODE_WIDTH) / (count + 1);

interface Drawn {
  graph: Graph;
  layout: Layout;
  faults: ReadonlyMap<string, number>;
  fates: ReadonlyMap<string, Fate> | undefined;
  counts: JourneyCounts | undefined;
  selection: Selection;
}

export function useFlowElements(drawn: Drawn): { nodes: DrawnNode[]; edges: DrawnEdge[] } {
  const { graph, layout, faults, fates, counts, selection } = drawn;
  const before = useRef(new Map<string, DrawnNode | DrawnEdge>());
  return useMemo(() => {
    const kept = before.current;
    const now = new Map<string, DrawnNode | DrawnEdge>();
    // nothing has a place yet
    if (layout.nodes.size === 0) return { nodes: [], edges: [] };
    const keep = <T extends DrawnNode | DrawnEdge>(key: string, made: T): T => {
      const known = kept.get(key) as T | undefined;
      // what is drawn of one that has only moved is the same, too
      if (known && isSame(known.data, made.data)) made.data = known.data;
      const one = known && isSame(known, made) ? known : made;
      now.set(key, one);
      return one;
    };
    const nodes = Object.entries(graph.nodes).map(([id, node]): DrawnNode => {
      const { ports, gist, handles } = partsOf(node);
      return keep(`node ${id}`, {
        id,
        type: 'journey',
        position: layout.nodes.get(id) ?? { x: 0, y: 0 },
        ...SIZE_OF_NODE,
        handles,
        data: {
          kind: node.type,
          id,
          gist,
          faults: faults.get(id) ?? 0,
          fate: fates?.get(id) ?? null,
          counts: counts?.nodes.get(id) ?? null,
          chosen: isNode(selection, id),
          ports,
        },
      });
    });
    const first = layout.nodes.get(graph.edges.find(({ from }) => from === ENTRY)?.to ?? '') ?? { x: 0, y: 0 };
    nodes.push(keep(`node ${START}`, startAbove(first)));
    const names = namesOfWays(graph);
    const edges = graph.edges
      .filter(
        ({ from, port, to }) =>
          Object.hasOwn(graph.nodes, to) && (!counts || names.get(wayOf(from, to))?.port === port),
      )
      .map(({ from, port, to }): DrawnEdge => {
        const name = counts ? names.get(wayOf(from, to))?.name : portName(graph.nodes[from], port);
        const count = counts?.ways.get(wayOf(from, to)) ?? null;
        const chosen = isEdge(selection, from, port);
        return keep(`edge ${from} ${port}`, {
          id: `${from} ${port}`,
          type: 'journey',
          source: from === ENTRY ? START : from,
          sourceHandle: port,
          target: to,
          ariaLabel: `${from} → ${to}`,
          markerEnd: { type: MarkerType.ArrowClosed },
          data: { name: name ?? '', count, chosen, ...wayIn(layout, from, port, to) },
        });
      });
    before.current = now;
    return { nodes, edges };
  }, [graph, layout, faults, fates, counts, selection]);
}

/** Ways from one node to another as one, at the port of the first, by all their names. */
function namesOfWays({ nodes, edges }: Graph): Map<string, { port: string; name: string }> {
  const ways = Map.groupBy(edges, ({ from, to }) => wayOf(from, to));
  return new Map(
    [...ways].map(([way, all]) => {
      const names = all.map(({ from, port }) => portName(nodes[from], port)).filter((name) => name !== '');
      return [way, { port: all[0]?.port ?? '', name: names.join(' · ') }];
    }),
  );
}

/** A way back is laid out as one forth. */
function wayIn({ ways }: Layout, from: string, port: string, to: string): { back: boolean; points: readonly Point[] } {
  const back = port === 'again';
  const points = ways.get(back ? wayOf(to, from) : wayOf(from, to)) ?? [];
  return { back, points: back ? points.toReversed() : points };
}

interface NodeParts {
  ports: readonly string[];
  gist: string;
  handles: NodeHandle[];
}
/** A node is never changed, so that what is drawn of it is worked out once. */
const parts = new WeakMap<JourneyNode, NodeParts>();
function partsOf(node: JourneyNode): NodeParts {
  const known = parts.get(node);
  if (known) return known;
  const ports = targetsOf(node).map(([port]) => port);
  const made = { ports, gist: gistOf(node), handles: handlesOf(ports) };
  parts.set(node, made);
  return made;
}

/** Known before anything is measured, so that what is out of sight need not be drawn. */
const SIZE_OF_NODE = {
  width: NODE_WIDTH,
  height: NODE_HEIGHT,
  measured: { width: NODE_WIDTH, height: NODE_HEIGHT },
};

/** Told beforehand, so that edges are there before their nodes have been measured. */
const handlesOf = (ports: readonly string[]): NodeHandle[] => [
  { type: 'target', position: Position.Top, x: NODE_WIDTH / 2 - HANDLE / 2, y: -HANDLE / 2, ...SIZE },
  ...ports.map((id, n) => ({
    id,
    type: 'source' as const,
    position: Position.Bottom,
    x: leftOf(n, ports.length) - HANDLE / 2,
    y: NODE_HEIGHT - HANDLE / 2,
    ...SIZE,
  })),
];
const SIZE = { width: HANDLE, height: HANDLE };

const startAbove = ({ x, y }: { x: number; y: number }): DrawnNode => ({
  id: START,
  type: 'start',
  position: { x: x + (NODE_WIDTH - START_WIDTH) / 2, y: y - START_HEIGHT - 44 },
  width: START_WIDTH,
  height: START_HEIGHT,
  measured: { width: START_WIDTH, height: START_HEIGHT },
  handles: [
    {
      id: 'start',
      type: 'source',
      position: Position.Bottom,
      x: START_WIDTH / 2 - HANDLE / 2,
      y: START_HEIGHT - HANDLE / 2,
      ...SIZE,
    },
  ],
  data: {},
});
