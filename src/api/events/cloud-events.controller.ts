/**
 * CloudEvents 1.0 over HTTP in their three modes: structured, batched, and binary with the attributes as headers. 200 only after the durable
 * commit; a bad event stores nothing of its request.
 */
import { Controller, Inject, Post, Req } from '@nestjs/common';
import { ApiBody, ApiConsumes } from '@nestjs/swagger';
import type { Request } from 'express';
import { EVENT_BYTES_MAX } from '../http/body.js';
import { Endpoint, roles } from '../http/endpoint.js';
import { CLOUD_EVENTS_PATH } from '../http/event-paths.js';
import { Problem, type FieldFault } from '../http/problem.js';
import { parseBody } from '../http/validation.pipe.js';
import { CLOCK, type Clock } from '../ports.js';
import { cloudEventSchema, cloudEventsSchema, toldCloudEvent, type CloudEvent } from './cloud-events.dto.js';
import { EventQueue } from './event-queue.js';
import { successSchema } from './segment-calls.dto.js';

const STRUCTURED = 'application/cloudevents+json';
const BATCHED = 'application/cloudevents-batch+json';

@Controller(CLOUD_EVENTS_PATH)
export class CloudEventsController {
  constructor(
    private readonly queue: EventQueue,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Post()
  @ApiConsumes(STRUCTURED, BATCHED, 'application/json')
  @ApiBody({ required: false, schema: {} })
  @Endpoint({
    summary: 'Events as CloudEvents 1.0: structured, batched or binary',
    description:
      'type is the name, subject the customer, data the properties; source and id together are what events are deduplicated by. At most 32 KB an event and 500 KB a batch.',
    access: roles('source', 'app', 'admin'),
    answer: successSchema,
    problems: ['invalid'],
  })
  async tell(@Req() request: Request) {
    const received = this.clock.now();
    const events = eventsOf(request);
    refuseLarge(events, Boolean(request.is(BATCHED)));
    if (events.length > 0) await this.queue.append(events.map((event) => toldCloudEvent(event, received)));
    return { success: true } as const;
  }
}

function eventsOf(request: Request): CloudEvent[] {
  const body: unknown = request.body;
  if (request.is(BATCHED)) return parseBody(cloudEventsSchema, body ?? null);
  if (request.is(STRUCTURED)) return [parseBody(cloudEventSchema, body)];
  return [parseBinary(attributesOf(request), body)];
}

/** The `ce-` headers, percent-decoded as the binding has them. */
function attributesOf(request: Request): Record<string, string> {
  const faults: FieldFault[] = [];
  const attributes = Object.entries(request.headers).flatMap(([name, value]): [string, string][] => {
    if (!name.startsWith('ce-') || typeof value !== 'string') return [];
    try {
      return [[name.slice('ce-'.length), decodeURIComponent(value)]];
    } catch {
      faults.push({ parameter: name, detail: 'is not percent-encoded UTF-8' });
      return [];
    }
  });
  if (faults.length > 0) throw new Problem('invalid', undefined, { errors: faults });
  return Object.fromEntries(attributes);
}

/** The faults of attributes name their headers, those of the data are in the body. */
function parseBinary(attributes: Record<string, string>, data: unknown): CloudEvent {
  try {
    return parseBody(cloudEventSchema, { ...attributes, ...(data === undefined ? {} : { data }) });
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    const { errors = [] } = error.getResponse() as { errors?: FieldFault[] };
    throw new Problem('invalid', undefined, { errors: errors.map(atHeader) });
  }
}

function atHeader({ pointer = '', detail }: FieldFault): FieldFault {
  const [, first = '', ...rest] = pointer.split('/');
  if (first !== 'data') return { parameter: `ce-${first}`, detail };
  return { pointer: rest.map((part) => `/${part}`).join(''), detail };
}

function refuseLarge(events: readonly CloudEvent[], batched: boolean): void {
  const errors = events.flatMap((event, index) =>
    Buffer.byteLength(JSON.stringify(event)) > EVENT_BYTES_MAX
      ? [{ pointer: batched ? `/${index}` : '', detail: 'is larger than 32 KB' }]
      : [],
  );
  if (errors.length > 0) throw new Problem('too_large', undefined, { errors });
}
