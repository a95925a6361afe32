/**
 * Law 5, continued: caps on what one customer gets in rewards, over all campaigns. A window that ends at a payout is judged by the versions that the
 * payout was judged by. A customer's zone may have changed since: whoever is within the cap on one of the wall clocks that they had is within it.
 */
import { count, ofRun, type Check } from './check.js';

/** Every wall clock that a customer has had. */
const ZONES = `(select customer_id, zone from gate_versions union select id, zone from customers)`;

const IS_HAD = (payout: string) => `${payout}.state not in ('rejected', 'cancelled', 'reversed')`;

/** Rolling: the half-open (end - span, end]. Calendar: the same local day, ISO week or month as the last one. */
const IN_WINDOW = `q.decided_at <= p.decided_at and case c."window"->>'kind'
  when 'rolling' then q.decided_at > p.decided_at - (c."window"->>'spanMs')::bigint * interval '1 millisecond'
  else date_trunc(c."window"->>'unit', q.decided_at at time zone z.zone) = date_trunc(c."window"->>'unit', p.decided_at at time zone z.zone) end`;

const concerns = (
  payout: string,
) => `case c.scope->>'kind' when 'all' then true when 'kind' then ${payout}.kind = c.scope->>'value'
  when 'budget' then ${payout}.budget = c.scope->>'value' else false end
  and (c."limit"->>'kind' = 'count' or c."limit"->>'currency' = ${payout}.currency)`;

/** A cap known this long before a decision must have been seen by it; a `now` is good for a minute. */
const KNOWN = `interval '10 seconds'`;
const NOW_GOOD = `interval '70 seconds'`;

/** The refusal as the trace tells it: which cap, what was had, what this adds, what is allowed. */
const REFUSAL = String.raw`'reward_cap=([^:,]+):(\d+)\+(\d+)/(\d+),reward=over_cap'`;

export const rewardCaps: Check[] = [
  {
    what: 'in no window, rolling or of the calendar, that ends at a payout has its customer more than a cap allows',
    wrong: 'over a cap on rewards',
    rows: count('payouts', `evidence ? 'rewardCaps' and ${ofRun('run_id')}`),
    find: `select cap, payout, customer, run, min(n) as got, max(allowed) as allowed
           from (
             select c.key || '@' || c.version as cap, p.key as payout, p.customer_id as customer, p.run_id as run, z.zone,
                    sum(case c."limit"->>'kind' when 'count' then 1 else q.amount end) as n, min((c."limit"->>'max')::bigint) as allowed
             from reward_caps c
             join payouts p on p.evidence->'rewardCaps' ? (c.key || '@' || c.version)
             join ${ZONES} z on z.customer_id = p.customer_id
             join payouts q on q.customer_id = p.customer_id and q.evidence->'rewardCaps' ? (c.key || '@' || c.version)
               and ${IN_WINDOW} and ${IS_HAD('q')} and ${concerns('q')}
             where ${ofRun('p.run_id')}
             group by c.key, c.version, p.key, p.customer_id, p.run_id, z.zone) w
           group by cap, payout, customer, run having min(n) > max(allowed)`,
  },
  {
    what: 'each payout was judged by every cap on rewards that was in force',
    wrong: 'decided without a cap on rewards that was in force',
    rows: count('payouts', ofRun('run_id')),
    find: `select p.key as payout, p.run_id as run, p.customer_id as customer, c.key as cap, c.version
           from (select *, lead(created_at) over (partition by key order by version) as replaced_at from reward_caps) c
           join payouts p on c.active and c.created_at < p.decided_at - ${KNOWN}
             and (c.replaced_at is null or c.replaced_at > p.decided_at + ${NOW_GOOD}) and ${concerns('p')}
           where ${ofRun('p.run_id')} and not coalesce(p.evidence->'rewardCaps' ? (c.key || '@' || c.version), false)`,
  },
  {
    what: 'whoever was refused by a cap on rewards had so much that this reward did not fit',
    wrong: 'refused by a cap on rewards that does not refuse',
    rows: count('audit_steps', `reward = 'over_cap' and ${ofRun('run_id')}`),
    find: `select s.run_id as run, s.node, s.visit, s.customer_id as customer, m.said[1] as cap
           from audit_steps s
           left join lateral (select regexp_match(s.codes, ${REFUSAL}) as said) m on true
           left join reward_caps c on c.active and c.key || '@' || c.version = m.said[1] and (c."limit"->>'max') = m.said[4]
           where s.reward = 'over_cap' and ${ofRun('s.run_id')}
             and (c.key is null or m.said[2]::bigint + m.said[3]::bigint <= m.said[4]::bigint)`,
  },
];
