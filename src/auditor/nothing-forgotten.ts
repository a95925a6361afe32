/**
 * Law 8: what is due moves within 60 s. One index probe each over open lanes, the queues of gateways and providers, and open runs finds what
 * is due and unclaimed. A queue that handed something over within the last 60 s is at work, and so is a lane that decided something, however
 * long it is.
 */
import { anonymousJoined } from './anonymous.js';
import { sealedInTime } from './chain.js';
import { count, ofRun, type Check, type Law } from './check.js';
import { CLOCK, LATE, paused, resumed } from './lateness.js';
import { linksTold } from './links.js';
import { filesLeave } from './payout-files.js';
import { restsByHours } from './provider-hours.js';
import { retriesCarriedOut } from './retries.js';

const stopped = (...scopes: string[]) =>
  `exists (select 1 from controls c where c.state = 'stopped' and c.scope in ('all', ${scopes.join(', ')}))`;

/** Its provider is left alone, or one payout tries it: open, or until just now. */
const restsByBreaker = (provider: string) => `exists (
  select from provider_breakers b where b.provider = ${provider} and greatest(b.open_until, b.probe_until) > k.database_now - ${LATE})`;

/** The queue of a message or payout waits for a time, a person, or is at work; that of a payout also for a breaker, or for its provider’s hours. */
const rests = (kind: 'delivery' | 'payout', name: string, shard: string) => `(
  exists (select 1 from queues q where q.kind = '${kind}' and q.name = ${name} and q.shard = ${shard}
    and (q.attention is not null or q.blocked_until > k.database_now - ${LATE}))
  or exists (select 1 from ${kind === 'delivery' ? 'message_attempts a where a.gateway' : 'payout_attempts a where a.provider'} = ${name}
    and a.shard = ${shard} and a.opened_at > k.database_now - ${LATE})
  ${kind === 'payout' ? `or ${restsByBreaker(name)} or ${restsByHours(name)}` : ''})`;

const people: Check[] = [
  {
    what: 'nobody is due for more than 60 s in an open lane that is not at work',
    wrong: 'due, and nobody moves them',
    rows: count('lanes', ofRun('run_id')),
    find: `select l.run_id as run, l.lane, p.customer_id as customer, p.node, p.due_at::text as due
           from ${CLOCK} cross join lanes l join runs r on r.id = l.run_id
           cross join lateral (select customer_id, node, due_at from participants p
             where p.run_id = l.run_id and p.lane = l.lane and p.state = 'active' and p.due_at < k.business_now - ${LATE}
             order by p.due_at limit 100) p
           where ${ofRun('l.run_id')} and not ${paused(`'run/' || r.id`, `'campaign/' || r.campaign`)}
             and ${resumed(`'run/' || r.id`, `'campaign/' || r.campaign`)} < k.business_now - ${LATE}
             and not exists (select 1 from decision_contexts x where x.kind = 'cohort' and x.run_id = l.run_id
                               and x.queue = l.lane::text and x.recorded_at > k.database_now - ${LATE})`,
  },
  {
    what: 'everybody active has a time at which they are due, in a lane and a run that are open',
    wrong: 'active, but nothing will move them',
    rows: count('participants', ofRun('run_id')),
    find: `select p.run_id as run, p.lane, p.customer_id as customer, p.node from participants p
           left join runs r on r.id = p.run_id left join lanes l on l.run_id = p.run_id and l.lane = p.lane
           where p.state = 'active' and ${ofRun('p.run_id')}
             and (p.due_at is null or r.state is distinct from 'running' or l.done is distinct from false)`,
  },
  {
    what: 'no run is opening, or running with all its lanes done, for more than 60 s',
    wrong: 'a run that nobody carries on',
    rows: count('runs', ofRun('id')),
    find: `select r.id as run, r.state, r.started_at::text as started from ${CLOCK} cross join runs r
           where ${ofRun('r.id')} and not ${paused(`'run/' || r.id`, `'campaign/' || r.campaign`)}
             and ((r.state = 'opening' and r.started_at < k.business_now - ${LATE})
               or (r.state = 'running' and not (r.takes_entrants and not ${stopped(`'run/' || r.id`, `'campaign/' || r.campaign`)})
                 and not exists (select 1 from lanes l where l.run_id = r.id and not l.done)
                 and coalesce((select max(x.now) from decision_contexts x where x.run_id = r.id), r.started_at) < k.business_now - ${LATE}
                 and (select coalesce(max(x.at), '-infinity') from control_changes x
                      where x.scope in ('all', 'run/' || r.id, 'campaign/' || r.campaign)) < k.business_now - ${LATE}))`,
  },
  {
    what: 'no slot of a campaign’s start is due, unjudged, for more than 60 s',
    wrong: 'a start that nobody fires',
    rows: count('campaign_starts', '$1::text is null'),
    find: `select s.campaign, s.next_at::text as slot from ${CLOCK} cross join campaign_starts s
           where $1::text is null and s.next_at < k.business_now - ${LATE}
             and not exists (select 1 from controls c where c.scope = 'restoration' and (c.state = 'paused' or c.at >= k.business_now - ${LATE}))`,
  },
];

