/**
 * What is wrong with a node by itself: what it names does not exist, or does not fit what it is used for.
 */
import { spanMs } from '../base/time.js';
import { ownGatewayCarries } from '../base/channels.js';
import { marksOf } from '../eligibility/policy-pack.js';
import { boxOf, rulesOf } from '../ledger/amount.js';
import { leastSize, marksFor } from '../offer/template.js';
import { sizeFault } from '../offer/text-size.js';
import { faultsOfRule } from '../segment/compile.js';
import type { RuleGroup } from '../segment/rule.js';
import { choicesOf, type Choice } from './choices.js';
import type { Campaign, JourneyNode, SendNode } from './definition.js';
import { branchSourceFault } from './source-faults.js';
import { linkFault } from './link-faults.js';
import type { CampaignFault, Known, KnownSegment } from './validate.js';

/** Nothing leaves by it; it takes every channel. */
const CAPTURE = 'capture';
/** A reservation of a contact ends at the latest after this span (storage/cohort-facts). */
export const NOT_AFTER_MAX_MS = 7 * 86_400_000;

/** Pointers into the node. */
export function nodeFaults(campaign: Campaign, node: JourneyNode, known: Known): CampaignFault[] {
  switch (node.type) {
    case 'send':
      return sendFaults(campaign, node, known);
    case 'wait':
      return node.response?.where ? ruleFaults('/response/where', node.response.where, 'event') : [];
    case 'branch':
      return branchFaults(node, known);
    case 'reward':
      return rewardFaults(node, known);
    case 'link': {
      const detail = linkFault(campaign, node.campaign, known.campaigns ?? new Map());
      return detail ? [{ pointer: '/campaign', detail }] : [];
    }
    case 'split':
    case 'repeat':
    case 'exit':
      return [];
    default:
      return node satisfies never;
  }
}

/** Pointers below `pointer`. */
export function ruleFaults(pointer: string, rule: RuleGroup, subject: 'customer' | 'event'): CampaignFault[] {
  return faultsOfRule(rule, subject).map((fault) => ({ pointer: pointer + fault.pointer, detail: fault.detail }));
}

function branchFaults({ on }: JourneyNode & { type: 'branch' }, known: Known): CampaignFault[] {
  if ('rule' in on) return ruleFaults('/on/rule', on.rule, 'customer');
  if ('segment' in on) {
    const segment = known.segments?.get(on.segment);
    return [...segmentFaults('/on/segment', segment, 'customer'), ...branchSourceFault(segment)];
  }
  if ('arm' in on) return [];
  return on.where ? ruleFaults('/on/where', on.where, 'event') : [];
}

/** `subject`: who is asked; the audience may be selected by whatever a segment can say. */
export function segmentFaults(
  pointer: string,
  segment: KnownSegment | undefined,
  subject?: 'customer',
): CampaignFault[] {
  if (!segment) return [{ pointer, detail: 'does not exist' }];
  const faults = [...(segment.faults ?? []), ...(subject ? faultsOfRule(segment.rule, subject) : [])];
  return faults.map(({ detail }) => ({ pointer, detail }));
}

function sendFaults(campaign: Campaign, node: SendNode, known: Known): CampaignFault[] {
  const choices = choicesOf(node);
  const faults = choices.flatMap((choice, n) => {
    const at = n === 0 ? '' : `/fallback/${n - 1}`;
    return choiceFaults(campaign, choice, known).map(({ pointer, detail }) => ({ pointer: at + pointer, detail }));
  });
  for (const [n, { channel }] of choices.entries()) {
    const before = choices.slice(0, n).some((other) => other.channel === channel);
    if (before) faults.push({ pointer: `/fallback/${n - 1}/channel`, detail: 'is named before' });
  }
  if (spanMs(node.notAfter) > NOT_AFTER_MAX_MS) faults.push({ pointer: '/notAfter', detail: 'is at most 7 days' });
  const { preferred } = node;
  if (preferred === undefined) return faults;
  if (choices.length === 1) faults.push({ pointer: '/preferred', detail: 'has one channel only to prefer' });
  if (known.attributes && !known.attributes.has(preferred))
    faults.push({ pointer: '/preferred', detail: 'is an attribute that no customer has' });
  return faults;
}

