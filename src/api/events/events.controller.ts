/**
 * The Segment HTTP spec: 200 `{success: true}` only after the durable commit; a bad event stores nothing of its request.
 */
import { Body, Controller, Inject, Post } from '@nestjs/common';
import type { z } from 'zod';
import { Endpoint, roles } from '../http/endpoint.js';
import { Problem } from '../http/problem.js';
import { CLOCK, type Clock } from '../ports.js';
import { EventQueue } from './event-queue.js';
import { batchSchema, successSchema, toNewEvent, trackSchema } from './events.dto.js';

export const EVENT_BYTES_MAX = 32 * 1024;
const SUCCESS = { success: true } as const;

@Controller()
export class EventsController {
  constructor(
    private readonly queue: EventQueue,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Post(['v1/track', 'v1/t', 'track'])
  @Endpoint({
    summary: 'One event of a customer, deduplicated by messageId (Segment HTTP spec)',
    description: 'The key goes in Authorization: Bearer, as the user name of Basic, or as body writeKey.',
    access: roles('source', 'admin'),
    answer: successSchema,
    problems: ['invalid', 'too_large'],
  })
  async track(@Body({ schema: trackSchema }) body: z.infer<typeof trackSchema>) {
    await this.queue.append([toNewEvent(body, this.clock.now())]);
    return SUCCESS;
  }

  @Post(['v1/batch', 'v1/b', 'batch'])
  @Endpoint({
    summary: 'Events of customers, at most 500 KB and 32 KB each (Segment HTTP spec)',
    access: roles('source', 'admin'),
    answer: successSchema,
    problems: ['invalid', 'too_large'],
  })
  async batch(@Body({ schema: batchSchema }) body: z.infer<typeof batchSchema>) {
    const errors = body.batch.flatMap((item, index) =>
      Buffer.byteLength(JSON.stringify(item)) > EVENT_BYTES_MAX
        ? [{ pointer: `/batch/${index}`, detail: 'is larger than 32 KB' }]
        : [],
    );
    if (errors.length > 0) throw new Problem('too_large', undefined, { errors });
    const received = this.clock.now();
    await this.queue.append(body.batch.map((item) => toNewEvent(item, received, body.sentAt)));
    return SUCCESS;
  }
}
