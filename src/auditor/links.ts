/**
 * Linked campaigns: whoever the trace says went on in another campaign has a link, which was told once, and whom it let in is in a run there (laws 7, 8).
 */
import { count, ofRun, type Check } from './check.js';
import { CLOCK, LATE, paused, resumed } from './lateness.js';

/** The run of the customer's next entry: their nth is in `entries-<n>`. */
const ROUND = `(select n.id from runs n where n.campaign = s.campaign and n.version = s.version and n.trigger_key = 'entries-' || (
  select count(*) + 1 from campaign_entries e where e.campaign = l.campaign and e.customer_id = l.customer_id))`;
const SCOPES = [`'campaign/' || l.campaign`, `'run/' || s.run_id`, `'run/' || ${ROUND}`] as const;

export const linksTraced: Check[] = [
  {
    what: 'each link in the trace was written with the campaign that it leads to, and nothing else was',
    wrong: 'a link that the trace does not give, or a link in the trace that nobody wrote',
    rows: count('links', ofRun('run_id')),
    find: `select coalesce(s.run_id, l.run_id) as run, coalesce(s.customer_id, l.customer_id) as customer,
                  coalesce(s.node, l.node) as node, s.codes, l.campaign as "leadsTo"
           from (select run_id, customer_id, node, visit, codes, substring(codes from 'link=([^,|]+)') as campaign
                 from audit_steps where kind = 'cohort' and codes ~ '(^|,)link=') s
           full join (select * from links where ${ofRun('run_id')}) l
             on l.run_id = s.run_id and l.customer_id = s.customer_id and l.node = s.node and l.visit = s.visit
           where s.campaign is distinct from l.campaign`,
  },
  {
    what: 'each link that was refused says the reason that its customer was refused with when it was told',
    wrong: 'a link refused for a reason that no record of a refusal gives',
    rows: count('links', `outcome = 'refused' and ${ofRun('run_id')}`),
    find: `select l.id as link, l.run_id as run, l.customer_id as customer, l.campaign as "leadsTo", l.reason
           from links l join events v on v.message_id = l.id
           where l.outcome = 'refused' and ${ofRun('l.run_id')} and not exists (
             select from runs r join entrants n on n.run_id = r.id and n.customer_id = l.customer_id
             where r.campaign = l.campaign and n.at = v.received_at and n.outcome = l.reason)`,
  },
];

/** Told to a campaign, whatever came of it. */
const TOLD = `l.outcome in ('entered', 'refused', 'not_open')`;

export const linksTold: Check[] = [
  {
    what: 'no link to a campaign that is launched, and not paused, is untold for more than 60 s',
    wrong: 'somebody ended to go on in another campaign, and nobody tells it',
    rows: count('links', `outcome is null and ${ofRun('run_id')}`),
    find: `select l.id as link, l.run_id as run, l.customer_id as customer, l.at::text as at
           from ${CLOCK} cross join links l join event_starts s on s.campaign = l.campaign join runs r on r.id = s.run_id
           where l.outcome is null and ${ofRun('l.run_id')} and not ${paused(...SCOPES)}
             and greatest(l.at, r.started_at, ${resumed(...SCOPES)}) < k.business_now - ${LATE}`,
  },
  {
    what: 'each link that was told is one event, and who entered by it is in a run of that campaign',
    wrong: 'a link whose event or entry is missing, or an entry without its link',
    rows: count('links', `outcome is not null and ${ofRun('run_id')}`),
    find: `select coalesce(l.id, v.message_id) as link, coalesce(l.customer_id, v.customer_id) as customer, l.campaign as "leadsTo", l.outcome
           from (select * from links where ${ofRun('run_id')}) l
           full join (select no, message_id, customer_id from events where name like 'campaign.%' and ${ofRun(`properties->>'run'`)}) v
             on v.message_id = l.id
           left join campaign_entries e on e.campaign = l.campaign and e.customer_id = l.customer_id and e.event_no = v.no
           left join participants p on p.customer_id = e.customer_id and p.run_id = e.run_id
           where l.id is null or coalesce(${TOLD}, false) <> (v.no is not null) or (l.outcome = 'entered') <> (p.run_id is not null)`,
  },
];
