/**
 * draft → validated → approved → launched. Every move looks at the content as it is at that moment, in its own transaction.
 */
import { Inject, Injectable } from '@nestjs/common';
import type { Config } from '../../config.js';
import { isSecondPerson } from '../../domain/base/four-eyes.js';
import { currencyFaults, payingFirst } from '../../domain/journey/currency-faults.js';
import type { Campaign, LaunchedCampaign } from '../../domain/journey/definition.js';
import { isValidAt, reviewValidity } from '../../domain/journey/review.js';
import { eventStartOf, isTimed } from '../../domain/trigger/start.js';
import { CampaignsStore, type CampaignRecord } from '../../storage/campaigns.store.js';
import { authorsOf } from '../../storage/content-authors.js';
import type { Authored } from '../../storage/definition-lock.js';
import { openRound, roundKey } from '../../storage/entry-rounds.js';
import { closeEventStart, putEventStart } from '../../storage/event-starts.js';
import type { Actor } from '../../storage/keys.store.js';
import { openProviderAccounts } from '../../storage/ledger.store.js';
import { openBoxes } from '../../storage/lucky-boxes.store.js';
import { inTransaction, type Client, type Pool } from '../../storage/pool.js';
import { SeedVault } from '../../storage/seed-vault.js';
import { StartsStore } from '../../storage/starts.store.js';
import { etagOf } from '../http/etag.js';
import { found, Problem } from '../http/problem.js';
import { CLOCK, CONFIG, POOL, type Clock } from '../ports.js';
import { contentOf, type CampaignContent, type Fault } from './campaign-content.js';

/** `run`: null where the campaign starts later, at `nextStart` (RFC 3339) or not at all any more. */
export interface Opened {
  run: string | null;
  campaign: string;
  version: number;
  trigger: string | null;
  nextStart: string | null;
}

type Opening = Parameters<CampaignsStore['openRun']>[1];

const later = (campaign: string, version: number, next: number | null): Opened => ({
  run: null,
  campaign,
  version,
  trigger: null,
  nextStart: next === null ? null : new Date(next).toISOString(),
});

