/**
 * Waits for what becomes of a payout: which reward each one is about, and which sends may therefore speak of the reward.
 */
import { isPayoutEvent } from '../response/payout-events.js';
import type { Journey } from './definition.js';
import { ancestorsOf, lastBefore } from './graph.js';
import { loopOfNodes } from './loops.js';

interface Fault {
  /** JSON Pointer into the node. */
  pointer: string;
  detail: string;
}

/** By wait for a payout's event: its reward node; null where that is not clear. */
export function rewardsOfWaits(journey: Journey): Map<string, string | null> {
  const last = lastBefore(journey, (id) => (journey.nodes[id]?.type === 'reward' ? id : undefined));
  const result = new Map<string, string | null>();
  for (const [id, node] of Object.entries(journey.nodes)) {
    if (node.type !== 'wait' || !node.response || !isPayoutEvent(node.response.event)) continue;
    result.set(id, node.response.of ?? only(last.get(id)));
  }
  return result;
}

/** By send: the reward that `reward.*` in its template means; null where no wait for a payout, or not one alone, leads to it. */
export function rewardsOfSends(journey: Journey): Map<string, string | null> {
  const ofWait = rewardsOfWaits(journey);
  const last = lastBefore(journey, (id) => ofWait.get(id) ?? undefined);
  const sends = Object.entries(journey.nodes).filter(([, node]) => node.type === 'send');
  return new Map(sends.map(([id]) => [id, only(last.get(id))]));
}

/** Faults of one wait's response. */
export function payoutWaitFaults(journey: Journey, id: string): Fault[] {
  const node = journey.nodes[id];
  if (node?.type !== 'wait' || !node.response) return [];
  const { event, of } = node.response;
  if (!isPayoutEvent(event)) {
    if (event.startsWith('payout.'))
      return [{ pointer: '/response/event', detail: 'is not something that a payout tells' }];
    return of === undefined
      ? []
      : [{ pointer: '/response/of', detail: 'is for payout.paid, payout.rejected and payout.held only' }];
  }
  if (of !== undefined) {
    if (!Object.hasOwn(journey.nodes, of) || journey.nodes[of]?.type !== 'reward')
      return [{ pointer: '/response/of', detail: 'is not a reward' }];
    if (!ancestorsOf(journey).get(id)?.has(of)) {
      return [{ pointer: '/response/of', detail: 'does not lie before this wait' }];
    }
  }
  const reward = rewardsOfWaits(journey).get(id);
  if (reward) {
    const loopOf = loopOfNodes(journey);
    return loopOf.get(reward) === loopOf.get(id)
      ? []
      : [{ pointer: '/response', detail: 'is about a reward that is not repeated together with this wait' }];
  }
  return [
    { pointer: '/response', detail: 'does not follow one reward on every way; say which one it is about in `of`' },
  ];
}

function only(set: ReadonlySet<string | null> | undefined): string | null {
  const [first = null] = set ?? [];
  return set?.size === 1 ? first : null;
}
