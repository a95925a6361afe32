/**
 * What a payout pays, and what a reward may be: a payout of one kind, or a draw from a lucky box whose prize says the kind.
 */
import { z } from 'zod';

export const payoutKindSchema = z.enum(['cashback', 'coupon', 'point']);
export type PayoutKind = z.infer<typeof payoutKindSchema>;

export const LUCKY_BOX = 'lucky_box';

export const rewardKindSchema = z.enum([...payoutKindSchema.options, LUCKY_BOX]);
export type RewardKind = z.infer<typeof rewardKindSchema>;
