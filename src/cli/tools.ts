/**
 * The project's own tools (formatter, linter, test runner …) as child processes of a command: run from the project's root by this very
 * Node, and stopped with the command.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The folder of package.json, from the sources as from dist. */
export const ROOT = rootAbove(import.meta.dirname);

function rootAbove(folder: string): string {
  if (existsSync(join(folder, 'package.json'))) return folder;
  if (dirname(folder) === folder) throw new Error('package.json is not found above the program');
  return rootAbove(dirname(folder));
}

const TOOLS = {
  prettier: ['node_modules/prettier/bin/prettier.cjs'],
  oxlint: ['node_modules/oxlint/bin/oxlint'],
  tsc: ['node_modules/typescript/bin/tsc'],
  depcruise: ['node_modules/dependency-cruiser/bin/dependency-cruiser.mjs'],
  jest: ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', 'node_modules/jest/bin/jest.js'],
} satisfies Record<string, string[]>;

export interface Ended {
  /** Exit code; 128 where a signal ended it. */
  code: number;
  /** Standard output and error as they came; empty where they were passed through. */
  output: string;
}

export interface RunOptions {
  env?: NodeJS.ProcessEnv;
  /** Pass the output through: both streams go to our standard error, so that standard output stays the command's own. */
  show?: boolean;
}

/** Run a tool of the project to its end. */
export function runTool(tool: keyof typeof TOOLS, args: string[], options: RunOptions = {}): Promise<Ended> {
  return runCommand(process.execPath, [...TOOLS[tool], ...args], options);
}

const running = new Set<ChildProcess>();

/** Errors: rejects where the command is not found. Its process group is its own: Ctrl-C reaches it by `stopCommands` alone. */
export async function runCommand(command: string, args: string[], options: RunOptions = {}): Promise<Ended> {
  const child = spawn(command, args, {
    cwd: ROOT,
    env: { ...process.env, ...options.env },
    stdio: options.show ? ['ignore', 2, 2] : ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  running.add(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  try {
    const code = await new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (status) => resolve(status ?? 128));
    });
    return { code, output };
  } finally {
    running.delete(child);
  }
}

/** Stop what `runCommand` started and still runs, with its own children. */
export function stopCommands(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): void {
  for (const { pid } of running) {
    try {
      if (pid !== undefined) process.kill(-pid, signal);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
    }
  }
}
