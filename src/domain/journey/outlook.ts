/**
 * When a campaign's sends come, as far as its journey says so beforehand: how long after its start each send is reached at the earliest and at the latest.
 * It plans, it decides nothing: what waits for opening hours, for a pause or again in a loop comes later than this says.
 */
import { spanMs, type EpochMs } from '../base/time.js';
import type { Journey, WaitNode } from './definition.js';
import { targetsOf, topologicalOrder } from './graph.js';

export interface SendOutlook {
  node: string;
  earliestAt: EpochMs;
  latestAt: EpochMs;
}

interface Reach {
  earliestAt: EpochMs;
  latestAt: EpochMs;
}

/** Every send that the start reaches once, in the order of its latest moment. */
export function sendsAfter(journey: Journey, startAt: EpochMs): SendOutlook[] {
  const reached = new Map<string, Reach>([[journey.start, { earliestAt: startAt, latestAt: startAt }]]);
  for (const id of topologicalOrder(journey).nodes) {
    const [node, at] = [journey.nodes[id], reached.get(id)];
    if (!node || !at) continue;
    const left = node.type === 'wait' ? afterWait(node, at) : at;
    for (const to of targetsOf(journey, id)) {
      const known = reached.get(to) ?? left;
      reached.set(to, {
        earliestAt: Math.min(known.earliestAt, left.earliestAt),
        latestAt: Math.max(known.latestAt, left.latestAt),
      });
    }
  }
  return [...reached]
    .filter(([id]) => journey.nodes[id]?.type === 'send')
    .map(([node, at]) => ({ node, ...at }))
    .sort((a, b) => a.latestAt - b.latestAt || a.earliestAt - b.earliestAt);
}

const DAY_MS = 86_400_000;

/** A response ends a wait early; opening hours come within a day. */
function afterWait({ span, until, response }: WaitNode, { earliestAt, latestAt }: Reach): Reach {
  const over = (from: EpochMs): EpochMs => {
    if (until !== undefined) return Math.max(from, Date.parse(until));
    return span === undefined ? from : from + spanMs(span);
  };
  const hours = until === undefined && span === undefined;
  return {
    earliestAt: response ? earliestAt : over(earliestAt),
    latestAt: hours ? latestAt + DAY_MS : over(latestAt),
  };
}
