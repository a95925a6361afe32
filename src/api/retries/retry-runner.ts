/**
 * Carries out a retry that has begun, as far as a request waits for it; what is left then, or by whoever is killed, the sweep does.
 */
import { Inject, Injectable, Logger } from '@nestjs/common';
import { RetryWork } from '../../storage/retry-work.store.js';
import { CLOCK, NUDGER, type Clock, type Nudger } from '../ports.js';

const WORK_MS = 5_000;

@Injectable()
export class RetryRunner {
  private readonly logger = new Logger('retries');

  constructor(
    private readonly work: RetryWork,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(NUDGER) private readonly nudger: Nudger,
  ) {}

  /** Errors: none; what fails here is tried again by the sweep. */
  async run(no: number): Promise<void> {
    const deadline = performance.now() + WORK_MS;
    try {
      while (performance.now() < deadline) {
        const hints = await this.work.batch(this.clock.now(), no);
        if (!hints) return;
        const { runs = [], lanes = [], deliveries = [], payouts = [] } = hints;
        this.nudger.nudgeLanes(lanes);
        for (const { name, shard } of deliveries) this.nudger.nudgeDelivery(name, shard);
        for (const { name, shard } of payouts) this.nudger.nudgePayout(name, shard);
        for (const run of runs) await this.nudger.nudgeRun(run);
      }
    } catch (error) {
      this.logger.warn(
        { retry: no, name: error instanceof Error ? error.name : 'unknown' },
        'a retry is left to the sweep',
      );
    }
  }
}
