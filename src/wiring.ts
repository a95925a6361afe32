/**
 * The only composition: which store, channel or provider stands behind which port, for the worker and for the API.
 */
import type { Redis } from 'ioredis';
import { createActivities, type Activities } from '../activities/index.js';
import type { CohortPorts } from '../activities/cohort.activities.js';
import type { DeliveryPorts, GatewayTerms } from '../activities/delivery.activities.js';
import { SHARDS, shardOf } from '../workflows/ids.js';
import type { AnonymousEvents, ApiDeps, StartAlarms as Alarms } from './api/ports.js';
import { CAPTURE, CaptureGateway } from './channels/capture.channel.js';
import type { Gateway } from './channels/gateway.js';
import { INBOX, InboxGateway } from './channels/inbox.channel.js';
import type { Config } from './config.js';
import { STAFF } from './domain/base/channels.js';
import { configuredLimits, termsAt } from './domain/base/rates.js';
import { POOL_PROVIDER } from './domain/ledger/coupon-pool.js';
import { prepareRenderer } from './domain/offer/render.js';
import { alarmOf } from './domain/trigger/alarm.js';
import { demonstrated } from './wiring-demonstration.js';
import { gatewayOf, testGateways } from './wiring-gateways.js';
import { ledgerPorts, seedVault, settlementSource } from './wiring-ledger.js';
import { lookingAtNudges } from './wiring-nudges.js';
import { retryPlanner, retryWork } from './wiring-retries.js';
import { fileExchange, keepHours, openProviders, payoutPorts } from './wiring-payouts.js';
import { AnonymousStore } from './storage/anonymous.store.js';
import { AudienceStore } from './storage/audience.store.js';
import { CohortStore } from './storage/cohort.store.js';
import { ControlWork } from './storage/control-work.store.js';
import { CurrentRates } from './storage/current-rates.js';
import { DeliveryResults } from './storage/delivery-results.store.js';
import { DeliveryClaims } from './storage/delivery.store.js';
import { EventStarts } from './storage/event-starts.js';
import { EventsStore } from './storage/events.store.js';
import { IngestionStore } from './storage/ingestion.store.js';
import { installationClock } from './storage/installation.store.js';
import { InboxCopies } from './storage/inbox-copy.store.js';
import { LaunchedStore } from './storage/launched.store.js';
import { LinksStore } from './storage/links.store.js';
import { PayoutEventsStore } from './storage/payout-events.store.js';
import { PayoutsStore } from './storage/payouts.store.js';
import { createPool, isDataError, type Pool } from './storage/pool.js';
import { RatesStore } from './storage/rates.store.js';
import { createRedis, nudgeMarks } from './storage/redis.js';
import { RetentionRounds } from './storage/retention-rounds.store.js';
import { SegmentSources } from './storage/segment-sources.js';
import { StartsStore } from './storage/starts.store.js';
import { SweepStore } from './storage/sweep.store.js';
import { Throttle } from './storage/throttle.store.js';
import { TemporalClock } from './temporal/clock.js';
import { connectClient } from './temporal/connect.js';
import { Deployment } from './temporal/deployment.js';
import { TemporalGateway } from './temporal/gateway.js';
import { StartAlarms } from './temporal/start-alarms.js';
import { DebouncedNudger } from './temporal/nudger.js';
import type { Tracing } from './temporal/tracing.js';

const COHORT_SIZE = 1_000;
/** Of the gateways that are ourselves. */
export const OWN_TERMS = {
  batchSize: 1_000,
  timeoutMs: 5_000,
  idempotent: true,
  idempotencyMs: 86_400_000,
  lookup: true,
  visibilityMs: 0,
  ownBook: true,
};

/** The installation's clock offset; read until the first run fixes it for ever. */
export const offsetReader = (pool: Pool) => async (): Promise<number> => (await installationClock(pool)).offsetMs;

const campaignReader = (launched: LaunchedStore) => async (runId: string) => (await launched.journeyOf(runId)).campaign;

export interface WorkerParts {
  activities: Activities;
  gateways: string[];
  providers: string[];
  close(): Promise<void>;
}

