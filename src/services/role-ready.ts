/**
 * A role of the program (API, worker) as a child process says once that it is ready, the API with its URL: whoever starts one waits here.
 */
import type { ChildProcess } from 'node:child_process';
import { z } from 'zod';

const READY_MS = 90_000;

const readySchema = z.object({ ready: z.literal(true), url: z.string().optional() });
export type Ready = z.infer<typeof readySchema>;

/** null where it ends or the time is over before. */
export function whenReady(child: ChildProcess): Promise<Ready | null> {
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
