/**
 * Events in, by the Segment HTTP spec: `track` single or in a batch. What the spec lets be free-form is passed over.
 */
import { z } from 'zod';
import { customerIdSchema } from '../../domain/base/keys.js';
import { reservedEvent, reservedMessageId } from '../../domain/base/reserved.js';
import { occurredAt } from '../../domain/response/skew.js';
import type { NewEvent } from '../../storage/events.store.js';

const instant = z.iso.datetime({ offset: true, error: 'is an RFC 3339 time with its offset' });

const track = z.looseObject({
  userId: customerIdSchema,
  event: z
    .string()
    .min(1)
    .max(100)
    .refine((name) => reservedEvent(name) === null, {
      error: ({ input }) => `begins with ${reservedEvent(String(input))}, which we alone tell`,
    }),
  messageId: z
    .string()
    .min(1)
    .max(200)
    .refine((id) => reservedMessageId(id) === null, {
      error: ({ input }) => `begins with ${reservedMessageId(String(input))}, which is ours`,
    })
    .describe('what events are deduplicated by'),
  properties: z.record(z.string(), z.unknown()).default({}),
  timestamp: instant.optional(),
  sentAt: instant.optional(),
});
type Track = z.infer<typeof track>;

export const trackSchema = track
  .extend({ type: z.literal('track', { error: 'is not accepted here: only track is' }).optional() })
  .meta({ id: 'Track' });

export const batchSchema = z
  .looseObject({
    batch: z
      .array(track.extend({ type: z.literal('track', { error: 'is not accepted: only track is' }) }))
      .min(1)
      .max(2_500),
    sentAt: instant.optional(),
  })
  .meta({ id: 'TrackBatch' });

export const successSchema = z.object({ success: z.literal(true) }).meta({ id: 'EventsStored' });

const epochMs = (text: string | undefined) => (text === undefined ? null : Date.parse(text));

/** `received`: business now at the edge. A batch's `sentAt` counts where the event has none. */
export function toNewEvent(track: Track, received: number, batchSentAt?: string): NewEvent {
  const times = { timestamp: epochMs(track.timestamp), sentAt: epochMs(track.sentAt ?? batchSentAt) };
  return {
    messageId: track.messageId,
    customerId: track.userId,
    name: track.event,
    occurredAt: occurredAt(times, received),
    receivedAt: received,
    properties: track.properties,
  };
}
