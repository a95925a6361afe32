/**
 * What must fit together in a campaign before it can be approved: every edge leads somewhere, every node is reached, nothing loops, every
 * wait has its one wave, and everything named exists. All faults are told at once.
 */
import type { Channel } from '../base/channels.js';
import { spanMs } from '../base/time.js';
import { startFaults } from '../trigger/start.js';
import { faultsOfRule } from '../segment/compile.js';
import type { RuleGroup } from '../segment/rule.js';
import type { Campaign, Journey, JourneyNode } from './definition.js';
import { isPayoutEvent } from '../response/payout-events.js';
import { kindOfScope } from '../ledger/claims.js';
import { ancestorsOf, edgesOf, lastBefore, reachedUnanswered, topologicalOrder, wavesOf } from './graph.js';
import { reviewFault } from './review.js';
import { payoutWaitFaults, rewardsOfSends } from './payout-waits.js';

export { wavesOf };

export interface CampaignFault {
  /** JSON Pointer (RFC 6901) into the campaign. */
  pointer: string;
  detail: string;
}

/** What the campaign may name. */
export interface Known {
  segment: { rule: RuleGroup } | null;
  templates: ReadonlyMap<string, { channel: Channel; variables?: readonly string[] }>;
  /** Currency by budget. */
  budgets: ReadonlyMap<string, string>;
  gateways: readonly { name: string; channels: readonly string[] }[];
  providers: readonly { name: string }[];
}

/** Nothing leaves by it; it takes every channel. */
const CAPTURE = 'capture';
/** A reservation of a contact ends at the latest after this span (storage/cohort-facts). */
export const NOT_AFTER_MAX_MS = 7 * 86_400_000;

export function validateCampaign(campaign: Campaign, known: Known): CampaignFault[] {
  const { journey } = campaign;
  const faults: CampaignFault[] = [];
  if (!known.segment) faults.push({ pointer: '/segment', detail: 'does not exist' });
  const review = reviewFault(campaign);
  if (review) faults.push(review);
  faults.push(...startFaults(campaign.start, campaign.zone));
  const broken = brokenEdges(journey);
  if (broken.length > 0) return [...faults, ...broken];

  const order = topologicalOrder(journey);
  const reached = new Set(order.nodes);
  for (const id of Object.keys(journey.nodes)) {
    if (!reached.has(id) && !order.cyclic.has(id)) {
      faults.push({ pointer: at(id), detail: 'is not reached from the start' });
    }
  }
  for (const id of order.cyclic) faults.push({ pointer: at(id), detail: 'is part of a loop' });
  if (order.cyclic.size === 0) faults.push(...waveFaults(journey), ...rewardVariableFaults(journey, known));
  for (const [id, node] of Object.entries(journey.nodes)) {
    faults.push(
      ...nodeFaults(campaign, node, known).map(({ pointer, detail }) => ({ pointer: at(id) + pointer, detail })),
    );
  }
  return faults;
}

const at = (node: string) => `/journey/nodes/${node}`;

function brokenEdges(journey: Journey): CampaignFault[] {
  const faults: CampaignFault[] = [];
  if (!Object.hasOwn(journey.nodes, journey.start)) faults.push({ pointer: '/journey/start', detail: 'is not a node' });
  for (const [id, node] of Object.entries(journey.nodes)) {
    for (const { field, to } of edgesOf(node)) {
      if (!Object.hasOwn(journey.nodes, to))
        faults.push({ pointer: `${at(id)}/${field}`, detail: `leads to ${to}, which is not a node` });
    }
  }
  return faults;
}

/**
 * A wait for a customer's response belongs to exactly one send, one for a payout's to its reward; a branch on a response asks a wait that lies
 * before it; a reward per response lies behind an answered one.
 */
