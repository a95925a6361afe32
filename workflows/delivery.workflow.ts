/**
 * A gateway's queue: claim, submit and record what is queued, resolve what is ambiguous; ends when nothing is open. A gateway that
 * hangs holds up neither lanes nor other gateways.
 */
import { condition, continueAsNew, setHandler } from '@temporalio/workflow';
import { nudged } from './messages.js';
import { deliveryActivities } from './proxies.js';
import { businessNow, historyIsFull, turn } from './turn.js';

export interface DeliveryInput {
  gateway: string;
  shard: number;
  /** The newest step number this queue has used. */
  step: number;
  clockOffsetMs: number;
}

export async function deliveryWorkflow(input: DeliveryInput): Promise<void> {
  let wake = false;
  setHandler(nudged, () => {
    wake = true;
  });
  const { gateway, shard, clockOffsetMs } = input;
  const { deliverMessages, resolveMessages } = deliveryActivities(gateway);
  let { step } = input;
  let failures = 0;

  for (let turns = 0; !historyIsFull(turns); turns += 1) {
    wake = false;
    step += 1;
    const now = businessNow(clockOffsetMs);
    const sent = await turn('delivery', failures, () => deliverMessages({ gateway, shard, step, now }));
    failures = sent ? 0 : failures + 1;
    if (!sent) continue;
    step = Math.max(step, sent.step);
    if (sent.more) continue;

    step += 1;
    const resolved = await turn('delivery', failures, () => resolveMessages({ gateway, shard, step, now: businessNow(clockOffsetMs) }));
    failures = resolved ? 0 : failures + 1;
    if (!resolved) continue;
    step = Math.max(step, resolved.step);
    if (resolved.more || wake) continue;
    if (resolved.nextInMs === null) return;
    await condition(() => wake, Math.max(50, resolved.nextInMs));
  }
  await continueAsNew<typeof deliveryWorkflow>({ ...input, step });
}
