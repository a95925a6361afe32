/**
 * The life of a queue, which delivery and payout workflows share: hand over what is ready, resolve what is unsure, sleep until the next
 * look or a nudge. It ends when nothing is open; where it can tell that it has stopped, it stays open and tells it until somebody lets it go on.
 */
import { condition, patched, setHandler } from '@temporalio/workflow';
import { nudged } from './messages.js';
import { canTell, tellStopped } from './sight.js';
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
  /** An undocumented answer has stopped it. Missing in what was answered before there was this. */
  stopped?: boolean;
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
  /** In a row: of each activity, and of both together, as they were counted once. */
  const failures = { handOver: 0, resolve: 0 };
  let ofBoth = 0;
  /** One activity call under the next step number; null when it failed, after a back-off. */
  const take = async <T extends { step: number }>(
    which: keyof QueueActivities,
    call: (at: Step) => Promise<T>,
  ): Promise<T | null> => {
    step += 1;
    // that the other one goes well says nothing of this one: it backs off and is told as failing all the same
    const counted = failures[which] === ofBoth || patched('failures-of-each-activity') ? failures[which] : ofBoth;
    const result = await turn(stage, counted, () => call({ step, now: businessNow(input.clockOffsetMs) }));
    failures[which] = result ? 0 : failures[which] + 1;
    ofBoth = result ? 0 : ofBoth + 1;
    if (result) step = Math.max(step, result.step);
    return result;
  };

  for (let turns = 0; !historyIsFull(turns); turns += 1) {
    wake = false; // before the read: what commits after it sets it again
    const asked = step + 1;
    const handed = await take('handOver', activities.handOver);
    // its step was an old one: nothing more is handed over under it, and the newest is known now
    if (handed && handed.step > asked && patched('hand-over-again-when-stale')) continue;
    const handsOver = !handed || handed.more;
    // what is ambiguous is due like all else: neither a long queue nor a hand-over that fails may starve it
    if (handsOver && !patched('resolve-between-hand-overs')) continue;
    const resolved = await take('resolve', activities.resolve);
    if (resolved?.stopped !== undefined) tellStopped(resolved.stopped);
    if (handsOver || !resolved || resolved.more || wake) continue;
    if (resolved.nextInMs !== null) await condition(() => wake, Math.max(SHORTEST_SLEEP_MS, resolved.nextInMs));
    else if (resolved.stopped && canTell()) await condition(() => wake);
    else return { ended: true };
  }
  return { ended: false, step };
}
