/**
 * A simulated payout provider as a process of its own (`pado simulator`), as whoever it plays is: what it takes is not mixed with what the test does.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const PROGRAM = join(import.meta.dirname, '../../dist/src/cli.js');

export class ProviderProcess {
  private constructor(
    private readonly process: ChildProcess,
    readonly url: string,
    readonly secret: string,
    readonly bookFile: string,
    /** Its entry of `PADO_PAYOUT_PROVIDERS`. */
    readonly config: Record<string, unknown>,
  ) {}

  /** `books`: the folder of its book. Errors: it ends before it serves. */
  static async start(name: string, books: string): Promise<ProviderProcess> {
    const args = ['simulator', '--json', '--only', 'provider', '--provider-name', name, '--books', books];
    const child = spawn(process.execPath, [PROGRAM, ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, NODE_OPTIONS: '', PADO_SIM_PROVIDER_SECRET: '' }, // it makes one up and shows it
    });
    const line = await Promise.race([firstLine(child), once(child, 'exit').then(() => null)]);
    if (line === null) throw new Error(`the simulated provider ended with ${child.exitCode} before it served`);
    const shown = JSON.parse(line) as { provider: { url: string; bookFile: string }; PADO_PAYOUT_PROVIDERS: string };
    const [config] = JSON.parse(shown.PADO_PAYOUT_PROVIDERS) as [Record<string, unknown>];
    const { url, bookFile } = shown.provider;
    return new ProviderProcess(child, url, String(config['secret']), bookFile, config);
  }

  get pid(): number {
    return this.process.pid as number;
  }

  /** How many payments its book has. */
  async payments(): Promise<number> {
    const book = await (await fetch(`${this.url}/book`)).text();
    return book.split('\n').filter((line) => line.startsWith('{"type":"payment"')).length;
  }

  async stop(): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const ended = once(this.process, 'exit');
    this.process.kill('SIGTERM');
    await ended;
  }
}

async function firstLine({ stdout }: ChildProcess): Promise<string | null> {
  if (!stdout) return null;
  for await (const line of createInterface({ input: stdout })) return line;
  return null;
}