export async function wireWorker(
  config: Config,
  onError: (error: unknown) => void,
  tracing: Tracing | null,
): Promise<WorkerParts> {
  const pool = createPool(config.databaseUrl, { max: 24, name: 'pado-worker' });
  const redis = createRedis(config.redisUrl);
  const client = await connectClient(config.temporal, tracing);
  const launched = new LaunchedStore(pool);
  const temporal = new TemporalGateway(client, offsetReader(pool), campaignReader(launched));
  const nudger = new DebouncedNudger(temporal, nudgeMarks(redis, config.temporal.namespace), onError);
  await keepHours(pool, config);
  if (config.sweepSeconds > 0) await temporal.ensureSweep(config.sweepSeconds);
  const alarms = alarmsOver(new StartAlarms(client, offsetReader(pool)));
  const starts = new StartsStore(pool);
  const gateways = [CAPTURE, INBOX, STAFF, ...config.gateways.map((g) => g.name)];
  const providers = [POOL_PROVIDER, ...config.providers.map((p) => p.name)];
  const rates = new CurrentRates(configuredLimits(config), new RatesStore(pool));
  await rates.start();
  const throttle = new Throttle(redis, (system) => rates.of(system));
  const links = linksOver(pool, config, launched);
  const created = createActivities({
    audience: { audiences: new AudienceStore(pool, config.build, new SegmentSources(pool, config.sources)) },
    cohort: cohortPorts(pool, config, { launched, links }, nudger.ofActivities()),
    delivery: deliveryPorts(pool, config, { launched, throttle, rates, redis }),
    payout: payoutPorts(pool, config, {
      told: new PayoutEventsStore(pool, eventsStore(pool, config, launched)),
      throttle,
      rates,
      nudger: temporal,
    }),
    ledger: ledgerPorts(pool, config),
    start: { starts, alarms, nudger: temporal },
    sweep: {
      starts: sweptStarts(pool, starts, alarms),
      links,
      anonymous: anonymousOver(pool, eventsStore(pool, config, launched)),
      files: fileExchange(pool, config),
      retention: new RetentionRounds(pool),
      businessTime: async (temporalNow) => temporalNow + (await offsetReader(pool)()),
      controls: new ControlWork(pool),
      retries: retryWork(pool, config),
      sweeps: new SweepStore(pool, shardsOf(gateways), shardsOf(providers), openProviders(config)),
      nudger: temporal,
      builds: config.deployment === null ? null : new Deployment(client, config.deployment),
    },
  });
  const close = async () => {
    nudger.close();
    rates.stop();
    await client.connection.close();
    redis.disconnect();
    await pool.end();
  };
  return { activities: lookingAtNudges(created, nudger), gateways, providers, close };
}

const alarmsOver = (schedules: StartAlarms): Alarms => ({
  put: ({ campaign, start, zone }) => schedules.put(campaign, alarmOf(start, zone)),
  remove: (campaign) => schedules.remove(campaign),
});

function sweptStarts(pool: Pool, starts: StartsStore, alarms: Alarms) {
  return {
    async dueAt(temporalNow: number) {
      const now = temporalNow + (await offsetReader(pool)());
      return { now, campaigns: await starts.due(now) };
    },
    fire: starts.fire.bind(starts),
    async scheduleAll() {
      for (const start of await starts.unscheduled()) {
        await alarms.put(start);
        await starts.markScheduled(start);
      }
    },
  };
}

const shardsOf = (names: string[]) =>
  names.flatMap((name) => Array.from({ length: SHARDS }, (_, shard) => ({ name, shard })));

/** Of one call, for each campaign that they lead to. */
const LINKS_AT_ONCE = 2_000;

function linksOver(pool: Pool, config: Config, launched: LaunchedStore) {
  const links = new LinksStore(pool, eventsStore(pool, config, launched));
  return { tell: (now: number) => links.tell(now, LINKS_AT_ONCE) };
}

const JOINED_AT_ONCE = 500; // of one transaction

function anonymousOver(pool: Pool, events: EventsStore): AnonymousEvents {
  const store = new AnonymousStore(pool, events);
  return { join: (now) => store.join(now, JOINED_AT_ONCE) };
}

function cohortPorts(
  pool: Pool,
  config: Config,
  { launched, links }: { launched: LaunchedStore } & Pick<CohortPorts, 'links'>,
  nudger: CohortPorts['nudger'],
): CohortPorts {
  return {
    links,
    runs: {
      async prepared(runId) {
        const { version, launched: definition, journey } = await launched.of(runId);
        return { runId, version, journey, render: prepareRenderer(definition, journey) };
      },
    },
    cohorts: new CohortStore(pool, config.build, (runId) => launched.journeyOf(runId), seedVault(config)),
    nudger,
    shardOf,
    isDataError,
    cohortSize: COHORT_SIZE,
  };
}

