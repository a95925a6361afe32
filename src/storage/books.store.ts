/**
 * The ledger as finance reads it: every account as of a past moment or day, and the entries behind each number. A moment is answered by the
 * totals that the account's last entry until then bears, a day by the sums of the account's days: nothing is added up from all entries.
 */
import type { AsOf, AsOfBy } from '../domain/ledger/as-of.js';
import type { Pool } from './pool.js';

/** Minor units; the balance is debits minus credits. Only accounts with an entry until then. */
export interface AccountTotals {
  account: string;
  kind: string;
  currency: string;
  debits: number;
  credits: number;
  entries: number;
}

export interface BookedEntry {
  /** Its place in the account, from 1. */
  no: number;
  transfer: string;
  kind: string;
  payout: string | null;
  side: 'debit' | 'credit';
  amount: number;
  currency: string;
  /** The other account. */
  counter: string;
  /** Of the account, up to and with this entry. */
  debits: number;
  credits: number;
  /** Business time. */
  at: Date;
  businessOn: string;
  postedOn: string;
  /** RFC 3339 to the microsecond. */
  bookedAt: string;
}

/** The last entry of a page before. */
export type EntryPlace = Pick<BookedEntry, 'bookedAt' | 'no'>;

const ACCOUNTS = `accounts a where ($1::text is null or a.key = $1) and ($2::text is null or a.currency = $2)`;

/** Both are columns of `ledger_days` and of the transfers. */
type Day = 'business_on' | 'posted_on';

/** Index: ledger_entries_account, one probe per account. */
const AS_BOOKED = `
select a.key as account, a.kind, a.currency, e.debits, e.credits, e.no as entries
from (select * from ${ACCOUNTS}) a
cross join lateral (
  select debits, credits, no from ledger_entries where account = a.key and booked_at <= coalesce($3::timestamptz, 'infinity')
  order by booked_at desc, no desc limit 1) e
order by a.currency, a.key`;

const asOfDay = (day: Day) => `
select a.key as account, a.kind, a.currency, sum(d.debits)::bigint as debits, sum(d.credits)::bigint as credits, sum(d.entries)::bigint as entries
from (select * from ${ACCOUNTS}) a join ledger_days d on d.account = a.key
where d.${day} <= coalesce($3::date, 'infinity')
group by a.key, a.kind, a.currency order by a.currency, a.key`;

const TO_THE_MICROSECOND = `'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'`;

const entriesOf = (span: string, where: string) => `
select e.no, e.transfer_id as transfer, t.kind, t.payout_key as payout, e.side, e.amount, e.currency, o.account as counter, e.debits, e.credits,
       t.at, t.business_on::text as "businessOn", t.posted_on::text as "postedOn", to_char(e.booked_at at time zone 'UTC', ${TO_THE_MICROSECOND}) as "bookedAt"
from (${span}) s
join ledger_entries e on e.account = $1 and e.booked_at >= s.first and e.booked_at <= s.last
join ledger_transfers t on t.id = e.transfer_id
join ledger_entries o on o.transfer_id = e.transfer_id and o.side <> e.side
where ${where} and ($4::timestamptz is null or (e.booked_at, e.no) > ($4::timestamptz, $5::bigint))
order by e.booked_at, e.no limit $6`;

const BETWEEN = `between coalesce($2::date, '-infinity') and coalesce($3::date, 'infinity')`;

/** The account's days tell where in it their entries lie; what was learnt late lies among later days, so each entry's day is asked, too. */
const entriesOfDays = (day: Day) =>
  entriesOf(
    `select min(first_booked_at) as first, max(last_booked_at) as last from ledger_days where account = $1 and ${day} ${BETWEEN}`,
    `t.${day} ${BETWEEN}`,
  );

const TOTALS: Record<AsOfBy, string> = {
  booked: AS_BOOKED,
  business: asOfDay('business_on'),
  posted: asOfDay('posted_on'),
};
const ENTRIES: Record<AsOfBy, string> = {
  booked: entriesOf(
    `select coalesce($2::timestamptz, '-infinity') as first, coalesce($3::timestamptz, 'infinity') as last`,
    'true',
  ),
  business: entriesOfDays('business_on'),
  posted: entriesOfDays('posted_on'),
};

export class BooksStore {
  constructor(private readonly pool: Pool) {}

  /** Debits and credits until then, by currency and key; `asOf.from` is not asked. */
  async totals(
    { by, to }: AsOf,
    only: { account?: string | undefined; currency?: string | undefined } = {},
  ): Promise<AccountTotals[]> {
    const { rows } = await this.pool.query<AccountTotals>(TOTALS[by], [
      only.account ?? null,
      only.currency ?? null,
      to,
    ]);
    return rows;
  }

  /** Null: there is no such account. */
  async account(key: string): Promise<Pick<AccountTotals, 'account' | 'kind' | 'currency'> | null> {
    const { rows } = await this.pool.query<AccountTotals>(
      'select key as account, kind, currency from accounts where key = $1',
      [key],
    );
    return rows[0] ?? null;
  }

  /** In the order in which they were booked, one more than `limit`. */
  async entries(
    account: string,
    { by, from, to }: AsOf,
    page: { after: EntryPlace | null; limit: number },
  ): Promise<BookedEntry[]> {
    const { after, limit } = page;
    const { rows } = await this.pool.query<BookedEntry>(ENTRIES[by], [
      account,
      from,
      to,
      after?.bookedAt ?? null,
      after?.no ?? null,
      limit + 1,
    ]);
    return rows;
  }
}
