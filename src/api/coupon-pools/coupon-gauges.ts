/**
 * What pools of coupons have left, as metrics: counted when they are asked for, and not more often than now and then. A pool is a definition, so
 * its key may be a label.
 */
import { Inject, Injectable } from '@nestjs/common';
import { Gauge } from 'prom-client';
import { CouponPoolsStore } from '../../storage/coupon-pools.store.js';
import { Metrics } from '../http/metrics.js';
import { CLOCK, type Clock } from '../ports.js';
import { presentPool } from './coupon-pools.dto.js';

/** Everybody may ask for metrics, and counting costs. */
const COUNTED_EVERY_MS = 15_000;
/** Of more there are no metrics. */
const POOLS_MAX = 200;

@Injectable()
export class CouponGauges {
  private readonly codes: Gauge<'pool' | 'state'>;
  private readonly need: Gauge<'pool'>;
  private readonly runningOut: Gauge<'pool'>;
  private countedAt = Number.NEGATIVE_INFINITY;
  private counted = Promise.resolve();

  constructor(
    metrics: Metrics,
    private readonly pools: CouponPoolsStore,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    const shared = { registers: [metrics.registry], collect: () => this.inTime() };
    this.codes = new Gauge({
      ...shared,
      name: 'pado_coupon_codes',
      help: 'Codes of a pool: given, ended (nobody’s and no longer valid) or left',
      labelNames: ['pool', 'state'],
    });
    this.need = new Gauge({
      ...shared,
      name: 'pado_coupon_need',
      help: 'Codes that campaigns may still ask for, at most',
      labelNames: ['pool'],
    });
    this.runningOut = new Gauge({
      ...shared,
      name: 'pado_coupon_pool_running_out',
      help: '1: empty, below its threshold, or below what may be needed',
      labelNames: ['pool'],
    });
  }

  /** All gauges of one answer wait for one count. */
  private inTime(): Promise<void> {
    if (performance.now() - this.countedAt >= COUNTED_EVERY_MS) {
      this.countedAt = performance.now();
      this.counted = this.count();
    }
    return this.counted;
  }

  /** Without an answer of the database the gauges stay; whether it answers, readiness tells. */
  private async count(): Promise<void> {
    const pools = await this.pools.list('', POOLS_MAX, this.clock.now()).catch(() => []);
    for (const pool of pools.slice(0, POOLS_MAX).map(presentPool)) {
      for (const state of ['given', 'ended', 'left'] as const) this.codes.set({ pool: pool.key, state }, pool[state]);
      this.need.set({ pool: pool.key }, pool.need);
      this.runningOut.set({ pool: pool.key }, pool.runningOut === null ? 0 : 1);
    }
  }
}
