/**
 * CloudEvents 1.0 in JSON: `type` is the event's name, `subject` the customer, `source` and `id` together what events are deduplicated by.
 */
import { z } from 'zod';
import { instantSchema } from '../../domain/base/instant.js';
import { customerIdSchema } from '../../domain/base/keys.js';
import { reservedMessageId } from '../../domain/base/reserved.js';
import { occurredAt } from '../../domain/response/skew.js';
import type { ToldEvent } from '../../storage/ingestion.store.js';
import { eventNameSchema } from './segment-calls.dto.js';

const IDENTITY_MAX = 200;
const JSON_TYPE = /^application\/(json|[a-z0-9.+-]+\+json)\s*(;|$)/i;

/** A source has no space, so no two pairs have one text. */
const messageIdOf = ({ source, id }: { source: string; id: string }) => `${source} ${id}`;

export const cloudEventSchema = z
  .looseObject({
    specversion: z.literal('1.0', { error: 'is 1.0' }),
    id: z.string().min(1),
    source: z.string().regex(/^\S+$/, 'is a URI reference, without white space'),
    type: eventNameSchema,
    subject: customerIdSchema.describe('the customer'),
    time: instantSchema.nullish(),
    datacontenttype: z.string().regex(JSON_TYPE, 'is a type of JSON').nullish(),
    data: z.record(z.string(), z.unknown(), { error: 'is an object' }).nullish().describe('the event’s properties'),
    data_base64: z.undefined({ error: 'is not taken: data is an object' }).optional(),
  })
  .refine((event) => messageIdOf(event).length <= IDENTITY_MAX, {
    path: ['id'],
    error: `is together with source longer than ${IDENTITY_MAX - 1}`,
  })
  .refine((event) => reservedMessageId(messageIdOf(event)) === null, { path: ['source'], error: 'is ours' })
  .meta({ id: 'CloudEvent' });
export type CloudEvent = z.infer<typeof cloudEventSchema>;

export const cloudEventsSchema = z.array(cloudEventSchema).max(2_500).meta({ id: 'CloudEvents' });

/** `received`: business now at the edge. A time without a second clock beside it is believed. */
export function toldCloudEvent(event: CloudEvent, received: number): ToldEvent {
  const timestamp = typeof event.time === 'string' ? Date.parse(event.time) : null;
  return {
    messageId: messageIdOf(event),
    customerId: event.subject,
    anonymousId: null,
    name: event.type,
    occurredAt: occurredAt({ timestamp, sentAt: null }, received),
    receivedAt: received,
    properties: event.data ?? {},
    identifies: null,
    traits: null,
  };
}
