/**
 * Keeps one process role (API or worker) running as a child: waits until it is ready, starts it again when it dies, stops it in order. The
 * roster knows it, so that a killed launcher's children are found and ended.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { enrolUntilReady } from '../services/role-ready.js';
import { stopEnrolled } from '../services/roster.js';
import type { StateFolder } from '../services/state-folder.js';

const MAIN = join(import.meta.dirname, '../main.js');
/** The launcher's mark of a finished build. */
const BUILT = join(import.meta.dirname, '../../.pado-built');
const BACKOFF_MS = { first: 500, most: 30_000 };
/** Having run for so long, it starts anew with the shortest wait. */
const STABLE_MS = 60_000;

export type Role = 'api' | 'worker';

export class Supervisor {
  private child: ChildProcess | null = null;
  private stopping = false;
  private watching: Promise<void> | null = null;
  private readonly wake = new AbortController();

  constructor(
    private readonly state: StateFolder,
    readonly role: Role,
    private readonly env: NodeJS.ProcessEnv,
    private readonly tell: (text: string) => void,
  ) {}

  get logFile(): string {
    return this.state.path('logs', `${this.role}.log`);
  }

  /** The first start. Returns the URL where the role has one. Errors: with the end of its log where it is not ready in time. */
  async start(): Promise<string | undefined> {
    await stopEnrolled(this.state, this.role); // of a launcher that was killed
    if (existsSync(this.logFile)) renameSync(this.logFile, `${this.logFile}.1`);
    const { url } = await this.launch();
    this.watching = this.watch();
    return url;
  }

  async stop(): Promise<void> {
    this.stopping = true;
    this.wake.abort();
    await stopEnrolled(this.state, this.role);
    await this.watching;
  }

  /** Ends it without waiting for what it has in hand; `stop` goes on from there. */
  kill(): void {
    this.child?.kill('SIGKILL');
  }

  private async watch(): Promise<void> {
    let backoffMs = BACKOFF_MS.first;
    while (!this.stopping) {
      const begin = performance.now();
      const why = await ended(this.child);
      if (this.stopping) return;
      if (performance.now() - begin > STABLE_MS) backoffMs = BACKOFF_MS.first;
      this.tell(`${this.role} ended (${why}); starting it again, see ${this.logFile}`);
      await sleep(backoffMs, undefined, { signal: this.wake.signal }).catch(() => undefined); // woken to stop
      backoffMs = Math.min(backoffMs * 2, BACKOFF_MS.most);
      try {
        if (!this.stopping) await this.launch();
      } catch (error) {
        this.tell(error instanceof Error ? error.message : String(error));
      }
    }
  }

  private async launch(): Promise<{ url?: string | undefined }> {
    const log = openSync(this.logFile, 'a', 0o600);
    const version = buildOnDisk();
    const child = spawn(process.execPath, [MAIN, this.role], {
      env: { ...process.env, ...this.env },
      stdio: ['ignore', log, log, 'ipc'],
      detached: true,
    });
    closeSync(log);
    this.child = child;
    const message = await enrolUntilReady(this.state, { name: this.role, version }, child);
    if (message) return message;
    child.kill('SIGKILL');
    this.wake.signal.throwIfAborted();
    throw new Error(`The ${this.role} did not become ready. The end of ${this.logFile}:\n${this.lastLines()}`);
  }

  private lastLines(): string {
    return readFileSync(this.logFile, 'utf8').trim().split('\n').slice(-8).join('\n');
  }
}

/** The program that would be started now, told apart from others by when it was built. */
export function buildOnDisk(): string {
  const built = statSync(BUILT, { throwIfNoEntry: false });
  return built ? `the build of ${built.mtime.toISOString().slice(0, 19)}Z` : 'a build of its own';
}

function ended(child: ChildProcess | null): Promise<string> {
  if (!child || child.exitCode !== null || child.signalCode !== null) {
    return Promise.resolve(String(child?.signalCode ?? child?.exitCode ?? 'not started'));
  }
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`));
  });
}

/** The account of the first person. */
const FIRST = 'admin';

/** The first key of an installation, its first person's; null where this state has made one before. Errors: those of `create-key`. */
export async function createFirstKey(state: StateFolder, env: NodeJS.ProcessEnv): Promise<string | null> {
  const mark = 'secrets/first-key-was-made';
  if (state.read(mark) !== null) return null;
  state.write(mark, '');
  try {
    return await printed(['create-key', '--role', 'admin', '--name', 'first', '--owner', FIRST], env);
  } catch (error) {
    rmSync(state.path(mark), { force: true });
    throw new Error('The first key could not be made.', { cause: error });
  }
}

/** The token of a one-time link for the first person, an administrator, made where they are not there yet. Errors: with why there is none. */
export async function firstLink(env: NodeJS.ProcessEnv): Promise<string> {
  return await printed(['link', '--person', FIRST, '--name', 'Administrator', '--roles', 'admin'], env);
}

/** What a role of the program prints and ends with. Errors: with its complaint. */
async function printed(args: string[], env: NodeJS.ProcessEnv): Promise<string> {
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [text, complaint] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (more: string) => {
    text += more;
  });
  child.stderr.setEncoding('utf8').on('data', (more: string) => {
    complaint += more;
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('close', resolve).once('error', reject);
  });
  if (code !== 0) throw new Error(complaint.trim());
  return text.trim();
}
