/**
 * Which providers take no payouts just now, by the hours they are configured with: what waits for their opening is not late.
 */
import { Inject, Injectable } from '@nestjs/common';
import type { Config } from '../../config.js';
import { opensInMs, prepareHours } from '../../domain/ledger/business-hours.js';
import { CONFIG } from '../ports.js';

/** Who has just opened is being woken. */
const LATELY_MS = 60_000;

@Injectable()
export class ProvidersClosed {
  private readonly hours;

  constructor(@Inject(CONFIG) { providers }: Config) {
    this.hours = providers.map(({ name, hours, zone }) => ({ name, hours: hours && prepareHours(hours, zone) }));
  }

  /** At a business time, or within the minute before; epoch ms. */
  at(now: number): string[] {
    const closed = this.hours.filter(({ hours }) => [now, now - LATELY_MS].some((time) => opensInMs(hours, time) > 0));
    return closed.map(({ name }) => name);
  }
}
