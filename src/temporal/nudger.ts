/**
 * Debounced nudges, trailing edge: whoever asks within the window is covered by the one signal at its end, across processes by a
 * Redis key. Best effort: what is lost here, the sweep finds.
 */
import type { TemporalGateway } from './gateway.js';

export interface DebounceStore {
  /** True for the one that should send the signal for `key` at the end of the window. */
  claim(key: string, windowMs: number): Promise<boolean>;
}

const WINDOW_MS = 200;

export class DebouncedNudger {
  /** Without its timer as long as the claim is not answered. */
  private readonly pending = new Map<string, NodeJS.Timeout | undefined>();
  private closed = false;

  constructor(
    private readonly temporal: TemporalGateway,
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
    this.closed = true;
    for (const timer of this.pending.values()) clearTimeout(timer);
    this.pending.clear();
  }

  private later(key: string, signal: () => Promise<void>): void {
    if (this.pending.has(key)) return; // that signal is still to come, after this commit
    this.pending.set(key, undefined);
    const schedule = () => {
      if (this.closed) return;
      const timer = setTimeout(() => {
        this.pending.delete(key);
        signal().catch(this.onError);
      }, WINDOW_MS);
      this.pending.set(key, timer);
    };
    this.store.claim(key, WINDOW_MS).then(
      // the window begins after the claim, so that the signal comes when nobody relies on it any more
      (mine) => (mine ? schedule() : this.pending.delete(key)),
      schedule, // without Redis every process signals for itself
    );
  }
}
