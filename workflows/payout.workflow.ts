/**
 * A provider's queue: claim, submit and record what is owed, resolve what is accepted or ambiguous. Money has its own life: it outlives
 * the lanes and runs that earned it.
 */
import { payoutActivities } from './proxies.js';
import { workQueue } from './queue.js';
import { goOnAsNew } from './turn.js';

export interface PayoutInput {
  provider: string;
  shard: number;
  /** The newest step number this queue has used. */
  step: number;
  clockOffsetMs: number;
}

export async function payoutWorkflow(input: PayoutInput): Promise<void> {
  const { provider, shard } = input;
  const { submitPayouts, resolvePayouts } = payoutActivities(provider);
  const end = await workQueue('payout', input, {
    handOver: (at) => submitPayouts({ provider, shard, ...at }),
    resolve: (at) => resolvePayouts({ provider, shard, ...at }),
  });
  if (!end.ended) await goOnAsNew<typeof payoutWorkflow>({ ...input, step: end.step });
}
