/**
 * Lets events of anonymous ids join the customers behind them as soon as these are known; what this process does not come to, the sweep does.
 */
import { Inject, Injectable, Logger } from '@nestjs/common';
import { ANONYMOUS_EVENTS, CLOCK, NUDGER, type AnonymousEvents, type Clock, type Nudger } from '../ports.js';

@Injectable()
export class AnonymousJoiner {
  private readonly logger = new Logger('api');
  private wanted = false;
  private working = false;

  constructor(
    @Inject(ANONYMOUS_EVENTS) private readonly anonymous: AnonymousEvents,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(NUDGER) private readonly nudger: Nudger,
  ) {}

  /** Somebody was identified whose events wait. Returns at once. */
  want(): void {
    this.wanted = true;
    if (this.working) return;
    this.working = true;
    this.work()
      .catch((error: unknown) => {
        this.logger.warn(
          { name: error instanceof Error ? error.name : 'unknown' },
          'anonymous events wait for the sweep',
        );
      })
      .finally(() => {
        this.working = false;
        if (this.wanted) this.want(); // asked for in between
      });
  }

  private async work(): Promise<void> {
    while (this.wanted) {
      this.wanted = false;
      const { joined, lanes, payouts } = await this.anonymous.join(this.clock.now());
      if (joined > 0) this.wanted = true; // there may be more
      if (lanes.length > 0) this.nudger.nudgeLanes(lanes);
      for (const { name, shard } of payouts) this.nudger.nudgePayout(name, shard);
    }
  }
}
