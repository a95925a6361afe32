/**
 * One participant's way through the journey in one deciding transaction: a pure function of facts read after the locks and `now`.
 * It moves until it has to wait or ends; what it wants done is returned, never done. Preview is this same function, effects unused.
 */
import { judgeContact } from '../contact-policy/judge.js';
import type { ContactPolicy } from '../contact-policy/policy.js';
import type { Rival } from '../contact-policy/yield.js';
import { judgeGate, type GateFacts, type SuppressionReason } from '../eligibility/gate.js';
import type { Claim } from '../base/keys.js';
import type { Money } from '../base/money.js';
import type { EpochMs } from '../base/time.js';
import type { Channel } from '../journey/definition.js';
import type { PreparedJourney, PreparedNode, PreparedSend } from '../journey/prepare.js';
import { askForReward } from './reward.js';
import type { TraceStep } from './trace.js';
import { closeStopped, visitWait } from './visit-wait.js';

export interface ReceivedEvent {
  no: number;
  name: string;
  occurredAt: EpochMs;
  receivedAt: EpochMs;
  properties: Readonly<Record<string, unknown>>;
}

/** What was told of one payout, for texts. */
export interface RewardFacts {
  amount: Money;
  code: string | null;
  paidAt: EpochMs | null;
}

export interface ParticipantFacts {
  customerId: string;
  node: string;
  visit: number;
  wave: number;
  /** t0 of the current wave; null before the first send. */
  waveAt: EpochMs | null;
  /** End of the wait it is in; null when it is in none. */
  windowEndAt: EpochMs | null;
  /** The mark that ingestion set while it waited. */
  responded: boolean;
  frozenMs?: number; // how long pauses have held the clock since t0: windows counted from t0 end later by it
  skipSends?: boolean; // fell due in a pause that was skipped: goes on without contact until it waits again
  /** Response waits of this run that were answered in time. */
  respondedNodes: readonly string[];
  answers: Readonly<Record<string, number>>; // by such a wait, the number of the event
  gate: GateFacts;
  attrVersion: number;
  attributes: Readonly<Record<string, unknown>>;
  /** By policy of the context: contacts that count against it at `now`. */
  seen: readonly number[];
  /** Open runs of higher priority in which the customer may be due as well. */
  rivals: readonly Rival[];
  /** Events since t0, only where the journey can enter a response wait later than its send. */
  eventsSinceWave: readonly ReceivedEvent[];
  /** What payouts of this run have told, only where the journey waits for it. */
  payoutEvents: readonly ReceivedEvent[];
  /** By reward node, newest generation: payouts that texts may speak of. */
  rewards: Readonly<Record<string, RewardFacts | undefined>>;
}

/** What a branch decides by. */
export type BranchFacts = Pick<ParticipantFacts, 'customerId' | 'gate' | 'attributes' | 'respondedNodes'>;

export type Rendered = { ok: true; title: string | null; body: string } | { ok: false; reason: string };

export interface WalkContext {
  journey: PreparedJourney;
  policies: readonly ContactPolicy[];
  now: EpochMs;
  /** The run is stopped: everyone due ends. */
  stopped: boolean;
  render(node: string, facts: ParticipantFacts): Rendered;
}

export interface MessageIntent {
  node: string;
  visit: number;
  wave: number;
  channel: Channel;
  title: string | null;
  body: string;
  notAfter: EpochMs;
}

export interface RewardIntent {
  node: string;
  visit: number;
  wave: number;
  claim: Claim;
  /** Where the outcome is written once claim and budget have been decided. */
  step: TraceStep;
}

export interface Edge {
  from: string;
  to: string;
  visit: number;
}

/** A wait for a response that closed without one: an event inside [from, to) that comes later is late. */
export interface ClosedWait {
  node: string;
  visit: number;
  wave: number;
  from: EpochMs;
  to: EpochMs;
}

export interface FoundResponse {
  node: string;
  visit: number;
  wave: number;
  event: ReceivedEvent;
}

/** One counted fact of law 4 beyond the edges: measure, node, visit, reason. */
export interface Tally {
  measure: 'decided' | 'queued' | 'suppressed' | 'responded' | 'ended';
  node: string;
  visit: number;
  reason: string;
}

export interface Walk {
  trace: TraceStep[];
  edges: Edge[];
  tallies: Tally[];
  messages: MessageIntent[];
  rewards: RewardIntent[];
  found: FoundResponse[];
  closed: ClosedWait[];
  state: 'active' | 'ended';
  node: string;
  visit: number;
  dueAt: EpochMs | null;
  wave: number;
  waveAt: EpochMs | null;
  windowEndAt: EpochMs | null;
  frozenMs: number;
  endReason: string | null;
}

