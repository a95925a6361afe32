/**
 * A launched campaign made ready to walk: spans in ms, rules and filters compiled once, waves numbered.
 */
import { quietHoursOf } from '../eligibility/gate.js';
import { prepareWindow } from '../base/local-window.js';
import { toMoney } from '../base/money.js';
import { spanMs } from '../base/time.js';
import { boxOf, prepareAmount, type RewardAmount } from '../ledger/amount.js';
import { prepareClaimScope } from '../ledger/claims.js';
import { POOL_PROVIDER } from '../ledger/coupon-pool.js';
import { isPayoutEvent, payoutFilter } from '../response/payout-events.js';
import { prepareFilter } from '../segment/evaluate.js';
import type { RuleGroup } from '../segment/rule.js';
import { choicesOf, type Choice } from './choices.js';
import { LATE_DEFAULT, type Channel, type JourneyNode, type LaunchedCampaign, type SendNode } from './definition.js';
import { answerableBefore, reachedFrom, targetsOf } from './graph.js';
import { loopOfNodes } from './loops.js';
import { rewardsOfSends, rewardsOfWaits } from './payout-waits.js';
import { branchEventsOf, overCustomer, prepareBranch } from './prepare-branch.js';
import {
  exitsOf,
  type PreparedJourney,
  type PreparedNode,
  type PreparedReward,
  type PreparedSend,
  type PreparedSkip,
  type PreparedWait,
} from './prepared.js';
import { reviewValidity } from './review.js';

export type * from './prepared.js';

export function prepareJourney(launched: LaunchedCampaign): PreparedJourney {
  const { campaign, waves } = launched;
  const { journey } = campaign;
  const nodes: Record<string, PreparedNode> = {};
  const rewardOf = new Map([...rewardsOfSends(journey), ...rewardsOfWaits(journey)]);
  const waitsOf = answerableBefore(journey);
  for (const [id, node] of Object.entries(journey.nodes)) {
    const reward = rewardOf.get(id) ?? null;
    nodes[id] = prepareNode(launched, { id, node, wave: waves[id] ?? 0, reward, waits: waitsOf.get(id) ?? [] });
  }
  return {
    campaign: campaign.key,
    purpose: campaign.purpose,
    product: campaign.product ?? null,
    review: reviewValidity(campaign),
    priority: campaign.priority,
    quiet: quietHoursOf(campaign.purpose, campaign.quietHours),
    filter: campaign.filter && overCustomer(campaign.filter),
    pack: launched.pack,
    start: journey.start,
    nodes,
    loopOf: loopOfNodes(journey),
    lateMs: spanMs(campaign.late ?? LATE_DEFAULT),
    payoutEvents: payoutEvents(nodes),
    toldRewards: toldRewards(nodes),
    lateWaitEvents: lateWaitEvents(nodes),
    readsAnswers: Object.values(journey.nodes).some(readsAnswers),
    branchEvents: branchEventsOf(Object.values(journey.nodes)),
  };
}

interface Given {
  id: string;
  node: JourneyNode;
  wave: number;
  reward: string | null;
  waits: readonly string[];
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

function prepareNode(launched: LaunchedCampaign, given: Given): PreparedNode {
  const { id, node, reward, waits } = given;
  const { campaign } = launched;
  switch (node.type) {
    case 'send':
      return prepareSend(launched, given, node);
    case 'wait':
      return prepareWait(node, reward, campaign.zone);
    case 'branch':
      return prepareBranch(launched, id, node);
    case 'split': {
      const { holdout, arms } = node;
      return {
        type: 'split',
        experiment: { name: node.experiment ?? campaign.experiment ?? campaign.key, holdout, arms },
        channels: channelsBehind(launched, id),
        next: Object.fromEntries(arms.map(({ name, next }) => [name, next])),
      };
    }
    case 'reward': {
      const { kind, budget, pool, provider = POOL_PROVIDER, memo, next } = node;
      const claimScope = prepareClaimScope(node.claimScope, { waits, zone: campaign.zone });
      const box = boxOf(node.amount);
      const terms = { kind, amount: amountOf(node.amount), box, budget, provider, pool: pool ?? null, memo };
      return { type: 'reward', ...terms, waits, claimScope, next };
    }
    case 'repeat': {
      const { times, again, next } = node;
      return { type: 'repeat', times, again, next };
    }
    case 'link':
      return { type: 'link', campaign: node.campaign };
    case 'exit':
      return { type: 'exit', reason: node.reason };
    default:
      return node satisfies never;
  }
}

function amountOf(amount: RewardAmount): PreparedReward['amount'] {
  if ('value' in amount) return toMoney(amount);
  return 'box' in amount ? { minor: 0, currency: amount.currency } : prepareAmount(amount);
}

function prepareSend(launched: LaunchedCampaign, { id, wave, reward }: Given, node: SendNode): PreparedSend {
  const pinned = [launched.templates[id], ...(launched.fallbacks?.[id] ?? [])];
  const [first, ...fallback] = choicesOf(node).map(({ channel, gateway }, n): Choice => {
    const template = pinned[n];
    if (!template) throw new Error('invariant: a launched send node without its pinned template');
    return { channel, gateway, template: `${template.key}@${template.version}` };
  });
  return {
    type: 'send',
    ...(first as Choice),
    ...(fallback.length > 0 ? { fallback } : {}),
    ...(node.preferred === undefined ? {} : { preferred: node.preferred }),
    notAfterMs: spanMs(node.notAfter),
    onSkip: skipOf(node.onSkip),
    wave,
    reward,
    next: node.next,
  };
}

function skipOf(onSkip: SendNode['onSkip']): PreparedSkip {
  if (typeof onSkip === 'string') return onSkip;
  return { forMs: spanMs(onSkip.defer), everyMs: spanMs(onSkip.every), otherwise: onSkip.otherwise };
}

function prepareWait(node: JourneyNode & { type: 'wait' }, reward: string | null, zone: string): PreparedWait {
  const { next } = node;
  const listener = listenerOf(node, reward);
  const response = listener && {
    event: listener.event,
    ofPayout: isPayoutEvent(listener.event),
    matches: listener.filter ? prepareFilter(listener.filter) : () => true,
  };
  if (node.window) return { type: 'wait', spanMs: 0, window: prepareWindow(node.window, zone), response, next };
  if (node.until !== undefined) return { type: 'wait', spanMs: 0, until: Date.parse(node.until), response, next };
  return { type: 'wait', spanMs: spanMs(node.span ?? ''), response, next };
}

function channelsBehind({ campaign: { journey } }: LaunchedCampaign, id: string): Channel[] {
  const behind = reachedFrom(id, (at) => targetsOf(journey, at));
  const channels = [...behind].flatMap((at) => {
    const node = journey.nodes[at];
    return node?.type === 'send' ? choicesOf(node).map(({ channel }) => channel) : [];
  });
  return [...new Set(channels)].sort();
}

/** Response waits that do not directly follow a send may be entered after events of their window have been received. */
function lateWaitEvents(nodes: Record<string, PreparedNode>): string[] {
  const names = new Set<string>();
  for (const node of Object.values(nodes)) {
    if (node.type === 'send') continue;
    const { next, again } = exitsOf(node);
    for (const target of again === null ? next : [...next, again]) {
      const wait = nodes[target];
      if (wait?.type === 'wait' && wait.response && !wait.response.ofPayout) names.add(wait.response.event);
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

function readsAnswers(node: JourneyNode): boolean {
  if (node.type === 'branch') return 'responded' in node.on && node.on.where !== undefined;
  return node.type === 'reward' && 'by' in node.amount && node.amount.by.startsWith('response.');
}
