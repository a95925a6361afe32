/**
 * The campaigns that links lead to, and those that theirs lead to, for validation: what has ended leads nowhere.
 */
import type { Campaign } from '../domain/journey/definition.js';
import { linksOf, type LinkedCampaign } from '../domain/journey/link-faults.js';
import type { Client, Pool } from './pool.js';

/** Of a chain; what lies behind is not looked at. */
const CAMPAIGNS_MAX = 200;

export async function linkedCampaigns(
  client: Client | Pool,
  keys: readonly string[],
): Promise<Map<string, LinkedCampaign>> {
  const found = new Map<string, LinkedCampaign>();
  for (let wanted = [...keys]; wanted.length > 0 && found.size < CAMPAIGNS_MAX;) {
    const { rows } = await client.query<{ key: string; campaign: Campaign }>(
      `select c.key, coalesce(v.definition->'campaign', c.draft) as campaign
       from campaigns c left join lateral (
         select definition from campaign_versions where campaign = c.key order by version desc limit 1) v on true
       where c.key = any($1::text[]) and c.state <> 'ended'`,
      [wanted],
    );
    for (const { key, campaign } of rows) found.set(key, { start: campaign.start, links: linksOf(campaign.journey) });
    wanted = [...new Set(rows.flatMap(({ campaign }) => linksOf(campaign.journey)))].filter((key) => !found.has(key));
  }
  return found;
}
