/**
 * What a reward node decides: that a reward is asked for, and by which claim. Whether it is won, and funded, is decided over the whole cohort.
 */
import type { PreparedReward } from '../journey/prepare.js';
import { claimOf } from '../ledger/claims.js';
import type { TraceStep } from './trace.js';
import type { ParticipantFacts, Walk, WalkContext } from './walk.js';

export function askForReward(
  facts: ParticipantFacts,
  context: WalkContext,
  state: Walk,
  step: TraceStep,
  node: PreparedReward,
): void {
  const found = Object.fromEntries(state.found.map(({ node: wait, event }) => [wait, event.no]));
  const claim = claimOf(node.claimScope, {
    campaign: context.journey.campaign,
    now: context.now,
    zone: facts.gate.zone,
    answers: { ...facts.answers, ...found },
  });
  state.rewards.push({ node: state.node, visit: state.visit, wave: state.wave, claim, step });
}