@Injectable()
export class CampaignMoves {
  constructor(
    private readonly campaigns: CampaignsStore,
    private readonly starts: StartsStore,
    @Inject(POOL) private readonly pool: Pool,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** All faults of a draft that nobody has kept. */
  async judge(draft: Campaign, on: Pool | Client = this.pool): Promise<Fault[]> {
    const content = await contentOf(on, draft, this.config);
    return content.ok ? [] : content.faults;
  }

  /** All faults; a faultless draft becomes validated. What has been launched is only looked at. */
  async validate(key: string, actor: Actor): Promise<{ campaign: CampaignRecord; faults: Fault[] }> {
    return await inTransaction(this.pool, async (client) => {
      const campaign = found(await this.campaigns.lock(client, key), 'campaign');
      const content = await contentOf(client, campaign.draft, this.config);
      if (!content.ok) return { campaign, faults: content.faults };
      const stands = campaign.state !== 'draft' && campaign.contentHash === content.hash;
      if (!stands && campaign.state !== 'launched' && campaign.state !== 'ended') {
        await this.campaigns.markValidated(client, key, content.hash, { by: actor.id, now: this.clock.now() });
      }
      return { campaign: (await this.campaigns.lock(client, key)) as CampaignRecord, faults: [] };
    });
  }

  /**
   * By another person than the one who edited it last and those who made what it names, of just what they have seen: the tag of its revision and
   * content. Problems: conflict, own_work, stale.
   */
  async approve(key: string, seen: string, actor: Actor): Promise<CampaignRecord> {
    return await inTransaction(this.pool, async (client) => {
      const campaign = found(await this.campaigns.lock(client, key), 'campaign');
      if (!isSecondPerson(campaign.editedBy, actor.id))
        throw new Problem('own_work', 'Who edited a campaign last cannot approve it.');
      if (etagOf(campaign.revision, campaign.contentHash) !== seen) throw new Problem('stale');
      if (campaign.state === 'approved') return campaign;
      if (campaign.state !== 'validated')
        throw new Problem('conflict', `The campaign is ${campaign.state}; only a validated one can be approved.`);
      const { launched } = await this.unchanged(client, campaign);
      const own = (await authorsOf(client, launched)).filter(({ madeBy }) => !isSecondPerson(madeBy, actor.id));
      if (own.length > 0) {
        const named = own.map(({ name }) => name).join(', ');
        throw new Problem('own_work', `Who made what a campaign names cannot approve it: ${named}.`);
      }
      await this.campaigns.markApproved(client, campaign, { by: actor.id, now: this.clock.now() });
      return (await this.campaigns.lock(client, key)) as CampaignRecord;
    });
  }

  /**
   * Launch the approved content as the next version and open its run. A campaign that is launched already opens a run of its newest
   * version, one per trigger. Inside the caller's transaction.
   */
  async launch(client: Client, key: string, as: { trigger: string; entrants: boolean }, actor: Actor): Promise<Opened> {
    const campaign = found(await this.campaigns.lock(client, key), 'campaign');
    const authored = { by: actor.id, now: this.clock.now() };
    if (campaign.state === 'launched' && campaign.version !== null) {
      const launched = await this.campaigns.launchedDefinition(client, key, campaign.version);
      if (!launched) throw new Error('invariant: a launched campaign without its version');
      const { start } = launched.campaign;
      if (isTimed(start)) {
        const next = (await this.starts.find(key, client))?.nextAt ?? null;
        return later(key, campaign.version, next?.getTime() ?? null);
      }
      this.reviewed(launched.campaign);
      const opening = { campaign: key, version: campaign.version, ...as, launched };
      const opened = await (eventStartOf(start, key)
        ? this.openEntries(client, opening, authored)
        : this.open(client, opening, authored));
      await this.keepCurrencies(client, launched);
      return opened;
    }
    if (campaign.state !== 'approved')
      throw new Problem('conflict', `The campaign is ${campaign.state}; only an approved one can be launched.`);
    const { launched } = await this.unchanged(client, campaign);
    await this.openBoxes(client, launched, authored);
    const version = await this.campaigns.addVersion(client, campaign, launched, authored);
    const opened = await this.begin(client, { campaign: key, version, ...as, launched }, authored);
    await this.keepCurrencies(client, launched);
    return opened;
  }

  /** By the start of the version just launched, which takes the place of that of the version before. */
  private async begin(client: Client, opening: Opening, authored: Authored): Promise<Opened> {
    const { campaign, version, launched } = opening;
    const { start, zone } = launched.campaign;
    if (!isTimed(start)) {
      this.reviewed(launched.campaign);
      await this.starts.close(client, campaign);
    }
    await closeEventStart(client, campaign, version);
    if (eventStartOf(start, campaign)) return await this.openEntries(client, opening, authored);
    if (!isTimed(start)) return await this.open(client, opening, authored);
    const next = await this.starts.put(client, { campaign, version, start, zone }, authored);
    if (next === null) {
      const errors = [{ pointer: '/start', detail: 'lies in the past' }];
      throw new Problem('conflict', 'The campaign would never start.', { errors });
    }
    this.reviewed(launched.campaign, next);
    return later(campaign, version, next);
  }

  private async openEntries(client: Client, opening: Opening, authored: Authored): Promise<Opened> {
    const { campaign, version, launched } = opening;
    const start = eventStartOf(launched.campaign.start, campaign);
    if (!start) throw new Error('invariant: entries of a campaign that no event starts');
    const round = { campaign, version, no: 1, launched, build: this.config.build };
    const run = await openRound(client, this.campaigns, round, authored);
    await putEventStart(client, { campaign, version, runId: run, start });
    return { run, campaign, version, trigger: roundKey(1), nextStart: null };
  }

  /** For good: no launch, slot or event starts it any more. Its runs are the switch's. */
  async end(key: string, reason: string, actor: Actor): Promise<void> {
    await inTransaction(this.pool, async (client) => {
      found(await this.campaigns.end(client, key, reason, { by: actor.id, now: this.clock.now() }), 'campaign');
      await this.starts.close(client, key);
      await closeEventStart(client, key, null);
    });
  }

  private async open(client: Client, opening: Opening, authored: Authored): Promise<Opened> {
    const run = await this.campaigns.openRun(client, opening, authored);
    const { campaign, version, trigger } = opening;
    return { run, campaign, version, trigger, nextStart: null };
  }

  private async openBoxes(client: Client, { boxes = {} }: LaunchedCampaign, authored: Authored): Promise<void> {
    const refused = await openBoxes(client, boxes, new SeedVault(this.config.boxKeys), authored);
    if (refused.length > 0)
      throw new Problem('conflict', `Not what was approved, or closed: ${refused.join(', ')}; validate it again.`);
  }

  /** At the end, as the order of locks has it: two launches that pay through a new provider in two currencies meet at its accounts. */
  private async keepCurrencies(client: Client, { campaign: { journey } }: LaunchedCampaign): Promise<void> {
    const faults = currencyFaults(journey, await openProviderAccounts(client, payingFirst(journey)));
    if (faults.length > 0) throw changed(faults);
  }

  private reviewed(campaign: Campaign, at: number = this.clock.now()): void {
    if (isValidAt(reviewValidity(campaign), at)) return;
    throw new Problem('conflict', 'The review of this advertising is not valid when it would start.', {
      errors: [{ pointer: '/review/validUntil', detail: 'is not a period that holds at the start' }],
    });
  }

  private async unchanged(client: Client, campaign: CampaignRecord): Promise<CampaignContent & { ok: true }> {
    const content = await contentOf(client, campaign.draft, this.config);
    if (!content.ok) throw changed(content.faults);
    if (content.hash !== campaign.contentHash) {
      throw new Problem('conflict', 'A segment, template or lucky box it names has changed; validate it again.');
    }
    return content;
  }
}

const changed = (errors: Fault[]): Problem =>
  new Problem('conflict', 'Something it names has changed; validate it again.', { errors });
