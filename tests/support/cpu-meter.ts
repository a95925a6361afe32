/**
 * CPU-seconds (user and system) of every process of an installation under test, by name: servers by the ports that they listen on, API and workers by
 * their pids, this process by itself. A server's processes count with their children, the ended ones too: the system adds their time to their parent's.
 */
import { existsSync, readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { availableParallelism } from 'node:os';

/** Process ids by what they are, such as `postgres` or `worker`. */
export type Processes = Record<string, number[]>;
/** By name, and `all` together. */
export type CpuSeconds = Record<string, number>;

/** USER_HZ: what Linux tells user programs of time counts a hundred to the second on every architecture that Node runs on. */
const TICKS_PER_SECOND = 100;
const LISTENING = '0A';
const READINGS_MAX = 200;

/** Suites that use it ask `needs('proc')` (tiers.ts). The time of this process (Jest, simulators and the client that drives) is always among them, as `test`. */
export class CpuMeter {
  /** Errors: a system without /proc. */
  constructor(private readonly processes: Processes) {
    if (!existsSync('/proc/self/stat')) throw new Error('CPU of other processes is read from /proc: this needs Linux');
  }

  /** What `work` took. Children of this process that end meanwhile are nobody's, unless they are named. */
  async during<T>(work: () => Promise<T>): Promise<{ value: T; cpu: CpuSeconds; seconds: number }> {
    const [before, begin] = [this.read(), performance.now()];
    const value = await work();
    const [after, seconds] = [this.read(), (performance.now() - begin) / 1_000];
    const cpu = Object.fromEntries(Object.entries(after).map(([name, used]) => [name, used - (before[name] ?? 0)]));
    const all = Object.values(cpu).reduce((sum, used) => sum + used, 0);
    // also a proof of what is counted: no machine gives more than its cores
    if (all > seconds * availableParallelism() * 1.1 + 1) throw new Error(`${all} CPU-seconds in ${seconds} s`);
    return { value, cpu: { ...cpu, all }, seconds };
  }

  private read(): CpuSeconds {
    const tree = processTree();
    const own = process.cpuUsage();
    return {
      test: (own.user + own.system) / 1e6,
      ...Object.fromEntries(
        Object.entries(this.processes).map(([name, pids]) => [
          name,
          pids.reduce((sum, pid) => sum + ticksOf(pid, tree), 0) / TICKS_PER_SECOND,
        ]),
      ),
    };
  }
}

interface Stat {
  parent: number;
  ticks: number;
}

/**
 * Nobody in it has ended before all were read: whose parent was read before it ended, and itself after, would be missed with all that it took.
 * Errors: somebody ends each time.
 */
function processTree(): Map<number, Stat> {
  for (let tries = 0; tries < READINGS_MAX; tries += 1) {
    const tree = readTree();
    const still = new Set(processIds());
    if (tree && [...tree.keys()].every((pid) => still.has(pid))) return tree;
  }
  throw new Error('processes of this machine end faster than they can be read');
}

/** proc(5): after the command in parentheses, which may hold anything, field 4 is the parent; 14 to 17 are utime, stime, cutime, cstime. */
function readTree(): Map<number, Stat> | null {
  const tree = new Map<number, Stat>();
  for (const pid of processIds()) {
    const stat = read(`/proc/${pid}/stat`);
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields.length < 15) return null; // it ended while we looked
    const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
    tree.set(pid, { parent: Number(fields[1]), ticks });
  }
  return tree;
}

const processIds = (): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);

/** Of a process, its ended children and all that descend from it and run. */
function ticksOf(pid: number, tree: ReadonlyMap<number, Stat>): number {
  const own = tree.get(pid);
  if (!own) throw new Error(`process ${pid} has ended: its CPU cannot be read any more`);
  let ticks = own.ticks;
  for (const [child, { parent }] of tree) if (parent === pid) ticks += ticksOf(child, tree);
  return ticks;
}

/** Resident memory of one process, in bytes. */
export function residentBytes(pid: number): number {
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(read(`/proc/${pid}/status`))?.[1];
  if (kib === undefined) throw new Error(`process ${pid} has ended: its memory cannot be read any more`);
  return Number(kib) * 1024;
}

/** The program that a process runs: its file. */
export const programOf = (pid: number): string => readlinkSync(`/proc/${pid}/exe`);

/** The command line of a process. */
export const argumentsOf = (pid: number): string[] => readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');

/** The process of this machine that listens on a TCP port, the eldest where its children share the socket. Errors: there is none, or it is somebody else's. */
export function listenerOn(port: number): number {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const sockets = ['/proc/net/tcp', '/proc/net/tcp6']
    .flatMap((file) => read(file).split('\n'))
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local, , state]) => local?.endsWith(suffix) && state === LISTENING)
    .map((fields) => `socket:[${fields[9]}]`);
  const found = processIds().filter((pid) => sockets.some((socket) => holds(pid, socket)));
  if (found.length === 0)
    throw new Error(`no process that this user may look into listens on port ${port} of this machine`);
  const tree = processTree();
  const eldest = found.find((pid) => !found.includes(tree.get(pid)?.parent ?? 0));
  return eldest ?? (found[0] as number);
}

function holds(pid: number, socket: string): boolean {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((fd) => linkOf(`/proc/${pid}/fd/${fd}`) === socket);
  } catch {
    return false; // ended, or somebody else's
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return ''; // closed meanwhile
  }
}

/** Empty where it is not there (any more). */
function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
