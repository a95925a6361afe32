/**
 * A wait within a walk: when it is over, what answers it that came before it was entered, and the window that it leaves when nothing did.
 */
import type { EpochMs } from '../base/time.js';
import type { PreparedJourney, PreparedResponse, PreparedWait } from '../journey/prepare.js';
import { winningEvent, type Window } from '../response/attribution.js';
import type { TraceStep } from './trace.js';
import type { ClosedWait, Outcome, ParticipantFacts, ReceivedEvent, Walk, WalkContext } from './walk.js';

/** Stay until the window ends, or go on: answered, or with nothing. */
export function visitWait(
  facts: ParticipantFacts,
  context: WalkContext,
  state: Walk,
  step: TraceStep,
  node: PreparedWait,
  first: boolean,
): Outcome {
  const { now } = context;
  const over = (to: EpochMs): Outcome => {
    const closed = node.response ? closedWait(state, node.response, to - node.spanMs, to) : null;
    if (closed) state.closed.push(closed);
    step.codes.push(node.response ? 'wait=timeout' : 'wait=span_over');
    return { go: node.next };
  };
  if (first && facts.windowEndAt !== null) {
    if (facts.responded) {
      step.codes.push('wait=responded');
      return { go: node.next };
    }
    return facts.windowEndAt > now ? { stayUntil: facts.windowEndAt } : over(facts.windowEndAt);
  }
  const fromWave = node.response !== null && !node.response.ofPayout;
  const from = fromWave ? (state.waveAt ?? now) : now;
  const end = from + node.spanMs + (fromWave ? state.frozenMs : 0);
  const early = earlyResponse(facts, state, node, { from, to: end });
  if (early) {
    state.found.push({ node: state.node, visit: state.visit, wave: state.wave, event: early });
    state.tallies.push({ measure: 'responded', node: state.node, visit: state.visit, reason: '' });
    step.codes.push('wait=responded');
    return { go: node.next };
  }
  if (end <= now) return over(end);
  step.codes.push(`wait=until:${end}`);
  state.windowEndAt = end;
  return { stayUntil: end };
}

/** A payout's key says which wait it answers, so that window has no beginning. */
function closedWait(
  { node, visit, wave, waveAt }: Pick<Walk, 'node' | 'visit' | 'wave' | 'waveAt'>,
  response: PreparedResponse,
  began: EpochMs,
  to: EpochMs,
): ClosedWait | null {
  const from = response.ofPayout ? 0 : (waveAt ?? began);
  return from < to ? { node, visit, wave, from, to } : null;
}

/** A stop closes the wait it finds somebody in. */
export function closeStopped(facts: ParticipantFacts, context: WalkContext, state: Walk): void {
  const left = waitLeft(context.journey, facts, context.now);
  if (left) state.closed.push(left);
}

/** The window of the wait in which somebody stands who is taken out of it: what occurs from now on is no response. */
export function waitLeft(
  journey: PreparedJourney,
  at: Pick<ParticipantFacts, 'node' | 'visit' | 'wave' | 'waveAt' | 'windowEndAt' | 'responded'>,
  now: EpochMs,
): ClosedWait | null {
  const node = journey.nodes[at.node];
  if (node?.type !== 'wait' || !node.response || at.windowEndAt === null || at.responded) return null;
  return closedWait(at, node.response, at.windowEndAt - node.spanMs, Math.min(at.windowEndAt, now));
}

/**
 * A wave that was just decided cannot have been answered yet; an earlier one may have been, before this wait was entered. So may a wait for
 * a payout, of whatever wave.
 */
function earlyResponse(facts: ParticipantFacts, state: Walk, node: PreparedWait, window: Window): ReceivedEvent | null {
  if (!node.response) return null;
  if (node.response.ofPayout) {
    const own = facts.payoutEvents.filter(({ properties }) => properties['visit'] === state.visit);
    return winningEvent({ ...node.response, window: { from: 0, to: window.to } }, own);
  }
  if (state.waveAt !== facts.waveAt) return null;
  return winningEvent({ ...node.response, window }, facts.eventsSinceWave);
}
