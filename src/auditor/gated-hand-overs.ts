/**
 * Law 6: every hand-over is gated, of messages and of money. What the gate saw is named by a gate version; whether a newer one was there to
 * be seen is asked of the deciding transaction's snapshot, never of a clock.
 */
import { count, ofRun, type Check, type Law } from './check.js';
import { insideHours } from './provider-hours.js';

/** Each hand-over of a message, with what it saw and when. */
const HAND_OVERS = `(
  select o.id, o.run_id, o.customer_id, o.channel, o.purpose, o.not_after, s.gate_version, x.now, x.snapshot, s.codes,
    coalesce(x.versions->'exclusions', '[]') as named, coalesce((x.versions->>'exclusionsSeen')::pg_snapshot, x.snapshot) as lists_seen
  from audit_steps s
  join outbox o on o.run_id = s.run_id and o.customer_id = s.customer_id and o.node = s.node and o.visit = s.visit
  left join decision_contexts x on x.id = s.context_id
  where s.kind = 'claim' and s.message = 'handed_over')`;

/** Each hand-over that a restoration presumes: that of before it was set back is lost with its gate. */
const PRESUMED = `(
  select o.id from audit_steps s
  join outbox o on o.run_id = s.run_id and o.customer_id = s.customer_id and o.node = s.node and o.visit = s.visit
  where s.kind = 'restoration' and s.message = 'presumed')`;

/** Every version of every exclusion list. */
const LISTS = `(select key, version, segment, valid_from, valid_to, active, xid from exclusion_lists)`;

/** A list `l` in force for a hand-over `h`: the newest version that its reading of the lists saw, active and valid. */
const IN_FORCE = `l.active and l.valid_from <= h.now and h.now < l.valid_to and pg_visible_in_snapshot(l.xid, h.lists_seen)
  and not exists (select 1 from exclusion_lists m
                  where m.key = l.key and m.version > l.version and pg_visible_in_snapshot(m.xid, h.lists_seen))`;

const HANDED_OVER = count('audit_steps', `kind = 'claim' and message = 'handed_over'`);

