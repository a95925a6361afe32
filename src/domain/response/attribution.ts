/**
 * Which event answers a wait: of those that it listens to, inside its half-open window, the first by when it occurred, then by number.
 */
import type { EpochMs } from '../base/time.js';

export interface WindowEvent {
  no: number;
  name: string;
  occurredAt: EpochMs;
  properties: Readonly<Record<string, unknown>>;
}

/** [from, to): from is the wave's t0. */
export interface Window {
  from: EpochMs;
  to: EpochMs;
}

export function inWindow(window: Window, at: EpochMs): boolean {
  return at >= window.from && at < window.to;
}

export interface Listener {
  event: string;
  window: Window;
  matches(properties: Readonly<Record<string, unknown>>): boolean;
}

/** The event that answers, or null. */
export function winningEvent<E extends WindowEvent>(listener: Listener, events: readonly E[]): E | null {
  let winner: E | null = null;
  for (const event of events) {
    if (event.name !== listener.event || !inWindow(listener.window, event.occurredAt)) continue;
    if (!listener.matches(event.properties)) continue;
    const earlier =
      winner === null ||
      event.occurredAt < winner.occurredAt ||
      (event.occurredAt === winner.occurredAt && event.no < winner.no);
    if (earlier) winner = event;
  }
  return winner;
}
