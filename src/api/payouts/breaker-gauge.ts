/**
 * Which providers are left alone because they do not answer, as a metric: read when it is asked for. Providers are configured, so a name may be a
 * label.
 */
import { Injectable } from '@nestjs/common';
import { Gauge } from 'prom-client';
import { PayoutsReadStore } from '../../storage/payouts-read.store.js';
import { Metrics } from '../http/metrics.js';

@Injectable()
export class BreakerGauge {
  private readonly open: Gauge<'provider'>;

  constructor(
    metrics: Metrics,
    private readonly payouts: PayoutsReadStore,
  ) {
    this.open = new Gauge({
      registers: [metrics.registry],
      collect: () => this.read(),
      name: 'pado_provider_breaker_open',
      help: '1: nothing is submitted to this provider, because it does not answer; providers that have always answered are not listed',
      labelNames: ['provider'],
    });
  }

  /** Without an answer of the database it stays; whether that answers, readiness tells. */
  private async read(): Promise<void> {
    for (const { provider, open } of await this.payouts.breakers().catch(() => []))
      this.open.set({ provider }, open ? 1 : 0);
  }
}
