/**
 * API or worker of an installation as a child process of its own, which can be frozen, woken, killed and started again.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const DIST = join(import.meta.dirname, '../../dist');
const READY_MS = 180_000;

/** How a process ended: by itself with a code, or by a signal. */
export interface Ending {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** It was asked to end (SIGTERM), and did. */
export const BY_ITSELF: Ending = { code: 0, signal: null };

/** One child process of the program; `kill` is SIGKILL and waits for its end. */
export class Child {
  private process: ChildProcess | null = null;
  url = '';
  log = '';
  /** Characters of its log, the newest. */
  keepLog = 200_000;

  constructor(
    private readonly args: string[],
    private readonly env: NodeJS.ProcessEnv,
    private readonly build = DIST,
  ) {}

  /** `env` is laid over what the child was made with, for this life of it. */
  async start(env: Record<string, string> = {}): Promise<void> {
    const child = spawn(process.execPath, [join(this.build, 'src/main.js'), ...this.args], {
      env: { ...this.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.process = child;
    const keep = (chunk: Buffer) => {
      this.log = (this.log + chunk.toString()).slice(-this.keepLog);
    };
    child.stdout?.on('data', keep);
    child.stderr?.on('data', keep);
    const ready = new Promise<void>((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`${this.args[0]} was not ready in time:\n${this.log}`)),
        READY_MS,
      );
      child.on('message', (message: { ready?: boolean; url?: string }) => {
        if (!message.ready) return;
        this.url = message.url ?? '';
        clearTimeout(timer);
        resolve();
      });
      child.once('exit', (code) => {
        clearTimeout(timer);
        reject(new Error(`${this.args[0]} ended with ${code} before it was ready:\n${this.log}`));
      });
    });
    await ready;
  }

  get pid(): number | undefined {
    return this.process?.pid;
  }

  get running(): boolean {
    return this.process !== null && this.process.exitCode === null && this.process.signalCode === null;
  }

  /** It stops where it is (SIGSTOP), with its connections and locks, until it wakes (SIGCONT). */
  freeze(): void {
    this.process?.kill('SIGSTOP');
  }

  wake(): void {
    this.process?.kill('SIGCONT');
  }

  /** How it ended: who does not end by itself within 15 s is killed. Null when it did not run. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<Ending | null> {
    if (!this.process || !this.running) return null;
    const ended = once(this.process, 'exit');
    this.process.kill(signal);
    const late = setTimeout(() => this.process?.kill('SIGKILL'), 15_000);
    const [code, by] = (await ended) as [Ending['code'], Ending['signal']];
    clearTimeout(late);
    return { code, signal: by };
  }
}
