/**
 * The Nest root: every endpoint, the stores behind them, and the ports that the wiring hands in. Nothing here decides.
 */
import { Module, type DynamicModule, type Provider, type Type } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_PIPE } from '@nestjs/core';
import { LoggerModule } from 'nestjs-pino';
import { BudgetsController } from './api/budgets/budgets.controller.js';
import { CallbacksController } from './api/callbacks/callbacks.controller.js';
import { CampaignLifeController } from './api/campaigns/campaign-life.controller.js';
import { CampaignMoves } from './api/campaigns/campaign-moves.js';
import { CampaignStarts } from './api/campaigns/campaign-starts.js';
import { CampaignStartsController } from './api/campaigns/campaign-starts.controller.js';
import { CampaignsController } from './api/campaigns/campaigns.controller.js';
import { CouponWarnings } from './api/campaigns/coupon-warnings.js';
import { ConsentsController } from './api/consents/consents.controller.js';
import { FunnelController } from './api/campaigns/funnel.controller.js';
import { ContactPoliciesController } from './api/contact-policies/contact-policies.controller.js';
import { RewardCapsController } from './api/reward-caps/reward-caps.controller.js';
import { ControlSwitch } from './api/controls/control-switch.js';
import { ControlsController } from './api/controls/controls.controller.js';
import { CouponGauges } from './api/coupon-pools/coupon-gauges.js';
import { CouponPoolsController } from './api/coupon-pools/coupon-pools.controller.js';
import { CustomersController } from './api/customers/customers.controller.js';
import { CustomerPrivacyController } from './api/customers/privacy.controller.js';
import { CustomerStoryController } from './api/customers/story.controller.js';
import { CustomerWhy } from './api/customers/why.js';
import { AnonymousJoiner } from './api/events/anonymous-joiner.js';
import { CloudEventsController } from './api/events/cloud-events.controller.js';
import { EventQueue } from './api/events/event-queue.js';
import { EventsController } from './api/events/events.controller.js';
import { SourceSettingsController } from './api/events/source-settings.controller.js';
import { ExclusionListsController } from './api/exclusion-lists/exclusion-lists.controller.js';
import { ExportDesk } from './api/exports/export-desk.js';
import { ExportsController } from './api/exports/exports.controller.js';
import { Tables } from './api/exports/tables.js';
import { HealthController } from './api/health/health.controller.js';
import { AccessGuard } from './api/http/access.guard.js';
import { loggerParams } from './api/http/logging.js';
import { Metrics } from './api/http/metrics.js';
import { ProblemFilter } from './api/http/problem.filter.js';
import { RateLimitGuard } from './api/http/rate-limit.guard.js';
import { ValidationPipe } from './api/http/validation.pipe.js';
import { InboxController } from './api/inbox/inbox.controller.js';
import { InstallationController } from './api/installation/installation.controller.js';
import { KeysController } from './api/keys/keys.controller.js';
import { LedgerController } from './api/ledger/ledger.controller.js';
import { PeriodsController } from './api/ledger/periods.controller.js';
import { StatementsController } from './api/ledger/statements.controller.js';
import { LateResponsesController } from './api/late-responses/late-responses.controller.js';
import { OwedItemsController } from './api/owed-items/owed-items.controller.js';
import { BreakerGauge } from './api/payouts/breaker-gauge.js';
import { PayoutDecider } from './api/payouts/decide.js';
import { PayoutDecisionsController } from './api/payouts/decisions.controller.js';
import { PayoutReleasesController } from './api/payouts/releases.controller.js';
import { PayoutsController } from './api/payouts/payouts.controller.js';
import * as ports from './api/ports.js';
import { ReportsController } from './api/reports/reports.controller.js';
import { ChainReportController } from './api/runs/chain-report.controller.js';
import { LinksController } from './api/runs/links.controller.js';
import { RestorationsController } from './api/restorations/restorations.controller.js';
import { RunMigrationController } from './api/runs/run-migration.controller.js';
import { RunMovesController } from './api/runs/run-moves.controller.js';
import { RunsController } from './api/runs/runs.controller.js';
import { SchemasController } from './api/schemas/schemas.controller.js';
import { SegmentFieldsController } from './api/segments/segment-fields.controller.js';
import { SegmentQuestions } from './api/segments/segment-questions.js';
import { SegmentsController } from './api/segments/segments.controller.js';
import { UploadsController } from './api/segments/uploads.controller.js';
import { SettlementBreaksController } from './api/settlements/breaks.controller.js';
import { SettlementsController } from './api/settlements/settlements.controller.js';
import { StaffListsController } from './api/staff-lists/staff-lists.controller.js';
import { TemplatesController } from './api/templates/templates.controller.js';
import { UnsubscribeController } from './api/unsubscribe/unsubscribe.controller.js';
import { BooksStore } from './storage/books.store.js';
import { BudgetsStore } from './storage/budgets.store.js';
import { BusinessEpochStore } from './storage/business-epoch.store.js';
import { CampaignsStore } from './storage/campaigns.store.js';
import { ChainReportStore } from './storage/chain-report.store.js';
import { ConsentsStore } from './storage/consents.store.js';
import { ControlReadiness } from './storage/control-readiness.store.js';
import { ControlWork } from './storage/control-work.store.js';
import { ControlsStore } from './storage/controls.store.js';
import { CouponPoolsStore } from './storage/coupon-pools.store.js';
import { CustomerPrivacyStore } from './storage/customer-privacy.store.js';
import { CustomersStore } from './storage/customers.store.js';
import { ExclusionListsStore } from './storage/exclusion-lists.store.js';
import { EntriesStore } from './storage/entries.store.js';
import { ExportsStore } from './storage/exports.store.js';
import { FunnelStore } from './storage/funnel.store.js';
import { InboxCopies } from './storage/inbox-copy.store.js';
import { InboxStore } from './storage/inbox.store.js';
import { LateClaimsStore } from './storage/late-claims.store.js';
import { IngestionStore } from './storage/ingestion.store.js';
import { KeysStore } from './storage/keys.store.js';
import { LaunchedStore } from './storage/launched.store.js';
import { LedgerSealsStore } from './storage/ledger-seals.store.js';
import { LinksReadStore } from './storage/links-read.store.js';
import { MessagesReadStore } from './storage/messages-read.store.js';
import { OwedItemsStore } from './storage/owed-items.store.js';
import { PayoutDecisions } from './storage/payout-decisions.store.js';
import { PayoutReleases } from './storage/payout-releases.store.js';
import { PayoutReportStore } from './storage/payout-report.store.js';
import { PayoutsReadStore } from './storage/payouts-read.store.js';
import { PeriodsStore } from './storage/periods.store.js';
import { PoliciesStore } from './storage/policies.store.js';
import type { Pool } from './storage/pool.js';
import { RunMigrationStore } from './storage/run-migration.store.js';
import { RestorationReportStore } from './storage/restoration-report.store.js';
import { RestorationsStore } from './storage/restorations.store.js';
import { RewardCapsStore } from './storage/reward-caps.store.js';
import { RunReportStore } from './storage/run-report.store.js';
import { RunsStore } from './storage/runs.store.js';
import { SeenFieldsStore } from './storage/seen-fields.store.js';
import { SegmentUploads } from './storage/segment-uploads.store.js';
import { SegmentSources } from './storage/segment-sources.js';
import { SegmentsStore } from './storage/segments.store.js';
import { SettlementBreaksStore } from './storage/settlement-breaks.store.js';
import { SettlementFilesStore } from './storage/settlement-files.store.js';
import { SettlementMatchStore } from './storage/settlement-match.store.js';
import { SignedHeadsStore } from './storage/signed-heads.store.js';
import { StaffListsStore } from './storage/staff-lists.store.js';
import { StartsStore } from './storage/starts.store.js';
import { StatementStore } from './storage/statement.store.js';
import { TemplatesStore } from './storage/templates.store.js';
import { TimelineStore } from './storage/timeline.store.js';
import { UnsubscribeStore } from './storage/unsubscribe.store.js';
import { WebhooksStore } from './storage/webhooks.store.js';
import { WhyStore } from './storage/why.store.js';

