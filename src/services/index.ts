/**
 * The services of an installation: those that the environment names, else our own, found or fetched, started side by side and stopped
 * with the last launcher that uses the state. What the environment names is never started or stopped.
 */
import { embeddedPostgres, embeddedUrl, probePostgres } from './postgres.js';
import { arrive, withLock, type Presence } from './presence.js';
import { ownRedis, probeRedis, redisUrl } from './redis.js';
import { EnvironmentLack, reportStep, whyOf, type Report, type Step } from './report.js';
import { ensureService, type ServiceKind } from './service.js';
import { StateFolder } from './state-folder.js';
import { findTemporalTestServer as findTestServer, ownTemporal, probeTemporal } from './temporal.js';

export type ServiceName = 'postgres' | 'redis' | 'temporal';

export interface ServicesOptions<N extends ServiceName = ServiceName> {
  stateDir: string;
  /** Where downloaded programs are kept; `tools` of the state where left out. Several states may share it. */
  toolsDir?: string;
  need: readonly N[];
  report: Report;
  /** `persistent`: Temporal keeps its history in a file and has its Web UI. `test`: in memory, without UI. */
  profile: 'persistent' | 'test';
  /** Temporal namespaces to be there besides `default`. */
  namespaces?: string[];
  /** Aborted: the start is given up, and what had been started is stopped. */
  signal?: AbortSignal;
}

export interface Started {
  name: ServiceName;
  pid: number;
  /** Where the program came from. */
  how: string;
}

export type Services<N extends ServiceName = ServiceName> = {
  /** Our own processes, whether this call started them or found them running. */
  started: Started[];
  /** Ends what runs, unless another launcher still uses this state. Answers whether it ended it. */
  stop(): Promise<boolean>;
} & ('postgres' extends N ? { databaseUrl: string } : unknown) &
  ('redis' extends N ? { redisUrl: string } : unknown) &
  ('temporal' extends N ? { temporalAddress: string; temporalUiUrl?: string } : unknown);

interface Outcome {
  endpoints: Record<string, string>;
  started?: Started;
}

/** Errors: EnvironmentLack with its cure, after what had been started is stopped; the reason of an aborted `signal`. */
export async function startServices<const N extends ServiceName>(options: ServicesOptions<N>): Promise<Services<N>> {
  const state = StateFolder.open(options.stateDir, options.toolsDir);
  const presence = arrive(state);
  const starters = { postgres: startPostgres, redis: startRedis, temporal: startTemporal };
  try {
    const outcomes = await withLock(
      state,
      async () => {
        const settled = await Promise.allSettled(options.need.map((name) => starters[name](state, options)));
        return settled.map((one) => {
          if (one.status === 'rejected') throw one.reason;
          return one.value;
        });
      },
      options.signal,
    );
    options.signal?.throwIfAborted();
    return assemble<N>(outcomes, presence);
  } catch (error) {
    await presence.leave();
    throw error;
  }
}

function assemble<N extends ServiceName>(outcomes: Outcome[], presence: Presence): Services<N> {
  let left: Promise<boolean> | undefined;
  const services = {
    ...Object.assign({}, ...outcomes.map(({ endpoints }) => endpoints)),
    started: outcomes.flatMap(({ started }) => started ?? []),
    stop: () => (left ??= presence.leave()),
  };
  return services as Services<N>;
}

function startPostgres(state: StateFolder, options: ServicesOptions): Promise<Outcome> {
  const external = process.env['DATABASE_URL'];
  return reportStep(options.report, 'Postgres', async (step) => {
    if (external) {
      const detail = await probeNamed('DATABASE_URL', () => probePostgres(external));
      return { value: { endpoints: { databaseUrl: external } }, detail };
    }
    return own(state, options, embeddedPostgres(state), step, ({ main = 0 }) => ({
      databaseUrl: embeddedUrl(state, main),
    }));
  });
}

function startRedis(state: StateFolder, options: ServicesOptions): Promise<Outcome> {
  const external = process.env['REDIS_URL'];
  return reportStep(options.report, 'Redis', async (step) => {
    if (external) {
      const detail = await probeNamed('REDIS_URL', () => probeRedis(external));
      return { value: { endpoints: { redisUrl: external } }, detail };
    }
    return own(state, options, ownRedis(state, step), step, ({ main = 0 }) => ({ redisUrl: redisUrl(state, main) }));
  });
}

function startTemporal(state: StateFolder, options: ServicesOptions): Promise<Outcome> {
  const external = process.env['TEMPORAL_ADDRESS'];
  const test = options.profile === 'test';
  return reportStep(options.report, 'Temporal', async (step) => {
    if (external) {
      const detail = await probeNamed('TEMPORAL_ADDRESS', () => probeTemporal(external));
      return { value: { endpoints: { temporalAddress: external } }, detail };
    }
    const kind = ownTemporal(state, { inMemory: test, headless: test, namespaces: options.namespaces ?? [] }, step);
    return own(state, options, kind, step, ({ main, ui }) => ({
      temporalAddress: `127.0.0.1:${main}`,
      ...(ui === undefined ? {} : { temporalUiUrl: `http://127.0.0.1:${ui}` }),
    }));
  });
}

async function own(
  state: StateFolder,
  options: ServicesOptions,
  kind: ServiceKind,
  step: Step,
  endpoints: (ports: Record<string, number>) => Record<string, string>,
): Promise<{ value: Outcome; detail: string }> {
  step.note('starting');
  const { entry, found } = await ensureService(state, kind, { signal: options.signal, step });
  const { name, pid, how, version, ports } = entry;
  return {
    value: { endpoints: endpoints(ports), started: { name: name as ServiceName, pid, how } },
    detail: `${version}  ${how}, port ${ports['main']}${found ? ', was running' : ''}`,
  };
}

async function probeNamed(variable: string, probe: () => Promise<string>): Promise<string> {
  try {
    return `${await probe()}  ${variable}`;
  } catch (error) {
    throw new EnvironmentLack(
      `The server that ${variable} names does not answer: ${whyOf(error)}.`,
      `Start it or correct ${variable}; unset, pado starts one of its own.`,
      { cause: error },
    );
  }
}

/** The executable of Temporal's time-skipping test server, downloaded where it is missing. Errors: EnvironmentLack. */
export function findTemporalTestServer(stateDir: string, toolsDir?: string): Promise<string> {
  return findTestServer(StateFolder.open(stateDir, toolsDir), { note: () => undefined });
}
