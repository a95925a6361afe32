/**
 * Law 1, continued: one reward per claim. The key of each claim is derived once more from the scope that the launched definition states.
 */
import { count, ofRun, type Check } from './check.js';

/** Reward nodes of each run with their claim scope; a word alone is short for an object with that `kind`. */
const NODES = `(
  select r.id as run_id, r.campaign, n.key as node, s.scope, s.period, s.zone_of, coalesce(v.definition->'campaign'->>'zone', 'Asia/Seoul') as zone
  from runs r join campaign_versions v on v.campaign = r.campaign and v.version = r.version
  cross join lateral jsonb_each(v.definition->'campaign'->'journey'->'nodes') as n
  cross join lateral (select n.value->'claimScope' as c) d
  cross join lateral (
    select case jsonb_typeof(c) when 'string' then c #>> '{}' when 'object' then c->>'kind' else 'run' end as scope,
           c->>'period' as period, coalesce(c->>'zone', 'customer') as zone_of) s
  where n.value->>'type' = 'reward')`;

/** Whose calendar a period follows: that of the gate version which the decision saw, or the campaign's. */
const ZONE = `case n.zone_of when 'campaign' then n.zone else g.zone end`;

/** The claim key of a row `of` decided at `at`, by its node `n`, where it does not need a response. */
const keyOf = (of: string, at: string, zone: string): string => `case n.scope
  when 'run' then 'run/' || ${of}.run_id || '/' || ${of}.node || '/' || ${of}.customer_id
  when 'campaign' then 'campaign/' || n.campaign || '/' || ${of}.customer_id
  when 'customer' then 'customer/' || n.period || '/' || to_char(${at} at time zone (${zone}),
    case n.period when 'day' then 'YYYY-MM-DD' when 'week' then 'IYYY-"W"IW' else 'YYYY-MM' end) || '/' || ${of}.customer_id end`;

export const payoutClaims: Check[] = [
  {
    what: 'a payout’s key is its slot and generation',
    wrong: 'a payout under a key that is not its slot’s',
    rows: count('payouts', ofRun('run_id')),
    find: `select key as payout, slot_key as slot, generation from payouts
           where ${ofRun('run_id')} and (slot_key <> 'p/' || run_id || '/' || node || '/' || visit || '/' || customer_id
              or key <> slot_key || '/' || generation)`,
  },
  {
    what: 'each payout holds the claim that it names',
    wrong: 'a payout without its claim',
    rows: count('payouts', ofRun('run_id')),
    find: `select p.key as payout, p.run_id as run, p.customer_id as customer, p.claim_key as claim
           from payouts p left join claims c on c.key = p.claim_key left join payouts h on h.key = c.payout_key
           where ${ofRun('p.run_id')} and h.slot_key is distinct from p.slot_key`,
  },
  {
    what: 'each claim is held by the latest generation of a slot that names it, or by one that drew nothing',
    wrong: 'a claim without its payout',
    rows: count('claims', ofRun('run_id')),
    find: `select c.key as claim, c.payout_key as payout from claims c left join payouts p on p.key = c.payout_key
           where ${ofRun('c.run_id')} and not exists (select 1 from lucky_draws d where d.payout_key = c.payout_key and d.amount = 0)
              and (p.claim_key is distinct from c.key
              or exists (select 1 from payouts g where g.slot_key = p.slot_key and g.generation > p.generation))`,
  },
  {
    what: 'one claim key stands for one slot',
    wrong: 'several slots were rewarded by one claim',
    rows: `select count(distinct claim_key) from payouts where ${ofRun('run_id')}`,
    find: `select claim_key as claim, min(key) as payout, max(key) as also from payouts
           where claim_key in (select claim_key from payouts where ${ofRun('run_id')})
           group by claim_key having count(distinct slot_key) > 1`,
  },
  {
    what: 'each payout’s claim is the one that its reward’s scope gives for what earned it',
    wrong: 'a claim that its scope does not give',
    rows: count('payouts', ofRun('run_id')),
    find: `select p.key as payout, p.run_id as run, p.customer_id as customer, p.claim_key as claim, n.scope
           from payouts p join ${NODES} n on n.run_id = p.run_id and n.node = p.node
           left join audit_steps s on s.run_id = p.run_id and s.node = p.node and s.visit = p.visit and s.customer_id = p.customer_id
             and s.kind in ('cohort', 'late') and s.reward = 'claimed'
           left join decision_contexts x on x.id = s.context_id
           left join gate_versions g on g.customer_id = s.customer_id and g.gate_version = s.gate_version
           where ${ofRun('p.run_id')} and p.generation = 1 and not coalesce(case n.scope
             when 'response' then exists (
               select 1 from responses r where r.run_id = p.run_id and r.customer_id = p.customer_id
                 and p.claim_key = 'response/' || r.customer_id || '/' || r.event_no)
             else p.claim_key = ${keyOf('p', 'x.now', ZONE)}
             end, false)`,
  },
  {
    what: 'whoever was told `already_rewarded` lost the claim to another slot, or the slot was rewarded on the other occasion: path or late response',
    wrong: 'refused as already rewarded although nobody holds such a claim',
    rows: count('audit_steps', `kind in ('cohort', 'late') and reward = 'already_rewarded'`),
    find: `select s.run_id as run, s.node, s.visit, s.customer_id as customer, n.scope
           from audit_steps s join ${NODES} n on n.run_id = s.run_id and n.node = s.node
           left join decision_contexts x on x.id = s.context_id
           left join gate_versions g on g.customer_id = s.customer_id and g.gate_version = s.gate_version
           where s.kind in ('cohort', 'late') and s.reward = 'already_rewarded'
             and not exists (
               select 1 from payouts o where o.slot_key = 'p/' || s.run_id || '/' || s.node || '/' || s.visit || '/' || s.customer_id
                 and (s.kind = 'late' or o.evidence ? 'lateEvent'))
             and not exists (
             select 1 from claims c
             where c.payout_key not like 'p/' || s.run_id || '/' || s.node || '/' || s.visit || '/' || s.customer_id || '/%'
               and case n.scope
                 when 'response' then c.key in (
                   select 'response/' || r.customer_id || '/' || r.event_no from responses r
                   where r.run_id = s.run_id and r.customer_id = s.customer_id)
                 else c.key = ${keyOf('s', 'x.now', ZONE)} end)`,
  },
];
