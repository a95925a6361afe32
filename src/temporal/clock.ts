/**
 * The API edge's clock (law 9): Temporal's time, measured now and then against this process's monotonic clock, plus the
 * installation's epoch. A wrong wall clock of this machine changes nothing.
 */

export interface TimeSource {
  serverTimeMs(): Promise<number>;
}

export class TemporalClock {
  private deltaMs: number | null = null;
  private offsetMs = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly source: TimeSource,
    private readonly readOffsetMs: () => Promise<number>,
    private readonly everyMs: number,
  ) {}

  /** Measure once (throws when Temporal cannot be asked), then again and again. */
  async start(): Promise<void> {
    await this.measure();
    this.timer = setInterval(() => {
      this.measure().catch(() => undefined); // keeps the last measure; readiness reports Temporal itself
    }, this.everyMs);
    this.timer.unref();
  }

  async measure(): Promise<void> {
    const before = performance.now();
    const server = await this.source.serverTimeMs();
    const middle = (before + performance.now()) / 2;
    this.deltaMs = server - middle;
    this.offsetMs = await this.readOffsetMs();
  }

  /** Temporal's now, epoch ms. */
  temporalNow(): number {
    if (this.deltaMs === null) throw new Error('invariant: the clock was read before it was measured');
    return Math.round(performance.now() + this.deltaMs);
  }

  /** Business now, epoch ms: what is stamped at the edge. */
  now(): number {
    return this.temporalNow() + this.offsetMs;
  }

  stop(): void {
    clearInterval(this.timer);
  }
}