function waveFaults(journey: Journey): CampaignFault[] {
  const faults: CampaignFault[] = [];
  const sends = lastBefore(journey, (id) => (journey.nodes[id]?.type === 'send' ? id : undefined));
  const before = ancestorsOf(journey);
  const unanswered = reachedUnanswered(journey);
  for (const [id, node] of Object.entries(journey.nodes)) {
    faults.push(...payoutWaitFaults(journey, id).map(({ pointer, detail }) => ({ pointer: at(id) + pointer, detail })));
    if (node.type === 'wait' && node.response && !isPayoutEvent(node.response.event)) {
      const own = sends.get(id) ?? new Set();
      if (own.has(null))
        faults.push({ pointer: `${at(id)}/response`, detail: 'can be reached without a send before it' });
      else if (own.size > 1) {
        faults.push({
          pointer: `${at(id)}/response`,
          detail: 'follows several sends; a wait for a response has one wave',
        });
      }
    }
    if (node.type === 'branch' && 'responded' in node.on) {
      const wait = journey.nodes[node.on.responded];
      const pointer = `${at(id)}/on/responded`;
      if (wait?.type !== 'wait' || !wait.response) faults.push({ pointer, detail: 'is not a wait for a response' });
      else if (!before.get(id)?.has(node.on.responded))
        faults.push({ pointer, detail: 'does not lie before this branch' });
    }
    if (node.type === 'reward' && kindOfScope(node.claimScope) === 'response' && unanswered.has(id)) {
      faults.push({ pointer: `${at(id)}/claimScope`, detail: 'can be reached without a response before it' });
    }
  }
  return faults;
}

/** A template may speak of the reward only after a wait for what became of it, on every way. */
function rewardVariableFaults(journey: Journey, known: Known): CampaignFault[] {
  return [...rewardsOfSends(journey)].flatMap(([id, reward]) => {
    const node = journey.nodes[id];
    const variables = node?.type === 'send' ? known.templates.get(node.template)?.variables : undefined;
    if (reward !== null || !variables?.some((name) => name.startsWith('reward.'))) return [];
    return [
      {
        pointer: `${at(id)}/template`,
        detail: 'reads reward.*, but not every way to it waits for one and the same payout before',
      },
    ];
  });
}

function nodeFaults(campaign: Campaign, node: JourneyNode, known: Known): CampaignFault[] {
  switch (node.type) {
    case 'send':
      return sendFaults(campaign, node, known);
    case 'wait':
      return node.response?.where ? ruleFaults('/response/where', node.response.where, 'event') : [];
    case 'branch':
      return 'rule' in node.on ? ruleFaults('/on/rule', node.on.rule, 'customer') : [];
    case 'reward':
      return rewardFaults(node, known);
    case 'exit':
      return [];
    default:
      return node satisfies never;
  }
}

function ruleFaults(pointer: string, rule: RuleGroup, subject: 'customer' | 'event'): CampaignFault[] {
  return faultsOfRule(rule, subject).map((fault) => ({ pointer: pointer + fault.pointer, detail: fault.detail }));
}

function sendFaults(campaign: Campaign, node: JourneyNode & { type: 'send' }, known: Known): CampaignFault[] {
  const faults: CampaignFault[] = [];
  const template = known.templates.get(node.template);
  if (!template) faults.push({ pointer: '/template', detail: 'does not exist' });
  else if (template.channel !== node.channel)
    faults.push({ pointer: '/template', detail: `is written for ${template.channel}` });
  const gateway = known.gateways.find(({ name }) => name === node.gateway);
  if (!gateway && node.gateway !== CAPTURE) faults.push({ pointer: '/gateway', detail: 'is not configured' });
  if (gateway && !gateway.channels.includes(node.channel)) {
    faults.push({ pointer: '/gateway', detail: `does not carry ${node.channel}` });
  }
  if (spanMs(node.notAfter) > NOT_AFTER_MAX_MS) faults.push({ pointer: '/notAfter', detail: 'is at most 7 days' });
  if (node.channel === 'alimtalk' && campaign.purpose === 'advertising') {
    faults.push({ pointer: '/channel', detail: 'carries information only' });
  }
  return faults;
}

function rewardFaults(node: JourneyNode & { type: 'reward' }, known: Known): CampaignFault[] {
  const faults: CampaignFault[] = [];
  const currency = known.budgets.get(node.budget);
  if (currency === undefined) faults.push({ pointer: '/budget', detail: 'does not exist' });
  else if (currency !== node.amount.currency)
    faults.push({ pointer: '/amount/currency', detail: `is not the budget's ${currency}` });
  if (!known.providers.some(({ name }) => name === node.provider)) {
    faults.push({ pointer: '/provider', detail: 'is not configured' });
  }
  return faults;
}
