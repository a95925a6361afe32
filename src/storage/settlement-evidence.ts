/**
 * Was what the ledger has paid earned? Recomputed per payout from what it keeps as evidence: the responses by their numbers and hashes, the version
 * of the rule, the claim, and what the rule gives for that, or what was drawn from its lucky box. Set SQL over the payouts of `pairs`.
 */
import type { Client } from './pool.js';

/** Everything that the payout's key stands for, as payout-intents.ts hashes it. Ids hold nothing that JSON would escape. */
const INPUT = `sha256(convert_to(format('["%s","%s","%s",%s,"%s","%s",%s,"%s","%s"%s]', p.campaign, p.run_id, p.node, p.visit, p.customer_id, p.kind,
  p.amount, p.currency, p.provider, case when p.pool is not null then format(',"%s"', p.pool) else '' end), 'UTF8'))`;

/** Whether tiers or a share of what an answer says come to the amount; hundredths of a percent of the whole part, cut off. */
const GIVES = `coalesce(jsonb_typeof(s.said) = 'number' and case when r.def ? 'tiers' then (
    select (t ->> 'value')::numeric from jsonb_array_elements(r.def -> 'tiers') t where (t ->> 'from')::numeric <= (s.said #>> '{}')::numeric
    order by (t ->> 'from')::numeric desc limit 1)
  else least((r.def ->> 'max')::numeric, floor(trunc((s.said #>> '{}')::numeric) * round((r.def ->> 'percent')::numeric * 100) / 10000))
  end = a.amount, false)`;

/** By a number that an answer says it is computed again. Attributes have no history, and who is erased no answers: then it is one that the rule can give. */
const BY_RULE = `case
  when r.def ? 'value' then (r.def ->> 'value')::numeric = p.amount
  when r.def ? 'box' then d.box = r.def ->> 'box' and d.amount = p.amount
  when r.def ->> 'by' like 'response.%' and c.erased_at is null then a.gives
  when r.def ? 'tiers' then exists (select 1 from jsonb_array_elements(r.def -> 'tiers') t where (t ->> 'value')::numeric = p.amount)
  when r.def ? 'percent' then p.amount between coalesce((r.def ->> 'min')::numeric, 1) and (r.def ->> 'max')::numeric
  else (r.def ->> 'otherwise')::numeric = p.amount
    or exists (select 1 from jsonb_array_elements(r.def -> 'rules') t where (t ->> 'value')::numeric = p.amount) end`;

/** A table of its own: how many answers a payout has, the planner only knows when it has seen them. */
const ANSWERS = `
create temporary table answers on commit drop as
select p.key, p.run_id, p.node, p.customer_id, p.amount, a.no::bigint as no, p.evidence -> 'answerHashes' ->> a.place as told
from pairs x join payouts p on p.key = x.key cross join lateral jsonb_each_text(p.evidence -> 'answers') as a(place, no)
where x.nth = 1 and not x.reversal and x.our_day is not null`;

const UNEARNED = `
create temporary table unearned on commit drop as
with paid as (
  select p.key, p.slot_key, p.claim_key, p.run_id, p.campaign, p.node, p.visit, p.customer_id, p.kind, p.amount, p.currency, p.budget, p.provider,
    p.pool, p.input_sha256, p.evidence ->> 'campaignVersion' as version, x.our_amount, x.our_currency
  from pairs x join payouts p on p.key = x.key where x.nth = 1 and not x.reversal and x.our_day is not null),
rules as materialized (
  select r.id as run_id, r.version, n.key as node, n.value as rule, n.value -> 'amount' as def
  from (select distinct run_id from paid) q join runs r on r.id = q.run_id
  join campaign_versions v on v.campaign = r.campaign and v.version = r.version
  cross join lateral jsonb_each(v.definition -> 'campaign' -> 'journey' -> 'nodes') n
  where n.value ->> 'type' = 'reward'),
answered as (
  select a.key, array_agg(a.no) as nos, bool_and(a.told = event_sha256(e)) as same, bool_or(${GIVES}) as gives,
    bool_and(e.customer_id is not distinct from a.customer_id
      and exists (select 1 from responses t where t.customer_id = a.customer_id and t.event_no = a.no)) as stand
  from answers a
  left join events e on e.no = a.no
  left join rules r on r.run_id = a.run_id and r.node = a.node
  cross join lateral (select e.properties -> split_part(r.def ->> 'by', '.', 2) as said) s
  group by a.key)
select key, why from (
  select p.key, case
    when r.rule is null or p.version is distinct from r.version::text then 'rule_version'
    when p.kind is distinct from case when r.def ? 'box' then z.kind else r.rule ->> 'kind' end or p.budget is distinct from r.rule ->> 'budget'
      or p.currency is distinct from coalesce(r.def ->> 'currency', p.currency) then 'rule'
    when not coalesce(starts_with(k.payout_key, p.slot_key || '/'), false) then 'claim'
    when not coalesce(a.stand, true) then 'response'
    when p.claim_key like 'response/%' and not coalesce(split_part(p.claim_key, '/', 3)::bigint = any(a.nos), false) then 'response'
    when not coalesce(a.same, true) and c.erased_at is null then 'response_changed'
    when ${INPUT} <> p.input_sha256 or p.our_amount <> p.amount or p.our_currency <> p.currency then 'amount'
    when not coalesce(${BY_RULE}, false) then 'amount'
    end as why
  from paid p left join rules r on r.run_id = p.run_id and r.node = p.node
  left join answered a on a.key = p.key
  left join customers c on c.id = p.customer_id
  left join claims k on k.key = p.claim_key
  left join lucky_draws d on d.payout_key = p.slot_key || '/1'
  left join lucky_prizes z on z.box = d.box and z.no = d.prize) x
where why is not null`;

/** Makes `unearned` (key, why): rule_version, rule, claim, response, response_changed or amount, the first that is so. */
export async function makeUnearned(client: Client): Promise<void> {
  await client.query(ANSWERS);
  await client.query('analyze answers');
  await client.query(UNEARNED);
}
