/**
 * How far behind each queue is: since when the oldest of its messages or payouts waits that may go out. The same as `pado_queue_lag_seconds`.
 */
import { Controller, Get, Inject } from '@nestjs/common';
import { z } from 'zod';
import type { Config } from '../../config.js';
import { configuredLimits } from '../../domain/base/rates.js';
import { AttentionItemsStore } from '../../storage/attention-items.store.js';
import { ProvidersClosed } from '../attention/providers-closed.js';
import { Endpoint, roles } from '../http/endpoint.js';
import { CLOCK, CONFIG, type Clock } from '../ports.js';

const time = z.iso.datetime();
const queueListSchema = z
  .object({
    now: time.describe('business time of the answer'),
    items: z.array(
      z.object({
        queue: z.string().describe('gateway/<name> or provider/<name>'),
        since: time.nullable().describe('when the oldest that waits could have gone out; null: nothing waits'),
        lagSeconds: z.number().describe('how long that is ago; 0 where nothing waits'),
        closed: z.boolean().describe('a provider outside of its hours: what waits for their opening is not late'),
      }),
    ),
  })
  .meta({ id: 'Queues' });

@Controller('v1/queues')
export class QueuesController {
  private readonly systems: readonly string[];

  constructor(
    private readonly items: AttentionItemsStore,
    private readonly closed: ProvidersClosed,
    @Inject(CONFIG) config: Config,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.systems = [...configuredLimits(config).keys()];
  }

  @Get()
  @Endpoint({
    summary: 'Every queue of a gateway or provider, and for how long the oldest of it has been waiting that may go out',
    access: roles('marketer', 'finance', 'operator', 'admin'),
    answer: queueListSchema,
  })
  async list() {
    const now = this.clock.now();
    const closed = this.closed.at(now);
    const waiting = new Map((await this.items.lags({ now, closed })).map(({ queue, since }) => [queue, since]));
    // what waits for a system that is configured no more has a queue, too
    const queues = [...new Set([...this.systems, ...waiting.keys()])];
    return {
      now: new Date(now).toISOString(),
      items: queues.map((queue) => {
        const since = waiting.get(queue);
        return {
          queue,
          since: since === undefined ? null : new Date(since).toISOString(),
          lagSeconds: since === undefined ? 0 : Math.max(0, (now - since) / 1_000),
          closed: closed.some((name) => queue === `provider/${name}`),
        };
      }),
    };
  }
}
