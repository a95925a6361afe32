/**
 * Temporal is told of a campaign's calendars after the commit. That is only an alarm: what it is not told now, the sweep tells it, and fires by
 * itself what is due.
 */
import { Inject, Injectable, Logger } from '@nestjs/common';
import { StartsStore } from '../../storage/starts.store.js';
import { START_ALARMS, type StartAlarms } from '../ports.js';

@Injectable()
export class CampaignStarts {
  private readonly logger = new Logger('campaigns');

  constructor(
    private readonly starts: StartsStore,
    @Inject(START_ALARMS) private readonly alarms: StartAlarms,
  ) {}

  async schedule(campaign: string): Promise<void> {
    const start = await this.starts.find(campaign);
    if (!start) return;
    if (!start.nextAt) return await this.remove(campaign);
    await this.bestEffort(async () => {
      await this.alarms.put(start);
      await this.starts.markScheduled(start);
    });
  }

  async remove(campaign: string): Promise<void> {
    await this.bestEffort(() => this.alarms.remove(campaign));
  }

  private async bestEffort(work: () => Promise<void>): Promise<void> {
    await work().catch((error: unknown) => {
      this.logger.warn(
        { name: error instanceof Error ? error.name : 'unknown' },
        'a schedule could not be changed yet',
      );
    });
  }
}
