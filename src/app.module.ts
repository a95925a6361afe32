/**
 * The Nest root: every endpoint, the stores behind them, and the ports that the wiring hands in. Nothing here decides.
 */
import { Module, type DynamicModule, type Provider } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR, APP_PIPE } from '@nestjs/core';
import { LoggerModule } from 'nestjs-pino';
import { AttentionGauges } from './api/attention/attention-gauges.js';
import { DesertedBuilds } from './api/attention/deserted-builds.js';
import { ProvidersClosed } from './api/attention/providers-closed.js';
import { CampaignMoves } from './api/campaigns/campaign-moves.js';
import { CampaignStarts } from './api/campaigns/campaign-starts.js';
import { CouponWarnings } from './api/campaigns/coupon-warnings.js';
import { ControlSwitch } from './api/controls/control-switch.js';
import { CouponGauges } from './api/coupon-pools/coupon-gauges.js';
import { CustomerWhy } from './api/customers/why.js';
import { AnonymousJoiner } from './api/events/anonymous-joiner.js';
import { EventQueue } from './api/events/event-queue.js';
import { ExportDesk } from './api/exports/export-desk.js';
import { Tables } from './api/exports/tables.js';
import { GalleryMaker } from './api/gallery/gallery-maker.js';
import { AccessGuard } from './api/http/access.guard.js';
import { loggerParams } from './api/http/logging.js';
import { Metrics } from './api/http/metrics.js';
import { OpenStreams } from './api/http/open-streams.js';
import { ProblemFilter } from './api/http/problem.filter.js';
import { RateLimitGuard } from './api/http/rate-limit.guard.js';
import { WordsInterceptor } from './api/words/words.interceptor.js';
import { ValidationPipe } from './api/http/validation.pipe.js';
import { BreakerGauge } from './api/payouts/breaker-gauge.js';
import { PayoutDecider } from './api/payouts/decide.js';
import * as ports from './api/ports.js';
import { RetryRunner } from './api/retries/retry-runner.js';
import { LiveRuns } from './api/runs/live-runs.js';
import { LiveTopics } from './api/live/live-topics.js';
import { Topics } from './api/live/topics.js';
import { SegmentQuestions } from './api/segments/segment-questions.js';
import { OidcClient } from './api/session/oidc-client.js';
import { SignInAttempts } from './api/session/attempts.js';
import { FunnelStore } from './storage/funnel.store.js';
import { InboxCopies } from './storage/inbox-copy.store.js';
import { IngestionStore } from './storage/ingestion.store.js';
import type { Pool } from './storage/pool.js';
import { RetryPlanner } from './storage/retry-plan.store.js';
import { RetryWork } from './storage/retry-work.store.js';
import { SegmentSources } from './storage/segment-sources.js';
import { CONTROLLERS } from './app.controllers.js';
import { STORES } from './app.stores.js';

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
    { provide: RetryPlanner, useValue: deps.retryPlanner },
    { provide: RetryWork, useValue: deps.retryWork },
    { provide: ports.SETTLEMENT_SOURCE, useValue: deps.settlements },
    { provide: ports.TEST_GATEWAYS, useValue: deps.testGateways },
    { provide: ports.TEMPORAL_PROBE, useValue: deps.temporal },
    { provide: ports.DEPLOYMENT, useValue: deps.deployment },
    { provide: ports.DEMONSTRATED, useValue: deps.demonstrated },
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
        AttentionGauges,
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
        GalleryMaker,
        CampaignStarts,
        ControlSwitch,
        CouponGauges,
        CouponWarnings,
        CustomerWhy,
        DesertedBuilds,
        EventQueue,
        ExportDesk,
        LiveRuns,
        LiveTopics,
        Metrics,
        OidcClient,
        OpenStreams,
        PayoutDecider,
        ProvidersClosed,
        RetryRunner,
        SegmentQuestions,
        SignInAttempts,
        Tables,
        Topics,
        { provide: APP_GUARD, useClass: RateLimitGuard },
        { provide: APP_GUARD, useClass: AccessGuard },
        { provide: APP_PIPE, useClass: ValidationPipe },
        { provide: APP_FILTER, useClass: ProblemFilter },
        { provide: APP_INTERCEPTOR, useClass: WordsInterceptor },
      ],
    };
  }
}
