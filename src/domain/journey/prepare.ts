/**
 * A launched campaign made ready to walk: spans in ms, rules and filters compiled once, waves numbered.
 */
import { quietHoursOf } from '../eligibility/gate.js';
import { spanMs } from '../base/time.js';
import { toMoney, type Money } from '../base/money.js';
import { prepareFilter, prepareRule } from '../segment/evaluate.js';
import { prepareClaimScope, type PreparedClaimScope } from '../ledger/claims.js';
import type { ParticipantFacts } from '../wave/walk.js';
import type { Channel, JourneyNode, LaunchedCampaign, Purpose, QuietHours } from './definition.js';
import { answerableBefore } from './graph.js';

export interface PreparedSend {
  type: 'send';
  channel: Channel;
  gateway: string;
  /** key@version. */
  template: string;
  notAfterMs: number;
  onSkip: 'continue' | 'exit' | 'defer';
  wave: number;
  next: string;
}
export interface PreparedWait {
  type: 'wait';
  spanMs: number;
  response: { event: string; matches(properties: Readonly<Record<string, unknown>>): boolean } | null;
  next: string;
}
export interface PreparedBranch {
  type: 'branch';
  responded: string | null;
  rule(facts: ParticipantFacts): boolean;
  yes: string;
  no: string;
}
export interface PreparedReward {
  type: 'reward';
  kind: 'cashback' | 'coupon' | 'point';
  amount: Money;
  budget: string;
  provider: string;
  claimScope: PreparedClaimScope;
  memo: string;
  next: string;
}
export interface PreparedExit {
  type: 'exit';
  reason: string;
}
export type PreparedNode = PreparedSend | PreparedWait | PreparedBranch | PreparedReward | PreparedExit;

export interface PreparedJourney {
  campaign: string;
  purpose: Purpose;
  product: string | null;
  /** The higher one is yielded to, see contact-policy/yield.ts. */
  priority: number;
  quiet: QuietHours | null;
  start: string;
  nodes: Record<string, PreparedNode | undefined>;
  /** Event names that its waits listen to, where a wait can be entered later than in its send's own transaction. */
  lateWaitEvents: string[];
}

export function prepareJourney(launched: LaunchedCampaign): PreparedJourney {
  const { campaign, waves } = launched;
  const nodes: Record<string, PreparedNode> = {};
  for (const [id, node] of Object.entries(campaign.journey.nodes))
    nodes[id] = prepareNode(launched, id, node, waves[id] ?? 0);
  return {
    campaign: campaign.key,
    purpose: campaign.purpose,
    product: campaign.product ?? null,
    priority: campaign.priority,
    quiet: quietHoursOf(campaign.purpose, campaign.quietHours),
    start: campaign.journey.start,
    nodes,
    lateWaitEvents: lateWaitEvents(nodes),
  };
}

function prepareNode(launched: LaunchedCampaign, id: string, node: JourneyNode, wave: number): PreparedNode {
  switch (node.type) {
    case 'send': {
      const pinned = launched.templates[id];
      if (!pinned) throw new Error('invariant: a launched send node without its pinned template');
      const { channel, gateway, onSkip, next } = node;
      return {
        type: 'send',
        channel,
        gateway,
        template: `${pinned.key}@${pinned.version}`,
        notAfterMs: spanMs(node.notAfter),
        onSkip,
        wave,
        next,
      };
    }
    case 'wait': {
      const matches = node.response?.where ? prepareFilter(node.response.where) : () => true;
      const event = node.response?.event;
      return {
        type: 'wait',
        spanMs: spanMs(node.span),
        response: event === undefined ? null : { event, matches },
        next: node.next,
      };
    }
    case 'branch': {
      const { yes, no } = node;
      if ('responded' in node.on) return { type: 'branch', responded: node.on.responded, rule: () => false, yes, no };
      const holds = prepareRule(node.on.rule);
      return {
        type: 'branch',
        responded: null,
        rule: (facts) =>
          holds({
            id: facts.customerId,
            status: facts.gate.status,
            zone: facts.gate.zone,
            attributes: facts.attributes,
            consents: facts.gate.consents,
            addresses: facts.gate.addresses,
          }),
        yes,
        no,
      };
    }
    case 'reward': {
      const { kind, budget, provider, memo, next } = node;
      const { journey, zone } = launched.campaign;
      const claimScope = prepareClaimScope(node.claimScope, { waits: answerableBefore(journey).get(id) ?? [], zone });
      return { type: 'reward', kind, amount: toMoney(node.amount), budget, provider, claimScope, memo, next };
    }
    case 'exit':
      return { type: 'exit', reason: node.reason };
    default:
      return node satisfies never;
  }
}

/** Response waits that do not directly follow a send may be entered after events of their window have been received. */
function lateWaitEvents(nodes: Record<string, PreparedNode>): string[] {
  const names = new Set<string>();
  for (const node of Object.values(nodes)) {
    if (node.type === 'exit' || node.type === 'send') continue;
    const targets = node.type === 'branch' ? [node.yes, node.no] : [node.next];
    for (const target of targets) {
      const next = nodes[target];
      if (next?.type === 'wait' && next.response) names.add(next.response.event);
    }
  }
  return [...names].sort();
}
