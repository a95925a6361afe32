/**
 * The gallery: ready campaigns, each of which is a draft like any other once its blanks are filled in.
 */
import { campaignSchema, type Campaign } from '../journey/definition.js';
import type { RuleGroup } from '../segment/rule.js';
import type { Channel } from '../base/channels.js';
import type { BlankFault } from './blanks.js';
import { consentNotice } from './campaigns/consent-notice.js';
import { crossSell } from './campaigns/cross-sell.js';
import { dormant } from './campaigns/dormant.js';
import { eventWinners } from './campaigns/event-winners.js';
import { upsell } from './campaigns/upsell.js';
import { vip } from './campaigns/vip.js';
import { welcome } from './campaigns/welcome.js';
import type { Made, Ready } from './ready.js';

export const GALLERY: readonly Ready[] = [welcome, upsell, crossSell, vip, dormant, consentNotice, eventWinners];

/** The longest key of a campaign from which the keys of its templates can be made. */
export const KEY_MAX = 25;

export interface Draft {
  /** Null where a segment that is there is meant. */
  segment: { key: string; name: string; rule: RuleGroup } | null;
  templates: { key: string; channel: Channel; title: string | null; body: string }[];
  campaign: Campaign;
}

/** Keys of segment and templates begin with `key`, which has at most KEY_MAX characters, so that the same is made again of the same. */
export function draftOf(
  own: Ready,
  { key, name, values }: { key: string; name: string; values: Readonly<Record<string, unknown>> },
): { ok: true; draft: Draft } | { ok: false; faults: BlankFault[] } {
  const answer = own.make(values);
  if (!answer.ok) return answer;
  const { segment, templates, campaign } = answer.made;
  const keyed = (end: string) => `${key}-${end}`;
  return {
    ok: true,
    draft: {
      segment: typeof segment === 'string' ? null : { key, name, rule: segment },
      templates: Object.entries(templates).map(([end, { channel, title = null, body }]) => {
        return { key: keyed(end), channel, title, body };
      }),
      campaign: campaignSchema.parse({
        ...campaign,
        key,
        name,
        segment: typeof segment === 'string' ? segment : key,
        journey: { ...campaign.journey, nodes: withTemplates(campaign.journey.nodes, keyed) },
      }),
    },
  };
}

type Nodes = Made['campaign']['journey']['nodes'];

function withTemplates(nodes: Nodes, keyed: (end: string) => string): Nodes {
  const named = <T extends { template: string }>(carrier: T): T => ({ ...carrier, template: keyed(carrier.template) });
  return Object.fromEntries(
    Object.entries(nodes).map(([id, node]) => {
      if (node.type !== 'send') return [id, node];
      return [id, { ...named(node), ...(node.fallback ? { fallback: node.fallback.map(named) } : {}) }];
    }),
  );
}