/** Pointers into the choice. */
function choiceFaults(campaign: Campaign, choice: Choice, known: Known): CampaignFault[] {
  const faults: CampaignFault[] = [];
  const template = known.templates.get(choice.template);
  if (!template) faults.push({ pointer: '/template', detail: 'does not exist' });
  else if (template.channel !== choice.channel)
    faults.push({ pointer: '/template', detail: `is written for ${template.channel}` });
  else if (template.body !== undefined) faults.push(...sizeFaults(campaign, choice, template, known));
  for (const name of unknownVariables(template?.variables ?? [], known))
    faults.push({ pointer: '/template', detail: `reads ${name}, which no customer has` });
  const gateway = known.gateways.find(({ name }) => name === choice.gateway);
  const own = ownGatewayCarries(choice.gateway, choice.channel);
  if (!gateway && own === null && choice.gateway !== CAPTURE)
    faults.push({ pointer: '/gateway', detail: 'is not configured' });
  if (!(own ?? gateway?.channels.includes(choice.channel) ?? true)) {
    faults.push({ pointer: '/gateway', detail: `does not carry ${choice.channel}` });
  }
  if (gateway?.type === 'smtp' && campaign.purpose === 'advertising' && !known.links) {
    const detail = 'sends advertising e-mail, whose unsubscribe link needs PADO_PUBLIC_URL and PADO_LINK_SECRETS';
    faults.push({ pointer: '/gateway', detail });
  }
  if (choice.channel === 'alimtalk' && campaign.purpose === 'advertising') {
    faults.push({ pointer: '/channel', detail: 'carries information only' });
  }
  return faults;
}

function sizeFaults(
  campaign: Campaign,
  { channel }: Choice,
  { title = null, body = '' }: { title?: string | null; body?: string },
  known: Known,
): CampaignFault[] {
  const marks = marksFor(campaign.purpose, known.pack ? marksOf(known.pack) : null);
  const fault = sizeFault(leastSize({ channel, title, body }, marks));
  return fault ? [{ pointer: '/template', detail: `with its marks ${fault}` }] : [];
}

const CUSTOMER = 'customer.';

/** Names of attributes that a template reads. */
export const attributesIn = (variables: readonly string[]): string[] =>
  variables
    .filter((name) => name.startsWith(CUSTOMER) && name !== `${CUSTOMER}id`)
    .map((name) => name.slice(CUSTOMER.length));

function unknownVariables(variables: readonly string[], { attributes }: Known): string[] {
  if (!attributes) return [];
  return attributesIn(variables)
    .filter((name) => !attributes.has(name))
    .map((name) => CUSTOMER + name);
}

function rewardFaults(node: JourneyNode & { type: 'reward' }, known: Known): CampaignFault[] {
  const faults: CampaignFault[] = [];
  const currency = known.budgets.get(node.budget);
  if (currency === undefined) faults.push({ pointer: '/budget', detail: 'does not exist, or is closed' });
  else if (currency !== node.amount.currency)
    faults.push({ pointer: '/amount/currency', detail: `is not the budget's ${currency}` });
  if (node.provider !== undefined && !known.providers.some(({ name }) => name === node.provider)) {
    faults.push({ pointer: '/provider', detail: 'is not configured' });
  }
  if (node.pool !== undefined) faults.push(...poolFaults(node.pool, known));
  const box = boxOf(node.amount);
  if (box !== null) faults.push(...boxFaults(box, node.amount.currency, known));
  for (const { pointer, rule } of rulesOf(node.amount)) faults.push(...ruleFaults(pointer, rule, 'customer'));
  return faults;
}

function boxFaults(key: string, currency: string, known: Known): CampaignFault[] {
  const box = known.boxes?.get(key);
  const fault = (detail: string) => [{ pointer: '/amount/box', detail }];
  if (!box) return fault('does not exist');
  if (box.closed) return fault('is closed');
  if (!known.seeded) return fault('cannot be drawn from: no key seals seeds here (PADO_BOX_KEYS)');
  return box.currency === currency ? [] : [{ pointer: '/amount/currency', detail: `is not the box's ${box.currency}` }];
}

function poolFaults(pool: string, known: Known): CampaignFault[] {
  const hasCodes = known.pools?.get(pool);
  if (hasCodes === undefined) return [{ pointer: '/pool', detail: 'does not exist' }];
  return hasCodes ? [] : [{ pointer: '/pool', detail: 'has no code left' }];
}
