/**
 * draft → validated → approved → launched. Every move looks at the content as it is at that moment, in its own transaction.
 */
import { Inject, Injectable } from '@nestjs/common';
import type { Config } from '../../config.js';
import type { Campaign } from '../../domain/journey/definition.js';
import { CampaignsStore, type CampaignRecord } from '../../storage/campaigns.store.js';
import type { Actor } from '../../storage/keys.store.js';
import { inTransaction, type Client, type Pool } from '../../storage/pool.js';
import { found, Problem } from '../http/problem.js';
import { CLOCK, CONFIG, POOL, type Clock } from '../ports.js';
import { contentOf, type CampaignContent, type Fault } from './campaign-content.js';

export interface Opened {
  run: string;
  campaign: string;
  version: number;
  trigger: string;
}

@Injectable()
export class CampaignMoves {
  constructor(
    private readonly campaigns: CampaignsStore,
    @Inject(POOL) private readonly pool: Pool,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** All faults of a draft that nobody has kept. */
  async judge(draft: Campaign): Promise<Fault[]> {
    const content = await contentOf(this.pool, draft, this.config);
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

  /** By another person than the one who edited it last. Problems: conflict, own_work. */
  async approve(key: string, actor: Actor): Promise<CampaignRecord> {
    return await inTransaction(this.pool, async (client) => {
      const campaign = found(await this.campaigns.lock(client, key), 'campaign');
      if (campaign.editedBy === actor.id)
        throw new Problem('own_work', 'Who edited a campaign last cannot approve it.');
      if (campaign.state === 'approved') return campaign;
      if (campaign.state !== 'validated')
        throw new Problem('conflict', `The campaign is ${campaign.state}; only a validated one can be approved.`);
      await this.unchanged(client, campaign);
      await this.campaigns.markApproved(client, key, { by: actor.id, now: this.clock.now() });
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
      return await this.open(client, { campaign: key, version: campaign.version, ...as, launched }, authored);
    }
    if (campaign.state !== 'approved')
      throw new Problem('conflict', `The campaign is ${campaign.state}; only an approved one can be launched.`);
    const { launched } = await this.unchanged(client, campaign);
    const version = await this.campaigns.addVersion(client, campaign, launched, authored);
    return await this.open(client, { campaign: key, version, ...as, launched }, authored);
  }

  private async open(
    client: Client,
    opening: Parameters<CampaignsStore['openRun']>[1],
    authored: { by: string; now: number },
  ): Promise<Opened> {
    const run = await this.campaigns.openRun(client, opening, authored);
    const { campaign, version, trigger } = opening;
    return { run, campaign, version, trigger };
  }

  private async unchanged(client: Client, campaign: CampaignRecord): Promise<CampaignContent & { ok: true }> {
    const content = await contentOf(client, campaign.draft, this.config);
    if (!content.ok)
      throw new Problem('conflict', 'Something it names has changed; validate it again.', { errors: content.faults });
    if (content.hash !== campaign.contentHash) {
      throw new Problem('conflict', 'A segment or template it names has a new version; validate it again.');
    }
    return content;
  }
}
