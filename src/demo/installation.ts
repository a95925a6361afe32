/**
 * An installation of the demo's own, beside whatever else uses the same servers: a database made anew, a Temporal namespace, API and worker,
 * and the systems of others. What it started it stops, in the opposite order; the database and the books stay.
 */
import { rmSync } from 'node:fs';
import { withLock } from '../services/presence.js';
import { isAlive, ownIdentity } from '../services/processes.js';
import { reportStep, type Report } from '../services/report.js';
import { makeScratchDatabase, type ScratchDatabase } from '../services/scratch-database.js';
import { prepareStack, type PreparedStack } from '../services/stack.js';
import type { StateFolder } from '../services/state-folder.js';
import { createNamespace, deleteNamespace } from '../services/temporal-namespace.js';
import { EPOCH } from './campaigns.js';
import { DEMO_ROLES, PadoClient, type DemoRole } from './client.js';
import type { Outside, StartOutside } from './outside.js';
import { createKey, RoleProcess } from './program.js';

const DATABASE = 'pado_demo';
const FOLDER = 'demo';
const CLAIM = 'run/demo';
const SWEEP_SECONDS = 5;

export interface InstallationOptions {
  state: StateFolder;
  seed: string;
  report: Report;
  startOutside: StartOutside;
  /** Aborted: the start is given up, and so is every call of the client. */
  signal: AbortSignal;
  /** Aborted: API and worker are killed, not asked. */
  impatient: AbortSignal;
  /** API or worker ended by itself. */
  failed: (error: Error) => void;
  /** Of API and worker, beside what every demo has. */
  env?: Readonly<Record<string, string>>;
}

export interface Installation {
  client: PadoClient;
  outside: Outside;
  /** Of the demo's database, as its owner. */
  ownerUrl: string;
  /** Of this demo alone. */
  name: string;
  epochMs: number;
  stop(): Promise<void>;
}

type Undo = () => Promise<unknown>;

/** Errors: those of the services; Error where another demo uses this state. What had been started is stopped. */
export async function startInstallation(options: InstallationOptions): Promise<Installation> {
  const undos: Undo[] = [];
  const stop = async () => {
    for (let undo = undos.pop(); undo; undo = undos.pop()) await undo();
  };
  try {
    return await begin(options, undos, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

async function begin(options: InstallationOptions, undos: Undo[], stop: Undo): Promise<Installation> {
  const { state, report, seed, signal } = options;
  const name = `${DATABASE.replace('_', '-')}-${process.pid}-${Date.now().toString(36)}`;
  const killed = await claim(state, name, signal);
  undos.push(() => Promise.resolve(state.remove(CLAIM)));
  const { stack, scratch } = await prepare(options, undos);
  const { temporalAddress } = stack.services;
  if (killed) await deleteNamespace(temporalAddress, killed);
  undos.push(() => deleteNamespace(temporalAddress, name));
  const outside = await reportStep(report, 'Outside', async () => {
    await createNamespace(temporalAddress, name);
    const books = state.path(FOLDER);
    rmSync(books, { recursive: true, force: true });
    const suffix = scratch.turn === 1 ? '' : `-${scratch.turn}`;
    const value = await options.startOutside({ books, seed, suffix });
    undos.push(() => value.close());
    return {
      value,
      detail: `simulated: provider ${value.provider.name} and gateway ${value.gateway.name}, which fail now and then`,
    };
  });
  signal.throwIfAborted();
  const env = { ...stack.env, ...outside.env, ...programEnv(name), ...options.env };
  const client = await startProgram(options, env, undos);
  const clock = await setEpoch(client);
  outside.connect({ apiUrl: client.url, clock });
  return {
    client,
    outside,
    ownerUrl: stack.ownerUrl,
    name,
    epochMs: clock.epochMs,
    stop: async () => void (await stop()),
  };
}

function programEnv(namespace: string): Record<string, string> {
  return {
    TEMPORAL_NAMESPACE: namespace,
    PADO_HOST: '127.0.0.1',
    PADO_PORT: '0',
    PADO_METRICS_PORT: '0',
    PADO_SWEEP_SECONDS: String(SWEEP_SECONDS),
    PADO_BUILD: 'demo',
  };
}

async function prepare(
  options: InstallationOptions,
  undos: Undo[],
): Promise<{ stack: PreparedStack; scratch: ScratchDatabase }> {
  const { state, report, signal } = options;
  let scratch: ScratchDatabase | null = null;
  const database = async (serverUrl: string) => {
    scratch = await makeScratchDatabase(serverUrl, DATABASE);
    const { release } = scratch;
    undos.push(release);
    return scratch.url;
  };
  const stack = await prepareStack({ stateDir: state.dir, report, profile: 'persistent', signal, database });
  undos.push(() => stack.services.stop());
  undos.push(() => scratch?.release() ?? Promise.resolve()); // before the server goes
  signal.throwIfAborted();
  if (!scratch) throw new Error('invariant: a stack without its database');
  return { stack, scratch };
}

/** API, worker and the keys that the people of the demo hold. */
async function startProgram(
  options: InstallationOptions,
  env: Readonly<Record<string, string>>,
  undos: Undo[],
): Promise<PadoClient> {
  const { state, report, signal, impatient } = options;
  const start = (role: 'api' | 'worker', title: string) =>
    reportStep(report, title, async () => {
      const child = new RoleProcess(state, role, env, options.failed);
      undos.push(() => child.stop());
      signal.addEventListener('abort', () => void child.stop(), { once: true });
      impatient.addEventListener('abort', () => child.kill(), { once: true });
      const url = await child.start().finally(() => signal.throwIfAborted());
      return { value: url, detail: url ?? 'ready' };
    });
  const keysMade = createKeys(options, env);
  const all = [start('api', 'API'), start('worker', 'Worker'), keysMade] as const;
  await Promise.allSettled(all); // so that nothing is still being started when a failure is cleared away
  const [url, , keys] = await Promise.all(all);
  if (url === undefined) throw new Error('the API told no URL');
  return new PadoClient(url, keys, signal);
}

function createKeys(
  { report, signal }: InstallationOptions,
  env: Readonly<Record<string, string>>,
): Promise<Record<DemoRole, string>> {
  return reportStep(report, 'Keys', async () => {
    const entries: [DemoRole, string][] = [];
    for (const role of DEMO_ROLES) {
      entries.push([role, await createKey(role, env, signal)]);
    }
    return { value: Object.fromEntries(entries) as Record<DemoRole, string>, detail: DEMO_ROLES.join(', ') };
  });
}

async function setEpoch(client: PadoClient): Promise<{ epochMs: number; baseMs: number }> {
  const body = { epoch: EPOCH };
  const set = await client.call<{ epoch: string; temporalBase: string }>('admin', 'POST', '/v1/business-epoch', {
    body,
  });
  return { epochMs: Date.parse(set.epoch), baseMs: Date.parse(set.temporalBase) };
}

/** One demo per state: books and logs have one place. Returns the namespace of a demo that was killed. */
async function claim(state: StateFolder, namespace: string, signal: AbortSignal): Promise<string | undefined> {
  const take = () => {
    const [pid, start = '', killed] = (state.read(CLAIM) ?? '').trim().split(' ');
    if (pid && isAlive({ pid: Number(pid), start })) {
      return Promise.reject(new Error(`Another demo runs on this state (pid ${pid}); wait for it, or end it.`));
    }
    const own = ownIdentity();
    state.write(CLAIM, `${own.pid} ${own.start} ${namespace}\n`);
    return Promise.resolve(killed);
  };
  return await withLock(state, take, signal);
}
