/**
 * Debounced nudges, trailing edge: whoever asks is covered by a signal that is sent after it asked, across processes by a Redis key that never
 * outlives the wait for that signal. What is asked for again and again is signalled at a slower pace, for a turn costs nearly the same for one as for
 * a hundred. Best effort: what is lost here with a process, the sweep finds.
 */
import type { TemporalGateway } from './gateway.js';

export interface DebounceStore {
  /** True for the one that should send the signal for `key` at the end of the window; later ones get false for `windowMs`. */
  claim(key: string, windowMs: number): Promise<boolean>;
}

/** From the answer to the claim until the signal, for what has been quiet. */
const WINDOW_MS = 200;
/** Between two signals of what is not. A run has up to sixteen lanes, each queue has few shards. */
const LANE_PACE_MS = 1_500;
const QUEUE_PACE_MS = 500;
/** How much sooner than the window the claim ends, so that whoever is told "not you" comes before the signal, whatever timers do. */
const EARLIER_MS = 50;
/** A Redis that does not answer by then is done without. */
const PATIENCE_MS = 1_000;

interface Pending {
  timer: NodeJS.Timeout;
  /** Somebody asked after the claim was sent: a "not you" does not cover them. */
  again: boolean;
}

export class DebouncedNudger {
  private readonly pending = new Map<string, Pending>();
  /** When each was last signalled, by the process's own uninterrupted clock; those of before the pace are forgotten. */
  private readonly signalled = new Map<string, number>();

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
      this.later(`lane/${runId}/${lane}`, LANE_PACE_MS, () => this.temporal.nudgeLane(runId, lane));
  }

  nudgeDelivery(gateway: string, shard: number): void {
    this.later(`delivery/${gateway}/${shard}`, QUEUE_PACE_MS, () => this.temporal.nudgeDelivery(gateway, shard));
  }

  nudgePayout(provider: string, shard: number): void {
    this.later(`payout/${provider}/${shard}`, QUEUE_PACE_MS, () => this.temporal.nudgePayout(provider, shard));
  }

  /** For an activity that has committed: whoever pays or delivers learns of several of its kind by one signal; another run's lane is told at once. */
  ofActivities(): Record<'nudgeLane' | 'nudgeDelivery' | 'nudgePayout', (of: string, n: number) => Promise<void>> {
    return {
      nudgeLane: (runId, lane) => this.temporal.nudgeLane(runId, lane),
      nudgeDelivery: async (gateway, shard) => this.nudgeDelivery(gateway, shard),
      nudgePayout: async (provider, shard) => this.nudgePayout(provider, shard),
    };
  }

  /** Pending signals are dropped: the sweep finds what they were for. */
  close(): void {
    for (const { timer } of this.pending.values()) clearTimeout(timer);
    this.pending.clear();
  }

  private later(key: string, paceMs: number, signal: () => Promise<void>): void {
    const known = this.pending.get(key);
    if (known) {
      known.again = true; // its signal is still to come; should the claim say "not you", it is asked once more
      return;
    }
    const windowMs = this.windowMs(key, paceMs);
    const send = () => {
      this.pending.delete(key);
      this.remember(key);
      signal().catch(this.onError);
    };
    const own: Pending = { timer: setTimeout(send, PATIENCE_MS), again: false };
    this.pending.set(key, own);
    const answered = (mine: boolean) => {
      if (this.pending.get(key) !== own) return; // sent without Redis, or closed
      clearTimeout(own.timer);
      if (mine) {
        own.timer = setTimeout(send, windowMs);
        return;
      }
      this.pending.delete(key);
      if (own.again) this.later(key, paceMs, signal);
    };
    this.store.claim(key, windowMs - EARLIER_MS).then(answered, () => answered(true)); // without Redis every process signals for itself
  }

  private windowMs(key: string, paceMs: number): number {
    const last = this.signalled.get(key) ?? -Infinity;
    return Math.max(WINDOW_MS, Math.ceil(last + paceMs - performance.now()));
  }

  /** The map is in the order of time: the oldest go as new ones come. */
  private remember(key: string): void {
    const now = performance.now();
    this.signalled.delete(key);
    this.signalled.set(key, now);
    for (const [old, at] of this.signalled) {
      if (at > now - LANE_PACE_MS) return;
      this.signalled.delete(old);
    }
  }
}
