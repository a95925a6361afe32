/**
 * `pado recover` against a test's installation, as an operator calls it, to its end or killed on the way.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Stack } from './stack.js';

const CLI = join(import.meta.dirname, '../../dist/src/cli.js');

export interface Recovered {
  code: number | null;
  told: string;
  /** Of `--json`. */
  answer: {
    namespace: string;
    started: Record<'delivery' | 'payout' | 'lane' | 'run' | 'start' | 'sweep', number>;
    waiting: Record<string, number>;
  };
}

function begin(stack: Stack, args: string[]) {
  return spawn(process.execPath, [CLI, 'recover', '--json', ...args], {
    env: {
      ...process.env,
      DATABASE_URL: stack.ownerUrl,
      TEMPORAL_ADDRESS: stack.temporalAddress,
      TEMPORAL_NAMESPACE: stack.namespace,
      PADO_SWEEP_SECONDS: '5',
      NODE_OPTIONS: '',
      NO_COLOR: '1',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** Errors: where it fails. */
export async function recover(stack: Stack, ...args: string[]): Promise<Recovered> {
  const child = begin(stack, args);
  const [out, told, code] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<number | null>((resolve) => child.once('close', resolve)),
  ]);
  if (code !== 0) throw new Error(`pado recover ended with ${code}:\n${told}`);
  return { code, told, answer: JSON.parse(out.trim().split('\n').at(-1) as string) };
}

const AT_WORK_MS = 80;

/** Killed when it has just told what `line` begins with, and is at work on what follows. */
export async function recoverAndDie(stack: Stack, line: string, ...args: string[]): Promise<void> {
  const child = begin(stack, args);
  let told = '';
  child.stdout.resume();
  child.stderr.setEncoding('utf8').on('data', (some: string) => {
    told += some;
    if (told.includes(`✔ ${line}`)) setTimeout(() => child.kill('SIGKILL'), AT_WORK_MS);
  });
  const signal = await new Promise<NodeJS.Signals | null>((resolve) => child.once('close', (_, by) => resolve(by)));
  if (signal !== 'SIGKILL') throw new Error(`pado recover was not killed:\n${told}`);
}
