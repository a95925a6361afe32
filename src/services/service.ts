/**
 * What every embedded service has in common: take over the one that already runs for this state, else start it on a free port, wait until
 * it answers, and leave its identity where the next launcher finds it. One that says that it is not yet ready is waited for as long as it lives.
 */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { NO_SPACE, makeSpace } from './full-disk.js';
import { isAlive, startDaemon, stopProcess, type Daemon } from './processes.js';
import { EnvironmentLack, whyOf, type Step } from './report.js';
import { enrol, findRunning, stopEnrolled, STOP_MS, type RosterEntry } from './roster.js';
import type { StateFolder } from './state-folder.js';

/** How long one that is started, or was found, may say nothing before it is given up and ended. */
const SILENT_MS = { started: 60_000, found: 15_000 };
const TOLD_MS = 10_000;
/** Between two questions: the longer it takes, the less it matters. */
const PAUSE_MS = { least: 50, most: 1_000 };
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
  /** How long it may take to end in order; the roster's own where left out. */
  stopMs?: number;
  /** Lines of its log that do not say why it does not start, however many. */
  aside?: RegExp;
  /** Find or fetch the program and prepare its data; tells where the program came from. */
  prepare(): Promise<{ how: string }>;
  choosePorts(): Promise<Record<string, number>>;
  launch(ports: Record<string, number>): Launch;
  /** The version, once it answers there; rejects as long as it does not. */
  probe(ports: Record<string, number>): Promise<string>;
  /** Whether what `probe` rejected with is its own answer that it begins or ends. */
  isUnderWay?(error: unknown): boolean;
}

export interface Waiting {
  signal?: AbortSignal | undefined;
  step?: Pick<Step, 'lasts'>;
  /** Instead of the usual time. */
  silentMs?: number;
}

export interface Running {
  entry: RosterEntry;
  /** Whether it ran already. */
  found: boolean;
}

/** Errors: EnvironmentLack where it cannot be started; the reason of an aborted `signal`. */
export async function ensureService(state: StateFolder, kind: ServiceKind, waiting: Waiting = {}): Promise<Running> {
  const { signal } = waiting;
  const running = findRunning(state, kind.name);
  if (running) {
    const lives = () => isAlive(running);
    const version = await untilReady(kind, running.ports, lives, { silentMs: SILENT_MS.found, ...waiting });
    if (version !== null) return { entry: running, found: true };
    signal?.throwIfAborted();
    await stopEnrolled(state, kind.name);
  }
  const { how } = await kind.prepare();
  for (let attempt = 1; ; attempt++) {
    signal?.throwIfAborted();
    const ports = await kind.choosePorts();
    const logged = statSync(logFile(state, kind), { throwIfNoEntry: false })?.size ?? 0;
    const daemon = await begin(state, kind, ports, how);
    const lives = () => daemon.exited() === null;
    const version = await untilReady(kind, ports, lives, { silentMs: SILENT_MS.started, ...waiting });
    if (version !== null) return { entry: enrolled(state, kind, daemon, { ports, how, version }), found: false };
    const wasSilent = lives();
    await stopEnrolled(state, kind.name);
    signal?.throwIfAborted();
    // Somebody may have taken the port between the choice and the start.
    if (attempt === ATTEMPTS || wasSilent) throw notStarted(state, kind, logged);
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
    await stopProcess(daemon.identity, kind.signal, kind.stopMs ?? STOP_MS);
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
  const { name, signal, stopMs = STOP_MS } = kind;
  const entry = { name, signal, stopMs, ...daemon.identity, ...details };
  enrol(state, entry);
  return entry;
}

/** The version; null where it has ended, said nothing for too long, or is given up. */
async function untilReady(
  kind: ServiceKind,
  ports: Record<string, number>,
  lives: () => boolean,
  { signal, step, silentMs }: Waiting & { silentMs: number },
): Promise<string | null> {
  const begin = performance.now();
  let [heard, told] = [begin, begin];
  while (lives()) {
    if (signal?.aborted) break;
    try {
      return await kind.probe(ports);
    } catch (error) {
      const now = performance.now();
      if (kind.isUnderWay?.(error)) heard = now;
      else if (now > heard + silentMs) return null;
      if (now > told + TOLD_MS) {
        step?.lasts(`${whyOf(error)}; waited for ${Math.round((now - begin) / 1_000)} s so far`);
        told = now;
      }
      await sleep(Math.min(PAUSE_MS.most, Math.max(PAUSE_MS.least, (now - begin) / 20)));
    }
  }
  return null;
}

const logFile = (state: StateFolder, kind: ServiceKind) => state.path('logs', `${kind.name}.log`);

/** `logged`: bytes of its log that are of earlier starts. */
function notStarted(state: StateFolder, kind: ServiceKind, logged: number): EnvironmentLack {
  const file = logFile(state, kind);
  const said = readFileSync(file).subarray(logged).toString();
  const last = said
    .trim()
    .split('\n')
    .filter((line) => !kind.aside?.test(line))
    .slice(-5)
    .join('\n');
  const full = NO_SPACE.test(said);
  return new EnvironmentLack(
    `${kind.title} did not start${full ? ', because a disk is full' : ''}. The end of its log:\n${last}`,
    full ? makeSpace(state) : `Read ${file}; ${lastResort(state)}`,
  );
}

function lastResort(state: StateFolder): string {
  const books = state.path('postgres');
  return existsSync(join(books, 'PG_VERSION'))
    ? `${books} holds the books: delete nothing of it. docs/recovery.md tells what the loss of any other server means.`
    : './pado down --reset starts over with an empty state.';
}
