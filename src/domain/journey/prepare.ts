/**
 * A launched campaign made ready to walk: spans in ms, rules and filters compiled once, waves numbered.
 */
import { quietHoursOf } from '../eligibility/gate.js';
import { spanMs } from '../base/time.js';
import { isPayoutEvent, payoutFilter } from '../response/payout-events.js';
import { toMoney, type Money } from '../base/money.js';
import { prepareFilter, prepareRule } from '../segment/evaluate.js';
import type { RuleGroup } from '../segment/rule.js';
import { prepareClaimScope, type PreparedClaimScope } from '../ledger/claims.js';
import type { BranchFacts } from '../wave/walk.js';
import {
  LATE_DEFAULT,
  type Channel,
  type JourneyNode,
  type LaunchedCampaign,
  type Purpose,
  type QuietHours,
} from './definition.js';
import { answerableBefore } from './graph.js';
import { rewardsOfSends, rewardsOfWaits } from './payout-waits.js';
import { reviewValidity, type Validity } from './review.js';

export interface PreparedSend {
  type: 'send';
  channel: Channel;
  gateway: string;
  /** key@version. */
  template: string;
  notAfterMs: number;
  onSkip: 'continue' | 'exit' | 'defer';
  wave: number;
  /** The reward whose payout the text may speak of. */
  reward?: string | null;
  next: string;
}
export interface PreparedWait {
  type: 'wait';
  spanMs: number;
  response: PreparedResponse | null;
  next: string;
}
export interface PreparedResponse {
  event: string;
  /** Waits for a payout's event, not for the customer's. */
  ofPayout?: boolean;
  matches(properties: Readonly<Record<string, unknown>>): boolean;
}
export interface PreparedBranch {
  type: 'branch';
  responded: string | null;
  rule(facts: BranchFacts): boolean;
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
  /** Outside of it nothing is handed over. */
  review?: Validity | null;
  /** The higher one is yielded to, see contact-policy/yield.ts. */
  priority: number;
  quiet: QuietHours | null;
  start: string;
  nodes: Record<string, PreparedNode | undefined>;
  /** So long after its window a late response still earns. */
  lateMs: number;
  /** Events of payouts that its waits listen to. */
  payoutEvents: string[];
  /** Rewards whose payouts its texts may speak of. */
  toldRewards: string[];
  /** Event names that its waits listen to, where a wait can be entered later than in its send's own transaction. */
  lateWaitEvents: string[];
}

export function prepareJourney(launched: LaunchedCampaign): PreparedJourney {
  const { campaign, waves } = launched;
  const nodes: Record<string, PreparedNode> = {};
  const rewardOf = new Map([...rewardsOfSends(campaign.journey), ...rewardsOfWaits(campaign.journey)]);
  for (const [id, node] of Object.entries(campaign.journey.nodes)) {
    nodes[id] = prepareNode(launched, { id, node, wave: waves[id] ?? 0, reward: rewardOf.get(id) ?? null });
  }
  return {
    campaign: campaign.key,
    purpose: campaign.purpose,
    product: campaign.product ?? null,
    review: reviewValidity(campaign),
    priority: campaign.priority,
    quiet: quietHoursOf(campaign.purpose, campaign.quietHours),
    start: campaign.journey.start,
    nodes,
    lateMs: spanMs(campaign.late ?? LATE_DEFAULT),
    payoutEvents: payoutEvents(nodes),
    toldRewards: toldRewards(nodes),
    lateWaitEvents: lateWaitEvents(nodes),
  };
}

interface Given {
  id: string;
  node: JourneyNode;
  wave: number;
  reward: string | null;
}

/** The listener of a wait: which events, and a rule over their properties. */
export function listenerOf(
  node: JourneyNode,
  reward: string | null,
): { event: string; filter: RuleGroup | null } | null {
  if (node.type !== 'wait' || !node.response) return null;
  const { event, where } = node.response;
  if (!isPayoutEvent(event)) return { event, filter: where ?? null };
  if (reward === null) throw new Error('invariant: a launched wait for a payout without its reward');
  return { event, filter: payoutFilter(reward, where) };
}

function prepareNode(launched: LaunchedCampaign, { id, node, wave, reward }: Given): PreparedNode {
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
        reward,
        next,
      };
    }
    case 'wait': {
      const { span, next } = node;
      const listener = listenerOf(node, reward);
      if (!listener) return { type: 'wait', spanMs: spanMs(span), response: null, next };
      const { event, filter } = listener;
      const matches = filter ? prepareFilter(filter) : () => true;
      return { type: 'wait', spanMs: spanMs(span), response: { event, ofPayout: isPayoutEvent(event), matches }, next };
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
      if (next?.type === 'wait' && next.response && !next.response.ofPayout) names.add(next.response.event);
    }
  }
  return [...names].sort();
}

function payoutEvents(nodes: Record<string, PreparedNode>): string[] {
  const waits = Object.values(nodes).flatMap((node) =>
    node.type === 'wait' && node.response?.ofPayout ? [node.response.event] : [],
  );
  return [...new Set(waits)].sort();
}

function toldRewards(nodes: Record<string, PreparedNode>): string[] {
  return [
    ...new Set(Object.values(nodes).flatMap((node) => (node.type === 'send' && node.reward ? [node.reward] : []))),
  ].sort();
}
