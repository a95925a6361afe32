/**
 * The rates in force, as a worker goes by them: read every other second, so that what an operator says holds within seconds; where the database does not
 * answer, what it said last.
 */
import { rateInForce, type Limits } from '../domain/base/rates.js';
import type { RatesStore } from './rates.store.js';

const EVERY_MS = 2_000;

export class CurrentRates {
  private said: Limits = new Map();
  private timer: NodeJS.Timeout | undefined;
  private reading = false;

  constructor(
    private readonly configured: Limits,
    private readonly store: Pick<RatesStore, 'newest'>,
    private readonly everyMs = EVERY_MS,
  ) {}

  /** Errors: those of the database, of the first reading. */
  async start(): Promise<void> {
    await this.read();
    this.timer = setInterval(() => {
      if (!this.reading) this.read().catch(() => undefined);
    }, this.everyMs);
    this.timer.unref();
  }

  /** Per second; null: no limit. */
  of(system: string): number | null {
    return rateInForce(this.configured.get(system) ?? null, this.said.get(system) ?? null);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private async read(): Promise<void> {
    this.reading = true;
    try {
      const newest = await this.store.newest();
      this.said = new Map([...newest].map(([system, { perSecond }]) => [system, perSecond]));
    } finally {
      this.reading = false;
    }
  }
}
