/**
 * What must fit together in a campaign before it can be approved: every edge leads somewhere, every node is reached, nothing loops without a
 * bound, every wait has its one wave, and everything named exists. All faults are told at once, whatever else is wrong.
 */
import type { Channel } from '../base/channels.js';
import { packFaults, type PackTerms } from '../eligibility/policy-pack.js';
import type { RuleGroup } from '../segment/rule.js';
import type { LakeSchema } from '../segment/source.js';
import { choicesOf } from './choices.js';
import { currencyFaults } from './currency-faults.js';
import type { Campaign, Journey } from './definition.js';
import { edgesOf, topologicalOrder, wavesOf } from './graph.js';
import type { LinkedCampaign } from './link-faults.js';
import { loopsOf, repeatFaults } from './loops.js';
import { nodeFaults, ruleFaults, segmentFaults } from './node-faults.js';
import { labelFaults } from './label-faults.js';
import { audienceSourceFaults } from './source-faults.js';
import { pathFaults } from './path-faults.js';
import { reviewFault } from './review.js';
import { startFaults } from '../trigger/start.js';

export { wavesOf };

export interface CampaignFault {
  /** JSON Pointer (RFC 6901) into the campaign, or into the node where it is about one. */
  pointer: string;
  detail: string;
}

/** With all segments inside it, and what is wrong with those. */
export interface KnownSegment {
  rule: RuleGroup;
  /** Null or absent: Postgres. */
  source?: string | null;
  faults?: readonly { detail: string }[];
}

/** What the campaign may name. */
export interface Known {
  segment: KnownSegment | null;
  /** The lakes of the installation. */
  sources?: ReadonlyMap<string, LakeSchema>;
  /** Those that branches and labels name. */
  segments?: ReadonlyMap<string, KnownSegment>;
  /** Those that links lead to, and those that theirs lead to. */
  campaigns?: ReadonlyMap<string, LinkedCampaign>;
  templates: ReadonlyMap<
    string,
    { channel: Channel; variables?: readonly string[]; title?: string | null; body?: string }
  >;
  /** Attributes that some customer has, of those that templates and sends read; null: there are no customers yet. */
  attributes?: ReadonlySet<string> | null;
  /** Currency by budget. */
  budgets: ReadonlyMap<string, string>;
  gateways: readonly { name: string; channels: readonly string[]; type?: string }[];
  /** Messages can have links to refuse advertising. */
  links?: boolean;
  providers: readonly { name: string }[];
  /** Currency by provider, of those that have accounts. */
  currencies?: ReadonlyMap<string, string>;
  /** Whether a code is left, by pool of coupons. */
  pools?: ReadonlyMap<string, boolean>;
  /** Lucky boxes; `seeded`: a key seals seeds here. */
  boxes?: ReadonlyMap<string, { currency: string; closed: boolean }>;
  seeded?: boolean;
  /** The policy pack in force. */
  pack?: PackTerms | null;
}

/** In the order of their places, which does not depend on that of the nodes. */
export function validateCampaign(campaign: Campaign, known: Known): CampaignFault[] {
  const { journey } = campaign;
  const faults = segmentFaults('/segment', known.segment ?? undefined);
  if (known.segment) faults.push(...audienceSourceFaults(campaign, known.segment, known.sources ?? new Map()));
  faults.push(...labelFaults(campaign, known));
  if (campaign.filter) faults.push(...ruleFaults('/filter', campaign.filter, 'customer'));
  if (known.pack) faults.push(...packFaults(known.pack, campaign, sendsOf(journey)));
  const review = reviewFault(campaign);
  if (review) faults.push(review);
  faults.push(...startFaults(campaign.start, campaign.zone));
  faults.push(...brokenEdges(journey), ...orderFaults(journey));
  faults.push(...currencyFaults(journey, known.currencies ?? new Map()));
  const paths = pathFaults(journey, known);
  for (const [id, node] of Object.entries(journey.nodes)) {
    for (const { pointer, detail } of [...(paths.get(id) ?? []), ...nodeFaults(campaign, node, known)]) {
      faults.push({ pointer: at(id) + pointer, detail });
    }
  }
  return faults.sort((a, b) => (a.pointer < b.pointer ? -1 : a.pointer > b.pointer ? 1 : 0));
}

const sendsOf = (journey: Journey) =>
  Object.entries(journey.nodes).flatMap(([id, node]) =>
    node.type === 'send' ? choicesOf(node).map(({ channel }) => ({ id, channel })) : [],
  );

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

/** What cannot be reached, what loops without a bound, and what is repeated although it cannot be. */
function orderFaults(journey: Journey): CampaignFault[] {
  const faults: CampaignFault[] = [];
  const order = topologicalOrder(journey);
  const reached = new Set(order.nodes);
  for (const id of Object.keys(journey.nodes)) {
    if (!reached.has(id) && reached.size > 0) faults.push({ pointer: at(id), detail: 'is not reached from the start' });
  }
  for (const id of order.cyclic) faults.push({ pointer: at(id), detail: 'is part of a loop that no repeat bounds' });
  const loops = loopsOf(journey);
  for (const { repeat, head } of loops) {
    if (!Object.hasOwn(journey.nodes, head)) continue; // told as an edge
    for (const detail of repeatFaults(journey, loops, repeat)) faults.push({ pointer: `${at(repeat)}/again`, detail });
  }
  return faults;
}
