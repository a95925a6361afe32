/**
 * One participant's way through the journey in one deciding transaction: a pure function of facts read after the locks and `now`.
 * It moves until it has to wait or ends; what it wants done is returned, never done. Preview is this same function, effects unused.
 */
import type { ContactPolicy } from '../contact-policy/policy.js';
import type { Claim } from '../base/keys.js';
import type { Money } from '../base/money.js';
import type { EpochMs } from '../base/time.js';
import type { Channel } from '../journey/definition.js';
import { placeOf, visitAfter } from '../journey/loops.js';
import type { PreparedJourney, PreparedNode } from '../journey/prepared.js';
import { answersSoFar, findsAnswer } from './answers.js';
import type { ParticipantFacts, ReceivedEvent } from './facts.js';
import { askForReward } from './reward.js';
import type { TraceStep } from './trace.js';
import { visitSend } from './visit-send.js';
import { visitSplit } from './visit-split.js';
import { closeStopped, visitWait } from './visit-wait.js';

export type { BranchFacts, ParticipantFacts, ReceivedEvent, RewardFacts } from './facts.js';

export type Rendered = { ok: true; title: string | null; body: string } | { ok: false; reason: string };

export interface WalkContext {
  journey: PreparedJourney;
  policies: readonly ContactPolicy[];
  now: EpochMs;
  /** The run is stopped: everyone due ends. */
  stopped: boolean;
  /** Channels and gateways that are paused or stopped, as `channel/push` and `gateway/<name>`; a send with a choice passes over them. */
  closed?: ReadonlySet<string>;
  render(node: string, facts: ParticipantFacts, visit: number, channel: Channel): Rendered;
}

export interface MessageIntent {
  node: string;
  visit: number;
  wave: number;
  channel: Channel;
  gateway: string;
  /** key@version. */
  template: string;
  title: string | null;
  body: string;
  notAfter: EpochMs;
}

export interface RewardIntent {
  node: string;
  visit: number;
  wave: number;
  claim: Claim;
  money: Money;
  /** Where the outcome is written once claim and budget have been decided. */
  step: TraceStep;
}

export interface Edge {
  from: string;
  to: string;
  visit: number;
  /** In which the target is entered. */
  toVisit: number;
}

/** A wait for a response that closed without one: an event inside [from, to) that comes later is late. */
export interface ClosedWait {
  node: string;
  visit: number;
  wave: number;
  from: EpochMs;
  to: EpochMs;
}

/** Whoever ends here goes on in another campaign. */
export interface Link {
  node: string;
  visit: number;
  campaign: string;
}

export interface FoundResponse {
  node: string;
  visit: number;
  wave: number;
  event: ReceivedEvent;
}

/** One counted fact of law 4 beyond the edges: measure, node, visit, reason. */
export interface Tally {
  measure: 'decided' | 'queued' | 'suppressed' | 'responded' | 'drawn' | 'ended';
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
  links: Link[];
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
export type Outcome = { go: string; again?: boolean } | { stayUntil: EpochMs } | { end: string };

export function walk(facts: ParticipantFacts, context: WalkContext): Walk {
  const state: Walk = {
    trace: [],
    edges: [],
    tallies: [],
    messages: [],
    rewards: [],
    found: [],
    closed: [],
    links: [],
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
      const toVisit = visitAfter(context.journey.loopOf, state, outcome.go, outcome.again);
      state.edges.push({ from: state.node, to: outcome.go, visit: state.visit, toVisit });
      state.node = outcome.go;
      state.visit = toVisit;
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
      const yes = branches(facts, context, state, node);
      step.codes.push(`branch=${yes ? 'yes' : 'no'}`);
      return { go: yes ? node.yes : node.no };
    }
    case 'split':
      return visitSplit(facts, context, state, step, node);
    case 'repeat':
      return visitRepeat(state, step, node);
    case 'reward':
      askForReward(facts, context, state, step, node);
      return { go: node.next };
    case 'link':
      step.codes.push(`link=${node.campaign}`);
      state.links.push({ node: state.node, visit: state.visit, campaign: node.campaign });
      return { end: 'linked' };
    case 'exit':
      step.codes.push(`exit=${node.reason}`);
      return { end: node.reason };
    default:
      return node satisfies never;
  }
}

function branches(
  facts: ParticipantFacts,
  context: WalkContext,
  state: Walk,
  node: PreparedNode & { type: 'branch' },
): boolean {
  const { responded } = node;
  if (responded === null) return node.rule(facts, context.now);
  const found = state.found.map(placeOf);
  const { answerProperties } = answersSoFar(facts, state);
  const answered = { responded: [...facts.respondedNodes, ...found], properties: answerProperties };
  return findsAnswer(context.journey, { ...node, responded }, state, answered);
}

/** Another pass, which is a visit of its own, or on. */
function visitRepeat(state: Walk, step: TraceStep, node: PreparedNode & { type: 'repeat' }): Outcome {
  const again = state.visit < node.times;
  step.codes.push(`repeat=${again ? 'again' : 'done'}:${state.visit}/${node.times}`);
  return again ? { go: node.again, again } : { go: node.next };
}
