/**
 * The payout report as a table and a chart: its sums grouped by one of their members, each cell with the address of its rows. Pure.
 */
import type { PayoutSum } from '../client/types.gen.js';

export const GROUPS = ['day', 'campaign', 'provider'] as const;
export type GroupBy = (typeof GROUPS)[number];

export interface Group {
  name: string;
  /** Payouts by state. */
  counts: Record<string, number>;
  count: number;
  /** Minor units by currency. */
  totals: Record<string, bigint>;
}

/** In the order of their names. */
export function grouped(sums: readonly PayoutSum[], by: GroupBy): Group[] {
  const groups = new Map<string, Group>();
  for (const sum of sums) {
    const group = groups.get(sum[by]) ?? { name: sum[by], counts: {}, count: 0, totals: {} };
    group.counts[sum.state] = (group.counts[sum.state] ?? 0) + sum.count;
    group.count += sum.count;
    group.totals[sum.currency] = (group.totals[sum.currency] ?? 0n) + BigInt(sum.total);
    groups.set(sum[by], group);
  }
  return [...groups.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** What the report was asked for, and of which group and state: the page that lists exactly these payouts. */
export function rowsOf(asked: Readonly<Record<string, string>>, by: GroupBy, name?: string, state?: string): string {
  const query: Record<string, string> = { ...asked };
  if (name !== undefined) Object.assign(query, by === 'day' ? { from: name, to: name } : { [by]: name });
  if (state !== undefined) query['state'] = state;
  return `/payouts?${new URLSearchParams(query).toString()}`;
}

/** A path of the API that lists rows, as the page of the console that does. */
export function pageOfRows(path: string): string {
  const [, key, search = ''] = /^\/v1\/ledger\/accounts\/([^/]+)\/entries(\?.*)?$/.exec(path) ?? [];
  if (key !== undefined) return `/accounts/${key}${search}`;
  return path.replace('/v1/owed-items', '/owed').replace('/v1/payouts', '/payouts');
}

export interface Bar {
  state: string;
  count: number;
  /** Of the tallest group, both between 0 and 1. */
  from: number;
  to: number;
}

/** Each group's states upon each other, in the order of `states`. */
export function stacked(groups: readonly Group[], states: readonly string[]): Bar[][] {
  const most = Math.max(1, ...groups.map(({ count }) => count));
  return groups.map(({ counts }) => {
    let below = 0;
    return states.flatMap((state) => {
      const count = counts[state] ?? 0;
      if (count === 0) return [];
      const bar = { state, count, from: below / most, to: (below + count) / most };
      below += count;
      return [bar];
    });
  });
}
