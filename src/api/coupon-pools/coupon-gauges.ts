/**
 * What pools of coupons have left, as metrics: counted when they are asked for. A pool is a definition, so its key may be a label.
 */
import { Inject, Injectable } from '@nestjs/common';
import { Gauge } from 'prom-client';
import { CouponPoolsStore } from '../../storage/coupon-pools.store.js';
import { Metrics } from '../http/metrics.js';
import { CLOCK, type Clock } from '../ports.js';
import { presentPool } from './coupon-pools.dto.js';

/** Of more there are no metrics. */
const POOLS_MAX = 200;

@Injectable()
export class CouponGauges {
  constructor(
    metrics: Metrics,
    private readonly pools: CouponPoolsStore,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    const registers = [metrics.registry];
    const need = new Gauge({
      name: 'pado_coupon_need',
      help: 'Codes that campaigns may still ask for, at most',
      labelNames: ['pool'] as const,
      registers,
    });
    const running = new Gauge({
      name: 'pado_coupon_pool_running_out',
      help: '1: empty, below its threshold, or below what may be needed',
      labelNames: ['pool'] as const,
      registers,
    });
    const codes: Gauge<'pool' | 'state'> = new Gauge({
      name: 'pado_coupon_codes',
      help: 'Codes of a pool: given, ended (nobody’s and no longer valid) or left',
      labelNames: ['pool', 'state'] as const,
      registers,
      collect: async () => {
        for (const pool of await this.read()) {
          for (const state of ['given', 'ended', 'left'] as const) codes.set({ pool: pool.key, state }, pool[state]);
          need.set({ pool: pool.key }, pool.need);
          running.set({ pool: pool.key }, pool.runningOut === null ? 0 : 1);
        }
      },
    });
  }

  /** Without an answer of the database the gauges stay; whether it answers, readiness tells. */
  private async read() {
    const pools = await this.pools.list('', POOLS_MAX, this.clock.now()).catch(() => []);
    return pools.slice(0, POOLS_MAX).map(presentPool);
  }
}
