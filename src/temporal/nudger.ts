/**
 * Debounced nudges, trailing edge: whoever asks is covered by a signal that is sent after it asked, across processes by a Redis key that never
 * outlives the wait for that signal. Best effort: what is lost here with a process, the sweep finds.
 */
import type { TemporalGateway } from './gateway.js';

export interface DebounceStore {
  /** True for the one that should send the signal for `key` at the end of the window; later ones get false for `windowMs`. */
  claim(key: string, windowMs: number): Promise<boolean>;
}

/** From the answer to the claim until the signal. */
const WINDOW_MS = 200;
/** How long the claim stands: less than the window, so that whoever is told "not you" comes before the signal, whatever timers do. */
const CLAIM_MS = 150;
/** A Redis that does not answer by then is done without. */
const PATIENCE_MS = 1_000;

interface Pending {
  timer: NodeJS.Timeout;
  /** Somebody asked after the claim was sent: a "not you" does not cover them. */
  again: boolean;
}

export class DebouncedNudger {
  private readonly pending = new Map<string, Pending>();

  constructor(
    private readonly temporal: Pick<TemporalGateway, 'nudgeRun' | 'nudgeLane' | 'nudgeDelivery' | 'nudgePayout'>,
    private readonly store: DebounceStore,
    private readonly onError: (error: unknown) => void,
  ) {}

  startRun(runId: string): Promise<void> {
    return this.temporal.nudgeRun(runId);
  }

  nudgeRun(runId: string): Promise<void> {
    return this.temporal.nudgeRun(runId);
  }

  nudgeLanes(lanes: { runId: string; lane: number }[]): void {
    for (const { runId, lane } of lanes)
      this.later(`lane/${runId}/${lane}`, () => this.temporal.nudgeLane(runId, lane));
  }

  nudgeDelivery(gateway: string, shard: number): void {
    this.later(`delivery/${gateway}/${shard}`, () => this.temporal.nudgeDelivery(gateway, shard));
  }

  nudgePayout(provider: string, shard: number): void {
    this.later(`payout/${provider}/${shard}`, () => this.temporal.nudgePayout(provider, shard));
  }

  /** Pending signals are dropped: the sweep finds what they were for. */
  close(): void {
    for (const { timer } of this.pending.values()) clearTimeout(timer);
    this.pending.clear();
  }

  private later(key: string, signal: () => Promise<void>): void {
    const known = this.pending.get(key);
    if (known) {
      known.again = true; // its signal is still to come; should the claim say "not you", it is asked once more
      return;
    }
    const send = () => {
      this.pending.delete(key);
      signal().catch(this.onError);
    };
    const own: Pending = { timer: setTimeout(send, PATIENCE_MS), again: false };
    this.pending.set(key, own);
    const answered = (mine: boolean) => {
      if (this.pending.get(key) !== own) return; // sent without Redis, or closed
      clearTimeout(own.timer);
      if (mine) {
        own.timer = setTimeout(send, WINDOW_MS);
        return;
      }
      this.pending.delete(key);
      if (own.again) this.later(key, signal);
    };
    this.store.claim(key, CLAIM_MS).then(answered, () => answered(true)); // without Redis every process signals for itself
  }
}
