/**
 * A campaign as a marketer writes it, and the launched form in which every reference is pinned. Shapes only; what must fit
 * together is in validate.ts.
 */
import { z } from 'zod';
import { CHANNELS, channelSchema, purposeSchema, type Channel, type Purpose } from '../base/channels.js';
import { keySchema, nodeIdSchema } from '../base/keys.js';
import { moneySchema } from '../base/money.js';
import { spanSchema, zoneSchema } from '../base/time.js';
import { claimScopeSchema } from '../ledger/claims.js';
import { ruleSchema } from '../segment/rule.js';

export { CHANNELS, channelSchema, purposeSchema, type Channel, type Purpose };

const eventName = z.string().min(1).max(100);
const gatewayName = z.string().regex(/^[a-z0-9][a-z0-9-]{0,39}$/);
const clock = z.string().regex(/^([01][0-9]|2[0-3]):[0-5][0-9]$/, 'is a local time such as 21:00');

export const sendNodeSchema = z.strictObject({
  type: z.literal('send'),
  template: keySchema,
  channel: channelSchema,
  /** A configured gateway, or `capture`: nothing leaves. */
  gateway: gatewayName.default('capture'),
  /** After this span from the decision the message must not go out any more. */
  notAfter: spanSchema.default('PT6H'),
  /** When it does not send: go on without contact, end here, or (quiet hours only) wait until they are over. */
  onSkip: z.enum(['continue', 'exit', 'defer']).default('continue'),
  next: nodeIdSchema,
});
export const waitNodeSchema = z.strictObject({
  type: z.literal('wait'),
  /** With a customer's response: the window [t0, t0 + span) of the wave before it. Without, or with a payout's: from entering the node. */
  span: spanSchema,
  /** An event of the customer, or `payout.paid | payout.rejected | payout.held` of the reward `of`: by default the nearest one before. */
  response: z.strictObject({ event: eventName, where: ruleSchema.optional(), of: nodeIdSchema.optional() }).optional(),
  next: nodeIdSchema,
});
export const branchNodeSchema = z.strictObject({
  type: z.literal('branch'),
  on: z.union([z.strictObject({ responded: nodeIdSchema }), z.strictObject({ rule: ruleSchema })]),
  yes: nodeIdSchema,
  no: nodeIdSchema,
});
export const rewardNodeSchema = z.strictObject({
  type: z.literal('reward'),
  kind: z.enum(['cashback', 'coupon', 'point']),
  amount: moneySchema,
  budget: keySchema,
  provider: gatewayName,
  /** At most one reward per: run, campaign, response (the event that answered), or customer and period. */
  claimScope: claimScopeSchema.default('run'),
  memo: z.string().max(100).default(''),
  next: nodeIdSchema,
});
export const exitNodeSchema = z.strictObject({
  type: z.literal('exit'),
  reason: z
    .string()
    .regex(/^[a-z0-9_]{1,40}$/)
    .default('completed'),
});

export const nodeSchema = z
  .discriminatedUnion('type', [sendNodeSchema, waitNodeSchema, branchNodeSchema, rewardNodeSchema, exitNodeSchema])
  .meta({ id: 'JourneyNode' });
export type SendNode = z.infer<typeof sendNodeSchema>;
export type WaitNode = z.infer<typeof waitNodeSchema>;
export type BranchNode = z.infer<typeof branchNodeSchema>;
export type RewardNode = z.infer<typeof rewardNodeSchema>;
export type JourneyNode = z.infer<typeof nodeSchema>;

export const journeySchema = z
  .strictObject({ start: nodeIdSchema, nodes: z.record(nodeIdSchema, nodeSchema) })
  .refine((journey) => Object.keys(journey.nodes).length <= 300, { path: ['nodes'], message: 'has at most 300 nodes' })
  .meta({ id: 'Journey' });
export type Journey = z.infer<typeof journeySchema>;

export const quietHoursSchema = z.strictObject({ from: clock, to: clock }).meta({ id: 'QuietHours' });
export type QuietHours = z.infer<typeof quietHoursSchema>;

/** 72 hours. */
export const LATE_DEFAULT = 'PT72H';

export const campaignSchema = z
  .strictObject({
    key: keySchema,
    name: z.string().min(1).max(200),
    purpose: purposeSchema,
    product: keySchema.optional(),
    segment: keySchema,
    priority: z.int().min(0).max(1000).default(0),
    /** Local hours of the customer's zone without sends; advertising has 21:00–08:00 unless it says otherwise. */
    quietHours: quietHoursSchema.optional(),
    /** What becomes of a payout whose customer has withdrawn before it is submitted. */
    payoutWhenWithdrawn: z.enum(['pay', 'hold', 'forfeit']).default('hold'),
    /** So long after its window a response that arrives late still earns the wave's reward. */
    late: spanSchema.default(LATE_DEFAULT),
    zone: zoneSchema.default('Asia/Seoul'),
    experiment: keySchema.optional(),
    goal: z.strictObject({ event: eventName, window: spanSchema }).optional(),
    kpiTarget: z.string().max(200).optional(),
    hypothesis: z.string().max(2000).optional(),
    journey: journeySchema,
  })
  .meta({ id: 'Campaign' });
export type Campaign = z.infer<typeof campaignSchema>;

/** A template version as pinned at launch. */
export interface PinnedTemplate {
  key: string;
  version: number;
  channel: Channel;
  title: string | null;
  body: string;
}

/** What a launched version holds: the campaign with everything it names, frozen. */
export interface LaunchedCampaign {
  campaign: Campaign;
  /** The rule with all segments inside it, which `uses` names as key@version. */
  segment: { key: string; version: number; rule: z.infer<typeof ruleSchema>; uses?: string[] };
  /** By send node. */
  templates: Record<string, PinnedTemplate>;
  /** By node: 0 before the first send, then 1, 2, … along the journey. */
  waves: Record<string, number>;
}
