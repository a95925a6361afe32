/**
 * Law 4: people and messages add up, per node. The counters are recounted from what they count: participants, the trace and the outbox,
 * all in one snapshot.
 */
import { count, ofRun, type Check, type Law } from './check.js';
import { peopleMoved } from './migrations.js';
import { isKept } from './retention.js';
import { peoplePutBack } from './retries.js';

/** Steps of the deciding cohorts; those of hand-overs move nobody. */
const WALKED = `(
  select s.run_id, s.customer_id, s.no, s.node, s.visit,
         lead(s.no) over w as next_no, coalesce(lead(s.node) over w, p.node) as next_node,
         coalesce(lead(s.visit) over w, p.visit) as next_visit
  from audit_steps s left join participants p on p.run_id = s.run_id and p.customer_id = s.customer_id
  where s.kind = 'cohort'
  window w as (partition by s.run_id, s.customer_id order by s.no, s.ord))`;

/** A step at the same node in the same visit in a later transaction is the same stay going on; anything else is a move. */
const EDGES = `
  select run_id, node, visit, next_node, next_visit, count(*) as n from ${WALKED} w
  where next_node is not null and ((next_node, next_visit) <> (node, visit) or next_no = no) group by 1, 2, 3, 4, 5`;

const PEOPLE = `(
  with edges as materialized (${EDGES})
  select run_id, node, 1::smallint as visit, 'entered' as measure, '' as reason, count(*) as n from (
    select p.run_id, n.node from participants p join audit_nodes n on n.run_id = p.run_id and n.starts
    where p.run_id not in (select run_id from run_migrations)
    union all select run_id, node from audit_steps where kind = 'migration' and codes like 'moved_from=%') started group by 1, 2
  union all select run_id, next_node, next_visit, 'entered', '', n from edges
  union all select run_id, node, visit, 'moved', next_node, n from edges
  union all select run_id, node, visit, 'here', '', count(*) from participants where state = 'active' and ${ofRun('run_id')} group by 1, 2, 3
  union all select run_id, node, visit, 'ended', coalesce(end_reason, ''), count(*) from participants
    where state <> 'active' and ${ofRun('run_id')} group by 1, 2, 3, 5)`;

const MESSAGES = `(
  select run_id, node, visit, 'decided' as measure, '' as reason, count(*) as n from audit_steps
    where kind = 'cohort' and (message = 'queued' or message like 'suppressed:%') group by 1, 2, 3
  union all select run_id, node, visit, 'suppressed', split_part(message, ':', 2), count(*) from audit_steps
    where kind = 'cohort' and message like 'suppressed:%' group by 1, 2, 3, 5
  union all select run_id, node, visit, 'drawn', arm, count(*) from audit_steps where kind = 'cohort' and arm is not null group by 1, 2, 3, 5
  union all select run_id, node, visit, state, case when state in ('rejected', 'withheld') then coalesce(reason, '') else '' end, count(*)
    from outbox where ${ofRun('run_id')} group by 1, 2, 3, 4, 5
  union all select run_id, node, visit, case when late then 'late' else 'responded' end, '', count(*)
    from responses where ${ofRun('run_id')} group by 1, 2, 3, 4)`;

const PEOPLE_MEASURES = `('entered', 'here', 'moved', 'ended')`;
const MESSAGE_MEASURES = `('decided', 'queued', 'submitting', 'accepted', 'rejected', 'ambiguous', 'withheld', 'suppressed', 'responded', 'late', 'drawn')`;

const recount = (recounted: string, measures: string) => `
  select run_id as run, node, visit, measure, reason, coalesce(c.n, 0) as counter, coalesce(f.n, 0) as recounted
  from (select run_id, node, visit, measure, reason, sum(n) as n from counters
        where measure in ${measures} and ${ofRun('run_id')} group by 1, 2, 3, 4, 5) c
  full join (select run_id, node, visit, measure, reason, sum(n) as n from ${recounted} r group by 1, 2, 3, 4, 5) f
    using (run_id, node, visit, measure, reason)
  where coalesce(c.n, 0) <> coalesce(f.n, 0) and ${isKept('run_id')}`;

