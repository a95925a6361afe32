/**
 * A role of the program (API, worker) as a child process says once that it is ready, the API with its URL, the worker with the time that it needs to
 * end: whoever starts one waits here. The roster knows it from its first moment.
 */
import type { ChildProcess } from 'node:child_process';
import { z } from 'zod';
import { identify } from './processes.js';
import { enrol } from './roster.js';
import type { StateFolder } from './state-folder.js';

const READY_MS = 90_000;

const readySchema = z.object({ ready: z.literal(true), url: z.string().optional(), stopMs: z.int().optional() });
export type Ready = z.infer<typeof readySchema>;

/** null where it ends or the time is over before. */
export async function enrolUntilReady(
  state: StateFolder,
  { name, version }: { name: string; version: string },
  child: ChildProcess,
): Promise<Ready | null> {
  const identity = child.pid === undefined ? null : identify(child.pid);
  const entry = identity && { name, ...identity, signal: 'SIGTERM' as const, how: 'this clone', version, ports: {} };
  if (entry) enrol(state, entry);
  const ready = await whenReady(child);
  if (entry && ready?.stopMs !== undefined) enrol(state, { ...entry, stopMs: ready.stopMs });
  return ready;
}

function whenReady(child: ChildProcess): Promise<Ready | null> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(null), READY_MS);
    const settle = (value: Ready | null) => {
      clearTimeout(timer);
      resolve(value);
    };
    child.once('exit', () => settle(null)).once('error', () => settle(null));
    child.on('message', (message) => {
      const parsed = readySchema.safeParse(message);
      if (parsed.success) settle(parsed.data);
    });
  });
}