function deliveryPorts(
  pool: Pool,
  config: Config,
  {
    launched,
    throttle,
    rates,
    redis,
  }: { launched: LaunchedStore; throttle: Throttle; rates: CurrentRates; redis: Redis },
): DeliveryPorts {
  const claims = new DeliveryClaims(pool, config.build, (runId) => launched.journeyOf(runId));
  const results = new DeliveryResults(pool);
  const known = new Map<string, { gateway: Gateway; terms: GatewayTerms }>([
    [CAPTURE, { gateway: new CaptureGateway(), terms: OWN_TERMS }],
    [INBOX, { gateway: new InboxGateway(inboxCopies(redis, config)), terms: OWN_TERMS }],
    [STAFF, { gateway: new CaptureGateway(), terms: OWN_TERMS }], // the list is the outbox, too
    ...config.gateways.map((g) => [g.name, gatewayOf(g, config)] as const),
  ]);
  return {
    gateway(name) {
      const entry = known.get(name);
      if (!entry) throw new Error(`invariant: a queue of an unconfigured gateway ${name}`);
      const { gateway } = entry;
      const terms = termsAt(entry.terms, rates.of(`gateway/${name}`));
      return { terms, submit: gateway.submit.bind(gateway), lookup: gateway.lookup.bind(gateway) };
    },
    deliveries: {
      claim: claims.claim.bind(claims),
      reclaim: claims.reclaim.bind(claims),
      record: results.record.bind(results),
      expireLeases: results.expireLeases.bind(results),
      presume: claims.presume.bind(claims),
      dueLookups: results.dueLookups.bind(results),
      recordLookups: results.recordLookups.bind(results),
      nextInMs: results.nextInMs.bind(results),
      isStopped: results.isStopped.bind(results),
    },
    throttle,
  };
}

const inboxCopies = (redis: Redis, { temporal }: Config) => new InboxCopies(redis, temporal.namespace);

/** Ingestion: of customers' events in the API, of what payouts tell in the worker. */
function eventsStore(pool: Pool, config: Config, launched: LaunchedStore): EventsStore {
  const starts = new EventStarts(pool, config.build);
  return new EventsStore(pool, { runs: launched, shardOf, build: config.build, seeds: seedVault(config) }, starts);
}

/** What the API stands on. Errors: those of a database or a Temporal that does not answer. */
export async function wireApi(
  config: Config,
  onError: (error: unknown) => void,
  tracing: Tracing | null,
): Promise<ApiDeps & { close: () => Promise<void> }> {
  const pool = createPool(config.databaseUrl, { max: 16, name: 'pado-api' });
  const redis = createRedis(config.redisUrl);
  const client = await connectClient(config.temporal, tracing);
  const readOffset = offsetReader(pool);
  const launched = new LaunchedStore(pool);
  const temporal = new TemporalGateway(client, readOffset, campaignReader(launched));
  const clock = new TemporalClock(temporal, () => installationClock(pool), config.clockSeconds * 1_000);
  await clock.start();
  const events = eventsStore(pool, config, launched);
  const nudger = new DebouncedNudger(temporal, nudgeMarks(redis, config.temporal.namespace), onError);
  const tests = await testGateways(pool, redis, config);
  return {
    config,
    pool,
    redis,
    inboxCopies: inboxCopies(redis, config),
    clock,
    nudger,
    alarms: alarmsOver(new StartAlarms(client, readOffset)),
    payoutBook: new PayoutsStore(pool),
    events: new IngestionStore(pool, events),
    anonymous: anonymousOver(pool, events),
    settlements: settlementSource(config),
    retryPlanner: retryPlanner(pool, config, launched),
    retryWork: retryWork(pool, config),
    testGateways: tests,
    temporal: { ping: () => temporal.ping() },
    deployment: config.deployment === null ? null : new Deployment(client, config.deployment),
    demonstrated: demonstrated(config),
    async close() {
      clock.stop();
      nudger.close();
      await tests.close();
      await client.connection.close();
      redis.disconnect();
      await pool.end();
    },
  };
}
