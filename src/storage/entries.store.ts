/**
 * Entries of the ledger over all accounts, in the order of their posting day and booking.
 */
import type { Pool } from './pool.js';
import { onSnapshot, rowsOf } from './snapshot-rows.js';

export interface Entry {
  /** RFC 3339 to the microsecond. */
  bookedAt: string;
  transfer: string;
  kind: string;
  payout: string | null;
  account: string;
  side: 'debit' | 'credit';
  /** Minor units. */
  amount: number;
  currency: string;
  at: Date;
  businessOn: string;
  postedOn: string;
}

const ALL = `
select to_char(e.booked_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as "bookedAt", e.transfer_id as transfer, t.kind,
  t.payout_key as payout, e.account, e.side, e.amount, e.currency, t.at, t.business_on::text as "businessOn", t.posted_on::text as "postedOn"
from ledger_transfers t join ledger_entries e on e.transfer_id = t.id
where ($1::text is null or e.account = $1) and ($2::date is null or t.posted_on >= $2) and ($3::date is null or t.posted_on <= $3)
order by t.posted_on, e.booked_at, e.transfer_id, e.side`;

export class EntriesStore {
  constructor(private readonly pool: Pool) {}

  /** On one snapshot. Posting days are included; what is left out is not asked. */
  all(filter: {
    account?: string | undefined;
    from?: string | undefined;
    to?: string | undefined;
  }): AsyncGenerator<Entry> {
    const values = [filter.account, filter.from, filter.to].map((value) => value ?? null);
    return onSnapshot(this.pool, (client) => rowsOf<Entry>(client, ALL, values));
  }
}