const CONTROLLERS: Type[] = [
  CustomersController,
  CustomerStoryController,
  CustomerPrivacyController,
  ConsentsController,
  EventsController,
  CloudEventsController,
  SourceSettingsController,
  SchemasController,
  SegmentsController,
  SegmentFieldsController,
  UploadsController,
  TemplatesController,
  ContactPoliciesController,
  ExclusionListsController,
  BudgetsController,
  RewardCapsController,
  CouponPoolsController,
  CampaignsController,
  CampaignLifeController,
  CampaignStartsController,
  FunnelController,
  RunsController,
  RunMovesController,
  RunMigrationController,
  LinksController,
  ChainReportController,
  ControlsController,
  RestorationsController,
  PayoutsController,
  LedgerController,
  PeriodsController,
  SettlementsController,
  SettlementBreaksController,
  StatementsController,
  ReportsController,
  ExportsController,
  LateResponsesController,
  PayoutDecisionsController,
  PayoutReleasesController,
  OwedItemsController,
  CallbacksController,
  UnsubscribeController,
  InboxController,
  StaffListsController,
  InstallationController,
  KeysController,
  HealthController,
];

const STORES: (new (pool: Pool) => object)[] = [
  BooksStore,
  BudgetsStore,
  BusinessEpochStore,
  CampaignsStore,
  ChainReportStore,
  ConsentsStore,
  ControlReadiness,
  ControlWork,
  ControlsStore,
  CouponPoolsStore,
  CustomerPrivacyStore,
  CustomersStore,
  EntriesStore,
  ExclusionListsStore,
  ExportsStore,
  InboxStore,
  LateClaimsStore,
  KeysStore,
  LaunchedStore,
  LedgerSealsStore,
  LinksReadStore,
  MessagesReadStore,
  OwedItemsStore,
  PayoutDecisions,
  PayoutReleases,
  PayoutReportStore,
  PayoutsReadStore,
  PeriodsStore,
  PoliciesStore,
  RestorationReportStore,
  RestorationsStore,
  RunMigrationStore,
  RewardCapsStore,
  RunReportStore,
  RunsStore,
  SeenFieldsStore,
  SegmentUploads,
  SegmentsStore,
  SettlementBreaksStore,
  SettlementFilesStore,
  SettlementMatchStore,
  SignedHeadsStore,
  StaffListsStore,
  StartsStore,
  StatementStore,
  TemplatesStore,
  TimelineStore,
  UnsubscribeStore,
  WebhooksStore,
  WhyStore,
];

