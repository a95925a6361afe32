/**
 * Law 9: business time is an argument. Where an installation has a business epoch, every time that a decision was made at lies between the
 * epoch and business now; and a lane’s now never goes back. A lane’s contexts are numbered under its lock, in the order of their commits.
 */
import { count, ofRun, type Check, type Law } from './check.js';

const AHEAD = `interval '60 seconds'`;
const CLOCK = `audit_clock k`;

const outside = (time: string) => `k.epoch is not null and (${time} < k.epoch or ${time} > k.business_now + ${AHEAD})`;

const checks: Check[] = [
  {
    what: 'with a business epoch, every decision’s now lies between the epoch and business now',
    wrong: 'decided at a time that is not business time',
    rows: count('decision_contexts', ofRun('run_id')),
    find: `select x.id as context, x.run_id as run, x.kind, x.queue, x.now::text as now from ${CLOCK} cross join decision_contexts x
           where ${ofRun('x.run_id')} and ${outside('x.now')}`,
  },
  {
    what: 'with a business epoch, every message and payout was decided between the epoch and business now',
    wrong: 'decided at a time that is not business time',
    rows: `select (select count(*) from outbox where ${ofRun('run_id')}) + (select count(*) from payouts where ${ofRun('run_id')})`,
    find: `select o.id as item, o.run_id as run, o.decided_at::text as decided
           from ${CLOCK} cross join (select id, run_id, decided_at from outbox union all select key, run_id, decided_at from payouts) o
           where ${ofRun('o.run_id')} and ${outside('o.decided_at')}`,
  },
  {
    what: 'with a business epoch, every response was received between the epoch and business now',
    wrong: 'received at a time that is not business time',
    rows: count('responses', ofRun('run_id')),
    find: `select r.run_id as run, r.node, r.visit, r.customer_id as customer, r.received_at::text as received
           from ${CLOCK} cross join responses r where ${ofRun('r.run_id')} and ${outside('r.received_at')}`,
  },
  {
    what: 'a lane’s now never goes back from one of its transactions to the next, nor does its step',
    wrong: 'a lane’s now or step went back',
    rows: count('decision_contexts', `kind = 'cohort' and ${ofRun('run_id')}`),
    find: `select run_id as run, queue as lane, step, id as context, now::text as now, before::text as before, "stepBefore"
           from (select *, lag(now) over w as before, lag(step) over w as "stepBefore"
                 from decision_contexts where kind = 'cohort' and ${ofRun('run_id')}
                 window w as (partition by run_id, queue order by id)) x
           where now < before or step < "stepBefore"`,
  },
];

export const businessTime: Law = { law: 9, title: 'business time is an argument', open: 'select 0', checks };
