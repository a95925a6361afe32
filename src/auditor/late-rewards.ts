/**
 * Law 1, continued: what a late response may earn. It occurred inside the window of a wait that had closed without an answer, and came within the
 * campaign's `late` span after it; what came later is on finance's list and earned nothing.
 */
import { count, ofRun, type Check } from './check.js';

const LATE = `interval '72 hours'`;

/** Late responses with their windows and their campaign's span. */
const RESPONSES = `(
  select s.run_id, s.customer_id, s.node, s.visit, s.event_no, s.occurred_at, s.received_at, e.occurred_at as event_occurred_at,
         e.customer_id as event_customer, w.window_from, w.window_to,
         w.window_to + coalesce((v.definition#>>'{campaign,late}')::interval, ${LATE}) as earns_until
  from responses s
  join runs r on r.id = s.run_id
  join campaign_versions v on v.campaign = r.campaign and v.version = r.version
  left join events e on e.no = s.event_no
  left join closed_waits w on w.customer_id = s.customer_id and w.run_id = s.run_id and w.node = s.node and w.visit = s.visit
  where s.late and ${ofRun('s.run_id')})`;

export const lateRewards: Check[] = [
  {
    what: 'each late response is an event of its customer inside the window of a wait that closed without an answer',
    wrong: 'late, but not inside the window of a closed wait',
    rows: count('responses', `late and ${ofRun('run_id')}`),
    find: `select run_id as run, node, customer_id as customer, event_no as event from ${RESPONSES} l
           where event_customer is distinct from customer_id or event_occurred_at is distinct from occurred_at
              or not coalesce(occurred_at >= window_from and occurred_at < window_to, false)`,
  },
  {
    what: 'each payout of a late response has one that came within its campaign’s `late`, at the wait that it names',
    wrong: 'rewarded for a late response that is not there or came too late',
    rows: count('payouts', `evidence ? 'lateEvent' and ${ofRun('run_id')}`),
    find: `select p.key as payout, p.run_id as run, p.customer_id as customer, p.evidence->>'lateEvent' as event
           from payouts p left join ${RESPONSES} l on l.run_id = p.run_id and l.customer_id = p.customer_id
             and l.node || case when l.visit > 1 then '#' || l.visit else '' end = p.evidence->>'wait' and l.event_no::text = p.evidence->>'lateEvent'
           where p.evidence ? 'lateEvent' and ${ofRun('p.run_id')} and not coalesce(l.received_at < l.earns_until, false)`,
  },
  {
    what: 'each response on finance’s list came later than its campaign’s `late`, and each that came so with a reward ahead is on it',
    wrong: 'finance’s list of late responses is not right',
    rows: count('late_claims', ofRun('run_id')),
    find: `select coalesce(c.run_id, s.run_id) as run, coalesce(c.node, s.node) as node, coalesce(c.customer_id, s.customer_id) as customer
           from (select c.*, l.received_at >= l.earns_until as due from late_claims c left join ${RESPONSES} l
                   on l.run_id = c.run_id and l.customer_id = c.customer_id and l.node = c.node and l.visit = c.visit and l.event_no = c.event_no
                 where ${ofRun('c.run_id')}) c
           full join (select run_id, customer_id, node, visit from audit_steps where kind = 'late' and codes like 'late=too_late:%') s
             on s.run_id = c.run_id and s.customer_id = c.customer_id and s.node = c.node and s.visit = c.visit
           where c.no is null or s.node is null or not coalesce(c.due, false)`,
  },
];
