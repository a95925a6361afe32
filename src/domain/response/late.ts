/**
 * Late responses: an event that occurred inside a wait's window and was received after the wait had closed. It never changes the path; within
 * the campaign's `late` span it earns what the responded branch leads to, later it is for finance to decide.
 */
import type { EpochMs } from '../base/time.js';
import type { PreparedJourney } from '../journey/prepare.js';
import type { BranchFacts } from '../wave/walk.js';

/** How long after `late` a run that has closed still listens, so that finance sees what comes: 90 days. */
export const LATE_LISTED_MS = 90 * 86_400_000;

/** `earns` within [window end, window end + late). */
export function judgeLate(windowTo: EpochMs, receivedAt: EpochMs, lateMs: number): 'earns' | 'too_late' {
  return receivedAt < windowTo + lateMs ? 'earns' : 'too_late';
}

/**
 * The reward nodes between `wait` and the next send, wait or exit on the way of somebody whose response had been in time: the branch on this
 * wait takes `yes`; one on another wait goes by the responses that were in time; one on a rule by the facts given.
 */
export function lateRewards(journey: PreparedJourney, wait: string, facts: BranchFacts): string[] {
  const rewards: string[] = [];
  const start = journey.nodes[wait];
  let id = start?.type === 'wait' ? start.next : undefined;
  for (const seen = new Set<string>(); id !== undefined && !seen.has(id);) {
    seen.add(id);
    const node = journey.nodes[id];
    if (node?.type === 'reward') {
      rewards.push(id);
      id = node.next;
    } else if (node?.type === 'branch') {
      const yes =
        node.responded === null
          ? node.rule(facts)
          : node.responded === wait || facts.respondedNodes.includes(node.responded);
      id = yes ? node.yes : node.no;
    } else id = undefined;
  }
  return rewards;
}
