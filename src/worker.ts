/**
 * The worker role: Temporal workers for the main queue, those of big lanes and of freezes, and one per gateway and provider, in one process.
 */
import {
  NativeConnection,
  Runtime,
  Worker,
  makeTelemetryFilterString,
  type Logger as TemporalLogger,
  type WorkerOptions,
} from '@temporalio/worker';
import type { Logger } from 'pino';
import { BULK_QUEUE, FREEZE_QUEUE, MAIN_QUEUE, deliveryQueue, payoutQueue } from '../workflows/ids.js';
import type { Config } from './config.js';
import { workflowBundle } from './temporal/bundle.js';
import { lostNudge } from './temporal/lost-nudge.js';
import { quietFailures } from './temporal/quiet-failures.js';
import type { Tracing } from './temporal/tracing.js';
import { OWN_TERMS, wireWorker } from './wiring.js';

/** Of one worker at a time. A freeze is long and heavy: two of them leave the database, and a lake's memory, to the rest. */
const PLACES = { main: 8, freeze: 2, other: 4 };

export interface RunningWorker {
  /** Resolves when every worker has drained after `stop`: activities end at their next edge, with nothing of theirs in flight. Rejects when one fails. */
  done: Promise<void>;
  stop(): void;
  /** How long that may take. */
  stopMs: number;
}

/** To record what the slowest call under way has brought, and to give back what was claimed. */
const RECORD_MS = 10_000;

export async function startWorker(config: Config, logger: Logger, tracing: Tracing | null): Promise<RunningWorker> {
  installRuntime(config, logger);
  const parts = await wireWorker(
    config,
    (error) => {
      logger.warn(lostNudge(error), 'a nudge was lost');
    },
    tracing,
  );
  const connection = await NativeConnection.connect({ address: config.temporal.address });
  const common = {
    connection,
    namespace: config.temporal.namespace,
    activities: parts.activities,
    // the trace is told what the history is told
    interceptors: { activity: [...(tracing ? [tracing.worker.activity] : []), quietFailures] },
    ...(tracing ? { sinks: tracing.worker.sinks } : {}),
    ...versionOf(config),
  };
  const workers = [
    await Worker.create({
      ...common,
      taskQueue: MAIN_QUEUE,
      workflowBundle: await workflowBundle(tracing?.worker.workflowModules),
      maxConcurrentActivityTaskExecutions: PLACES.main,
    }),
  ];
  const others = [BULK_QUEUE, ...parts.gateways.map(deliveryQueue), ...parts.providers.map(payoutQueue)];
  const queues = [[FREEZE_QUEUE, PLACES.freeze] as const, ...others.map((queue) => [queue, PLACES.other] as const)];
  for (const [taskQueue, maxConcurrentActivityTaskExecutions] of queues)
    workers.push(await Worker.create({ ...common, taskQueue, maxConcurrentActivityTaskExecutions }));

  const stop = () => {
    for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
  };
  const done = Promise.all(workers.map((worker) => worker.run()))
    .finally(stop)
    .then(async () => {
      await connection.close();
      await parts.close();
    });
  return { done, stop, stopMs: slowestCallMs(config) + RECORD_MS };
}

/** Of calls to systems of others, and of those to our own gateways. */
function slowestCallMs({ providers, gateways }: Config): number {
  const given = [...providers, ...gateways].map((system) => ('timeoutMs' in system ? system.timeoutMs : 0));
  return Math.max(OWN_TERMS.timeoutMs, ...given);
}

/** A workflow stays on the build that began its run; docs/architecture.md says when it moves. Without a deployment, whoever asks gets the next task. */
function versionOf({ deployment, build }: Config): Pick<WorkerOptions, 'workerDeploymentOptions'> {
  if (deployment === null) return {};
  const version = { deploymentName: deployment, buildId: build };
  return { workerDeploymentOptions: { version, useWorkerVersioning: true, defaultVersioningBehavior: 'PINNED' } };
}

/** Once per process: Temporal Core's log into ours, its metrics on their own port. */
function installRuntime(config: Config, logger: Logger): void {
  const write = (level: 'info' | 'warn' | 'error' | 'debug') => (message: string, meta?: object) =>
    logger[level](meta ?? {}, message);
  const temporalLogger: TemporalLogger = {
    log: (level, message, meta) =>
      logger[level === 'WARN' ? 'warn' : level === 'ERROR' ? 'error' : 'debug'](meta ?? {}, message),
    trace: write('debug'),
    debug: write('debug'),
    info: write('debug'),
    warn: write('warn'),
    error: write('error'),
  };
  Runtime.install({
    logger: temporalLogger,
    telemetryOptions: {
      logging: { filter: makeTelemetryFilterString({ core: 'WARN' }) },
      ...(config.metricsPort > 0
        ? { metrics: { prometheus: { bindAddress: `127.0.0.1:${config.metricsPort}` } } }
        : {}),
    },
  });
}
