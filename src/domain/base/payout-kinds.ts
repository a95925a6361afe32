/**
 * What a payout pays.
 */
import { z } from 'zod';

export const payoutKindSchema = z.enum(['cashback', 'coupon', 'point']);
export type PayoutKind = z.infer<typeof payoutKindSchema>;
