/**
 * Processes by identity: a pid together with its start time, so that a recycled pid is never mistaken for ours, signalled or waited
 * for.
 */
import { spawn, spawnSync, type SpawnOptions } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { isErrno } from './state-folder.js';

export interface ProcessIdentity {
  pid: number;
  /** Start time as the system tells it; compared, never read. */
  start: string;
}

/** null where no such process runs (a zombie does not run). */
export function identify(pid: number): ProcessIdentity | null {
  if (process.platform !== 'linux') {
    // Without /proc: ps tells the start to the second.
    const { stdout } = spawnSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' });
    const start = stdout.trim().replaceAll(/\s+/g, '_');
    return start === '' ? null : { pid, start };
  }
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch (error) {
    if (isErrno(error, 'ENOENT') || isErrno(error, 'ESRCH')) return null;
    throw error;
  }
  // proc(5): the command in parentheses may hold anything; state is field 3, start time field 22.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, start] = [fields[0], fields[19]];
  return start === undefined || state === 'Z' || state === 'X' ? null : { pid, start };
}

export function isAlive({ pid, start }: ProcessIdentity): boolean {
  return identify(pid)?.start === start;
}

export function ownIdentity(): ProcessIdentity {
  const own = identify(process.pid);
  if (!own) throw new Error('this process does not find itself');
  return own;
}

/** Signal exactly this process; false where it is gone. */
export function signalProcess(target: ProcessIdentity, signal: NodeJS.Signals): boolean {
  if (!isAlive(target)) return false;
  try {
    process.kill(target.pid, signal);
    return true;
  } catch (error) {
    if (isErrno(error, 'ESRCH')) return false;
    throw error;
  }
}

/** Whether it ended within the time. */
export async function waitForEnd(target: ProcessIdentity, timeoutMs: number): Promise<boolean> {
  const end = performance.now() + timeoutMs;
  while (isAlive(target)) {
    if (performance.now() > end) return false;
    await sleep(25);
  }
  return true;
}

/** Ask it to end; where it does not within the time, kill it. */
export async function stopProcess(target: ProcessIdentity, signal: NodeJS.Signals, timeoutMs: number): Promise<void> {
  if (!signalProcess(target, signal) || (await waitForEnd(target, timeoutMs))) return;
  signalProcess(target, 'SIGKILL');
  await waitForEnd(target, 5_000);
}

export interface Daemon {
  identity: ProcessIdentity;
  /** Null as long as it runs. */
  exited(): string | null;
}

/**
 * Start a process in a process group of its own (the terminal's Ctrl-C does not reach it), its output appended to the log file. It does
 * not keep this process alive. Errors: rejects where it cannot be started.
 */
export async function startDaemon(
  command: string,
  args: string[],
  logFile: string,
  options: SpawnOptions = {},
): Promise<Daemon> {
  const log = openSync(logFile, 'a', 0o600);
  try {
    const child = spawn(command, args, { ...options, stdio: ['ignore', log, log], detached: true });
    let exit: string | null = null;
    child.once('exit', (code, signal) => {
      exit = signal ?? `exit code ${code}`;
    });
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve).once('error', reject);
    });
    child.unref();
    const identity = child.pid === undefined ? null : identify(child.pid);
    if (!identity) throw new Error(`${command} ended at once; see ${logFile}`);
    return { identity, exited: () => exit };
  } finally {
    closeSync(log);
  }
}

export interface Output {
  code: number;
  stdout: string;
  stderr: string;
}

/** Run to the end, quietly. Errors: rejects where the command is not found or `signal` aborts it. */
export async function runQuietly(
  command: string,
  args: string[],
  options: SpawnOptions & { signal?: AbortSignal } = {},
): Promise<Output> {
  const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  const output: Output = { code: 0, stdout: '', stderr: '' };
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    output.stdout += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    output.stderr += text;
  });
  output.code = await new Promise<number>((resolve, reject) => {
    child.once('error', reject).once('close', (code) => resolve(code ?? 128));
  });
  return output;
}
