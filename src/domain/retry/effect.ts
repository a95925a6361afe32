/**
 * What a retry would do, as one answer: how much of it acts, is sent, is paid, and of what nothing would become and why; and whether one person is
 * enough for it. Pure.
 */

export const RETRY_EFFECTS = ['put_back', 'reissue', 'approve', 'ask', 'tell', 'nudge', 'nothing'] as const;
export type RetryEffect = (typeof RETRY_EFFECTS)[number];

/** Each may act on a customer or on money; a question or a nudge hands nothing over that would not be anyway. */
const ACTS: readonly RetryEffect[] = ['put_back', 'reissue', 'approve', 'tell'];

/** Minor units. */
export interface Pay {
  currency: string;
  minor: number;
}

export interface PlannedItem {
  kind: 'participant' | 'payout' | 'message' | 'link' | 'lane' | 'run' | 'queue';
  /** Customer, payout key, message id, link id, number of the lane, run, or <kind>/<name>/<shard>. */
  subject: string;
  runId: string | null;
  effect: RetryEffect;
  /** Why nothing would become of it; null where something would. */
  why: string | null;
  /** Messages that would be decided at once. */
  sends: number;
  /** What would be paid, at most. */
  pays: readonly Pay[];
}

export interface EffectTotals {
  acts: number;
  sends: number;
  /** By currency. */
  pays: { currency: string; count: number; minor: number }[];
}

export interface RetryTotals extends EffectTotals {
  items: number;
  /** By effect, without `nothing`. */
  would: Partial<Record<RetryEffect, number>>;
  /** By why. */
  nothing: Record<string, number>;
}

/** Up to which one person is enough: items that act, and minor units of each currency. */
export interface AloneLimits {
  items: number;
  minor: number;
}

export function totalsOf(items: readonly PlannedItem[]): RetryTotals {
  const going = items.filter(({ effect }) => effect !== 'nothing');
  const pays = Map.groupBy(
    going.flatMap((item) => item.pays),
    ({ currency }) => currency,
  );
  return {
    items: items.length,
    acts: going.filter(({ effect }) => ACTS.includes(effect)).length,
    sends: going.reduce((sum, item) => sum + item.sends, 0),
    pays: [...pays].sort(byKey).map(([currency, own]) => {
      return { currency, count: own.length, minor: own.reduce((sum, { minor }) => sum + minor, 0) };
    }),
    would: countBy(going, ({ effect }) => effect),
    nothing: countBy(items, ({ why }) => why),
  };
}

const byKey = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]) => (a < b ? -1 : 1);

function countBy<T, K extends string>(items: readonly T[], of: (item: T) => K | null): Record<K, number> {
  const counts = new Map<K, number>();
  for (const key of items.map(of)) if (key !== null) counts.set(key, (counts.get(key) ?? 0) + 1);
  return Object.fromEntries([...counts].sort(byKey)) as Record<K, number>;
}

export function needsSecondPerson({ acts, pays }: EffectTotals, alone: AloneLimits): boolean {
  return acts > alone.items || pays.some(({ minor }) => minor > alone.minor);
}

/** Whether more would happen now than was shown. */
export function hasGrown(shown: EffectTotals, now: EffectTotals): boolean {
  const shownOf = (currency: string) => shown.pays.find((own) => own.currency === currency) ?? { count: 0, minor: 0 };
  return (
    now.acts > shown.acts ||
    now.sends > shown.sends ||
    now.pays.some(({ currency, count, minor }) => count > shownOf(currency).count || minor > shownOf(currency).minor)
  );
}
