/**
 * The life of a queue, which delivery and payout workflows share: hand over what is ready, resolve what is unsure, sleep until the next
 * look or a nudge. It ends when nothing is open.
 */
import { condition, patched, setHandler } from '@temporalio/workflow';
import { nudged } from './messages.js';
import { businessNow, historyIsFull, turn } from './turn.js';

interface Step {
  step: number;
  now: number;
}
interface HandedOver {
  step: number;
  more: boolean;
}
interface Resolved extends HandedOver {
  /** Transport time until there is something to look at; null when nothing is open. */
  nextInMs: number | null;
}

export interface QueueActivities {
  handOver: (at: Step) => Promise<HandedOver>;
  resolve: (at: Step) => Promise<Resolved>;
}

const SHORTEST_SLEEP_MS = 50;

/** Returns `ended`, or the newest step when the history is full and the workflow has to continue as new. */
export async function workQueue(
  stage: 'delivery' | 'payout',
  input: { step: number; clockOffsetMs: number },
  activities: QueueActivities,
): Promise<{ ended: true } | { ended: false; step: number }> {
  let wake = false;
  setHandler(nudged, () => {
    wake = true;
  });
  let { step } = input;
  let failures = 0;
  /** One activity call under the next step number; null when it failed, after a back-off. */
  const take = async <T extends { step: number }>(call: (at: Step) => Promise<T>): Promise<T | null> => {
    step += 1;
    const result = await turn(stage, failures, () => call({ step, now: businessNow(input.clockOffsetMs) }));
    failures = result ? 0 : failures + 1;
    if (result) step = Math.max(step, result.step);
    return result;
  };

  for (let turns = 0; !historyIsFull(turns); turns += 1) {
    wake = false; // before the read: what commits after it sets it again
    const handed = await take(activities.handOver);
    const handsOver = !handed || handed.more;
    // what is ambiguous is due like all else: neither a long queue nor a hand-over that fails may starve it
    if (handsOver && !patched('resolve-between-hand-overs')) continue;
    const resolved = await take(activities.resolve);
    if (handsOver || !resolved || resolved.more || wake) continue;
    if (resolved.nextInMs === null) return { ended: true };
    await condition(() => wake, Math.max(SHORTEST_SLEEP_MS, resolved.nextInMs));
  }
  return { ended: false, step };
}
