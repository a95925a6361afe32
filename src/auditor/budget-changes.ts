/**
 * Law 3, continued: budgets that were raised, cut and closed. Two persons decided each, in the audit log; each is booked once, with what was decided; a
 * budget has been given what its fundings and decisions come to; and from a closed one nothing is reserved.
 */
import { count, type Check } from './check.js';

const DECIDED = `(select c.*, d.verdict, d.amount as booked, d.transfer, d.decided_by, d.at, d.recorded_at, d.reason as refusal
  from budget_changes c join budget_decisions d on d.change = c.no)`;

/** What a decision of this kind books. */
const BOOKS = `case c.kind when 'close' then 'return' else c.kind end`;
const OF_CHANGES = `t.kind in ('raise', 'cut', 'return')`;

/** Since when each closed budget is closed: of several closings, the first. */
export const CLOSED = `(select budget, min(recorded_at) as since from ${DECIDED} d where kind = 'close' and verdict = 'approved' group by 1)`;

/** What each budget's fundings and decisions come to. */
const GIVEN = `(
  select budget, sum(n) as given from (
    select substr(e.account, 9) as budget, e.amount as n from ledger_transfers t
    join ledger_entries e on e.transfer_id = t.id and e.side = 'credit' where t.kind = 'fund'
    union all
    select budget, case kind when 'raise' then booked else -booked end from ${DECIDED} d where booked is not null) x group by 1)`;

export const budgetChanges: Check[] = [
  {
    what: 'each approved change of a budget was asked for by one person and approved by another',
    wrong: 'a change of a budget that one person made alone',
    rows: count('budget_decisions'),
    find: `select c.no as change, c.budget, c.kind, c.decided_by as approved from ${DECIDED} c
           where c.verdict = 'approved' and c.decided_by = c.requested_by
           union all
           select d.change, null, 'no request', d.decided_by from budget_decisions d where not exists (select 1 from budget_changes c where c.no = d.change)`,
  },
  {
    what: 'each request and decision about a budget is in the audit log, by who made it',
    wrong: 'a change of a budget that the audit log does not have',
    rows: count('budget_changes'),
    find: `select c.no as change, c.budget, c.kind, c.requested_by as by from budget_changes c
           where not exists (select 1 from audit_log l where l.subject = 'budget/' || c.budget and l.action = 'budget.' || c.kind || '.request'
             and l.actor = c.requested_by and l.at = c.requested_at and l.reason = c.reason and (l.after->>'change')::bigint = c.no)
           union all
           select c.no, c.budget, c.kind, c.decided_by from ${DECIDED} c
           where not exists (select 1 from audit_log l where l.subject = 'budget/' || c.budget
             and l.action = 'budget.' || c.kind || case c.verdict when 'refused' then '.refuse' else '' end
             and l.actor = c.decided_by and l.at = c.at and l.reason = coalesce(c.refusal, c.reason) and (l.after->>'change')::bigint = c.no
             and l.before->>'requestedBy' = c.requested_by)`,
  },
  {
    what: 'each raise, cut and return is that of one approved change, of its budget, amount, currency and time, and each such change has it',
    wrong: 'a transfer of a budget that nobody decided, or otherwise than was decided',
    rows: count('ledger_transfers', `kind in ('raise', 'cut', 'return')`),
    find: `select t.id as transfer, null::bigint as change from ledger_transfers t
           where ${OF_CHANGES} and (select count(*) from ${DECIDED} c where c.transfer = t.id and c.verdict = 'approved' and t.at = c.at
             and t.kind = ${BOOKS} and t.id = c.budget || '#' || t.kind || '/' || c.no) <> 1
           union all
           select c.transfer, c.no from ${DECIDED} c
           where c.verdict = 'approved' and (c.kind <> 'close' and (c.transfer is null or c.booked is distinct from c.amount)
             or c.transfer is not null and not exists (
               select 1 from ledger_entries e join ledger_transfers t on t.id = e.transfer_id
               where e.transfer_id = c.transfer and e.account = 'budget:' || c.budget and e.amount = c.booked and e.currency = c.currency))`,
  },
  {
    what: 'each budget was given what its fundings and the decisions about it come to',
    wrong: 'a budget that was given more or less than was decided',
    rows: count('budgets'),
    find: `select b.key as budget, -a.balance as given, coalesce(g.given, 0) as decided
           from budgets b join accounts a on a.key = 'funding:' || b.key left join ${GIVEN} g on g.budget = b.key
           where -a.balance <> coalesce(g.given, 0)`,
  },
  {
    what: 'nothing is reserved from a closed budget, put into it or cut from it, and no payout of it is open; an account is closed where its budget is',
    wrong: 'a closed budget that was used',
    rows: count(`${CLOSED} c`),
    find: `select c.budget, t.id as item, t.kind as what from ${CLOSED} c join ledger_entries e on e.account = 'budget:' || c.budget
           join ledger_transfers t on t.id = e.transfer_id
           where t.kind in ('fund', 'raise', 'cut', 'reserve') and t.recorded_at > c.since
           union all
           select c.budget, p.key, p.state from ${CLOSED} c join payouts p on p.budget = c.budget
           where p.state not in ('paid', 'settled', 'reversed', 'rejected', 'cancelled')
           union all
           select substr(a.key, 8), a.key, 'account' from accounts a left join ${CLOSED} c on a.key = 'budget:' || c.budget
           where a.closed <> (c.budget is not null)`,
  },
];
