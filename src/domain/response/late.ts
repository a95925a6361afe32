/**
 * Late responses: an event that occurred inside a wait's window and was received after the wait had closed. It never changes the path; within
 * the campaign's `late` span it earns what the responded branch leads to, later it is for finance to decide.
 */
import type { EpochMs } from '../base/time.js';
import { drawArm } from '../experiment/draw.js';
import { placeOf, visitAfter, type Place } from '../journey/loops.js';
import type { PreparedJourney, PreparedNode } from '../journey/prepared.js';
import { findsAnswer } from '../wave/answers.js';
import type { BranchFacts } from '../wave/facts.js';

/** How long after `late` a run that has closed still listens, so that finance sees what comes: 90 days. */
export const LATE_LISTED_MS = 90 * 86_400_000;

/** `earns` within [window end, window end + late). */
export function judgeLate(windowTo: EpochMs, receivedAt: EpochMs, lateMs: number): 'earns' | 'too_late' {
  return receivedAt < windowTo + lateMs ? 'earns' : 'too_late';
}

/** Whose response came late, with what a walk would know of them. */
export type LateFacts = BranchFacts & { now: EpochMs };

/**
 * The reward slots between `wait` and the next send, wait, exit or pass on the way of somebody whose response had been in time: the branch on
 * this wait takes `yes`; one on another wait goes by the responses that were in time; one on a rule by the facts given.
 */
export function lateRewards(journey: PreparedJourney, wait: Place, facts: LateFacts): Place[] {
  const rewards: Place[] = [];
  const answered = {
    responded: [...facts.respondedNodes, placeOf(wait)],
    properties: facts.answerProperties ?? {},
  };
  let at: Place | null = wait;
  for (const seen = new Set<string>(); at !== null && !seen.has(placeOf(at));) {
    seen.add(placeOf(at));
    const node: PreparedNode | undefined = journey.nodes[at.node];
    const to: string | null = node ? onward(node, at) : null;
    if (node?.type === 'reward') rewards.push(at);
    at = to === null ? null : { node: to, visit: visitAfter(journey.loopOf, at, to) };
  }
  return rewards;

  function onward(node: PreparedNode, here: Place): string | null {
    switch (node.type) {
      case 'wait':
        return here === wait ? node.next : null;
      case 'reward':
        return node.next;
      case 'repeat': // what another pass brings is not what this response leads to
        return here.visit < node.times ? null : node.next;
      case 'branch': {
        const { responded } = node;
        const yes =
          responded === null
            ? node.rule(facts, facts.now)
            : findsAnswer(journey, { ...node, responded }, here, answered);
        return yes ? node.yes : node.no;
      }
      case 'split':
        return node.next[drawArm(node.experiment, facts.customerId)] ?? null;
      default:
        return null;
    }
  }
}
