/**
 * A split within a walk: the arm that the hash draws. With a holdout, whom status or consent excludes is set apart first, so that those
 * treated and those held out can be compared.
 */
import { excludedFrom } from '../eligibility/gate.js';
import { drawArm, EXCLUDED, HOLDOUT } from '../experiment/draw.js';
import type { PreparedSplit } from '../journey/prepared.js';
import type { ParticipantFacts } from './facts.js';
import type { TraceStep } from './trace.js';
import type { Outcome, Walk, WalkContext } from './walk.js';

export function visitSplit(
  facts: ParticipantFacts,
  context: WalkContext,
  state: Walk,
  step: TraceStep,
  node: PreparedSplit,
): Outcome {
  const { experiment, channels, next } = node;
  const excluded = experiment.holdout > 0 ? excludedFrom(facts.gate, channels, context.journey.purpose) : null;
  const arm = excluded === null ? drawArm(experiment, facts.customerId) : EXCLUDED;
  step.codes.push(`arm=${arm}`);
  state.tallies.push({ measure: 'drawn', node: state.node, visit: state.visit, reason: arm });
  if (arm === HOLDOUT || excluded !== null) {
    const reason = excluded === null ? HOLDOUT : `${EXCLUDED}_${excluded}`;
    step.codes.push(`exit=${reason}`);
    return { end: reason };
  }
  const to = next[arm];
  if (to === undefined) throw new Error('invariant: an arm that leads nowhere');
  return { go: to };
}
