/**
 * What every embedded service has in common: take over the one that already runs for this state, else start it on a free port, wait until
 * it answers, and leave its identity where the next launcher finds it.
 */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { startDaemon, stopProcess, type Daemon } from './processes.js';
import { EnvironmentLack } from './report.js';
import { enrol, findRunning, stopEnrolled, type RosterEntry } from './roster.js';
import type { StateFolder } from './state-folder.js';

const READY_MS = 60_000;
const ATTEMPTS = 3;

export interface Launch {
  command: string;
  args: string[];
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  uid?: number;
  gid?: number;
}

export interface ServiceKind {
  /** In the roster, for ports and for the log file. */
  name: string;
  title: string;
  signal: NodeJS.Signals;
  /** Lines of its log that do not say why it does not start, however many. */
  aside?: RegExp;
  /** Find or fetch the program and prepare its data; tells where the program came from. */
  prepare(): Promise<{ how: string }>;
  choosePorts(): Promise<Record<string, number>>;
  launch(ports: Record<string, number>): Launch;
  /** The version, once it answers there; rejects as long as it does not. */
  probe(ports: Record<string, number>): Promise<string>;
}

export interface Running {
  entry: RosterEntry;
  /** Whether it ran already. */
  found: boolean;
}

/** Errors: EnvironmentLack where it cannot be started; the reason of an aborted `signal`. */
export async function ensureService(state: StateFolder, kind: ServiceKind, signal?: AbortSignal): Promise<Running> {
  const running = findRunning(state, kind.name);
  if (running) {
    if (await answers(kind, running.ports)) return { entry: running, found: true };
    await stopEnrolled(state, kind.name);
  }
  const { how } = await kind.prepare();
  for (let attempt = 1; ; attempt++) {
    signal?.throwIfAborted();
    const ports = await kind.choosePorts();
    const daemon = await begin(state, kind, ports, how);
    const version = await waitUntilReady(kind, ports, daemon, signal);
    if (version !== null) return { entry: enrolled(state, kind, daemon, { ports, how, version }), found: false };
    await stopEnrolled(state, kind.name);
    signal?.throwIfAborted();
    // Somebody may have taken the port between the choice and the start.
    if (attempt === ATTEMPTS || daemon.exited() === null) throw notStarted(state, kind);
  }
}

async function begin(
  state: StateFolder,
  kind: ServiceKind,
  ports: Record<string, number>,
  how: string,
): Promise<Daemon> {
  const { command, args, ...options } = kind.launch(ports);
  const daemon = await startDaemon(command, args, logFile(state, kind), options);
  try {
    enrolled(state, kind, daemon, { ports, how, version: '' });
  } catch (error) {
    await stopProcess(daemon.identity, kind.signal, 5_000);
    throw error;
  }
  return daemon;
}

function enrolled(
  state: StateFolder,
  kind: ServiceKind,
  daemon: Daemon,
  details: Pick<RosterEntry, 'ports' | 'how' | 'version'>,
): RosterEntry {
  const entry = { name: kind.name, signal: kind.signal, ...daemon.identity, ...details };
  enrol(state, entry);
  return entry;
}

async function waitUntilReady(
  kind: ServiceKind,
  ports: Record<string, number>,
  daemon: Daemon,
  signal?: AbortSignal,
): Promise<string | null> {
  const end = performance.now() + READY_MS;
  while (performance.now() < end && daemon.exited() === null) {
    if (signal?.aborted) break;
    try {
      return await kind.probe(ports);
    } catch {
      await sleep(50); // not yet
    }
  }
  return null;
}

async function answers(kind: ServiceKind, ports: Record<string, number>): Promise<boolean> {
  try {
    await kind.probe(ports);
    return true;
  } catch {
    return false;
  }
}

const logFile = (state: StateFolder, kind: ServiceKind) => state.path('logs', `${kind.name}.log`);

function notStarted(state: StateFolder, kind: ServiceKind): EnvironmentLack {
  const file = logFile(state, kind);
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  const last = lines
    .filter((line) => !kind.aside?.test(line))
    .slice(-5)
    .join('\n');
  return new EnvironmentLack(
    `${kind.title} did not start. The end of its log:\n${last}`,
    `Read ${file}; ./pado down --reset starts over with an empty state.`,
  );
}
