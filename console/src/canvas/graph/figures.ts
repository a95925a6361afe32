/**
 * The people of a run on its drawing: of each node how many came, are there and ended there, and on each way how many took it. They are the API's own
 * figures, added over visits; two ways from one node to another are told together, since people are counted by where they went.
 */
import type { NodeFigures } from '../../client/types.gen.js';
import { sumOf } from '../../format/count.js';
import { ENTRY, type Graph } from './graph.js';
import { wayOf } from './layout.js';

export interface NodeCounts {
  entered: number;
  here: number;
  ended: number;
  /** entered = here + ended + all that the ways from it show */
  adds: boolean;
}

export interface JourneyCounts {
  nodes: ReadonlyMap<string, NodeCounts>;
  /** By both ends. Into the first node: who came from no other. */
  ways: ReadonlyMap<string, number>;
}

type People = Pick<NodeFigures, 'node' | 'people'>;

export function countsOf({ nodes, edges }: Graph, figures: readonly People[]): JourneyCounts {
  const own = Map.groupBy(figures, ({ node }) => node);
  const total = (node: string, of: (people: People['people']) => number) =>
    (own.get(node) ?? []).reduce((sum, { people }) => sum + of(people), 0);
  const ways = new Map<string, number>();
  for (const { from, to } of edges) {
    if (from !== ENTRY)
      ways.set(
        wayOf(from, to),
        total(from, ({ moved }) => moved[to] ?? 0),
      );
  }
  const [first] = edges.filter(({ from }) => from === ENTRY);
  if (first) {
    const came = edgesInto(first.to, edges).reduce((sum, from) => sum + (ways.get(wayOf(from, first.to)) ?? 0), 0);
    ways.set(wayOf(ENTRY, first.to), total(first.to, ({ entered }) => entered) - came);
  }
  const counts = Object.keys(nodes).map((node): [string, NodeCounts] => {
    const [entered, here, ended] = [
      total(node, (people) => people.entered),
      total(node, (people) => people.here),
      total(node, (people) => sumOf(people.ended)),
    ];
    const targets = new Set(edges.filter(({ from }) => from === node).map(({ to }) => to));
    const left = [...targets].reduce((sum, to) => sum + (ways.get(wayOf(node, to)) ?? 0), 0);
    return [node, { entered, here, ended, adds: entered === here + ended + left }];
  });
  return { nodes: new Map(counts), ways };
}

const edgesInto = (node: string, edges: Graph['edges']): string[] => [
  ...new Set(edges.filter(({ from, to }) => to === node && from !== ENTRY).map(({ from }) => from)),
];
