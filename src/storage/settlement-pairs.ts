/**
 * What a provider's settlement of a day and our ledger say of each payment and reversal, side by side, and what of it differs: one pass of set
 * SQL, made into tables of the transaction. The settlement's newest version counts, of this day and of every other one.
 */
import type { SettlementOf } from './settlement-files.store.js';
import type { Client } from './pool.js';

/**
 * $1 provider, $2 day, $3 its zone. Of each key and direction (a payment, or a reversal) the ledger's posting of it, if there is one, and each
 * row of a settlement, if there is one; `nth` above 1 is a row too many. Asked are the postings of the day and the rows of the day's
 * settlement, with what either says of the same keys on other days. Indexes: ledger_entries_account within the booking times that the
 * account's days tell, settlement_rows_key.
 */
export const PAIRS = `
create temporary table pairs on commit drop as
with in_force as materialized (
  select distinct on (day) id, day from settlement_files where provider = $1 order by day, version desc),
span as (
  select min(first_booked_at) as first, max(last_booked_at) as last from ledger_days
  where account = 'clearing:' || $1 and business_on between $2::date - 2 and $2::date + 2),
today as materialized (
  select t.payout_key as key, t.kind = 'reverse' as reversal, e.amount, e.currency, $2::date as day
  from span s join ledger_entries e on e.account = 'clearing:' || $1 and e.booked_at >= s.first and e.booked_at <= s.last
  join ledger_transfers t on t.id = e.transfer_id
  where t.kind in ('pay', 'reverse')
    and t.at >= $2::date::timestamp at time zone $3 and t.at < ($2::date + 1)::timestamp at time zone $3),
keys as materialized (
  select distinct r.key, r.amount < 0 as reversal from in_force f join settlement_rows r on r.file = f.id where f.day = $2::date
  union select key, reversal from today),
ours as materialized (
  select * from today
  union all
  select k.key, k.reversal, e.amount, e.currency, (t.at at time zone $3)::date
  from keys k
  join ledger_transfers t on t.id = k.key || case when k.reversal then '#reverse' else '#pay' end
  join ledger_entries e on e.transfer_id = t.id and e.account = 'clearing:' || $1
  where not exists (select 1 from today o where o.key = k.key and o.reversal = k.reversal)),
theirs as (
  select k.key, k.reversal, f.day, r.line, r.amount, r.currency, r.reference, r.paid_at
  from keys k join settlement_rows r on r.key = k.key and (r.amount < 0) = k.reversal join in_force f on f.id = r.file)
select coalesce(o.key, t.key) as key, coalesce(o.reversal, t.reversal) as reversal,
  o.day as our_day, case when o.reversal then -o.amount else o.amount end as our_amount, o.currency as our_currency,
  t.day as their_day, t.amount as their_amount, t.currency as their_currency, t.line, t.reference, t.paid_at,
  row_number() over (partition by coalesce(o.key, t.key), coalesce(o.reversal, t.reversal)
    order by (t.day = o.day) desc nulls last, t.day, t.line) as nth,
  p.state, p.reference as our_reference, p.provider
from ours o full join theirs t on t.key = o.key and t.reversal = o.reversal
left join payouts p on p.key = coalesce(o.key, t.key)`;

/** $1 provider, $2 day, $3 its zone: what differs, one row per break. `unearned`: the payouts whose evidence does not hold. */
const FOUND = `
create temporary table found on commit drop as
with said as (
  select x.*, jsonb_strip_nulls(jsonb_build_object(
      'ours', case when our_day is not null then jsonb_build_object('day', our_day, 'amount', our_amount::text, 'currency', our_currency,
        'reference', case when class = 'reference' then our_reference end) end,
      'theirs', case when their_day is not null then jsonb_build_object('day', their_day, 'amount', their_amount::text,
        'currency', their_currency, 'line', line, 'reference', reference,
        'paidAt', to_char(paid_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')) end,
      'state', case when class = 'unknown_to_us' then case state when 'settled' then 'paid' else state end end,
      'otherProvider', case when provider <> $1 then provider end)) as facts
  from (
    select p.*, unnest(array_remove(array[
      case when nth = 1 and our_day = $2::date and their_day is null then 'missing_at_provider' end,
      case when nth = 1 and their_day = $2::date and our_day is null then 'unknown_to_us' end,
      case when nth = 1 and their_day = $2::date and our_currency <> their_currency then 'currency' end,
      case when nth = 1 and their_day = $2::date and our_currency = their_currency and our_amount <> their_amount then 'amount' end,
      case when nth = 1 and their_day = $2::date and (our_day <> $2::date or (paid_at at time zone $3)::date <> $2::date) then 'date' end,
      case when nth = 1 and their_day = $2::date and our_day is not null and not reversal and state in ('paid', 'settled')
        and our_reference <> reference then 'reference' end], null)) as class
    from pairs p) x),
too_many as (
  select key, reversal, sum(their_amount)::bigint as amount, min(their_currency) as currency, count(distinct their_currency) = 1 as alike,
    jsonb_build_object('rows', jsonb_agg(jsonb_build_object('line', line, 'amount', their_amount::text, 'currency', their_currency)
      order by line)) as facts
  from pairs where nth > 1 and their_day = $2::date group by key, reversal)
select left(encode(sha256(convert_to(concat_ws(chr(31), $1::text, $2::date::text, class, key, reversal::text), 'UTF8')), 'hex'), 32) collate "C" as id, b.*
from (
  select class, key, reversal, facts,
    case when class in ('missing_at_provider', 'unknown_to_us', 'amount') then coalesce(their_amount, 0) - coalesce(our_amount, 0) end as difference,
    case when class in ('missing_at_provider', 'unknown_to_us', 'amount') then coalesce(their_currency, our_currency) end as currency
  from said
  union all
  select 'duplicate', key, reversal, facts, case when alike then amount end, case when alike then currency end from too_many
  union all
  select 'not_entitled', key, false, jsonb_build_object('why', why, 'ours', jsonb_build_object('day', our_day, 'amount', our_amount::text,
      'currency', our_currency)), null, null
  from pairs join unearned using (key) where nth = 1 and not reversal and our_day = $2::date) b`;

export interface Paired {
  /** Payments and reversals of the day in the ledger. */
  posted: number;
  /** Of the day's settlement. */
  rows: number;
  /** Of these, of how many nothing differs. */
  matched: number;
}

/** Makes `pairs` and `found`. The caller has locked the provider's settlements; `unearned` makes the table of that name. */
export async function pairUp(
  client: Client,
  { provider, day, zone }: Omit<SettlementOf, 'source'>,
  makeUnearned: (client: Client) => Promise<void>,
): Promise<Paired> {
  const of = [provider, day, zone];
  await client.query(PAIRS, of);
  await client.query('analyze pairs');
  await makeUnearned(client);
  await client.query(FOUND, of);
  await client.query('create unique index on found (id)');
  await client.query('analyze found');
  const { rows } = await client.query<Paired>(
    `select count(*) filter (where nth = 1 and our_day = $1)::int as posted, count(*) filter (where their_day = $1)::int as rows,
       count(*) filter (where nth = 1 and their_day = $1 and our_day = $1
         and not exists (select 1 from found f where f.key = p.key and f.reversal = p.reversal and f.class <> 'duplicate'))::int as matched
     from pairs p`,
    [day],
  );
  return rows[0] as Paired;
}
