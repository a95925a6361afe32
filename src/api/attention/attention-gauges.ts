/**
 * What alerts are judged by, as metrics from the store of the attention list: read when they are asked for, and not more often than now and then.
 * Labels are classes, and the names of gateways and providers, which are configured.
 */
import { Inject, Injectable } from '@nestjs/common';
import { Gauge } from 'prom-client';
import { agesOf } from '../../domain/attention/figures.js';
import { AttentionItemsStore } from '../../storage/attention-items.store.js';
import { Metrics } from '../http/metrics.js';
import { CLOCK, type Clock } from '../ports.js';
import { DesertedBuilds } from './deserted-builds.js';
import { ProvidersClosed } from './providers-closed.js';

/** Everybody may ask for metrics, and reading costs. */
const READ_EVERY_MS = 10_000;

@Injectable()
export class AttentionGauges {
  private readonly read;
  private readonly count;
  private readonly oldest;
  private readonly overdue;
  private readonly noProgress;
  private readonly ambiguous;
  private readonly unsealed;
  private readonly lag;
  private readAt = Number.NEGATIVE_INFINITY;
  private reading = Promise.resolve();

  constructor(
    metrics: Metrics,
    private readonly items: AttentionItemsStore,
    private readonly closed: ProvidersClosed,
    private readonly deserted: DesertedBuilds,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    const gauge = <L extends string>(name: string, help: string, ...labelNames: L[]) =>
      new Gauge<L>({ name, help, labelNames, registers: [metrics.registry], collect: () => this.inTime() });
    this.read = gauge(
      'pado_attention_read',
      '1: the figures below are of just now; 0: the database did not answer, and they are as they were',
    );
    this.count = gauge(
      'pado_attention',
      'How many there are of what may need a person, by class, however young',
      'code',
    );
    this.oldest = gauge(
      'pado_attention_oldest_seconds',
      'How old the oldest of a class is, 0 where there is none',
      'code',
    );
    this.overdue = gauge('pado_overdue_seconds', 'How long the oldest has been due that nobody moves');
    this.noProgress = gauge(
      'pado_no_progress_seconds',
      'For how long something has been due and nothing at all was decided',
    );
    this.ambiguous = gauge(
      'pado_ambiguous_seconds',
      'How long the outcome of the oldest is unknown: message, payout',
      'what',
    );
    this.unsealed = gauge('pado_ledger_unsealed_seconds', 'How long the oldest transfer has been waiting for its seal');
    this.lag = gauge(
      'pado_queue_lag_seconds',
      'How long the oldest message or payout has been waiting that may go out, by queue',
      'queue',
    );
  }

  /** All gauges of one answer wait for one reading. */
  private inTime(): Promise<void> {
    if (performance.now() - this.readAt >= READ_EVERY_MS) {
      this.readAt = performance.now();
      this.reading = this.refresh().catch(() => this.read.set(0));
    }
    return this.reading;
  }

  private async refresh(): Promise<void> {
    const now = this.clock.now();
    const at = { now, closed: this.closed.at(now), elsewhere: await this.deserted.list() };
    const { classes, lags, lastDecision } = await this.items.figures(at);
    const ageOf = (at: number | null) => (at === null ? 0 : Math.max(0, (now - at) / 1_000));
    for (const { code, count, oldest } of classes) {
      this.count.set({ code }, count);
      this.oldest.set({ code }, ageOf(oldest));
    }
    const ages = agesOf({
      now,
      oldest: Object.fromEntries(classes.map(({ code, oldest }) => [code, oldest])),
      lastDecision,
    });
    this.overdue.set(ages.overdue);
    this.noProgress.set(ages.noProgress);
    this.ambiguous.set({ what: 'message' }, ages.ambiguousMessage);
    this.ambiguous.set({ what: 'payout' }, ages.ambiguousPayout);
    this.unsealed.set(ages.unsealed);
    this.lag.reset(); // of a queue that has nothing more, nothing is told
    for (const { queue, since } of lags) this.lag.set({ queue }, ageOf(since));
    this.read.set(1);
  }
}
