/**
 * A campaign's draft with everything it names, as it is now: its faults, and when it has none the form that would be launched. The hash of
 * that form is what validation and approval are for, so a new version of a template voids them too.
 */
import { createHash } from 'node:crypto';
import type { Config } from '../../config.js';
import { choicesOf } from '../../domain/journey/choices.js';
import type { Campaign, LaunchedCampaign, PinnedSegment, PinnedTemplate } from '../../domain/journey/definition.js';
import { linksOf } from '../../domain/journey/link-faults.js';
import { payingFirst } from '../../domain/journey/currency-faults.js';
import { attributesIn } from '../../domain/journey/node-faults.js';
import type { RewardNode } from '../../domain/journey/nodes.js';
import { validateCampaign, wavesOf } from '../../domain/journey/validate.js';
import { boxOf } from '../../domain/ledger/amount.js';
import { schemaOf } from '../../domain/segment/source.js';
import { budgetCurrencies } from '../../storage/budgets.store.js';
import { poolsWithCodes } from '../../storage/coupon-pools.store.js';
import { attributesAmong } from '../../storage/customers.store.js';
import { providerCurrencies } from '../../storage/ledger.store.js';
import { boxesNamed } from '../../storage/lucky-boxes.store.js';
import { linkedCampaigns } from '../../storage/linked-campaigns.js';
import type { Client, Pool } from '../../storage/pool.js';
import { newestWhole, type WholeSegment } from '../../storage/segments.store.js';
import { newestTemplates } from '../../storage/templates.store.js';

export interface Fault {
  pointer: string;
  detail: string;
}
export type CampaignContent = { ok: true; launched: LaunchedCampaign; hash: string } | { ok: false; faults: Fault[] };

export async function contentOf(client: Client | Pool, campaign: Campaign, config: Config): Promise<CampaignContent> {
  const nodes = Object.entries(campaign.journey.nodes);
  const sends = nodes.flatMap(([id, node]) => (node.type === 'send' ? [{ id, node, choices: choicesOf(node) }] : []));
  const asked = nodes.flatMap(([id, node]) =>
    node.type === 'branch' && 'segment' in node.on ? [{ id, segment: node.on.segment }] : [],
  );
  const rewards = nodes.flatMap(([, node]) => (node.type === 'reward' ? [node] : []));
  const boxes = await boxesNamed(client, boxesOf(rewards));
  const labels = campaign.labels ?? [];
  const segments = await newestWhole(client, [
    campaign.segment,
    ...[...asked, ...labels].map(({ segment: key }) => key),
  ]);
  const segment = segments.get(campaign.segment);
  const named = await newestTemplates(
    client,
    sends.flatMap(({ choices }) => choices.map(({ template }) => template)),
  );
  const templates = new Map(named.map((t) => [t.key, t]));
  const faults = validateCampaign(campaign, {
    segment: segment ?? null,
    segments,
    sources: new Map(config.sources.map((source) => [source.name, schemaOf(source)])),
    templates,
    attributes: await attributesAmong(client, [
      ...attributesIn(named.flatMap(({ variables }) => variables)),
      ...sends.flatMap(({ node }) => node.preferred ?? []),
    ]),
    campaigns: await linkedCampaigns(client, linksOf(campaign.journey)),
    budgets: await budgetCurrencies(
      client,
      rewards.map(({ budget }) => budget),
    ),
    pools: await poolsWithCodes(
      client,
      rewards.flatMap(({ pool }) => pool ?? []),
    ),
    boxes,
    seeded: config.boxKeys.length > 0,
    gateways: config.gateways,
    links: config.links !== null,
    providers: config.providers,
    currencies: await providerCurrencies(client, payingFirst(campaign.journey)),
    pack: config.policyPack,
  });
  if (faults.length > 0 || !segment) return { ok: false, faults };
  const pinned = sends.map(({ id, choices }) => {
    const [first, ...others] = choices.map(({ template }) => pinTemplate(known(templates, template)));
    return { id, first: first as PinnedTemplate, others };
  });
  const choosing = pinned.filter(({ others }) => others.length > 0);
  const launched: LaunchedCampaign = {
    campaign,
    segment: pin(segment),
    ...(labels.length > 0
      ? { labels: labels.map(({ name, segment: key }) => ({ name, ...pin(known(segments, key)) })) }
      : {}),
    ...(asked.length > 0
      ? { segments: Object.fromEntries(asked.map(({ id, segment: key }) => [id, pin(known(segments, key))])) }
      : {}),
    templates: Object.fromEntries(pinned.map(({ id, first }) => [id, first])),
    ...(choosing.length > 0 ? { fallbacks: Object.fromEntries(choosing.map(({ id, others }) => [id, others])) } : {}),
    ...(config.policyPack ? { pack: config.policyPack } : {}),
    ...(boxes.size > 0
      ? { boxes: Object.fromEntries([...boxes].map(([key, { termsSha256 }]) => [key, termsSha256])) }
      : {}),
    waves: wavesOf(campaign.journey),
  };
  return { ok: true, launched, hash: createHash('sha256').update(JSON.stringify(launched)).digest('hex') };
}

const boxesOf = (rewards: readonly RewardNode[]): string[] => rewards.flatMap(({ amount }) => boxOf(amount) ?? []);

const pinTemplate = ({ key, version, channel, title, body }: PinnedTemplate): PinnedTemplate => {
  return { key, version, channel, title, body };
};

const pin = ({ key, version, rule, uses, source }: WholeSegment): PinnedSegment => ({
  key,
  version,
  rule,
  ...(uses.length ? { uses } : {}),
  ...(source === null ? {} : { source }),
});

function known<T>(by: ReadonlyMap<string, T>, key: string): T {
  const value = by.get(key);
  if (value === undefined) throw new Error('invariant: a validated campaign names what does not exist');
  return value;
}
