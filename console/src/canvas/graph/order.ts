/**
 * A campaign in the order in which one reads it; the database keeps none.
 */
import type { Campaign, JourneyNode } from '../../client/types.gen.js';
import { inOrder, toGraph } from './graph.js';

const FIRST = ['key', 'name', 'purpose', 'product', 'segment', 'hypothesis', 'goal', 'kpiTarget', 'start', 'type'];
const LAST = ['journey', 'nodes', 'arms', 'yes', 'no', 'again', 'next'];

export function inReadingOrder(campaign: Campaign): Campaign {
  const { journey } = campaign;
  const nodes = inOrder(toGraph(journey)).map((id) => [id, sorted(journey.nodes[id] as JourneyNode)]);
  return sorted({ ...campaign, journey: sorted({ ...journey, nodes: Object.fromEntries(nodes) }) });
}

function sorted<T extends object>(value: T): T {
  const rank = (name: string) => (FIRST.indexOf(name) + 1 || FIRST.length + 1) + 100 * (LAST.indexOf(name) + 1);
  return Object.fromEntries(Object.entries(value).toSorted(([one], [other]) => rank(one) - rank(other))) as T;
}
