/**
 * What one turn of a queue may ask a system: no more than its limit lets through meanwhile, a few calls at once, and none begun when the turn ought to be
 * over. What is left out stays due.
 */
import { isEnding } from './heartbeat.js';

/** Calls of a claim, or questions of a turn, at once, unless the system takes more: over the shards no more than it has connections. */
export const CALLS_AT_ONCE = 16;
/** What waits for a limit is no more than it lets through in this time. */
export const THROTTLED_MS = 5_000;
/** A shard's questions may have to wait for as many of another's. */
const ASKED_MS = THROTTLED_MS / 2;
const ASKED_MAX = 200;
const WORK_MS = 15_000;

/** `maxTps`: left out, there is no limit. At least one, or nothing would ever go. */
export const withinLimit = (most: number, maxTps: number | undefined, ms: number): number =>
  Math.max(1, Math.min(most, maxTps ? Math.floor((maxTps * ms) / 1_000) : most));

/** After a claim that took less the next may be twice as large; after one that took more it is as small as the first. */
const QUICK_MS = 500;
const SLOW_MS = 2_000;

/** Of one claim of a turn, in what its system counts. */
export interface Claimed {
  size: number;
  tookMs: number;
}

/**
 * Size of the next claim, between `first` and `most`. The quicker they are the larger they are, so that no call is made long after its gate, and what a
 * crash leaves in doubt is what takes a second or two.
 */
export function nextSize({ first, most }: { first: number; most: number }, last?: Claimed): number {
  if (!last || last.tookMs > SLOW_MS) return first;
  return last.tookMs < QUICK_MS ? Math.min(last.size * 2, most) : last.size;
}

/** Of a turn; where nobody is asked, no limit counts. */
export const questionsOf = ({ lookup, maxTps }: { lookup: boolean; maxTps?: number | undefined }): number =>
  withinLimit(ASKED_MAX, lookup ? maxTps : undefined, ASKED_MS);

/** All of them, a few at once. Errors: the first, when all that had begun is over; nothing begins after it. */
export async function fewAtOnce<T, R>(
  items: readonly T[],
  work: (item: T) => Promise<R>,
  atOnce = CALLS_AT_ONCE,
  goesOn = () => true,
): Promise<R[]> {
  const rest = [...items];
  const done: R[] = [];
  const caller = async (): Promise<void> => {
    for (let item = rest.shift(); item !== undefined && goesOn(); item = rest.shift()) {
      try {
        done.push(await work(item));
      } catch (error) {
        rest.length = 0;
        throw error;
      }
    }
  };
  const callers = Array.from({ length: Math.min(atOnce, items.length) }, caller);
  for (const one of await Promise.allSettled(callers)) if (one.status === 'rejected') throw one.reason;
  return done;
}

/** What came of the questions that were asked. Errors: as above. */
export function askInTime<T, R>(items: readonly T[], ask: (item: T) => Promise<R>, atOnce?: number): Promise<R[]> {
  const deadline = performance.now() + WORK_MS;
  return fewAtOnce(items, ask, atOnce, () => performance.now() < deadline && !isEnding());
}