const switches: Check[] = [
  {
    what: 'no resume or stop is unfinished for more than 60 s',
    wrong: 'a switch whose work nobody does',
    rows: count('control_changes', 'finished_at is null'),
    find: `select x.scope, x.no as change, x.state from ${CLOCK} cross join control_changes x
           where x.finished_at is null and x.made_at < k.database_now - ${LATE}
             and ($1::text is null or exists (select 1 from control_work w where w.change_no = x.no and w.run_id = $1))`,
  },
  {
    what: 'nobody is active, and no message queued, in a run that was stopped more than 60 s ago',
    wrong: 'stopped, and not ended',
    rows: count('control_changes', `state = 'stopped' and finished_at is null`),
    find: `select r.id as run, s.scope, p.node from ${CLOCK} cross join controls s
           join runs r on s.scope in ('all', 'run/' || r.id, 'campaign/' || r.campaign)
           cross join lateral (
             select p.node from participants p where p.run_id = r.id and p.state = 'active'
             union all select o.node from outbox o where o.run_id = r.id and o.state = 'queued'
               and not ${rests('delivery', 'o.gateway', 'o.shard')} and not exists (
                 select 1 from controls c where c.scope in ('all', 'restoration', 'gateway/' || o.gateway) and c.state = 'paused')
             limit 1) p
           where s.state = 'stopped' and ${ofRun('r.id')} and s.at < k.business_now - ${LATE}
             and r.started_at < k.business_now - ${LATE}`,
  },
];

const messages: Check[] = [
  {
    what: 'no message is queued for more than 60 s at a gateway that neither rests nor works',
    wrong: 'queued, and nobody hands it over',
    rows: count('outbox', ofRun('run_id')),
    find: `select o.id as message, o.run_id as run, o.gateway, o.shard, o.decided_at::text as decided
           from ${CLOCK} cross join outbox o join runs r on r.id = o.run_id
           where o.state = 'queued' and ${ofRun('o.run_id')} and o.decided_at < k.business_now - ${LATE}
             and coalesce(o.not_before, '-infinity') < k.database_now - ${LATE}
             and not ${rests('delivery', 'o.gateway', 'o.shard')}
             and not ${paused(`'run/' || r.id`, `'campaign/' || r.campaign`, `'channel/' || o.channel`)}
             and not exists (select 1 from controls c where c.scope in ('all', 'restoration', 'gateway/' || o.gateway) and c.state = 'paused')
             and ${resumed(`'run/' || r.id`, `'campaign/' || r.campaign`, `'channel/' || o.channel`, `'gateway/' || o.gateway`)}
                 < k.business_now - ${LATE}`,
  },
  {
    what: 'no ambiguous message waits for its look-up for more than 60 s',
    wrong: 'its look-up is due, and nobody asks',
    rows: count('outbox', `state = 'ambiguous' and ${ofRun('run_id')}`),
    find: `select o.id as message, o.run_id as run, o.gateway, o.shard, o.lookup_at::text as due from ${CLOCK} cross join outbox o
           where o.state = 'ambiguous' and ${ofRun('o.run_id')} and o.lookup_at < k.database_now - ${LATE}`,
  },
  {
    what: 'no attempt at a gateway is open for more than 60 s past its lease',
    wrong: 'its lease is over, and nobody closes it',
    rows: count('message_attempts', 'closed_at is null'),
    find: `select a.id as attempt, a.gateway, a.shard, a.lease_until::text as lease from ${CLOCK} cross join message_attempts a
           where a.closed_at is null and a.lease_until < k.database_now - ${LATE}
             and ($1::text is null or exists (select 1 from outbox o where o.attempt_id = a.id and o.run_id = $1))`,
  },
];

/** The switches that hold a payout `p` back. */
const PAYOUT_SCOPES = [
  `'restoration'`,
  `'payouts'`,
  `'payouts/campaign/' || p.campaign`,
  `'payouts/kind/' || p.kind`,
  `'provider/' || p.provider`,
];

