/**
 * Law 3, continued: what answers "as of when". Each entry bears its account's totals so far, each account the sums of its business days; both are
 * added up again here from the entries and transfers themselves.
 */
import { count, type Check } from './check.js';

/** Of the entries up to and with each one, in the order that their numbers claim. */
const ADDED_UP = `(
  select *, row_number() over w as place, lag(booked_at) over w as before,
         sum(case side when 'debit' then amount else 0 end) over w as debited, sum(case side when 'credit' then amount else 0 end) over w as credited
  from ledger_entries window w as (partition by account order by no, transfer_id, side rows unbounded preceding))`;

const SUMS = `coalesce(sum(amount) filter (where side = 'debit'), 0) as debits, coalesce(sum(amount) filter (where side = 'credit'), 0) as credits`;

/** The states whose move posts a transfer of this kind. */
const POSTED_BY = `case t.kind when 'pay' then array['paid'] when 'settle' then array['settled'] when 'reverse' then array['reversed']
  when 'release' then array['rejected', 'cancelled'] else array[]::text[] end`;

export const accountTotals: Check[] = [
  {
    what:
      'each account’s entries are numbered from 1 in the order of their booking, and each bears what those up to it come to ' +
      'and its transfer’s time of booking',
    wrong: 'an entry that bears other totals than the entries up to it give',
    rows: count('ledger_entries'),
    find: `select e.account, e.no, e.transfer_id as transfer, e.debits, e.debited, e.credits, e.credited
           from ${ADDED_UP} e left join ledger_transfers t on t.id = e.transfer_id
           where e.no <> e.place or e.debits <> e.debited or e.credits <> e.credited or e.booked_at < e.before
              or e.booked_at is distinct from t.recorded_at`,
  },
  {
    what: 'each transfer’s business day is that of its business time, in the zone of the books',
    wrong: 'a transfer of another day than its time says',
    rows: count('ledger_transfers'),
    find: `select t.id as transfer, t.business_on::text as day, t.at::text as at, i.zone
           from ledger_transfers t cross join installation i where t.business_on <> (t.at at time zone i.zone)::date`,
  },
  {
    what: 'each transfer of a payout happened when the payout moved; a payment may have before, by the provider’s word, but not before the intent',
    wrong: 'a transfer dated at another time than its payout moved',
    rows: count('ledger_transfers', 'payout_key is not null'),
    find: `select t.id as transfer, t.at::text as at, p.decided_at::text as intended, m.at::text as moved
           from ledger_transfers t join payouts p on p.key = t.payout_key
           left join payout_moves m on m.payout_key = p.key and m.to_state = any (${POSTED_BY})
           where case t.kind when 'reserve' then t.at <> p.decided_at
                             when 'pay' then t.at < least(p.decided_at, m.at) or t.at > m.at else t.at <> m.at end`,
  },
  {
    what: 'each account’s sums of a business day are those of its entries of that day',
    wrong: 'sums of a day that its entries do not give',
    rows: count('ledger_days'),
    find: `select account, business_on::text as day, posted_on::text as posted, d.debits, d.credits, d.entries, e.debits as "entriesDebits", e.credits as "entriesCredits",
                  e.entries as "entriesFound"
           from ledger_days d
           full join (select e.account, t.business_on, t.posted_on, ${SUMS}, count(*) as entries, min(booked_at) as first, max(booked_at) as last
                      from ledger_entries e join ledger_transfers t on t.id = e.transfer_id group by 1, 2, 3) e using (account, business_on, posted_on)
           where (d.debits, d.credits, d.entries, d.first_booked_at, d.last_booked_at)
             is distinct from (e.debits, e.credits, e.entries, e.first, e.last)`,
  },
];
