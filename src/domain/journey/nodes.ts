/**
 * The kinds of nodes that a journey is made of, as a marketer writes them. Shapes only; what must fit together is in validate.ts.
 */
import { z } from 'zod';
import { channelSchema } from '../base/channels.js';
import { keySchema, nodeIdSchema } from '../base/keys.js';
import { localWindowSchema } from '../base/local-window.js';
import { LUCKY_BOX, rewardKindSchema } from '../base/payout-kinds.js';
import { spanSchema } from '../base/time.js';
import { EXCLUDED, HOLDOUT } from '../experiment/draw.js';
import { amountSchema } from '../ledger/amount.js';
import { claimScopeSchema } from '../ledger/claims.js';
import { ruleSchema } from '../segment/rule.js';

export const eventName = z.string().min(1).max(100);
export const gatewayName = z.string().regex(/^[a-z0-9][a-z0-9-]{0,39}$/);

const deferSchema = z
  .strictObject({
    defer: spanSchema.describe('so long after the first try it is tried again'),
    every: spanSchema.default('PT1H').describe('how often; where quiet hours stop it, when they are over'),
    otherwise: z.enum(['continue', 'exit']).default('continue').describe('when it could not be sent until then'),
  })
  .meta({ id: 'DeferSend' });

/** A configured gateway, or `capture`: nothing leaves. */
const carrier = { template: keySchema, channel: channelSchema, gateway: gatewayName.default('capture') };

export const CHOICES_MAX = 5;

const choiceSchema = z.strictObject(carrier).meta({ id: 'ChannelChoice' });

export const sendNodeSchema = z.strictObject({
  type: z.literal('send'),
  ...carrier,
  fallback: z
    .array(choiceSchema)
    .min(1)
    .max(CHOICES_MAX - 1)
    .optional()
    .describe(
      'further channels, in order: the first one that may carry the message to this customer does, and no other',
    ),
  preferred: z
    .string()
    .min(1)
    .max(64)
    .optional()
    .describe('an attribute of the customer; where its value is one of these channels, that one is tried first'),
  /** After this span from the decision the message must not go out any more. */
  notAfter: spanSchema.default('PT6H'),
  onSkip: z
    .union([z.enum(['continue', 'exit', 'defer']), deferSchema])
    .default('continue')
    .describe(
      'when it does not send (excluded, capped, quiet, failed): go on without contact, end here, wait until quiet hours are over (`defer`), or try again for a while',
    ),
  next: nodeIdSchema,
});

const responseSchema = z.strictObject({
  /** An event of the customer, or `payout.paid | payout.rejected | payout.held` of the reward `of`: by default the nearest one before. */
  event: eventName,
  where: ruleSchema.optional().describe('over the event’s properties'),
  of: nodeIdSchema.optional(),
});

/** Exactly one of three says when it is over. */
const WAIT_ENDS = ['span', 'until', 'window'] as const;

export const waitNodeSchema = z
  .strictObject({
    type: z.literal('wait'),
    span: spanSchema
      .optional()
      .describe(
        'with a customer’s response: the window [t0, t0 + span) of the wave before it; without, or with a payout’s: from entering the node',
      ),
    until: z.iso.datetime({ offset: true }).optional().describe('an instant; who comes later does not wait'),
    window: localWindowSchema.optional().describe('the next such hours; who comes within them does not wait'),
    response: responseSchema
      .optional()
      .describe('goes on as soon as it is received; `span` or `until` is its time-out'),
    next: nodeIdSchema,
  })
  .refine((node) => WAIT_ENDS.filter((end) => node[end] !== undefined).length === 1, {
    path: ['span'],
    message: 'says when it is over by exactly one of span, until and window',
  })
  .refine(({ window, response }) => !window || !response, {
    path: ['response'],
    message: 'needs span or until as its time-out',
  })
  .meta({ oneOf: WAIT_ENDS.map((end) => ({ required: [end] })) });

