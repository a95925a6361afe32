/**
 * Law 5: no customer over the cap, over all campaigns and channels together. Messages are taken from the gateways' books, each at its
 * hand-over's now. A window is judged by each policy version that the last of its messages was decided or handed over under. Periods of
 * the calendar are told apart by local dates, never by where they begin.
 */
import { count, ofRun, type Check, type Law } from './check.js';
import { rewardCaps } from './reward-caps.js';

const counts = (
  contact: string,
) => `not (p.exempt_information and ${contact}.purpose = 'information') and case p.scope->>'kind'
  when 'all' then true when 'channel' then ${contact}.channel = p.scope->>'value' when 'purpose' then ${contact}.purpose = p.scope->>'value'
  when 'product' then coalesce(${contact}.product = p.scope->>'value', false) else false end`;

/** Rolling: the half-open (end - span, end]. Calendar: the same local day, ISO week or month as the last one, in its zone. */
const IN_WINDOW = `d.at <= c.at and case p."window"->>'kind'
  when 'rolling' then d.at > c.at - (p."window"->>'spanMs')::bigint * interval '1 millisecond'
  else date_trunc(p."window"->>'unit', d.at at time zone c.zone) = date_trunc(p."window"->>'unit', c.at at time zone c.zone) end`;

/** A policy known this long before a decision must have been seen by it. */
const KNOWN = `interval '10 seconds'`;
/** A `now` is good for a minute: a version that was replaced within it may have been seen replaced. */
const NOW_GOOD = `interval '70 seconds'`;

const checks: Check[] = [
  {
    what: 'in no window, rolling or of the calendar, that ends at a message are there more messages than the policy’s cap allows',
    wrong: 'over the cap',
    rows: count('audit_contacts', ofRun('run_id')),
    find: `select w.policy, w.customer_id as customer, w.id as message, w.run_id as run, w.at::text as at, w.n as messages, w.cap
           from (select p.key || '@' || p.version as policy, p.cap, c.id, c.customer_id, c.run_id, c.at,
                        count(*) as n, max(d.context_id) as decided_by, max(d.claim_id) as handed_over_by
                 from contact_policies p
                 join audit_contacts c on ${counts('c')}
                 join audit_contacts d on d.customer_id = c.customer_id and ${IN_WINDOW} and ${counts('d')}
                 where ${ofRun('c.run_id')}
                 group by p.key, p.version, p.cap, c.id, c.customer_id, c.run_id, c.at
                 having count(*) > p.cap) w
           where exists (select 1 from decision_contexts x
                         where x.id in (w.decided_by, w.handed_over_by) and x.versions->'policies' ? w.policy)`,
  },
  {
    what: 'each cohort and each claim saw every policy that was in force',
    wrong: 'decided without a policy that was in force',
    rows: count('decision_contexts', `kind in ('cohort', 'claim') and versions ? 'policies' and ${ofRun('run_id')}`),
    find: `select x.id as context, x.run_id as run, p.key as policy, p.version
           from decision_contexts x
           join (select key, version, created_at, active,
                        lead(created_at) over (partition by key order by version) as replaced_at from contact_policies) p
             on p.active and p.created_at < x.now - ${KNOWN} and (p.replaced_at is null or p.replaced_at > x.now + ${NOW_GOOD})
           where x.kind in ('cohort', 'claim') and ${ofRun('x.run_id')} and x.versions ? 'policies'
             and not x.versions->'policies' ? (p.key || '@' || p.version)`,
  },
  {
    what: 'each message that may still go out or has gone out holds its contact, each other one has given it back',
    wrong: 'message and contact do not agree',
    rows: count('outbox', ofRun('run_id')),
    find: `select coalesce(o.id, c.message_id) as message, coalesce(o.customer_id, c.customer_id) as customer,
                  coalesce(o.state, 'none') as message_state, coalesce(c.state, 'none') as contact_state
           from (select * from outbox where ${ofRun('run_id')}) o
           full join (select * from contacts where ${ofRun('run_id')}) c on c.message_id = o.id
           where c.state is distinct from case when o.state in ('queued', 'submitting', 'ambiguous') then 'reserved'
                   when o.state = 'accepted' then 'counted'
                   when o.state in ('rejected', 'withheld') then 'returned' end
              or (c.customer_id, c.channel, c.purpose) is distinct from (o.customer_id, o.channel, o.purpose)
              or (o.state in ('submitting', 'accepted') and c.at is distinct from o.handover_at)`,
  },
];

export const contactCap: Law = {
  law: 5,
  title: 'no customer over the cap',
  open: count('contacts', `state = 'reserved' and ${ofRun('run_id')}`),
  checks: [...checks, ...rewardCaps],
};