const messages: Check[] = [
  {
    what: 'each message that went out has a hand-over in the trace, or one that a restoration presumes',
    wrong: 'went out without a gated hand-over',
    rows: count('audit_contacts', ofRun('run_id')),
    find: `select c.id as message, c.run_id as run, c.customer_id as customer
           from audit_contacts c where ${ofRun('c.run_id')} and not exists (select 1 from ${HAND_OVERS} h where h.id = c.id)
             and not exists (select 1 from ${PRESUMED} h where h.id = c.id)`,
  },
  {
    what: 'each message has as many gated or presumed hand-overs as attempts',
    wrong: 'attempts and gated hand-overs differ',
    rows: count('outbox', ofRun('run_id')),
    find: `select o.id as message, o.run_id as run, o.customer_id as customer, o.attempts, coalesce(h.n, 0) as "handOvers"
           from outbox o left join (
             select id, count(*) as n from (select id from ${HAND_OVERS} h union all select id from ${PRESUMED} h) h group by 1) h on h.id = o.id
           where ${ofRun('o.run_id')} and o.attempts <> coalesce(h.n, 0)`,
  },
  {
    what: 'the gate version that a hand-over saw is active and consents to the channel and purpose',
    wrong: 'handed over to a customer whose status or consent forbids it',
    rows: HANDED_OVER,
    find: `select h.id as message, h.run_id as run, h.customer_id as customer, h.gate_version as "gateVersion",
                  coalesce(g.status, 'unknown') as status, g.consents->(h.channel || ':' || h.purpose) as consent
           from ${HAND_OVERS} h left join gate_versions g on g.customer_id = h.customer_id and g.gate_version = h.gate_version
           where g.status is distinct from 'active'
              or not coalesce((g.consents->(h.channel || ':' || h.purpose)->>'granted')::boolean, h.purpose = 'information')`,
  },
  {
    what: 'no newer gate version of the customer was visible to the hand-over',
    wrong: 'handed over by an outdated gate version',
    rows: HANDED_OVER,
    find: `select h.id as message, h.run_id as run, h.customer_id as customer, h.gate_version as seen, max(g.gate_version) as visible
           from ${HAND_OVERS} h join gate_versions g on g.customer_id = h.customer_id and g.gate_version > h.gate_version
           where pg_visible_in_snapshot(g.xid, h.snapshot) group by 1, 2, 3, 4`,
  },
  {
    what: 'no message was handed over in the quiet hours of its campaign and its customer’s zone, night consent and advertising e-mail aside',
    wrong: 'handed over in quiet hours',
    rows: HANDED_OVER,
    find: `select h.id as message, h.run_id as run, h.customer_id as customer, h.at::text as "localTime", h."from", h."to"
           from (
             select h.*, (h.now at time zone g.zone)::time as at, q."from", q."to"
             from ${HAND_OVERS} h
             join gate_versions g on g.customer_id = h.customer_id and g.gate_version = h.gate_version
             join runs r on r.id = h.run_id
             join campaign_versions v on v.campaign = r.campaign and v.version = r.version
             cross join lateral (
               select coalesce(v.definition#>>'{campaign,quietHours,from}', case h.purpose when 'advertising' then '21:00' end)::time as "from",
                      coalesce(v.definition#>>'{campaign,quietHours,to}', case h.purpose when 'advertising' then '08:00' end)::time as "to") q
             where not (h.channel = 'email' and h.purpose = 'advertising')
               and not coalesce((g.consents->(h.channel || ':' || h.purpose)->>'night')::boolean, false)) h
           where case when h."from" <= h."to" then h.at >= h."from" and h.at < h."to" else h.at >= h."from" or h.at < h."to" end`,
  },
  {
    what: 'the context of each hand-over names the exclusion lists in force that its snapshot saw, and the step says that none excludes',
    wrong: 'handed over without asking an exclusion list that was in force',
    rows: `select count(*) from ${HAND_OVERS} h cross join ${LISTS} l`,
    find: `select h.id as message, h.run_id as run, h.customer_id as customer, l.key || '@' || l.version as list
           from ${HAND_OVERS} h join ${LISTS} l on ${IN_FORCE}
           where not exists (
               select 1 from jsonb_array_elements_text(h.named) n where split_part(n, '/', 1) = l.key || '@' || l.version)
             or ',' || h.codes || ',' not like '%,exclusion=none,%'`,
  },
  {
    what: 'no message was handed over to a customer whom an uploaded list excluded, by the entries that its snapshot saw',
    wrong: 'handed over to an excluded customer',
    rows: `select count(*) from ${HAND_OVERS} h join exclusion_entries e on e.customer_id = h.customer_id`,
    find: `select h.id as message, h.run_id as run, h.customer_id as customer, l.key || '@' || l.version as list
           from ${HAND_OVERS} h
           join ${LISTS} l on ${IN_FORCE} and l.segment is null
           join lateral (
             select excluded, valid_from, valid_to from exclusion_entries e
             where e.list = l.key and e.customer_id = h.customer_id and pg_visible_in_snapshot(e.xid, h.lists_seen)
             order by e.no desc limit 1) e on e.excluded and e.valid_from <= h.now and h.now < e.valid_to`,
  },
  {
    what: 'no message was handed over at or after its notAfter',
    wrong: 'handed over too late',
    rows: HANDED_OVER,
    find: `select h.id as message, h.run_id as run, h.customer_id as customer, h.now::text as now, h.not_after::text as "notAfter"
           from ${HAND_OVERS} h where not coalesce(h.now < h.not_after, false)`,
  },
  {
    what: 'no advertising was handed over outside the validity of its review',
    wrong: 'handed over although its review was not valid',
    rows: HANDED_OVER,
    find: `select h.id as message, h.run_id as run, h.customer_id as customer, h.now::text as now, q.review->>'number' as review
           from ${HAND_OVERS} h
           join audit_terms r on r.run_id = h.run_id
           cross join lateral (select r.review, (h.now at time zone r.zone)::date as today) q
           where h.purpose = 'advertising' and q.review ? 'number'
             and (q.today > (q.review->>'validUntil')::date or q.today < (q.review->>'validFrom')::date)`,
  },
];

