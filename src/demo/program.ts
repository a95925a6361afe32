/**
 * The program's roles as child processes of the demo, beside those of a running `up`: names, logs and roster entries are the demo's own. One
 * that ends by itself ends the demo: nothing here is meant to die.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runQuietly } from '../services/processes.js';
import { enrolUntilReady } from '../services/role-ready.js';
import { stopEnrolled } from '../services/roster.js';
import type { StateFolder } from '../services/state-folder.js';

const MAIN = join(import.meta.dirname, '../main.js');
const LOG_LINES = 8;
/** Variables that say how the program runs, and nothing of whose it is. */
const OF_THE_PROGRAM = new Set(['PADO_LOG_LEVEL', 'PADO_STATE']);

export class RoleProcess {
  private child: ChildProcess | null = null;
  private stopping = false;

  constructor(
    private readonly state: StateFolder,
    private readonly role: 'api' | 'worker',
    private readonly env: Readonly<Record<string, string>>,
    /** Called once when it ends without having been stopped. */
    private readonly ended: (why: Error) => void,
  ) {}

  /** Returns the URL where the role has one. Errors: with the end of its log where it is not ready in time. */
  async start(): Promise<string | undefined> {
    await stopEnrolled(this.state, this.name); // of a demo that was killed
    if (this.stopping) throw this.failure('was not started');
    const log = openSync(this.logFile, 'w', 0o600);
    const child = spawn(process.execPath, [MAIN, this.role], {
      env: { ...surroundings(), ...this.env },
      stdio: ['ignore', log, log, 'ipc'],
      detached: true, // the terminal's Ctrl-C is for the demo, which ends it in order
    });
    closeSync(log);
    this.child = child;
    const ready = await enrolUntilReady(this.state, { name: this.name, version: '' }, child);
    if (!ready) throw this.failure('did not become ready');
    child.once('exit', () => {
      if (!this.stopping) this.ended(this.failure('ended'));
    });
    return ready.url;
  }

  async stop(): Promise<void> {
    this.stopping = true;
    if (this.child) await stopEnrolled(this.state, this.name);
  }

  /** Ends it without waiting for what it has in hand; `stop` goes on from there. */
  kill(): void {
    this.stopping = true;
    this.child?.kill('SIGKILL');
  }

  get logFile(): string {
    return this.state.path('logs', `${this.name}.log`);
  }

  private get name(): string {
    return `demo-${this.role}`;
  }

  private failure(what: string): Error {
    const lines = readFileSync(this.logFile, 'utf8').trim().split('\n').slice(-LOG_LINES);
    return new Error(`The ${this.role} ${what}. The end of ${this.logFile}:\n${lines.join('\n')}`);
  }
}

/** An API key of the role. Errors: with what the program complained of; the reason of an aborted signal. */
export async function createKey(
  role: string,
  env: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<string> {
  const args = [MAIN, 'create-key', '--role', role, '--name', `demo-${role}`];
  const options = { env: { ...surroundings(), ...env }, signal };
  const { code, stdout, stderr } = await runQuietly(process.execPath, args, options);
  if (code !== 0) throw new Error(`The key of the ${role} could not be made: ${stderr.trim()}`);
  return stdout.trim();
}

/**
 * The environment without what it says of an installation: keys, places and systems are those of somebody's books, and what is made up here is neither
 * signed by them nor told there.
 */
function surroundings(): NodeJS.ProcessEnv {
  const given = Object.entries(process.env);
  return Object.fromEntries(given.filter(([name]) => !name.startsWith('PADO_') || OF_THE_PROGRAM.has(name)));
}
