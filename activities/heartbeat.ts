/**
 * Heartbeats while work is under way, so that a dead worker is noticed within the heartbeat time-out and not at the end. Long work tells with
 * them how far it is. And when to end early.
 */
import { Context, heartbeat } from '@temporalio/activity';

/** What is done sooner tells nothing: each heartbeat is a request to Temporal. The shortest time-out is 5 s. */
const FIRST_MS = 3_000;
const EVERY_MS = 1_000;

export type Position = Record<string, number>;

/** `work` gets what takes its position, counts only; it goes out with the next heartbeat. */
export async function withHeartbeat<T>(work: (at: (position: Position) => void) => Promise<T>): Promise<T> {
  let position: Position | undefined;
  const beat = () => {
    heartbeat(position);
    timer = setTimeout(beat, EVERY_MS);
  };
  let timer = setTimeout(beat, FIRST_MS);
  try {
    return await work((now) => (position = now));
  } finally {
    clearTimeout(timer);
  }
}

/** Fires when the worker ends, or the workflow is gone: what is in hand is brought to its end, and nothing more is taken up. */
export const ending = (): AbortSignal => Context.current().cancellationSignal;
export const isEnding = (): boolean => ending().aborted;
