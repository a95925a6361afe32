/**
 * Law 7: every decision has a reason: whoever moved, got a message or ended has the trace of it, in known codes, with the context it was
 * decided in.
 */
import { arms } from './arms.js';
import { channels } from './channels.js';
import { count, ofRun, type Check, type Law } from './check.js';
import { labels } from './labels.js';
import { linksTraced } from './links.js';
import { payoutDecisions } from './payout-decisions.js';
import { isKept, retention } from './retention.js';
import { retriesDecided } from './retries.js';

const CODE =
  '(?:(?:status|exclusion|filter|pack|consent|address|quiet|policy|preferred|channel|offer|message|wait|branch|arm|repeat|amount|reward_cap|box|draw|reward|payout|link|moved_to|moved_from|retried|exit|late)=[^,|]+|stop)';

const LAST = `(select distinct on (run_id, customer_id) run_id, customer_id, node, visit, codes, message, ending
  from audit_steps where kind in ('cohort', 'migration', 'retry') order by run_id, customer_id, no desc, ord desc)`;

const PARTICIPANTS = count('participants', ofRun('run_id'));

const people: Check[] = [
  {
    what: 'each participant who is not where the run put them has a trace',
    wrong: 'moved without a trace',
    rows: PARTICIPANTS,
    find: `select p.run_id as run, p.customer_id as customer, p.node, p.state
           from participants p left join audit_nodes n on n.run_id = p.run_id and n.node = p.node
           where ${ofRun('p.run_id')} and ${isKept('p.run_id')} and (p.state <> 'active' or not coalesce(n.starts, false))
             and not exists (select 1 from audit_steps s where s.run_id = p.run_id and s.customer_id = p.customer_id
               and s.kind in ('cohort', 'migration'))`,
  },
  {
    what: 'each participant who ended has the reason as the last step of the trace, and nobody else has one there',
    wrong: 'an end that the trace does not give, or an end in the trace that was not one',
    rows: PARTICIPANTS,
    find: `select p.run_id as run, p.customer_id as customer, p.node, p.state, p.end_reason as "endReason", s.node as "lastNode", s.codes
           from participants p join ${LAST} s on s.run_id = p.run_id and s.customer_id = p.customer_id
           where ${ofRun('p.run_id')} and ${isKept('p.run_id')} and case
             when p.state = 'active' then s.ending is not null
             when s.node <> p.node or s.visit <> p.visit then true
             when s.ending is not null then s.ending is distinct from p.end_reason
             else coalesce('skipped_' || split_part(s.message, ':', 2) <> p.end_reason, true) end`,
  },
];

const answers: Check = {
  what: 'no wait timed out for somebody whose response to it was received in time',
  wrong: 'timed out, although a response in time is on record',
  rows: count('responses', `not late and ${ofRun('run_id')}`),
  find: `select r.run_id as run, r.node, r.visit, r.customer_id as customer, r.received_at::text as received
         from responses r join audit_steps s on s.run_id = r.run_id and s.customer_id = r.customer_id and s.node = r.node
           and s.visit = r.visit and s.kind = 'cohort' and ',' || s.codes || ',' like '%,wait=timeout,%'
         where not r.late and ${ofRun('r.run_id')}`,
};

const DECIDED = `(select run_id, customer_id, node, visit, count(*) as n from audit_steps
  where kind = 'cohort' and message = 'queued' group by 1, 2, 3, 4)`;

const messages: Check[] = [
  {
    what: 'each message has exactly one step that decided it, each such step its message',
    wrong: 'messages and the steps that decided them differ',
    rows: count('outbox', ofRun('run_id')),
    find: `select o.id as message, coalesce(o.run_id, s.run_id) as run, coalesce(o.node, s.node) as node,
                  coalesce(o.customer_id, s.customer_id) as customer, coalesce(s.n, 0) as steps
           from (select * from outbox where ${ofRun('run_id')}) o
           full join ${DECIDED} s on s.run_id = o.run_id and s.customer_id = o.customer_id and s.node = o.node and s.visit = o.visit
           where (o.id is null or s.n is distinct from 1) and ${isKept('coalesce(o.run_id, s.run_id)')}`,
  },
  {
    what: 'each withheld message has its reason in the trace of a hand-over',
    wrong: 'withheld without its reason in the trace',
    rows: count('outbox', `state = 'withheld' and ${ofRun('run_id')}`),
    find: `select o.id as message, o.run_id as run, o.node, o.customer_id as customer, o.reason from outbox o
           where o.state = 'withheld' and ${ofRun('o.run_id')} and not exists (
             select 1 from audit_steps s where s.run_id = o.run_id and s.customer_id = o.customer_id and s.node = o.node
               and s.visit = o.visit and s.kind = 'claim' and s.message = 'withheld:' || o.reason)`,
  },
];

const late: Check[] = [
  {
    what: 'each late response has exactly one step that says what came of it, each such step its response',
    wrong: 'late responses and the steps about them differ',
    rows: count('responses', `late and ${ofRun('run_id')}`),
    find: `select coalesce(r.run_id, s.run_id) as run, coalesce(r.node, s.node) as node, coalesce(r.customer_id, s.customer_id) as customer,
                  coalesce(s.n, 0) as steps
           from (select * from responses where late and ${ofRun('run_id')}) r
           full join (select run_id, customer_id, node, visit, count(*) as n from audit_steps
                      where kind = 'late' and codes like 'late=%' group by 1, 2, 3, 4) s
             on s.run_id = r.run_id and s.customer_id = r.customer_id and s.node = r.node and s.visit = r.visit
           where r.event_no is null or s.n is distinct from 1`,
  },
];

const rows: Check[] = [
  {
    what: 'each trace row has its decision context and a gate version of its customer',
    wrong: 'a trace row without its context or gate version',
    rows: `select count(distinct no) from audit_steps`,
    find: `select distinct s.run_id as run, s.customer_id as customer, s.no as trace, s.context_id as context, s.gate_version as "gateVersion"
           from audit_steps s left join gate_versions g on g.customer_id = s.customer_id and g.gate_version = s.gate_version
           where s.kind is null or g.customer_id is null`,
  },
  {
    what: 'each step is at a node of its run’s version and in known codes',
    wrong: 'a step in unknown codes or at an unknown node',
    rows: count('audit_steps'),
    find: `select s.run_id as run, s.customer as customer, s.node, s.codes, s.n as steps
           from (select run_id, node, visit, codes, min(customer_id) as customer, count(*) as n from audit_steps group by 1, 2, 3, 4) s
           left join audit_nodes n on n.run_id = s.run_id and n.node = s.node
           where n.node is null or s.visit is null or s.codes !~ '^(?:${CODE}(?:,${CODE})*)?$'`,
  },
];

export const tracedReasons: Law = {
  law: 7,
  title: 'every decision has a reason',
  open: count('participants', `state = 'active' and ${ofRun('run_id')}`),
  checks: [
    ...people,
    answers,
    ...arms,
    ...labels,
    ...messages,
    ...channels,
    ...late,
    ...linksTraced,
    ...rows,
    ...payoutDecisions,
    ...retention,
    ...retriesDecided,
  ],
};
