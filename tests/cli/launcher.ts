/**
 * The launcher as a user calls it, `./pado VERB …`, on a state folder of its own, so that neither this clone's services nor those of the
 * test run are touched.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { ROOT } from '../support/sources.js';

const PADO = join(ROOT, 'pado');
const OWN_SERVERS = ['DATABASE_URL', 'PADO_DATABASE_URL', 'REDIS_URL', 'TEMPORAL_ADDRESS', 'NODE_OPTIONS'];

/** A state folder with the programs that this clone has downloaded already. */
export function freshState(): { dir: string; remove(): void } {
  const dir = mkdtempSync(join(tmpdir(), 'pado-state-'));
  const tools = join(process.env['PADO_STATE'] ?? join(ROOT, '.pado'), 'tools');
  mkdirSync(tools, { recursive: true });
  symlinkSync(tools, join(dir, 'tools'));
  return { dir, remove: () => rmSync(dir, { recursive: true, force: true }) };
}

/** That of a user who has no servers of their own. */
export function userEnvironment(state: string): NodeJS.ProcessEnv {
  const env = { ...process.env, PADO_STATE: state, NO_COLOR: '1' };
  for (const name of OWN_SERVERS) delete env[name as keyof typeof env];
  return env;
}

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Run a verb to its end. */
export function pado(state: string, ...args: string[]): Ended {
  return padoWith({}, state, ...args);
}

export function padoWith(more: Record<string, string>, state: string, ...args: string[]): Ended {
  const { status, stdout, stderr } = spawnSync(PADO, args, {
    env: { ...userEnvironment(state), ...more },
    encoding: 'utf8',
    timeout: 120_000,
    killSignal: 'SIGKILL', // nothing may keep this process waiting
  });
  return { code: status, stdout, stderr };
}

/** The same while this process goes on with its own work, such as connections that others close. */
export async function padoBeside(more: Record<string, string>, state: string, ...args: string[]): Promise<Ended> {
  const child = spawn(PADO, args, { env: { ...userEnvironment(state), ...more }, stdio: ['ignore', 'pipe', 'pipe'] });
  const [stdout, stderr, code] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<number | null>((resolve) => child.once('close', resolve)),
  ]);
  return { code, stdout, stderr };
}

/** A verb that goes on until it is told to end. */
export class Running {
  stdout = '';
  stderr = '';
  readonly ended: Promise<number | null>;

  private constructor(private readonly child: ChildProcess) {
    child.stdout?.setEncoding('utf8').on('data', (some: string) => (this.stdout += some));
    child.stderr?.setEncoding('utf8').on('data', (some: string) => (this.stderr += some));
    this.ended = new Promise((resolve) => child.once('close', resolve));
  }

  static start(state: string, ...args: string[]): Running {
    return Running.startWith({}, state, ...args);
  }

  static startWith(more: Record<string, string>, state: string, ...args: string[]): Running {
    const env = { ...userEnvironment(state), ...more };
    return new Running(spawn(PADO, args, { env, stdio: ['ignore', 'pipe', 'pipe'] }));
  }

  /** The first line of standard output, as JSON. Errors: with standard error where it ends before. */
  async firstJson<T>(): Promise<T> {
    for (;;) {
      const end = this.stdout.indexOf('\n');
      if (end >= 0) return JSON.parse(this.stdout.slice(0, end)) as T;
      const over = await Promise.race([
        this.ended.then(() => true),
        new Promise<false>((resolve) => setTimeout(() => resolve(false), 50)),
      ]);
      if (over) throw new Error(`it ended before it was ready:\n${this.stderr}`);
    }
  }

  signal(name: NodeJS.Signals): void {
    this.child.kill(name);
  }
}

/** Processes that know this state folder by their command line, but for the one that asks. */
export function processesOf(state: string): string[] {
  const { stdout } = spawnSync('pgrep', ['-af', state], { encoding: 'utf8' });
  return stdout.split('\n').filter((line) => line !== '' && !line.includes('pgrep'));
}

export const holds = (state: string, path: string): boolean => existsSync(join(state, path));
