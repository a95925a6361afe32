/**
 * Which `pado up` runs on a state: at most one, known by pid and start time, with the URLs to show to whoever asks again.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { withLock } from '../services/presence.js';
import { isAlive, ownIdentity } from '../services/processes.js';
import { parseJson, type StateFolder } from '../services/state-folder.js';

const FILE = 'run/up.json';
const READY_MS = 180_000;

const urlsSchema = z.object({ api: z.string(), docs: z.string(), temporalUi: z.string().optional() });
const recordSchema = z.object({ pid: z.int(), start: z.string(), urls: urlsSchema.nullable() });

export type UpUrls = z.infer<typeof urlsSchema>;
export type UpRecord = z.infer<typeof recordSchema>;

/** The one that runs now; `urls` is null until it is ready. */
export function runningUp(state: StateFolder): UpRecord | null {
  const parsed = recordSchema.safeParse(parseJson(state.read(FILE) ?? ''));
  return parsed.success && isAlive(parsed.data) ? parsed.data : null;
}

/** Become the one; null where another is. */
export async function claimUp(state: StateFolder, signal: AbortSignal): Promise<UpRecord | null> {
  const seen = runningUp(state); // while it starts, it holds the lock
  if (seen) return seen;
  const claim = () => {
    const other = runningUp(state);
    if (!other) state.write(FILE, JSON.stringify({ ...ownIdentity(), urls: null }));
    return Promise.resolve(other);
  };
  return withLock(state, claim, signal);
}

export function announceUp(state: StateFolder, urls: UpUrls): void {
  state.write(FILE, JSON.stringify({ ...ownIdentity(), urls }));
}

export function releaseUp(state: StateFolder): void {
  if (runningUp(state)?.pid === process.pid) state.remove(FILE);
}

/** The URLs of the one that runs, once it is ready; null where it ends before. */
export async function urlsOfUp(state: StateFolder, signal: AbortSignal): Promise<UpUrls | null> {
  const end = performance.now() + READY_MS;
  for (;;) {
    const record = runningUp(state);
    if (!record || performance.now() > end) return null;
    if (record.urls) return record.urls;
    await sleep(100, undefined, { signal });
  }
}
