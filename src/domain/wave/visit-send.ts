/**
 * A send within a walk: the gate, the contact policy, the text; and what happens where it does not send. A try that is put off decides nothing
 * yet: the slot stays open until it sends or gives up.
 */
import { judgeContact } from '../contact-policy/judge.js';
import { judgeGate, type SuppressionReason } from '../eligibility/gate.js';
import type { EpochMs } from '../base/time.js';
import { choicesInOrder, preferredOf, type Choice } from '../journey/choices.js';
import type { PreparedSend } from '../journey/prepared.js';
import type { ParticipantFacts } from './facts.js';
import type { TraceStep } from './trace.js';
import type { Outcome, Walk, WalkContext } from './walk.js';

interface Refused {
  reason: SuppressionReason;
  quietUntil?: EpochMs | undefined;
}
type Decision = Refused | { reason: null; choice: Choice; rendered: { title: string | null; body: string } };

/** Refusals that no other channel would change. */
const ON_EVERY_CHANNEL: ReadonlySet<SuppressionReason> = new Set(['incident', 'withdrawn', 'excluded', 'filtered']);

/** The first of its channels that may carry the message; where none may, why. */
function decideSend(
  facts: ParticipantFacts,
  context: WalkContext,
  state: Walk,
  step: TraceStep,
  node: PreparedSend,
): Decision {
  if (facts.skipSends) return { reason: 'skipped' };
  if (!node.fallback) return decideOver(node, facts, context, state, step);
  const preferred = preferredOf(node, facts.attributes);
  if (node.preferred !== undefined) step.codes.push(`preferred=${preferred ?? 'none'}`);
  let refused: Refused | null = null;
  for (const choice of choicesInOrder(node, preferred)) {
    const isClosed = [`channel/${choice.channel}`, `gateway/${choice.gateway}`].some((at) => context.closed?.has(at));
    const decision: Decision = isClosed ? { reason: 'channel_off' } : decideOver(choice, facts, context, state, step);
    step.codes.push(`channel=${choice.channel}:${decision.reason ?? 'taken'}`);
    if (decision.reason === null) return decision;
    refused = refused === null ? decision : soonerOf(refused, decision);
    if (ON_EVERY_CHANNEL.has(decision.reason)) break;
  }
  return refused as Refused;
}

/** Of several refusals the one that passes by itself, the soonest; else the first. */
function soonerOf(first: Refused, second: Refused): Refused {
  if (second.quietUntil === undefined) return first;
  return first.quietUntil === undefined || second.quietUntil < first.quietUntil ? second : first;
}

function decideOver(
  choice: Choice,
  facts: ParticipantFacts,
  context: WalkContext,
  state: Walk,
  step: TraceStep,
): Decision {
  const { channel } = choice;
  const { purpose, product, quiet, filter } = context.journey;
  const send = { channel, purpose, quiet, filter: filter?.(facts, context.now) };
  const verdict = judgeGate(facts.gate, send, context.now);
  step.codes.push(...verdict.codes);
  if (!verdict.pass) return { reason: verdict.reason as SuppressionReason, quietUntil: verdict.quietUntil };

  const contact = { channel, purpose, product };
  const own = state.messages.map((message) => ({ ...contact, channel: message.channel }));
  const judged = judgeContact(facts, contact, own, context);
  step.codes.push(...judged.codes);
  if (judged.reason !== null) return { reason: judged.reason };

  const rendered = context.render(state.node, facts, state.visit, channel);
  step.codes.push(`offer=${rendered.ok ? choice.template : 'failed'}`);
  return rendered.ok ? { reason: null, choice, rendered } : { reason: 'render_failed' };
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
  if (decision.reason === null) {
    step.codes.push('message=queued');
    state.tallies.push({ measure: 'queued', ...at, reason: '' });
    const { choice, rendered } = decision;
    const { channel, gateway, template } = choice;
    const { title, body } = rendered;
    const notAfter = context.now + node.notAfterMs;
    state.messages.push({ ...at, wave: node.wave, channel, gateway, template, title, body, notAfter });
    return { go: node.next };
  }
  step.codes.push(`message=suppressed:${decision.reason}`);
  state.tallies.push({ measure: 'suppressed', ...at, reason: decision.reason });
  const otherwise = typeof node.onSkip === 'object' ? node.onSkip.otherwise : node.onSkip;
  return otherwise === 'exit' ? { end: `skipped_${decision.reason}` } : { go: node.next };
}

/**
 * When what could not be sent is tried again; null where it is not. The end of the tries is kept as the end of the stay (`windowEndAt`), so a
 * pause makes it later like every span.
 */
function nextTry(state: Walk, now: EpochMs, node: PreparedSend, { reason, quietUntil }: Refused): EpochMs | null {
  const { onSkip } = node;
  if (onSkip === 'defer') return quietUntil ?? null;
  if (typeof onSkip !== 'object' || reason === 'skipped') return null;
  const end = state.windowEndAt ?? now + onSkip.forMs;
  if (now >= end) return null;
  state.windowEndAt = end;
  return Math.min(end, quietUntil ?? now + onSkip.everyMs);
}
