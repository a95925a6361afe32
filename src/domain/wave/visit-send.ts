/**
 * A send within a walk: the gate, the contact policy, the text; and what happens where it does not send. A try that is put off decides nothing
 * yet: the slot stays open until it sends or gives up.
 */
import { judgeContact } from '../contact-policy/judge.js';
import { judgeGate, type SuppressionReason } from '../eligibility/gate.js';
import type { EpochMs } from '../base/time.js';
import type { PreparedSend } from '../journey/prepared.js';
import type { ParticipantFacts } from './facts.js';
import type { TraceStep } from './trace.js';
import type { Outcome, Walk, WalkContext } from './walk.js';

interface Decision {
  reason: SuppressionReason | null;
  quietUntil?: EpochMs;
  rendered?: { title: string | null; body: string };
}

function decideSend(
  facts: ParticipantFacts,
  context: WalkContext,
  state: Walk,
  step: TraceStep,
  node: PreparedSend,
): Decision {
  if (facts.skipSends) return { reason: 'skipped' };
  const { purpose, product, quiet, filter } = context.journey;
  const send = { channel: node.channel, purpose, quiet, filter: filter?.(facts, context.now) };
  const verdict = judgeGate(facts.gate, send, context.now);
  step.codes.push(...verdict.codes);
  if (!verdict.pass) return { reason: verdict.reason as SuppressionReason, quietUntil: verdict.quietUntil };

  const contact = { channel: node.channel, purpose, product };
  const own = state.messages.map(({ channel }) => ({ ...contact, channel }));
  const judged = judgeContact(facts, contact, own, context);
  step.codes.push(...judged.codes);
  if (judged.reason !== null) return { reason: judged.reason };

  const rendered = context.render(state.node, facts, state.visit);
  step.codes.push(`offer=${rendered.ok ? node.template : 'failed'}`);
  return rendered.ok ? { reason: null, rendered } : { reason: 'render_failed' };
}

export function visitSend(
  facts: ParticipantFacts,
  context: WalkContext,
  state: Walk,
  step: TraceStep,
  node: PreparedSend,
): Outcome {
  const decision = decideSend(facts, context, state, step, node);
  const again = decision.reason === null ? null : nextTry(state, context.now, node, decision);
  if (again !== null) {
    step.codes.push(`message=deferred:${again}`);
    return { stayUntil: again };
  }
  state.wave = node.wave;
  state.waveAt = context.now;
  state.frozenMs = 0;
  const at = { node: state.node, visit: state.visit };
  state.tallies.push({ measure: 'decided', ...at, reason: '' });
  if (decision.reason === null && decision.rendered) {
    step.codes.push('message=queued');
    state.tallies.push({ measure: 'queued', ...at, reason: '' });
    const { title, body } = decision.rendered;
    const notAfter = context.now + node.notAfterMs;
    state.messages.push({ ...at, wave: node.wave, channel: node.channel, title, body, notAfter });
    return { go: node.next };
  }
  step.codes.push(`message=suppressed:${decision.reason}`);
  state.tallies.push({ measure: 'suppressed', ...at, reason: decision.reason ?? '' });
  const otherwise = typeof node.onSkip === 'object' ? node.onSkip.otherwise : node.onSkip;
  return otherwise === 'exit' ? { end: `skipped_${decision.reason}` } : { go: node.next };
}

/**
 * When what could not be sent is tried again; null where it is not. The end of the tries is kept as the end of the stay (`windowEndAt`), so a
 * pause makes it later like every span.
 */
function nextTry(state: Walk, now: EpochMs, node: PreparedSend, { reason, quietUntil }: Decision): EpochMs | null {
  const { onSkip } = node;
  if (onSkip === 'defer') return quietUntil ?? null;
  if (typeof onSkip !== 'object' || reason === 'skipped') return null;
  const end = state.windowEndAt ?? now + onSkip.forMs;
  if (now >= end) return null;
  state.windowEndAt = end;
  return Math.min(end, quietUntil ?? now + onSkip.everyMs);
}
