/**
 * Days of providers as finance works them off: those on which the ledger has a payment of theirs, or that have a settlement; each with the settlement
 * in force, the last match, and what is open of it.
 */
import type { Pool } from './pool.js';

export interface SettlementDay {
  provider: string;
  /** Of a settlement in the provider's zone; of a day without one in the zone of the books. */
  day: string;
  /** The settlement in force. */
  file: { id: string; version: number; source: 'fetched' | 'uploaded'; rows: number; at: Date } | null;
  /** The last one that found something else than the one before it. */
  match: { no: number; file: string; posted: number; rows: number; matched: number; at: Date } | null;
  /** Breaks. */
  open: number;
  sums: DaySum[];
}
/** Minor units as text, net of what was taken back. */
export interface DaySum {
  currency: string;
  /** Of the settlement in force. */
  settlement: string;
  /** Theirs minus ours, of open breaks, less what was booked. */
  open: string;
}
export interface DaysAsked {
  provider?: string | undefined;
  /** Days, both included. */
  from?: string | undefined;
  to?: string | undefined;
  /** The last one of the page before. */
  after: { day: string; provider: string } | null;
  limit: number;
}

type Row = Omit<SettlementDay, 'file' | 'match'> & {
  file: string | null;
  version: number;
  source: 'fetched' | 'uploaded';
  rows: number;
  keptAt: Date;
  no: number | null;
  matchFile: string;
  posted: number;
  matchRows: number;
  matched: number;
  matchedAt: Date;
};

/** The newest first. Indexes: settlement_files by provider, day and version; ledger_entries_account within the booking times of the day. */
const DAYS = `
with days as (
  select provider, day from settlement_files
  union
  select substr(d.account, length('clearing:') + 1), d.business_on from ledger_days d
  where d.account like 'clearing:%' and exists (
    select from ledger_entries e join ledger_transfers t on t.id = e.transfer_id
    where e.account = d.account and e.booked_at >= d.first_booked_at and e.booked_at <= d.last_booked_at
      and t.kind in ('pay', 'reverse') and t.business_on = d.business_on)),
page as materialized (
  select provider, day from days
  where ($1::text is null or provider = $1) and ($2::date is null or day >= $2) and ($3::date is null or day <= $3)
    and ($4::date is null or (day, provider) < ($4, $5))
  order by day desc, provider desc limit $6)
select d.provider, d.day::text as day, f.id as file, f.version, f.source, f.rows, f.at as "keptAt",
  m.no, m.file as "matchFile", m.posted, m.rows as "matchRows", m.matched, m.at as "matchedAt", b.n as open, s.sums
from page d
left join lateral (
  select id, version, source, rows, at from settlement_files where provider = d.provider and day = d.day order by version desc limit 1) f on true
left join lateral (
  select no, file, posted, rows, matched, at from settlement_matches where provider = d.provider and day = d.day order by no desc limit 1) m on true
cross join lateral (
  select count(*)::int as n from settlement_breaks where provider = d.provider and day = d.day and state = 'open') b
cross join lateral (
  select coalesce(jsonb_agg(jsonb_build_object('currency', currency, 'settlement', theirs::text, 'open', due::text) order by currency), '[]') as sums
  from (
    select currency, coalesce(sum(theirs), 0) as theirs, coalesce(sum(due), 0) as due from (
      select currency, amount as theirs, 0 as due from settlement_rows where file = f.id
      union all
      select currency, 0, difference - compensated from settlement_breaks
      where provider = d.provider and day = d.day and state = 'open' and difference is not null) x
    where currency is not null group by currency) c) s
order by d.day desc, d.provider desc`;

export class SettlementDaysStore {
  constructor(private readonly pool: Pool) {}

  /** One more than `limit`. */
  async list({ provider, from, to, after, limit }: DaysAsked): Promise<SettlementDay[]> {
    const { rows } = await this.pool.query<Row>(DAYS, [
      provider ?? null,
      from ?? null,
      to ?? null,
      after?.day ?? null,
      after?.provider ?? '',
      limit + 1,
    ]);
    return rows.map(
      ({ version, source, rows: count, keptAt, no, matchFile, posted, matchRows, matched, matchedAt, ...row }) => ({
        ...row,
        file: row.file === null ? null : { id: row.file, version, source, rows: count, at: keptAt },
        match: no === null ? null : { no, file: matchFile, posted, rows: matchRows, matched, at: matchedAt },
      }),
    );
  }
}
