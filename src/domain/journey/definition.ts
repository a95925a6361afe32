/**
 * A campaign as a marketer writes it, and the launched form in which every reference is pinned. Shapes only; what must fit
 * together is in validate.ts.
 */
import { z } from 'zod';
import { CHANNELS, channelSchema, purposeSchema, type Channel, type Purpose } from '../base/channels.js';
import { keySchema, nodeIdSchema } from '../base/keys.js';
import { clockSchema } from '../base/local-window.js';
import { spanSchema, zoneSchema } from '../base/time.js';
import { payoutApprovalSchema } from '../ledger/payout-approval.js';
import type { PackTerms } from '../eligibility/policy-pack.js';
import { ruleSchema, type RuleGroup } from '../segment/rule.js';
import { eventName, nodeSchema } from './nodes.js';
import { startSchema } from '../trigger/start.js';
import { reviewSchema } from './review.js';

export { CHANNELS, channelSchema, purposeSchema, type Channel, type Purpose };
export type { BranchNode, JourneyNode, RepeatNode, RewardNode, SendNode, SplitNode, WaitNode } from './nodes.js';

export const journeySchema = z
  .strictObject({ start: nodeIdSchema, nodes: z.record(nodeIdSchema, nodeSchema) })
  .refine((journey) => Object.keys(journey.nodes).length <= 300, { path: ['nodes'], message: 'has at most 300 nodes' })
  .meta({ id: 'Journey' });
export type Journey = z.infer<typeof journeySchema>;

export const quietHoursSchema = z.strictObject({ from: clockSchema, to: clockSchema }).meta({ id: 'QuietHours' });
export type QuietHours = z.infer<typeof quietHoursSchema>;

const LABELS_MAX = 5;
/** A sub-segment under the name that the report has it by. */
const labelSchema = z
  .strictObject({ name: z.string().trim().min(1).max(40), segment: keySchema })
  .meta({ id: 'SubSegmentLabel' });

/** 72 hours. */
export const LATE_DEFAULT = 'PT72H';

export const campaignSchema = z
  .strictObject({
    key: keySchema,
    name: z.string().min(1).max(200),
    purpose: purposeSchema,
    product: keySchema.optional(),
    /** Of advertising that names a product. */
    review: reviewSchema.optional(),
    segment: keySchema,
    /** Of these the first whose segment holds a customer at the freeze, or at their own entry, is theirs for good. */
    labels: z.array(labelSchema).max(LABELS_MAX).optional(),
    /** At its launch when left out. */
    start: startSchema.optional(),
    priority: z.int().min(0).max(1000).default(0),
    /** Local hours of the customer's zone without sends; advertising has 21:00–08:00 unless it says otherwise. */
    quietHours: quietHoursSchema.optional(),
    /** The marketer's own filter: whoever does not match when a send is decided does not get it. */
    filter: ruleSchema.optional(),
    /** What becomes of a payout whose customer has withdrawn before it is submitted. */
    payoutWhenWithdrawn: z.enum(['pay', 'hold', 'forfeit']).default('hold'),
    /** Which payouts somebody other than who launched it has to approve before they are submitted. */
    payoutApproval: payoutApprovalSchema.default('none'),
    /** So long after its window a response that arrives late still earns the wave's reward. */
    late: spanSchema.default(LATE_DEFAULT),
    zone: zoneSchema.default('Asia/Seoul'),
    /** What splits hash with the customer; the campaign's key by default. */
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

/** The rule with all segments inside it, which `uses` names as key@version; absent: none. */
export interface PinnedSegment {
  key: string;
  version: number;
  rule: RuleGroup;
  uses?: string[];
  /** The lake where it is asked; absent: Postgres. */
  source?: string;
}

export interface PinnedLabel extends PinnedSegment {
  name: string;
}

/** What a launched version holds: the campaign with everything it names, frozen. */
export interface LaunchedCampaign {
  campaign: Campaign;
  segment: PinnedSegment;
  /** In their order; there only where there are any. */
  labels?: PinnedLabel[];
  /** By branch on a segment; there only where there are any. */
  segments?: Record<string, PinnedSegment>;
  /** By send node. */
  templates: Record<string, PinnedTemplate>;
  /** By send node with further channels, in their order; there only where there are any. */
  fallbacks?: Record<string, PinnedTemplate[]>;
  /** The policy pack in force at the launch; absent: none. */
  pack?: PackTerms;
  /** SHA-256 of the terms of each lucky box that it draws from, hex; there only where there are any. */
  boxes?: Record<string, string>;
  /** By node: 0 before the first send, then 1, 2, … along the journey. */
  waves: Record<string, number>;
}