export const branchNodeSchema = z.strictObject({
  type: z.literal('branch'),
  on: z.union([
    z.strictObject({
      responded: nodeIdSchema.describe('a wait for a response, in this pass where both are repeated'),
      where: ruleSchema.optional().describe('over the properties of the event that answered'),
    }),
    z.strictObject({ rule: ruleSchema.describe('over the customer') }),
    z.strictObject({
      segment: keySchema.describe('its newest version at the launch, by the customer as they are then'),
    }),
    z.strictObject({
      event: eventName.describe('an event of the customer that has been received'),
      within: spanSchema.describe('that occurred so long before'),
      where: ruleSchema.optional().describe('over its properties'),
    }),
    z.strictObject({ arm: z.string().max(31), of: nodeIdSchema.describe('the split that draws it') }),
  ]),
  yes: nodeIdSchema,
  no: nodeIdSchema,
});

const weight = z.int().max(1_000_000);
const armSchema = z.strictObject({
  name: nodeIdSchema.refine((name) => name !== HOLDOUT && name !== EXCLUDED, 'is a name of its own meaning'),
  weight: weight.min(1),
  next: nodeIdSchema,
});

export const splitNodeSchema = z
  .strictObject({
    type: z.literal('split'),
    experiment: keySchema
      .optional()
      .describe('hashed with the customer (murmur3 x86_32 of `<experiment>:<customer>`); the campaign’s by default'),
    holdout: weight.min(0).default(0).describe('weight of those who get nothing and end here; before the arms'),
    arms: z.array(armSchema).min(1).max(20).describe('drawn by their weights, in this order'),
  })
  .refine(({ arms }) => new Set(arms.map(({ name }) => name)).size === arms.length, {
    path: ['arms'],
    message: 'have a name of their own each',
  });

/** Exactly one of two says who gives it. */
const REWARD_SOURCES = ['provider', 'pool'] as const;

export const rewardNodeSchema = z
  .strictObject({
    type: z.literal('reward'),
    kind: rewardKindSchema,
    amount: amountSchema,
    budget: keySchema,
    provider: gatewayName.optional(),
    pool: keySchema.optional().describe('of a coupon: its code is drawn from this pool of uploaded ones'),
    /** At most one reward per: run, campaign, response (the event that answered), or customer and period. */
    claimScope: claimScopeSchema.default('run'),
    memo: z.string().max(100).default(''),
    next: nodeIdSchema,
  })
  .refine((node) => REWARD_SOURCES.filter((source) => node[source] !== undefined).length === 1, {
    path: ['provider'],
    message: 'is needed, or for a coupon a pool, and not both',
  })
  .refine(({ kind, pool }) => pool === undefined || kind === 'coupon', {
    path: ['pool'],
    message: 'is for coupons',
  })
  .refine(({ kind, amount }) => (kind === LUCKY_BOX) === 'box' in amount, {
    path: ['amount'],
    message: 'names a lucky box where the kind is lucky_box, and only there',
  })
  .meta({ oneOf: REWARD_SOURCES.map((source) => ({ required: [source] })) });

export const REPEAT_MAX = 366;

export const repeatNodeSchema = z.strictObject({
  type: z.literal('repeat'),
  again: nodeIdSchema.describe(
    'where the next pass begins: a node on every way to this one; each pass is a visit of its own',
  ),
  times: z.int().min(1).max(REPEAT_MAX).describe('passes in all'),
  next: nodeIdSchema.describe('after the last one'),
});

export const linkNodeSchema = z.strictObject({
  type: z.literal('link'),
  campaign: keySchema.describe(
    'one that starts by link: its newest launched version, by its segment and entry policy; this journey ends here',
  ),
});

export const exitNodeSchema = z.strictObject({
  type: z.literal('exit'),
  reason: z
    .string()
    .regex(/^[a-z0-9_]{1,40}$/)
    .default('completed'),
});

export const nodeSchema = z
  .discriminatedUnion('type', [
    sendNodeSchema,
    waitNodeSchema,
    branchNodeSchema,
    splitNodeSchema,
    rewardNodeSchema,
    repeatNodeSchema,
    linkNodeSchema,
    exitNodeSchema,
  ])
  .meta({ id: 'JourneyNode' });
export type SendNode = z.infer<typeof sendNodeSchema>;
export type WaitNode = z.infer<typeof waitNodeSchema>;
export type BranchNode = z.infer<typeof branchNodeSchema>;
export type SplitNode = z.infer<typeof splitNodeSchema>;
export type RewardNode = z.infer<typeof rewardNodeSchema>;
export type RepeatNode = z.infer<typeof repeatNodeSchema>;
export type LinkNode = z.infer<typeof linkNodeSchema>;
export type JourneyNode = z.infer<typeof nodeSchema>;
