/**
 * Of the attention list: people, runs and their lanes, starts, switches, and what comes in.
 */
import { NOT_STOPPED } from './control-changes.js';
import { ROUND_PAUSED } from './entry-rounds.js';
import { atWork, LATELY, runHeld, sample, type ClassSql } from './attention-sql.js';

/** Of a closed run, for so long. */
const TOLD_AFTER_CLOSE = `interval '7 days'`;

/** The runs of which somebody has failed, one index probe each. Index: participants_failed. */
const RUNS_WITH_FAILED = `with recursive q as (
  (select run_id from participants where state = 'failed' order by run_id limit 1)
  union all
  select n.run_id from q cross join lateral (
    select run_id from participants where state = 'failed' and run_id > q.run_id order by run_id limit 1) n)`;

/** What a link that nobody has told waits for: nothing, if its campaign has begun and nothing holds it or has until just now. */
const LINKS_UNTOLD = `
  select 'links/' || l.campaign as subject, 'not_told' as cause, count(*) as n, min(l.at) as first, max(l.at) as last, ${sample('l.id', 'l.at')} as sample
  from k cross join event_starts s join runs r on r.id = s.run_id join links l on l.campaign = s.campaign and l.outcome is null
  where l.at < k.now and r.started_at < k.now - ${LATELY} and not ${runHeld()} and not ${ROUND_PAUSED}
  group by l.campaign`;

/** Their ids are devices' and visitors': none is shown. */
const IDS_UNJOINED = `
  select 'events/anonymous', 'not_joined', count(*), min(claimed_at), max(claimed_at), '{}'::text[]
  from anonymous_ids where pending having count(*) > 0`;

const PAYOUTS_UNTOLD = `
  select 'events/payouts', 'not_told', count(*), min(at), max(at), ${sample('payout_key', 'at')}
  from payout_events having count(*) > 0`;

export const PEOPLE: ClassSql = {
  run_overdue: `
    select 'run/' || r.id as subject, case r.state when 'opening' then 'not_opened' else 'not_closed' end as cause, 1::bigint as n,
      case r.state when 'opening' then r.started_at else k.now - ${LATELY} end as first, k.now as last, array[r.id] as sample
    from k cross join runs r
    where r.state <> 'closed' and r.started_at <= k.now and not ${runHeld()}
      and (r.state = 'opening' or not (r.takes_entrants and ${NOT_STOPPED}) and not exists (select from lanes l where l.run_id = r.id and not l.done)
        and not exists (select from decision_contexts x where x.recorded_at > k.transport - ${LATELY} and x.run_id = r.id))`,

  lane_overdue: `
    select 'run/' || r.id as subject, 'nobody_moves_them' as cause, count(*) as n, min(f.due_at) as first, max(f.due_at) as last,
      ${sample(`'run/' || l.run_id || '/lane/' || l.lane`, 'f.due_at')} as sample
    from k cross join lanes l join runs r on r.id = l.run_id and r.state = 'running'
    cross join lateral (select p.due_at from participants p
      where p.run_id = l.run_id and p.lane = l.lane and p.state = 'active' order by p.due_at limit 1) f
    where not l.done and f.due_at <= k.now and not ${runHeld()} and not ${atWork('cohort', 'l.lane::text', 'l.run_id')}
    group by r.id`,

  start_overdue: `
    select 'campaign/' || s.campaign as subject, 'not_fired' as cause, 1::bigint as n, s.next_at as first, s.next_at as last,
      array[s.campaign || ' ' || to_char(s.next_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')] as sample
    from k join campaign_starts s on s.next_at <= k.now`,

  switch_unfinished: `
    select x.scope as subject, x.state as cause, count(*) as n, min(x.made_at) + k.shift as first, max(x.made_at) + k.shift as last,
      ${sample('x.no::text', 'x.made_at')} as sample
    from k cross join control_changes x where x.finished_at is null group by x.scope, x.state, k.shift`,

  event_backlog: `${LINKS_UNTOLD} union all ${IDS_UNJOINED} union all ${PAYOUTS_UNTOLD}`,

  participant_failed: `
    ${RUNS_WITH_FAILED}
    select 'run/' || r.id as subject, p.end_reason || ' at ' || p.node as cause, count(*) as n,
      coalesce(min(p.failed_at), r.started_at) as first, coalesce(max(p.failed_at), r.started_at) as last, ${sample('p.customer_id', 'p.failed_at')} as sample
    from q cross join k join runs r on r.id = q.run_id and coalesce(r.closed_at, k.now) > k.now - ${TOLD_AFTER_CLOSE}
    join participants p on p.run_id = r.id and p.state = 'failed'
    group by r.id, p.node, p.end_reason`,

  link_failed: `
    select 'run/' || run_id as subject, reason as cause, count(*) as n, min(at) as first, max(at) as last, ${sample('id', 'at')} as sample
    from links where outcome = 'failed' group by run_id, reason`,
};