const sums = (total: string, parts: string) => `
  select run_id as run, node, visit, total as "${total}", parts as sum
  from (select run_id, node, visit, coalesce(sum(n) filter (where measure = '${total}'), 0) as total,
               coalesce(sum(n) filter (where measure in (${parts})), 0) as parts
        from counters where ${ofRun('run_id')} group by 1, 2, 3) c
  where total <> parts`;

const checks: Check[] = [
  {
    what: 'people per node: entered = here + moved on + ended',
    wrong: 'people do not add up',
    rows: `select count(distinct (run_id, node, visit)) from counters where measure = 'entered' and ${ofRun('run_id')}`,
    find: sums('entered', `'here', 'moved', 'ended'`),
  },
  {
    what: 'messages per send node: decided = queued + submitting + accepted + rejected + ambiguous + withheld + suppressed',
    wrong: 'messages do not add up',
    rows: `select count(distinct (run_id, node, visit)) from counters where measure = 'decided' and ${ofRun('run_id')}`,
    find: sums('decided', `'queued', 'submitting', 'accepted', 'rejected', 'ambiguous', 'withheld', 'suppressed'`),
  },
  {
    what: 'people counted = people recounted from participants and the edges of the trace',
    wrong: 'a counter of people that the participants and their trace do not give',
    rows: count('participants', ofRun('run_id')),
    find: recount(PEOPLE, PEOPLE_MEASURES),
  },
  {
    what: 'messages, responses and arms counted = those recounted from outbox, trace and responses',
    wrong: 'a counter of messages that outbox and trace do not give',
    rows: count('outbox', ofRun('run_id')),
    find: recount(MESSAGES, MESSAGE_MEASURES),
  },
  {
    what: 'each frozen run has as many participants as its audience counted and single entrants were let in',
    wrong: 'participants and audience differ',
    rows: count('runs', `state <> 'opening' and ${ofRun('id')}`),
    find: `select r.id as run, r.audience_count as audience, coalesce(e.n, 0) as entrants, coalesce(p.n, 0) as participants
           from runs r left join (select run_id, count(*) as n from participants group by 1) p on p.run_id = r.id
           left join (select run_id, count(*) as n from entrants where outcome = 'entered' group by 1) e on e.run_id = r.id
           where r.state <> 'opening' and ${ofRun('r.id')} and r.audience_count + coalesce(e.n, 0) <> coalesce(p.n, 0)`,
  },
  {
    what: 'each run frozen from a lake counts the ids that its freeze was given, no fewer than its audience; no other run does',
    wrong: 'ids of a lake that the freeze was not given',
    rows: count('runs', `state <> 'opening' and ${ofRun('id')}`),
    find: `select r.id as run, r.source_count as counted, d.listed, r.audience_count as audience
           from runs r left join (select run_id, max((versions ->> 'listed')::bigint) as listed from decision_contexts where kind = 'freeze' group by 1) d
             on d.run_id = r.id
           where r.state <> 'opening' and ${ofRun('r.id')}
             and (r.source_count is distinct from d.listed or r.source_count < r.audience_count)`,
  },
  {
    what: 'single entrants that were refused = those counted, by reason',
    wrong: 'a counter of refused entrants that their record does not give',
    rows: count('entrants', `outcome <> 'entered' and ${ofRun('run_id')}`),
    find: `select run_id as run, reason, coalesce(c.n, 0) as counter, coalesce(e.n, 0) as recounted
           from (select run_id, reason, sum(n) as n from counters where measure = 'refused' and ${ofRun('run_id')} group by 1, 2) c
           full join (select run_id, outcome as reason, count(*) as n from entrants
                      where outcome <> 'entered' and ${ofRun('run_id')} group by 1, 2) e using (run_id, reason)
           where coalesce(c.n, 0) <> coalesce(e.n, 0)`,
  },
];

export const twoSums: Law = {
  law: 4,
  title: 'two sums always add up',
  open: count('participants', `state = 'active' and ${ofRun('run_id')}`),
  checks: [...checks, ...peopleMoved, ...peoplePutBack],
};