function portProviders(deps: ports.ApiDeps): Provider[] {
  return [
    { provide: ports.CONFIG, useValue: deps.config },
    { provide: ports.POOL, useValue: deps.pool },
    { provide: ports.REDIS, useValue: deps.redis },
    { provide: ports.CLOCK, useValue: deps.clock },
    { provide: ports.NUDGER, useValue: deps.nudger },
    { provide: ports.START_ALARMS, useValue: deps.alarms },
    { provide: ports.PAYOUT_BOOK, useValue: deps.payoutBook },
    { provide: IngestionStore, useValue: deps.events },
    { provide: ports.ANONYMOUS_EVENTS, useValue: deps.anonymous },
    { provide: InboxCopies, useValue: deps.inboxCopies },
    { provide: ports.SETTLEMENT_SOURCE, useValue: deps.settlements },
    { provide: ports.TEMPORAL_PROBE, useValue: deps.temporal },
  ];
}

@Module({})
export class AppModule {
  static register(deps: ports.ApiDeps): DynamicModule {
    return {
      module: AppModule,
      imports: [LoggerModule.forRoot(loggerParams(deps.config.logLevel))],
      controllers: CONTROLLERS,
      providers: [
        ...portProviders(deps),
        ...STORES.map((store): Provider => ({
          provide: store,
          useFactory: (pool: Pool) => new store(pool),
          inject: [ports.POOL],
        })),
        AnonymousJoiner,
        BreakerGauge,
        {
          provide: SegmentSources,
          useFactory: (pool: Pool, config: ports.ApiDeps['config']) => new SegmentSources(pool, config.sources),
          inject: [ports.POOL, ports.CONFIG],
        },
        {
          provide: FunnelStore,
          useFactory: (pool: Pool, sources: SegmentSources) => new FunnelStore(pool, sources),
          inject: [ports.POOL, SegmentSources],
        },
        CampaignMoves,
        CampaignStarts,
        ControlSwitch,
        CouponGauges,
        CouponWarnings,
        CustomerWhy,
        EventQueue,
        ExportDesk,
        Metrics,
        PayoutDecider,
        SegmentQuestions,
        Tables,
        { provide: APP_GUARD, useClass: RateLimitGuard },
        { provide: APP_GUARD, useClass: AccessGuard },
        { provide: APP_PIPE, useClass: ValidationPipe },
        { provide: APP_FILTER, useClass: ProblemFilter },
      ],
    };
  }
}
