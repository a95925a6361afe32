/**
 * One workflow per customer, as everybody writes it first: decide, hand over, wait for the response or the time-out, decide again. What Pado's
 * lanes are measured against (tests/bench/wave.bench.test.ts).
 */
import { condition, defineSignal, proxyActivities, setHandler } from '@temporalio/workflow';
import type { CustomerActivities } from './activities.js';

export interface CustomerInput {
  runId: string;
  customerId: string;
  /** The customer's own: so that no two wait for the same row. */
  lane: number;
  clockOffsetMs: number;
}

const { decide, handOver } = proxyActivities<CustomerActivities>({
  startToCloseTimeout: '60 seconds',
  retry: { initialInterval: '100 milliseconds', maximumAttempts: 5 },
});

export async function customerWorkflow({ runId, lane, clockOffsetMs }: CustomerInput): Promise<void> {
  let told = false;
  // by the name that ingestion signals a lane with
  setHandler(defineSignal('nudged'), () => {
    told = true;
  });
  for (let step = 1; ; step += 1) {
    told = false;
    const now = Date.now() + clockOffsetMs;
    const { ended, sends, dueAt } = await decide({ runId, lane, step, now });
    if (sends) await handOver({ lane, now: Date.now() + clockOffsetMs });
    if (ended) return;
    await condition(() => told, Math.max(1, dueAt - (Date.now() + clockOffsetMs)));
  }
}
