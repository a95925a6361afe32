/**
 * Which processes of a state run: one file each, written when it starts and removed when it has ended, so that whoever comes after a
 * crash finds them. The first line is for the warden (a shell script): pid, start time, signal that ends it, seconds until it is killed.
 */
import { readdirSync } from 'node:fs';
import { z } from 'zod';
import { isAlive, stopProcess, type ProcessIdentity } from './processes.js';
import { parseJson, type StateFolder } from './state-folder.js';

const detailsSchema = z.object({
  how: z.string(),
  version: z.string().default(''),
  ports: z.record(z.string(), z.int()).default({}),
});

export interface RosterEntry extends ProcessIdentity {
  name: string;
  /** What ends it in order. */
  signal: NodeJS.Signals;
  /** How long that may take, in whole seconds; then it is killed. */
  stopMs: number;
  /** Where the program came from, in words for the reader. */
  how: string;
  version: string;
  ports: Record<string, number>;
}

/** Of whatever does not say. */
export const STOP_MS = 15_000;
const SUFFIX = '.process';
const fileOf = (name: string) => `run/${name}${SUFFIX}`;

export type Enrolment = Omit<RosterEntry, 'stopMs'> & Partial<Pick<RosterEntry, 'stopMs'>>;

export function enrol(state: StateFolder, entry: Enrolment): void {
  const { pid, start, signal, stopMs = STOP_MS, how, version, ports } = entry;
  const first = `${pid} ${start} ${signal.slice(3)} ${Math.ceil(stopMs / 1_000)}`;
  state.write(fileOf(entry.name), `${first}\n${JSON.stringify({ how, version, ports })}\n`);
}

/** The entry of this name if its process still runs. */
export function findRunning(state: StateFolder, name: string): RosterEntry | null {
  const [first = '', second = ''] = (state.read(fileOf(name)) ?? '').split('\n');
  const match = /^(\d+) (\S+) ([A-Z]+)(?: (\d+))?$/.exec(first);
  const details = detailsSchema.safeParse(parseJson(second));
  if (!match || !details.success) return null;
  const [, pid, start = '', signal, seconds] = match;
  const stopMs = seconds === undefined ? STOP_MS : Number(seconds) * 1_000; // one that an earlier build has enrolled
  const entry = { name, pid: Number(pid), start, signal: `SIG${signal}` as NodeJS.Signals, stopMs, ...details.data };
  return isAlive(entry) ? entry : null;
}

export function listRunning(state: StateFolder): RosterEntry[] {
  return readdirSync(state.path('run'))
    .filter((file) => file.endsWith(SUFFIX))
    .map((file) => findRunning(state, file.slice(0, -SUFFIX.length)))
    .filter((entry) => entry !== null);
}

/** Ends the process of this name, if it is still the one that was enrolled, and forgets it. */
export async function stopEnrolled(state: StateFolder, name: string): Promise<void> {
  const entry = findRunning(state, name);
  if (entry) await stopProcess(entry, entry.signal, entry.stopMs);
  state.remove(fileOf(name));
}

export async function stopAllEnrolled(state: StateFolder): Promise<void> {
  await Promise.all(listRunning(state).map(({ name }) => stopEnrolled(state, name)));
}
