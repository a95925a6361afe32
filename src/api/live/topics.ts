/**
 * What may be followed, and how it is looked at: each topic is what one endpoint reads, for whoever may call that endpoint.
 */
import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { Config } from '../../config.js';
import { CODES } from '../../domain/attention/classes.js';
import { AttentionItemsStore } from '../../storage/attention-items.store.js';
import { ControlsStore } from '../../storage/controls.store.js';
import type { Role } from '../../storage/keys.store.js';
import { PayoutProposalsStore } from '../../storage/payout-proposals.store.js';
import { RatesStore } from '../../storage/rates.store.js';
import { ReplayReportsStore } from '../../storage/replay-reports.store.js';
import { RestorationReportStore } from '../../storage/restoration-report.store.js';
import { RestorationsStore } from '../../storage/restorations.store.js';
import { VersionsStore } from '../../storage/versions.store.js';
import { AttentionController } from '../attention/attention.controller.js';
import { DesertedBuilds } from '../attention/deserted-builds.js';
import { ProvidersClosed } from '../attention/providers-closed.js';
import { BudgetsController } from '../budgets/budgets.controller.js';
import { CampaignsController } from '../campaigns/campaigns.controller.js';
import { ControlsController } from '../controls/controls.controller.js';
import { DeploymentController } from '../deployment/deployment.controller.js';
import { EventLogController } from '../events/event-log.controller.js';
import { ACCESS, type Access } from '../http/access.js';
import { PeriodsController } from '../ledger/periods.controller.js';
import { OwedItemsController } from '../owed-items/owed-items.controller.js';
import { PayoutProposalsController } from '../payouts/proposals.controller.js';
import { PayoutsController } from '../payouts/payouts.controller.js';
import { CLOCK, CONFIG, DEPLOYMENT, type Builds, type Clock } from '../ports.js';
import { QueuesController } from '../rates/queues.controller.js';
import { RatesController } from '../rates/rates.controller.js';
import { RestorationsController } from '../restorations/restorations.controller.js';
import { RetriesController } from '../retries/retries.controller.js';
import { RunsController } from '../runs/runs.controller.js';
import { SegmentsController } from '../segments/segments.controller.js';
import { SettlementBreaksController } from '../settlements/breaks.controller.js';
import { TemplatesController } from '../templates/templates.controller.js';

/** Each with the endpoint whose answer it is about. */
const READ_BY = {
  attention: [AttentionController, 'list'],
  breaks: [SettlementBreaksController, 'list'],
  budgets: [BudgetsController, 'list'],
  campaigns: [CampaignsController, 'list'],
  controls: [ControlsController, 'list'],
  deployment: [DeploymentController, 'find'],
  events: [EventLogController, 'list'],
  owed: [OwedItemsController, 'list'],
  payouts: [PayoutsController, 'list'],
  periods: [PeriodsController, 'list'],
  proposals: [PayoutProposalsController, 'list'],
  queues: [QueuesController, 'list'],
  rates: [RatesController, 'list'],
  restorations: [RestorationsController, 'list'],
  retries: [RetriesController, 'list'],
  runs: [RunsController, 'list'],
  segments: [SegmentsController, 'list'],
  templates: [TemplatesController, 'list'],
} as const;

export type Topic = keyof typeof READ_BY;
export const TOPICS = Object.keys(READ_BY) as [Topic, ...Topic[]];

/** Those of the endpoint. */
export function rolesOf(topic: Topic): readonly Role[] {
  const [controller, method] = READ_BY[topic];
  const endpoint = (controller.prototype as unknown as Record<string, object>)[method];
  const access = endpoint && (Reflect.getMetadata(ACCESS, endpoint) as Access | undefined);
  return typeof access === 'object' ? access.roles : [];
}

/** Of what may be very many entries, so many are looked at. */
const ITEMS_MAX = 1_000;

@Injectable()
export class Topics {
  constructor(
    private readonly versions: VersionsStore,
    private readonly items: AttentionItemsStore,
    private readonly closed: ProvidersClosed,
    private readonly deserted: DesertedBuilds,
    private readonly controls: ControlsStore,
    private readonly proposals: PayoutProposalsStore,
    private readonly rates: RatesStore,
    private readonly replays: ReplayReportsStore,
    private readonly restorations: RestorationsStore,
    private readonly restorationReports: RestorationReportStore,
    @Inject(DEPLOYMENT) private readonly builds: Builds | null,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** Another one whenever what is followed is another; every process that sees the same says the same. */
  async versionOf(topic: Topic): Promise<string> {
    return createHash('sha256')
      .update(JSON.stringify(await this.look(topic)))
      .digest('base64url')
      .slice(0, 16);
  }

  private async look(topic: Topic): Promise<unknown> {
    switch (topic) {
      case 'attention':
        return await this.attention();
      case 'breaks':
        return await this.versions.breaks();
      case 'budgets':
        return await this.versions.budgets();
      case 'campaigns':
      case 'segments':
      case 'templates':
        return await this.versions.decided();
      case 'controls':
        return await this.controls.list();
      case 'deployment':
        return [this.builds && (await this.builds.look(this.clock.temporalNow())), await this.replays.newest()];
      case 'events':
        return await this.versions.events();
      case 'owed':
        return await this.versions.owed();
      case 'payouts':
        return await this.versions.payouts();
      case 'periods':
        return await this.versions.periods();
      case 'proposals':
        return (await this.proposals.list(null, ITEMS_MAX)).map(({ payout, tag }) => [payout, tag]);
      case 'queues':
        return await this.queues();
      case 'rates':
        return [...(await this.rates.newest())];
      case 'restorations':
        return await this.restored();
      case 'retries':
        return await this.versions.retries();
      case 'runs':
        return await this.versions.runs();
      default:
        return topic satisfies never;
    }
  }

  /** That something was seen once more is no other thing; nor where nobody knows since when it is, which is told as now. */
  private async attention(): Promise<unknown> {
    const now = this.clock.now();
    const at = { now, closed: this.closed.at(now), patienceMs: this.config.patienceMs, elsewhere: [] };
    const items = await this.items.list(at, CODES, { after: null, limit: ITEMS_MAX });
    const deserted = await this.deserted.list();
    return [
      items.map(({ firstSeen, lastSeen, ...item }) => [
        item,
        ...[firstSeen, lastSeen].map((seen) => (seen === now ? null : seen)),
      ]),
      deserted.map(({ lastSeen: _, ...item }) => item),
    ];
  }

  private async queues(): Promise<unknown> {
    const now = this.clock.now();
    const closed = this.closed.at(now);
    return { closed, lags: await this.items.lags({ now, closed }) };
  }

  /** Nearly no installation was ever set back: then there is nothing to be counted. */
  private async restored(): Promise<unknown> {
    const restorations = await this.restorations.list();
    return restorations.length === 0 ? [] : [restorations, await this.restorationReports.read()];
  }
}
