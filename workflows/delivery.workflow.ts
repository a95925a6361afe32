/**
 * A gateway's queue: claim, submit and record what is queued, resolve what is ambiguous. A gateway that hangs holds up neither lanes
 * nor other gateways.
 */
import { deliveryActivities } from './proxies.js';
import { workQueue } from './queue.js';
import { goOnAsNew } from './turn.js';

export interface DeliveryInput {
  gateway: string;
  shard: number;
  /** The newest step number this queue has used. */
  step: number;
  clockOffsetMs: number;
}

export async function deliveryWorkflow(input: DeliveryInput): Promise<void> {
  const { gateway, shard } = input;
  const { deliverMessages, resolveMessages } = deliveryActivities(gateway);
  const end = await workQueue('delivery', input, {
    handOver: (at) => deliverMessages({ gateway, shard, ...at }),
    resolve: (at) => resolveMessages({ gateway, shard, ...at }),
  });
  if (!end.ended) await goOnAsNew<typeof deliveryWorkflow>({ ...input, step: end.step });
}
