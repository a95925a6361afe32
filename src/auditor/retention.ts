/**
 * Law 7, over years: a decision has its reason until its run has expired. That it has is believed only where the floors allowed it: else all that is gone
 * is missing. What money rests on never expires, so that law 1 is judged as ever.
 */
import type pg from 'pg';
import { count, ofRun, type Check } from './check.js';

export const EXPIRED_TABLE = 'create temporary table audit_expired (run_id text collate "C" primary key);';

/** The condition that a run has not expired: then its decisions and messages have to be whole. */
export const isKept = (column: string): string => `${column} not in (select run_id from audit_expired)`;

const OPEN = `('intended', 'approved', 'submitting', 'accepted', 'ambiguous', 'held')`;

/** The longest window of the contact policies that were in force at `t.at`. */
const LONGEST = `(
  select coalesce(max(case p."window"->>'kind' when 'rolling' then (p."window"->>'spanMs')::bigint * interval '1 millisecond'
    else ('1 ' || (p."window"->>'unit'))::interval end), interval '0')
  from (select distinct on (key) * from contact_policies where created_at <= t.at order by key, version desc) p where p.active)`;

/** Each run that is said to have expired, with what was in the way at that time; null: nothing. */
const JUDGED = `(
  select t.no, t.run_id, t.removed, case
    when p.days is null or p.created_at > t.at then 'expired without a policy'
    when t.through > t.at - p.days * interval '1 day' then 'expired sooner than its policy says'
    when r.state <> 'closed' or r.closed_at >= t.through then 'expired before it had been over for so long'
    when r.closed_at + ${LONGEST} > t.at then 'expired while its contacts counted'
    when exists (select from listeners l where l.run_id = r.id and l.late_until > t.at) then 'expired while late responses were heard'
    when exists (select from run_migrations m join runs n on n.id = m.run_id where m.from_run = r.id and coalesce(n.closed_at > t.at, true))
      then 'expired before those who were moved had ended'
    when exists (select from links l where l.run_id = r.id and l.outcome is null) then 'expired with a link that nobody told'
    when exists (select from payouts y where y.run_id = r.id and (y.state in ${OPEN}
        or y.state = 'paid' and exists (select from settlement_files f where f.provider = y.provider and f.at <= t.at)))
      then 'expired with a payout that is open or not settled'
    when exists (select from payouts y join payout_reversals v on v.payout_key = y.key where y.run_id = r.id
        and v.requested_at <= t.at and coalesce(v.decided_at > t.at, v.state in ('requested', 'submitting', 'ambiguous')))
      then 'expired with an open reversal'
    when exists (select from payouts y join owed_items o on o.payout_key = y.key
        where y.run_id = r.id and o.opened_at <= t.at and coalesce(o.decided_at > t.at, true)) then 'expired with something owed'
    when exists (select from payouts y join settlement_breaks b on b.key = y.key where y.run_id = r.id and 'open' = (
        select m.to_state from settlement_break_moves m where m.break_id = b.id and m.at <= t.at order by m.no desc limit 1))
      then 'expired below an open break'
    when exists (select from lucky_draws d join lucky_boxes b on b.key = d.box where d.run_id = r.id and coalesce(b.closed_at > t.at, true))
      then 'expired before the lucky box was closed'
    when exists (select from payouts y cross join installation i where y.run_id = r.id and y.paid_at is not null and not exists (
        select from exports e where e.kind = 'statement' and e.at <= t.at
          and e.query->>'month' = to_char(y.paid_at at time zone i.zone, 'YYYY-MM'))) then 'expired before the statement of its month'
    end as wrong
  from retentions t join runs r on r.id = t.run_id
  left join retention_policies p on p.kind = t.kind and p.version = t.policy
  where t.kind = 'runs')`;

/** Believe what may be believed; within the snapshot, before anything else is taken from it. */
export async function loadExpired(client: pg.ClientBase): Promise<void> {
  await client.query(`insert into audit_expired select run_id from ${JUDGED} j where wrong is null`);
}

