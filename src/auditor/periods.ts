/**
 * Law 3, continued: months that are closed. Two persons closed or reopened each, in order, and no closed month got a transfer: each transfer is posted
 * on its business day, or on the first open day where that one was closed when it was booked.
 */
import { count, type Check } from './check.js';

/** Each decision with what stood before it; the first month ever closed has none before it. */
const CLOSINGS = `(
  select c.*, lag(closed_through) over w as before, lag(recorded_at) over w as "recordedBefore",
         min(month) over (order by no rows between unbounded preceding and current row) as first,
         (month + interval '1 month')::date - 1 as last_day
  from ledger_closings c window w as (order by no))`;

const WRONG = `case
  when c.proposed_by = c.approved_by or c.reason = '' then 'a month that one person closed or reopened alone'
  when c.recorded_at < c."recordedBefore" then 'closings that are not in the order of their numbers'
  when c.kind = 'close' and c.month <> coalesce(c.before + 1, c.month) then 'a month closed out of its order'
  when c.kind = 'close' and c.at < (c.last_day + 1)::timestamp at time zone i.zone then 'a month closed before it was over'
  when c.kind = 'reopen' and c.month is distinct from date_trunc('month', c.before)::date then 'a month reopened out of its order'
  when c.closed_through is distinct from case when c.kind = 'close' then c.last_day when c.first < c.month then c.month - 1 end
    then 'a closing that says another last closed day' end`;

/** Since when the books are closed through which day. */
const STANDING = `(select closed_through, recorded_at as since, lead(recorded_at, 1, 'infinity') over (order by no) as until from ledger_closings)`;

export const periods: Check[] = [
  {
    what: 'two persons closed or reopened each month, when it was over, in the order of the months',
    wrong: 'a closing that does not follow from the one before it',
    rows: count('ledger_closings'),
    find: `select * from (
             select c.no, to_char(c.month, 'YYYY-MM') as month, c.kind, c.proposed_by as proposed, c.approved_by as approved, ${WRONG} as wrong
             from ${CLOSINGS} c cross join installation i) c where wrong is not null`,
  },
  {
    what: 'each closing and reopening is in the audit log, as approved by who approved it',
    wrong: 'a closing that the audit log does not have',
    rows: count('ledger_closings'),
    find: `select c.no, to_char(c.month, 'YYYY-MM') as month, c.kind, c.approved_by as approved from ledger_closings c
           where not exists (select 1 from audit_log l where l.subject = 'ledger/' || to_char(c.month, 'YYYY-MM') and l.action = 'ledger.' || c.kind
             and l.actor = c.approved_by and l.at = c.at and l.reason = c.reason and l.before->>'proposedBy' = c.proposed_by)`,
  },
  {
    what: 'each transfer is posted on its business day, or on the first open day where that was closed when it was booked',
    wrong: 'a transfer posted into a closed month, or on another day than its own',
    rows: count('ledger_transfers'),
    find: `select t.id as transfer, t.business_on::text as day, t.posted_on::text as posted, s.closed_through::text as closed
           from ledger_transfers t left join ${STANDING} s on t.recorded_at > s.since and t.recorded_at < s.until
           where t.posted_on <> greatest(t.business_on, s.closed_through + 1)`,
  },
];
