/**
 * Heartbeats while work is under way, so that a dead worker is noticed within the heartbeat time-out and not at the end.
 */
import { heartbeat } from '@temporalio/activity';

const EVERY_MS = 1_000;

export async function withHeartbeat<T>(work: () => Promise<T>): Promise<T> {
  const timer = setInterval(() => heartbeat(), EVERY_MS);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}
