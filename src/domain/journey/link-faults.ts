/**
 * What is wrong with a link to another campaign: there is none, it does not start by link, or it leads back without an end.
 */
import type { Start } from '../trigger/start.js';
import type { Campaign, Journey } from './definition.js';

/** A campaign that links lead to: its newest launched version, or its draft where it has none. */
export interface LinkedCampaign {
  start: Start | undefined;
  links: readonly string[];
}

/** The campaigns that a journey's links lead to. */
export const linksOf = (journey: Journey): string[] => [
  ...new Set(Object.values(journey.nodes).flatMap((node) => (node.type === 'link' ? [node.campaign] : []))),
];

/** In words that continue the link's campaign; null: none. `known`: whatever the links lead to, and what theirs lead to. */
export function linkFault(
  campaign: Campaign,
  target: string,
  known: ReadonlyMap<string, LinkedCampaign>,
): string | null {
  const all = new Map(known).set(campaign.key, { start: campaign.start, links: linksOf(campaign.journey) });
  const linked = all.get(target);
  if (!linked) return 'does not exist';
  if (linked.start?.type !== 'link') return 'does not start by link';
  const back = wayBack(campaign.key, target, all);
  if (back === null || back.some((key) => letsInOnce(all.get(key)))) return null;
  return `leads back here by ${back.join(' → ')}: one of them has to let everybody in once`;
}

const letsInOnce = (linked: LinkedCampaign | undefined): boolean =>
  linked?.start?.type === 'link' && linked.start.entry.policy === 'once';

/** A way from the target to where the link is that nobody is kept from, or else any way; null: there is none. */
function wayBack(home: string, target: string, all: ReadonlyMap<string, LinkedCampaign>): string[] | null {
  const search = (passes: (key: string) => boolean): string[] | null => {
    const from = new Map<string, string | null>([[target, null]]);
    for (const key of from.keys()) {
      if (key === home) return wayTo(key, from);
      if (!passes(key)) continue;
      for (const next of all.get(key)?.links ?? []) if (!from.has(next)) from.set(next, key);
    }
    return null;
  };
  return search((key) => !letsInOnce(all.get(key))) ?? search(() => true);
}

function wayTo(end: string, from: ReadonlyMap<string, string | null>): string[] {
  const way: string[] = [];
  for (let key: string | null = end; key !== null; key = from.get(key) ?? null) way.unshift(key);
  return way;
}