/** What rules looked back at when events were removed: by name, since when. A calendar's period is taken as later than it began. */
const LOOKED_BACK = `
  rules as (
    select t.no, s.rule as definition, t.at from retentions t join segments s on s.created_at < t.at - interval '1 minute' and not exists (
      select from segments n where n.key = s.key and n.version > s.version and n.created_at <= t.at + interval '1 minute')
    where t.kind = 'events'
    union all
    select t.no, v.definition, t.at from retentions t join campaign_versions v on v.launched_at < t.at - interval '1 minute'
    join campaigns c on c.key = v.campaign and c.state <> 'ended' where t.kind = 'events'),
  measured as (
    select r.no, r.at, o.of, n.name from rules r cross join lateral jsonb_path_query(r.definition, '$.**.of') o(of)
    cross join lateral (select o.of->>'event' union all select f->>'event' from jsonb_array_elements(coalesce(o.of->'followedBy', '[]')) f) n(name)),
  looked as (
    select no, name, case m.of#>>'{window,kind}' when 'rolling' then m.at - (m.of#>>'{window,span}')::interval
      when 'calendar' then m.at - (m.of#>>'{window,back}')::int * ('1 ' || (m.of#>>'{window,unit}'))::interval
      when 'fixed' then (m.of#>>'{window,from}')::timestamptz else '-infinity' end as since from measured m
    union all
    select r.no, b.on->>'event', r.at - (b.on->>'within')::interval
    from rules r cross join lateral jsonb_path_query(r.definition, '$.** ? (exists(@.event) && exists(@.within))') b("on"))`;

export const retention: Check[] = [
  {
    what: 'each run that expired had been over for as long as the policy in force said, and nothing of it was open',
    wrong: 'expired below a floor',
    rows: count('retentions', `kind = 'runs' and ${ofRun('run_id')}`),
    find: `select run_id as run, wrong from ${JUDGED} j where wrong is not null and ${ofRun('run_id')}`,
  },
  {
    what: 'each run that expired had as many messages as its counters tell',
    wrong: 'expired with other messages than its counters tell',
    rows: count('audit_expired', ofRun('run_id')),
    find: `select j.run_id as run, j.removed->>'messages' as removed, coalesce(c.n, 0) as counters
           from ${JUDGED} j left join (select run_id, sum(n) as n from counters
             where measure in ('queued', 'submitting', 'accepted', 'rejected', 'ambiguous', 'withheld') group by 1) c on c.run_id = j.run_id
           where j.wrong is null and ${ofRun('j.run_id')} and (j.removed->>'messages')::bigint is distinct from coalesce(c.n, 0)::bigint`,
  },
  {
    what: 'each response has its event until its run has expired, and for ever where money rests on it',
    wrong: 'a response whose event is gone',
    rows: count('responses', ofRun('run_id')),
    find: `select r.run_id as run, r.node, r.customer_id as customer, r.event_no as event
           from responses r left join events e on e.no = r.event_no
           where e.no is null and ${ofRun('r.run_id')} and (${isKept('r.run_id')} or exists (
             select from audit_steps s where s.run_id = r.run_id and s.customer_id = r.customer_id and (s.reward is not null or s.kind = 'late')))`,
  },
  {
    what: 'no event was removed that the policy in force kept, or that a rule in force looked back at',
    wrong: 'an event removed too soon',
    rows: count('retentions', `kind = 'events' and $1::text is null`),
    find: `with ${LOOKED_BACK}
           select t.no as retention, g.name, g.newest::text as newest
           from retentions t left join retention_policies p on p.kind = t.kind and p.version = t.policy
           cross join lateral (select k as name, (v->>'newest')::timestamptz as newest from jsonb_each(t.removed) j(k, v)) g
           where t.kind = 'events' and $1::text is null
             and (p.days is null or p.created_at > t.at or t.through > t.at - p.days * interval '1 day' or g.newest >= t.through
               or exists (select from looked l where l.no = t.no and l.name = g.name and l.since <= g.newest))`,
  },
];
