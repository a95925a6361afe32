/**
 * Heartbeats while work is under way, so that a dead worker is noticed within the heartbeat time-out and not at the end. Long work tells with
 * them how far it is. And when to end early.
 */
import { Context, heartbeat } from '@temporalio/activity';

const EVERY_MS = 1_000;

/** `work` gets what takes its position, counts only; it goes out with the next heartbeat. */
export async function withHeartbeat<T>(
  work: (at: (position: Record<string, number>) => void) => Promise<T>,
): Promise<T> {
  let position: Record<string, number> | undefined;
  const timer = setInterval(() => heartbeat(position), EVERY_MS);
  try {
    return await work((now) => (position = now));
  } finally {
    clearInterval(timer);
  }
}

/** The worker ends, or the workflow is gone: what is in hand is brought to its end, and nothing more is taken up. */
export const isEnding = (): boolean => Context.current().cancellationSignal.aborted;
