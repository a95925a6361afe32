/**
 * Coupons from a pool of codes that the bank holds itself: the provider that gives them out, how long its word lasts, and what is said
 * about a pool that runs out. A code is bearer money: no text made here bears one.
 */
import type { EpochMs } from '../base/time.js';
import type { ProviderTerms } from './payout-replies.js';

/** The provider of every pool. Its book is a table beside ours, so it can always be asked, and gives the same key the same code for ever. */
export const POOL_PROVIDER = 'pool';

const CENTURY_MS = 100 * 365 * 86_400_000;

/** Orders that come together are one statement: a whole claim may. */
export const POOL_TERMS: ProviderTerms & { timeoutMs: number; callsAtOnce: number } = {
  idempotent: true,
  idempotencyMs: CENTURY_MS,
  lookup: true,
  visibilityMs: 0,
  timeoutMs: 5_000,
  callsAtOnce: 300,
};

export const OUT_OF_STOCK = 'out_of_stock';

/** Of one payout that asked for a code. */
export type Drawn =
  | { kind: 'given'; no: number; code: string; at: EpochMs }
  /** None is left that is still valid. */
  | { kind: 'out_of_stock' }
  /** Those that are left are in somebody else's hands at this moment. */
  | { kind: 'busy' }
  /** The attempt that asks is over: it says nothing any more. */
  | { kind: 'stale' };

/** What campaigns that draw from a pool may still ask of it, at most. */
export interface PoolNeed {
  /** People under way in their runs. */
  underWay: number;
  /** Payouts that have no code yet. */
  waiting: number;
  /** Rejected ones that are owed. */
  owed: number;
}

export const needOf = ({ underWay, waiting, owed }: PoolNeed): number => underWay + waiting + owed;

export type RunningOut = 'empty' | 'below_threshold' | 'below_need';

/** `left`: codes that are nobody's and still valid. */
export function runningOut(pool: { left: number; warnBelow: number; need: number }): RunningOut | null {
  if (pool.left === 0) return 'empty';
  if (pool.left < pool.warnBelow) return 'below_threshold';
  return pool.left < pool.need ? 'below_need' : null;
}

/** What a marketer should know before the launch; null: there is enough. `audience`: null where it could not be counted. */
export function shortage(pool: { left: number; need: number; audience: number | null }): string | null {
  const { left, need, audience } = pool;
  const free = Math.max(0, left - need);
  const has =
    need > 0
      ? `has ${left} codes left, of which ${left - free} may be needed by what runs already`
      : `has ${left} codes left`;
  if (audience === null) return `${has}, and the segment could not be counted in time`;
  return free < audience ? `${has}, and the segment has ${audience} customers: who comes too late is owed one` : null;
}
