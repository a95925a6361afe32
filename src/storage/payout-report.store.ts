/**
 * Payouts added up for finance: by the day on which they were earned, campaign, provider and state; and what is ambiguous, held or owed, by its age.
 */
import { IN_STATE_SINCE } from './payouts-read.store.js';
import { inSnapshot, type Pool } from './pool.js';
import { onSnapshot, rowsOf } from './snapshot-rows.js';

export interface PayoutSum {
  /** In the zone of the books. */
  day: string;
  campaign: string;
  provider: string;
  state: string;
  currency: string;
  count: number;
  /** Minor units. */
  total: number;
}
/** The place of a sum among all. */
export type SumPlace = readonly [day: string, campaign: string, provider: string, state: string, currency: string];

/** What is left out is not asked; days are included. */
export interface SumFilter {
  from?: string | undefined;
  to?: string | undefined;
  campaign?: string | undefined;
  provider?: string | undefined;
}

export type OpenKind = 'ambiguous' | 'held' | 'owed';
export interface OpenSum {
  what: OpenKind;
  campaign: string;
  provider: string;
  currency: string;
  /** Which of the ages it is of, from 0. */
  age: number;
  count: number;
  total: number;
  /** Since when the oldest of them is. */
  oldest: Date;
}

const ZONE = '(select zone from installation)';
const SUMS = `
select (decided_at at time zone ${ZONE})::date::text as day, campaign, provider, state collate "C" as state, currency collate "C" as currency,
  count(*) as count, sum(amount)::bigint as total
from payouts
where ($1::date is null or decided_at >= $1::date::timestamp at time zone ${ZONE})
  and ($2::date is null or decided_at < ($2::date + 1)::timestamp at time zone ${ZONE})
  and ($3::text is null or campaign = $3) and ($4::text is null or provider = $4)
group by 1, 2, 3, 4, 5`;
const PLACE = 'day collate "C", campaign, provider, state, currency';

/** Index of the states: payouts_unsure and a scan; few are open at a time. */
const OPEN = `
select what, campaign, provider, currency, age, count(*) as count, sum(amount)::bigint as total, min(since) as oldest
from (
  select p.state as what, p.campaign, p.provider, p.currency, p.amount, ${IN_STATE_SINCE} as since
  from payouts p where p.state in ('ambiguous', 'held')
  union all
  select 'owed', p.campaign, p.provider, p.currency, p.amount, i.opened_at
  from owed_items i join payouts p on p.key = i.payout_key where i.state = 'open') o
cross join lateral (select count(*) as age from unnest($1::timestamptz[]) as bound where o.since < bound) a
group by 1, 2, 3, 4, 5 order by 1, 2, 3, 4, 5`;

export class PayoutReportStore {
  constructor(private readonly pool: Pool) {}

  /** In the order of their places, one more than `limit`. */
  async sums(filter: SumFilter, { after, limit }: { after: SumPlace | null; limit: number }): Promise<PayoutSum[]> {
    return await inSnapshot(this.pool, async (client) => {
      const { rows } = await client.query<PayoutSum>(
        `select * from (${SUMS}) s where $5::text is null or (${PLACE}) > ($5, $6, $7, $8, $9) order by ${PLACE} limit $10`,
        [...valuesOf(filter), ...(after ?? [null, null, null, null, null]), limit + 1],
      );
      return rows;
    });
  }

  /** All of them, on one snapshot. */
  allSums(filter: SumFilter): AsyncGenerator<PayoutSum> {
    const text = `select * from (${SUMS}) s order by ${PLACE}`;
    return onSnapshot(this.pool, (client) => rowsOf<PayoutSum>(client, text, valuesOf(filter)));
  }

  /** `bounds`: moments between the ages, the youngest first. */
  async open(bounds: readonly Date[]): Promise<OpenSum[]> {
    return await inSnapshot(this.pool, async (client) => {
      const { rows } = await client.query<OpenSum>(OPEN, [bounds]);
      return rows;
    });
  }
}

const valuesOf = ({ from, to, campaign, provider }: SumFilter) =>
  [from, to, campaign, provider].map((value) => value ?? null);
