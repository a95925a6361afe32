/**
 * A campaign's draft with everything it names, as it is now: its faults, and when it has none the form that would be launched. The hash of
 * that form is what validation and approval are for, so a new version of a template voids them too.
 */
import { createHash } from 'node:crypto';
import type { Config } from '../../config.js';
import type { Campaign, LaunchedCampaign } from '../../domain/journey/definition.js';
import { validateCampaign, wavesOf } from '../../domain/journey/validate.js';
import { budgetCurrencies } from '../../storage/budgets.store.js';
import type { Client, Pool } from '../../storage/pool.js';
import { newestSegment, pinNewest } from '../../storage/segments.store.js';
import { newestTemplates } from '../../storage/templates.store.js';

export interface Fault {
  pointer: string;
  detail: string;
}
export type CampaignContent = { ok: true; launched: LaunchedCampaign; hash: string } | { ok: false; faults: Fault[] };

export async function contentOf(client: Client | Pool, campaign: Campaign, config: Config): Promise<CampaignContent> {
  const nodes = Object.entries(campaign.journey.nodes);
  const sends = nodes.flatMap(([id, node]) => (node.type === 'send' ? [{ id, template: node.template }] : []));
  const rewards = nodes.flatMap(([, node]) => (node.type === 'reward' ? [node.budget] : []));
  const segment = await newestSegment(client, campaign.segment);
  const templates = new Map(
    (
      await newestTemplates(
        client,
        sends.map((send) => send.template),
      )
    ).map((t) => [t.key, t]),
  );
  const budgets = await budgetCurrencies(client, rewards);
  const faults = validateCampaign(campaign, {
    segment,
    templates,
    budgets,
    gateways: config.gateways,
    providers: config.providers,
  });
  if (faults.length > 0 || !segment) return { ok: false, faults };
  const whole = await pinNewest(client, segment.rule, segment.key);
  if (!whole.ok) return { ok: false, faults: whole.faults.map(({ detail }) => ({ pointer: '/segment', detail })) };
  const pinned = sends.map(({ id, template: key }) => {
    const template = templates.get(key);
    if (!template) throw new Error('invariant: a validated campaign names a template that does not exist');
    const { version, channel, title, body } = template;
    return [id, { key, version, channel, title, body }] as const;
  });
  const launched: LaunchedCampaign = {
    campaign,
    segment: {
      key: segment.key,
      version: segment.version,
      rule: whole.rule,
      ...(whole.uses.length > 0 ? { uses: whole.uses } : {}),
    },
    templates: Object.fromEntries(pinned),
    waves: wavesOf(campaign.journey),
  };
  return { ok: true, launched, hash: createHash('sha256').update(JSON.stringify(launched)).digest('hex') };
}
