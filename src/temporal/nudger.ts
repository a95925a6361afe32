/**
 * Nudges, of which one is enough until somebody looks: after a signal nobody else signals the same lane or queue, in any process, before a turn of it
 * begins. Whoever asks commits first, and the mark that says "signalled" is removed by the turn before it reads: so each is covered by a turn that begins
 * after it asked. Best effort, over Redis: what is lost here the sweep finds.
 */
import type { TemporalGateway } from './gateway.js';

/** Of all processes. */
export interface NudgeMarks {
  /** True for the one that should signal now; others get false until `clear`, or for so long. */
  set(key: string, forMs: number): Promise<boolean>;
  clear(key: string): Promise<void>;
}

/** What works in turns: lanes by their run, the queues of gateways and of providers by name and shard. */
export interface Queues {
  lanes: readonly { runId: string; lane: number }[];
  deliveries: readonly { name: string; shard: number }[];
  payouts: readonly { name: string; shard: number }[];
}

/** From the first who asks until the signal, for what has been quiet. */
const WINDOW_MS = 200;
/** Between two signals of what is not. A run has up to sixteen lanes, each queue has few shards. */
const LANE_PACE_MS = 1_500;
const QUEUE_PACE_MS = 500;
/** Of a mark that no turn removes: its signal may have been lost with a process, or a turn with its worker. */
const MARK_MS = 10_000;
/** A Redis that does not answer by then is done without. */
const PATIENCE_MS = 1_000;

const laneKey = (runId: string, lane: number) => `lane/${runId}/${lane}`;
const deliveryKey = (gateway: string, shard: number) => `delivery/${gateway}/${shard}`;
const payoutKey = (provider: string, shard: number) => `payout/${provider}/${shard}`;

export class DebouncedNudger {
  private readonly pending = new Map<string, NodeJS.Timeout>();
  /** When each was last signalled, by the process's own uninterrupted clock; those of before the pace are forgotten. */
  private readonly signalled = new Map<string, number>();

  constructor(
    private readonly temporal: Pick<TemporalGateway, 'nudgeRun' | 'nudgeLane' | 'nudgeDelivery' | 'nudgePayout'>,
    private readonly marks: NudgeMarks,
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
      this.later(laneKey(runId, lane), LANE_PACE_MS, () => this.temporal.nudgeLane(runId, lane));
  }

  nudgeDelivery(gateway: string, shard: number): void {
    this.later(deliveryKey(gateway, shard), QUEUE_PACE_MS, () => this.temporal.nudgeDelivery(gateway, shard));
  }

  nudgePayout(provider: string, shard: number): void {
    this.later(payoutKey(provider, shard), QUEUE_PACE_MS, () => this.temporal.nudgePayout(provider, shard));
  }

  /** A person waits for it: at once, whatever is pending of it. */
  wake({ lanes, deliveries, payouts }: Queues): void {
    for (const { runId, lane } of lanes)
      this.after(0, laneKey(runId, lane), () => this.temporal.nudgeLane(runId, lane));
    for (const { name, shard } of deliveries)
      this.after(0, deliveryKey(name, shard), () => this.temporal.nudgeDelivery(name, shard));
    for (const { name, shard } of payouts)
      this.after(0, payoutKey(name, shard), () => this.temporal.nudgePayout(name, shard));
  }

  /** For an activity that has committed: whoever pays or delivers learns of several of its kind by one signal; another run's lane is told at once. */
  ofActivities(): Record<'nudgeLane' | 'nudgeDelivery' | 'nudgePayout', (of: string, n: number) => Promise<void>> {
    return {
      nudgeLane: (runId, lane) => this.temporal.nudgeLane(runId, lane),
      nudgeDelivery: async (gateway, shard) => this.nudgeDelivery(gateway, shard),
      nudgePayout: async (provider, shard) => this.nudgePayout(provider, shard),
    };
  }

  /** A turn begins: what was told until now it will read, and what is told from now on wants another. To be waited for before it reads. */
  laneLooks = (runId: string, lane: number): Promise<void> => this.clear(laneKey(runId, lane));
  deliveryLooks = (gateway: string, shard: number): Promise<void> => this.clear(deliveryKey(gateway, shard));
  payoutLooks = (provider: string, shard: number): Promise<void> => this.clear(payoutKey(provider, shard));

  /** Pending signals are dropped: the sweep finds what they were for. */
  close(): void {
    for (const timer of this.pending.values()) clearTimeout(timer);
    this.pending.clear();
  }

  private later(key: string, paceMs: number, signal: () => Promise<void>): void {
    if (!this.pending.has(key)) this.after(this.windowMs(key, paceMs), key, signal);
  }

  /** Whoever asks before the timer ends is covered by what is asked of Redis then; whoever asks later begins another. */
  private after(ms: number, key: string, signal: () => Promise<void>): void {
    const send = async () => {
      this.pending.delete(key);
      if (!(await this.isMine(key))) return;
      this.remember(key);
      try {
        await signal();
      } catch (error) {
        this.onError(error);
        await this.clear(key); // nobody was signalled: the next who asks tries again
      }
    };
    clearTimeout(this.pending.get(key));
    this.pending.set(
      key,
      setTimeout(() => void send(), ms),
    );
  }

  /** Without Redis every process signals for itself. */
  private isMine(key: string): Promise<boolean> {
    return within(PATIENCE_MS, this.marks.set(key, MARK_MS), true);
  }

  private clear(key: string): Promise<void> {
    return within(PATIENCE_MS, this.marks.clear(key), undefined);
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

/** What is answered, or `otherwise` where nothing is in time or the asking fails. */
async function within<T>(ms: number, answer: Promise<T>, otherwise: T): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<T>((resolve) => {
    timer = setTimeout(() => resolve(otherwise), ms);
  });
  try {
    return await Promise.race([answer, late]);
  } catch {
    return otherwise;
  } finally {
    clearTimeout(timer);
  }
}