const payouts: Check[] = [
  {
    what: 'no payout is intended or approved for more than 60 s at a provider that neither rests nor works',
    wrong: 'to be paid, and nobody submits it',
    rows: count('payouts', ofRun('run_id')),
    find: `select p.key as payout, p.run_id as run, p.provider, p.shard, p.state from ${CLOCK} cross join payouts p
           where p.state in ('intended', 'approved') and ${ofRun('p.run_id')}
             and coalesce((select max(m.at) from payout_moves m where m.payout_key = p.key), p.decided_at) < k.business_now - ${LATE}
             and not ${rests('payout', 'p.provider', 'p.shard')}
             and not exists (select 1 from controls c where c.scope in (${PAYOUT_SCOPES.join(', ')}) and c.state <> 'running')
             and ${resumed(...PAYOUT_SCOPES)} < k.business_now - ${LATE}`,
  },
  {
    what: 'no accepted or ambiguous payout waits for its look-up for more than 60 s',
    wrong: 'its look-up is due, and nobody asks',
    rows: count('payouts', `state in ('accepted', 'ambiguous') and ${ofRun('run_id')}`),
    find: `select p.key as payout, p.run_id as run, p.provider, p.shard, p.lookup_at::text as due from ${CLOCK} cross join payouts p
           where p.state in ('accepted', 'ambiguous') and ${ofRun('p.run_id')} and p.lookup_at < k.database_now - ${LATE}`,
  },
  {
    what: 'no reversal is to be sent or asked about for more than 60 s at a provider that neither rests nor works',
    wrong: 'to be taken back, and nobody does it',
    rows: count('payout_reversals', `next_at is not null`),
    find: `select r.payout_key as payout, r.n as reversal, r.state, r.next_at::text as due
           from ${CLOCK} cross join payout_reversals r join payouts p on p.key = r.payout_key
           where ${ofRun('p.run_id')} and r.next_at < k.database_now - ${LATE} and not ${rests('payout', 'r.provider', 'r.shard')}
             and not exists (select from controls c where c.scope in ('payouts', 'provider/' || r.provider) and c.state <> 'running')
             and ${resumed(`'payouts'`, `'provider/' || r.provider`)} < k.business_now - ${LATE}`,
  },
  {
    what: 'no attempt at a provider is open for more than 60 s past its lease',
    wrong: 'its lease is over, and nobody closes it',
    rows: count('payout_attempts', 'closed_at is null'),
    find: `select a.payout_key as payout, a.attempt, a.provider, a.lease_until::text as lease
           from ${CLOCK} cross join payout_attempts a join payouts p on p.key = a.payout_key
           where a.closed_at is null and ${ofRun('p.run_id')} and a.lease_until < k.database_now - ${LATE}`,
  },
];

/** Moves of payouts that a wait of their run listens to. */
const HEARD = `(
  select distinct m.payout_key, m.to_state as state from payout_moves m join payouts p on p.key = m.payout_key
  where m.to_state in ('paid', 'rejected', 'held') and ${ofRun('p.run_id')}
    and exists (select 1 from listeners l where l.event_name = 'payout.' || m.to_state and l.run_id = p.run_id))`;

const TOLD = `name in ('payout.paid', 'payout.rejected', 'payout.held')`;

const told: Check[] = [
  {
    what: 'nothing that a payout has to tell its wait is untold for more than 60 s',
    wrong: 'a payout has something to tell, and nobody tells it',
    rows: count('payout_events'),
    find: `select q.payout_key as payout, p.run_id as run, q.state, q.at::text as at
           from ${CLOCK} cross join payout_events q join payouts p on p.key = q.payout_key
           where ${ofRun('p.run_id')} and q.at < k.business_now - ${LATE}`,
  },
  {
    what: 'each move of a payout that a wait listens to has been told or is about to be, and nothing else was told',
    wrong: 'what payouts told and their moves differ',
    rows: count('events', `${TOLD} and ${ofRun(`properties->>'run'`)}`),
    find: `select coalesce('payout/' || h.payout_key || '/' || h.state, e.message_id) as event, e.customer_id as customer
           from ${HEARD} h
           full join (select * from events where ${TOLD} and ${ofRun(`properties->>'run'`)}) e
             on e.message_id = 'payout/' || h.payout_key || '/' || h.state
           left join payout_events q on q.payout_key = h.payout_key and q.state = h.state
           where h.payout_key is null or (e.no is null and q.payout_key is null)`,
  },
];

export const nothingForgotten: Law = {
  law: 8,
  title: 'nothing is forgotten',
  open: `select (select count(*) from participants where state = 'active' and ${ofRun('run_id')})
    + (select count(*) from outbox where state in ('queued', 'submitting', 'ambiguous') and ${ofRun('run_id')})
    + (select count(*) from payouts where state in ('intended', 'approved', 'submitting', 'accepted', 'ambiguous') and ${ofRun('run_id')})
    + (select count(*) from links where (outcome is null or outcome = 'failed') and ${ofRun('run_id')})
    + (select count(*) from runs where state <> 'closed' and ${ofRun('id')})`,
  checks: [
    ...people,
    ...switches,
    ...messages,
    ...payouts,
    filesLeave,
    ...told,
    ...linksTold,
    ...anonymousJoined,
    ...sealedInTime,
    ...retriesCarriedOut,
  ],
};
