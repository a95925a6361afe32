/**
 * The calls of the Segment HTTP spec as they arrive. What the spec lets be free-form is passed over.
 */
import { z } from 'zod';
import { instantSchema } from '../../domain/base/instant.js';
import { customerIdSchema } from '../../domain/base/keys.js';
import { reservedEvent, reservedMessageId } from '../../domain/base/reserved.js';

const object = z.record(z.string(), z.unknown());
const otherId = z.string().min(1).max(200);
const label = z.string().max(500).nullish();

export const messageIdSchema = z
  .string()
  .min(1)
  .max(200)
  .refine((id) => reservedMessageId(id) === null, {
    error: ({ input }) => `begins with ${reservedMessageId(String(input))}, which is ours`,
  })
  .describe('what events are deduplicated by');

export const eventNameSchema = z
  .string()
  .min(1)
  .max(100)
  .refine((name) => reservedEvent(name) === null, {
    error: ({ input }) => `begins with ${reservedEvent(String(input))}, which we alone tell`,
  });

const common = {
  messageId: messageIdSchema,
  userId: customerIdSchema.nullish(),
  anonymousId: otherId.nullish(),
  timestamp: instantSchema.nullish(),
  originalTimestamp: instantSchema.nullish().describe('in the place of timestamp, where there is none'),
  sentAt: instantSchema.nullish(),
};
const traits = { traits: object.nullish(), context: z.looseObject({ traits: object.nullish() }).nullish() };
const named = { name: label, category: label, properties: object.nullish() };

const SHAPES = {
  identify: { ...common, ...traits },
  track: { ...common, event: eventNameSchema, properties: object.nullish() },
  page: { ...common, ...named },
  screen: { ...common, ...named },
  group: { ...common, ...traits, groupId: otherId },
  alias: {
    ...common,
    userId: customerIdSchema,
    previousId: otherId.describe('an anonymous id that is the customer’s'),
  },
} as const;
type Type = keyof typeof SHAPES;

const SOMEBODY = {
  path: ['userId'],
  error: 'is missing, and so is anonymousId: an event is somebody’s',
};
const isSomebodys = (call: { userId?: unknown; anonymousId?: unknown }) =>
  typeof call.userId === 'string' || typeof call.anonymousId === 'string';

const item = <T extends Type>(type: T) =>
  z.looseObject({ ...SHAPES[type], type: z.literal(type) }).refine(isSomebodys, SOMEBODY);

/** On an endpoint of its own a call may leave out its type. */
const single = <T extends Type>(type: T, id: string) =>
  z
    .looseObject({
      ...SHAPES[type],
      type: z.literal(type, { error: `is not accepted here: only ${type} is` }).optional(),
    })
    .refine(isSomebodys, SOMEBODY)
    .meta({ id });

export const identifySchema = single('identify', 'Identify');
export const trackSchema = single('track', 'Track');
export const pageSchema = single('page', 'Page');
export const screenSchema = single('screen', 'Screen');
export const groupSchema = single('group', 'Group');
export const aliasSchema = single('alias', 'Alias');

const itemSchema = z.discriminatedUnion(
  'type',
  [item('identify'), item('track'), item('page'), item('screen'), item('group'), item('alias')],
  { error: `is one of ${Object.keys(SHAPES).join(', ')}` },
);
export type Item = z.infer<typeof itemSchema>;

export const batchSchema = z
  .looseObject({ batch: z.array(itemSchema).min(1).max(2_500), sentAt: instantSchema.nullish() })
  .meta({ id: 'Batch' });

export const successSchema = z.object({ success: z.literal(true) }).meta({ id: 'EventsStored' });
