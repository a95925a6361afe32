/**
 * The plain HTTP loop that the benchmarks compare with (bare-http.worker.js), on a thread of its own as the engine's worker is a process of its own.
 */
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';

export interface BareCalls {
  system: { url: string; secret: string };
  path: string;
  /** Each id at most once. */
  calls: { id: string; body: string; headers?: Record<string, string> }[];
  atOnce: number;
}

/** What all the calls take together, in ms. Errors: an answer that is no success. */
export async function bareCalls({ system: { url, secret }, ...calls }: BareCalls): Promise<number> {
  const file = join(import.meta.dirname, 'bare-http.worker.js');
  const worker = new Worker(file, { workerData: { url, secret, ...calls } });
  return await new Promise<number>((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}