/** Each submission of a payout, with what it saw; not those that a restoration presumes. */
const SUBMISSIONS = `(
  select a.payout_key, a.attempt, a.customer_status, a.gate_version, p.run_id, p.customer_id, x.kind, x.snapshot,
         r.when_withdrawn, r.launched_by, r.opened_by,
         case jsonb_typeof(r.approval)
           when 'string' then r.approval #>> '{}' = 'always'
           when 'object' then p.currency <> r.approval#>>'{above,currency}' or p.amount > (r.approval#>>'{above,value}')::numeric
           else false end as needs_approval
  from payout_attempts a join payouts p on p.key = a.payout_key and ${ofRun('p.run_id')}
  join audit_terms r on r.run_id = p.run_id
  left join decision_contexts x on x.id = a.context_id
  where x.kind is distinct from 'restoration')`;

const SUBMITTED = `select count(*) from ${SUBMISSIONS} s`;

const money: Check[] = [
  {
    what: 'each submission has its claim’s context and says the status of the gate version that it saw',
    wrong: 'submitted without its context, or with a status that its gate version does not have',
    rows: SUBMITTED,
    find: `select s.payout_key as payout, s.attempt, s.run_id as run, s.customer_id as customer, s.customer_status as status,
                  s.gate_version as "gateVersion", coalesce(g.status, 'unknown') as "gateStatus"
           from ${SUBMISSIONS} s left join gate_versions g on g.customer_id = s.customer_id and g.gate_version = s.gate_version
           where s.kind is distinct from 'claim' or g.status is distinct from s.customer_status`,
  },
  {
    what: 'no newer gate version of the customer was visible to the submission',
    wrong: 'submitted by an outdated gate version',
    rows: SUBMITTED,
    find: `select s.payout_key as payout, s.attempt, s.run_id as run, s.customer_id as customer, s.gate_version as seen,
                  max(g.gate_version) as visible
           from ${SUBMISSIONS} s join gate_versions g on g.customer_id = s.customer_id and g.gate_version > s.gate_version
           where pg_visible_in_snapshot(g.xid, s.snapshot) group by 1, 2, 3, 4, 5`,
  },
  {
    what: 'nothing was submitted for an incident-reported customer, and for a withdrawn one only where the campaign says so',
    wrong: 'submitted for a customer whose status forbids it',
    rows: SUBMITTED,
    find: `select s.payout_key as payout, s.attempt, s.run_id as run, s.customer_id as customer, s.customer_status as status
           from ${SUBMISSIONS} s
           where s.customer_status = 'incident' or s.customer_status = 'withdrawn' and s.when_withdrawn is distinct from 'pay'`,
  },
  {
    what: 'what its campaign wants approved was submitted only after somebody else than who launched it or opened its run had approved it',
    wrong: 'submitted without the approval that its campaign wants',
    rows: `select count(*) from ${SUBMISSIONS} s where s.needs_approval`,
    find: `select s.payout_key as payout, s.attempt, s.run_id as run, s.customer_id as customer
           from ${SUBMISSIONS} s
           where s.needs_approval and not exists (
             select from payout_moves m
             where m.payout_key = s.payout_key and m.to_state = 'approved' and m.cause like 'person:%'
               and m.cause not in ('person:' || s.launched_by, 'person:' || s.opened_by)
               and m.no < (select min(t.no) from payout_moves t where t.payout_key = s.payout_key and t.to_state = 'submitting'
                 and t.cause <> 'restoration'))`,
  },
];

export const gatedHandOvers: Law = {
  law: 6,
  title: 'every hand-over is gated',
  open: `select (select count(*) from outbox where state in ('queued', 'submitting') and ${ofRun('run_id')})
    + (select count(*) from payouts where state in ('intended', 'approved', 'submitting') and ${ofRun('run_id')})`,
  checks: [...messages, ...money, insideHours],
};