/**
 * A walk passes at most this many nodes in one transaction, and a wait that it would stop before; the rest follows in the next pass. Whoever
 * stood before a wait, and not in it, would be passed over by an event that came in between.
 */
export const NODES_PER_WALK_MAX = 50;

/** What one node decides: go on along an edge, stay until a time, or end. */
export type Outcome = { go: string } | { stayUntil: EpochMs } | { end: string };

export function walk(facts: ParticipantFacts, context: WalkContext): Walk {
  const state: Walk = {
    trace: [],
    edges: [],
    tallies: [],
    messages: [],
    rewards: [],
    found: [],
    closed: [],
    state: 'active',
    node: facts.node,
    visit: facts.visit,
    dueAt: context.now,
    wave: facts.wave,
    waveAt: facts.waveAt,
    windowEndAt: facts.windowEndAt,
    frozenMs: facts.frozenMs ?? 0,
    endReason: null,
  };
  const goesOn = (passed: number) => passed < NODES_PER_WALK_MAX || context.journey.nodes[state.node]?.type === 'wait';
  for (let passed = 0; goesOn(passed); passed += 1) {
    const step: TraceStep = { node: state.node, visit: state.visit, codes: [] };
    const outcome: Outcome = context.stopped ? { end: 'stopped' } : visit(facts, context, state, step, passed === 0);
    if (context.stopped) {
      step.codes.push('stop');
      closeStopped(facts, context, state);
    }
    state.trace.push(step);
    if ('go' in outcome) {
      state.edges.push({ from: state.node, to: outcome.go, visit: state.visit });
      state.node = outcome.go;
      state.windowEndAt = null;
      continue;
    }
    if ('stayUntil' in outcome) {
      state.dueAt = outcome.stayUntil;
      return state;
    }
    state.tallies.push({ measure: 'ended', node: state.node, visit: state.visit, reason: outcome.end });
    return { ...state, state: 'ended', dueAt: null, windowEndAt: null, endReason: outcome.end };
  }
  return state;
}

function visit(facts: ParticipantFacts, context: WalkContext, state: Walk, step: TraceStep, first: boolean): Outcome {
  const node = context.journey.nodes[state.node];
  if (!node) throw new Error('invariant: a participant stands at a node that its version does not have');
  switch (node.type) {
    case 'send':
      return visitSend(facts, context, state, step, node);
    case 'wait':
      return visitWait(facts, context, state, step, node, first);
    case 'branch': {
      const yes = branches(facts, state, node);
      step.codes.push(`branch=${yes ? 'yes' : 'no'}`);
      return { go: yes ? node.yes : node.no };
    }
    case 'reward':
      askForReward(facts, context, state, step, node);
      return { go: node.next };
    case 'exit':
      step.codes.push(`exit=${node.reason}`);
      return { end: node.reason };
    default:
      return node satisfies never;
  }
}

function branches(facts: BranchFacts, state: Walk, node: PreparedNode & { type: 'branch' }): boolean {
  if (node.responded === null) return node.rule(facts);
  return facts.respondedNodes.includes(node.responded) || state.found.some((found) => found.node === node.responded);
}

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
  const { purpose, product } = context.journey;
  const verdict = judgeGate(facts.gate, { channel: node.channel, purpose, quiet: context.journey.quiet }, context.now);
  step.codes.push(...verdict.codes);
  if (!verdict.pass) return { reason: verdict.reason as SuppressionReason, quietUntil: verdict.quietUntil };

  const contact = { channel: node.channel, purpose, product };
  const own = state.messages.map(({ channel }) => ({ ...contact, channel }));
  const judged = judgeContact(facts, contact, own, context);
  step.codes.push(...judged.codes);
  if (judged.reason !== null) return { reason: judged.reason };

  const rendered = context.render(state.node, facts);
  step.codes.push(`offer=${rendered.ok ? node.template : 'failed'}`);
  return rendered.ok ? { reason: null, rendered } : { reason: 'render_failed' };
}

function visitSend(
  facts: ParticipantFacts,
  context: WalkContext,
  state: Walk,
  step: TraceStep,
  node: PreparedSend,
): Outcome {
  const decision = decideSend(facts, context, state, step, node);
  if (decision.quietUntil !== undefined && node.onSkip === 'defer') {
    step.codes.push(`message=deferred:${decision.quietUntil}`);
    return { stayUntil: decision.quietUntil };
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
    state.messages.push({
      ...at,
      wave: node.wave,
      channel: node.channel,
      title,
      body,
      notAfter: context.now + node.notAfterMs,
    });
    return { go: node.next };
  }
  step.codes.push(`message=suppressed:${decision.reason}`);
  state.tallies.push({ measure: 'suppressed', ...at, reason: decision.reason ?? '' });
  return node.onSkip === 'exit' ? { end: `skipped_${decision.reason}` } : { go: node.next };
}
