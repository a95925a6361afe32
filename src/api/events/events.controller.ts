/**
 * The Segment HTTP spec: 200 `{success: true}` only after the durable commit; a bad event stores nothing of its request.
 */
import { applyDecorators, Body, Controller, Inject, Post } from '@nestjs/common';
import { ApiConsumes } from '@nestjs/swagger';
import type { z } from 'zod';
import type { Config } from '../../config.js';
import { EVENT_BYTES_MAX, EVENT_TYPES } from '../http/body.js';
import { Endpoint, roles } from '../http/endpoint.js';
import { pathsOf, type Call } from '../http/event-paths.js';
import { Problem } from '../http/problem.js';
import { CLOCK, CONFIG, type Clock } from '../ports.js';
import { EventQueue } from './event-queue.js';
import * as calls from './segment-calls.dto.js';
import { toldEvent } from './told-event.js';

const SUCCESS = { success: true } as const;
const KEY = 'The key goes in Authorization: Bearer, as the user name of Basic, or as body writeKey.';

const Told = (call: Call, summary: string, description: string) =>
  applyDecorators(
    Post(pathsOf(call)),
    ApiConsumes(...EVENT_TYPES),
    Endpoint({
      summary: `${summary} (Segment HTTP spec)`,
      description: `${description} ${KEY}`,
      access: roles('source', 'app', 'admin'),
      answer: calls.successSchema,
      problems: ['invalid'],
    }),
  );

@Controller()
export class EventsController {
  constructor(
    private readonly queue: EventQueue,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  @Told('track', 'Something that a customer or an anonymous visitor did', 'An event of that name.')
  async track(@Body({ schema: calls.trackSchema }) body: z.infer<typeof calls.trackSchema>) {
    return await this.tell([{ ...body, type: 'track' }]);
  }

  @Told(
    'identify',
    'Who somebody is',
    'An event `identify`. The anonymous id is the customer’s from now on; traits that the installation takes become attributes.',
  )
  async identify(@Body({ schema: calls.identifySchema }) body: z.infer<typeof calls.identifySchema>) {
    return await this.tell([{ ...body, type: 'identify' }]);
  }

  @Told('page', 'A page that somebody saw', 'An event `page`, its name and category among its properties.')
  async page(@Body({ schema: calls.pageSchema }) body: z.infer<typeof calls.pageSchema>) {
    return await this.tell([{ ...body, type: 'page' }]);
  }

  @Told('screen', 'A screen that somebody saw', 'An event `screen`, its name and category among its properties.')
  async screen(@Body({ schema: calls.screenSchema }) body: z.infer<typeof calls.screenSchema>) {
    return await this.tell([{ ...body, type: 'screen' }]);
  }

  @Told('group', 'That somebody belongs to a group', 'An event `group` with the group’s id and traits as properties.')
  async group(@Body({ schema: calls.groupSchema }) body: z.infer<typeof calls.groupSchema>) {
    return await this.tell([{ ...body, type: 'group' }]);
  }

  @Told('alias', 'That an anonymous id is a customer’s', 'An event `alias`; events of the id become the customer’s.')
  async alias(@Body({ schema: calls.aliasSchema }) body: z.infer<typeof calls.aliasSchema>) {
    return await this.tell([{ ...body, type: 'alias' }]);
  }

  @Told('batch', 'Calls of any kind together', 'At most 500 KB, and 32 KB each; all are stored or none.')
  async batch(@Body({ schema: calls.batchSchema }) body: z.infer<typeof calls.batchSchema>) {
    const errors = body.batch.flatMap((item, index) =>
      Buffer.byteLength(JSON.stringify(item)) > EVENT_BYTES_MAX
        ? [{ pointer: `/batch/${index}`, detail: 'is larger than 32 KB' }]
        : [],
    );
    if (errors.length > 0) throw new Problem('too_large', undefined, { errors });
    return await this.tell(body.batch, body.sentAt);
  }

  private async tell(items: readonly calls.Item[], sentAt?: string | null) {
    const arrival = { received: this.clock.now(), sentAt, traits: this.config.identifyTraits };
    await this.queue.append(items.map((item) => toldEvent(item, arrival)));
    return SUCCESS;
  }
}
