/**
 * When an event occurred by our clock: the client's two times differ by how long the event lay there, which its wrong clock does not
 * change. An event never occurs after it was received.
 */
import type { EpochMs } from '../base/time.js';

export interface EventTimes {
  /** The client's clock when it happened; null when not told. */
  timestamp: EpochMs | null;
  /** The client's clock when it was sent; null when not told. */
  sentAt: EpochMs | null;
}

/** received − (sentAt − timestamp), at most received (Segment's rule for `timestamp`). Without `sentAt` the client's clock is believed. */
export function occurredAt(times: EventTimes, receivedAt: EpochMs): EpochMs {
  if (times.timestamp === null) return receivedAt;
  if (times.sentAt === null) return Math.min(times.timestamp, receivedAt);
  return Math.min(receivedAt - (times.sentAt - times.timestamp), receivedAt);
}
