/**
 * The API edge's clock (law 9): Temporal's time, measured now and then against this process's monotonic clock, plus the
 * installation's epoch. A wrong wall clock of this machine changes nothing, and a slow answer little: each measure says between which bounds the
 * difference lies, and what all of them allow is kept.
 */

export interface ServerTime {
  /** Temporal's time, epoch ms, read between the two moments. */
  serverMs: number;
  /** By `performance.now()`. */
  askedAt: number;
  answeredAt: number;
}

export interface TimeSource {
  serverTime(): Promise<ServerTime>;
}

/** Within which Temporal's time less the monotonic clock lies, as of a moment of the latter. */
interface Bounds {
  low: number;
  high: number;
  at: number;
}

/** How much two clocks may come apart, ms per ms. */
const DRIFT = 1e-4;
/** At the start, until a measure is at least so exact, but not for ever. */
const EXACT_MS = 100;
const MEASURES_AT_START = 3;

export class TemporalClock {
  private bounds: Bounds | null = null;
  private offsetMs = 0;
  private isFixed = false;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly source: TimeSource,
    private readonly readOffset: () => Promise<{ offsetMs: number; isFixed: boolean }>,
    private readonly everyMs: number,
  ) {}

  /** Measure once (throws when Temporal cannot be asked), then again and again. */
  async start(): Promise<void> {
    for (let n = 0; n < MEASURES_AT_START && !this.isExact(); n += 1) await this.measure();
    this.timer = setInterval(() => {
      this.measure().catch(() => undefined); // keeps the last measure; readiness reports Temporal itself
    }, this.everyMs);
    this.timer.unref();
  }

  async measure(): Promise<void> {
    const { serverMs, askedAt, answeredAt } = await this.source.serverTime();
    const fresh = { low: serverMs - answeredAt, high: serverMs + 1 - askedAt, at: answeredAt };
    this.bounds = this.bounds ? narrowed(this.bounds, fresh) : fresh;
    await this.follow();
  }

  /** Until the offset is fixed, another process may have set it just now: whoever is about to stamp something reads it first. */
  async follow(): Promise<void> {
    if (this.isFixed) return;
    const { offsetMs, isFixed } = await this.readOffset();
    this.offsetMs = offsetMs;
    this.isFixed = isFixed;
  }

  /** Temporal's now, epoch ms. */
  temporalNow(): number {
    if (this.bounds === null) throw new Error('invariant: the clock was read before it was measured');
    return Math.round(performance.now() + (this.bounds.low + this.bounds.high) / 2);
  }

  /** Business now, epoch ms: what is stamped at the edge. */
  now(): number {
    return this.temporalNow() + this.offsetMs;
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private isExact(): boolean {
    return this.bounds !== null && this.bounds.high - this.bounds.low <= EXACT_MS;
  }
}

/** What both allow; where that is nothing, Temporal's clock was set, and the fresh one stands. */
function narrowed(old: Bounds, fresh: Bounds): Bounds {
  const apart = (fresh.at - old.at) * DRIFT;
  const [low, high] = [Math.max(old.low - apart, fresh.low), Math.min(old.high + apart, fresh.high)];
  return low <= high ? { low, high, at: fresh.at } : fresh;
}
