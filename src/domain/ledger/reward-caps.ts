/**
 * Caps on rewards: how many one customer may get within a window, or of how much, over all campaigns. What was rejected, cancelled or reversed
 * does not count: nobody has it.
 */
import { z } from 'zod';
import { keySchema } from '../base/keys.js';
import { windowFrom, type PolicyWindow } from '../contact-policy/window.js';
import type { EpochMs } from '../base/time.js';
import { payoutKindSchema, type RewardKind } from '../base/payout-kinds.js';

export const capScopeSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('all') }),
  z.strictObject({ kind: z.literal('kind'), value: payoutKindSchema }),
  z.strictObject({ kind: z.literal('budget'), value: keySchema }),
]);
export type CapScope = z.infer<typeof capScopeSchema>;

/** `max` of an amount: minor units; amounts of other currencies are nothing to it. */
export type CapLimit = { kind: 'count'; max: number } | { kind: 'amount'; max: number; currency: string };

export interface RewardCap {
  key: string;
  version: number;
  scope: CapScope;
  window: PolicyWindow;
  limit: CapLimit;
}

/** A reward as far as caps care. */
export interface CappedReward {
  kind: RewardKind;
  budget: string;
  amountMinor: number;
  currency: string;
}

/** States of a payout that give back what it took of a cap. */
export const GIVEN_BACK = ['rejected', 'cancelled', 'reversed'] as const;

/** What a reward takes of a cap: 0 where the cap has no say in it. */
export function takes({ scope, limit }: RewardCap, reward: CappedReward): number {
  const isOutside =
    (scope.kind === 'kind' && reward.kind !== scope.value) ||
    (scope.kind === 'budget' && reward.budget !== scope.value) ||
    (limit.kind === 'amount' && reward.currency !== limit.currency);
  if (isOutside) return 0;
  return limit.kind === 'count' ? 1 : reward.amountMinor;
}

/** What rewards decided before take of a decision at `now`. The reference for the set SQL (storage/rewards-seen). */
export function takenOf(
  cap: RewardCap,
  rewards: readonly (CappedReward & { decidedAt: EpochMs; state: string })[],
  now: EpochMs,
  zone: string,
): number {
  const from = windowFrom(cap.window, now, zone);
  return rewards
    .filter(({ decidedAt, state }) => decidedAt >= from && !(GIVEN_BACK as readonly string[]).includes(state))
    .reduce((sum, reward) => sum + takes(cap, reward), 0);
}

/** What a reward that may be any of these takes of a cap, at most. */
export const mostOf = (cap: RewardCap, rewards: readonly CappedReward[]): number =>
  Math.max(0, ...rewards.map((reward) => takes(cap, reward)));

/**
 * Judge one more reward of a customer by all caps, of which `taken` has been taken so far (one figure each; what this one takes is added to it
 * where it fits). `rewards`: what it may be; of each cap it takes the most that any of these does. `by`: the caps that had a say, as `key@version`.
 */
export function judgeCaps(
  caps: readonly RewardCap[],
  rewards: readonly CappedReward[],
  taken: number[],
): { fits: boolean; codes: string[]; by: string[] } {
  const wanted = caps.map((cap) => mostOf(cap, rewards));
  const own = caps.flatMap((cap, n) => {
    const [before, more] = [taken[n] ?? 0, wanted[n] as number];
    if (more === 0) return [];
    const label = `${cap.key}@${cap.version}`;
    const code = `reward_cap=${label}:${before}+${more}/${cap.limit.max}`;
    return [{ label, code, fits: before + more <= cap.limit.max }];
  });
  const refusal = own.findIndex(({ fits }) => !fits);
  if (refusal >= 0) {
    const seen = own.slice(0, refusal + 1);
    return { fits: false, codes: seen.map(({ code }) => code), by: seen.map(({ label }) => label) };
  }
  wanted.forEach((more, n) => (taken[n] = (taken[n] ?? 0) + more));
  return { fits: true, codes: own.map(({ code }) => code), by: own.map(({ label }) => label) };
}
