/**
 * Was what the ledger has paid earned? Recomputed per payout from what it keeps as evidence: the responses by their numbers and hashes, the version
 * of the rule, the claim, and what the rule gives for that. Set SQL over the payouts of `pairs`.
 */
import type { Client } from './pool.js';

/** Everything that the payout's key stands for, as payout-intents.ts hashes it. Ids hold nothing that JSON would escape. */
const INPUT = `sha256(convert_to(format('["%s","%s","%s",%s,"%s","%s",%s,"%s","%s"%s]', p.campaign, p.run_id, p.node, p.visit, p.customer_id, p.kind,
  p.amount, p.currency, p.provider, case when p.pool is not null then format(',"%s"', p.pool) else '' end), 'UTF8'))`;

/** What tiers or a share give for the number `n`; hundredths of a percent of the whole part, cut off. */
const GIVEN = (n: string) => `case when p.def ? 'tiers' then (
    select (t ->> 'value')::numeric from jsonb_array_elements(p.def -> 'tiers') t where (t ->> 'from')::numeric <= ${n}
    order by (t ->> 'from')::numeric desc limit 1)
  else least((p.def ->> 'max')::numeric, floor(trunc(${n}) * round((p.def ->> 'percent')::numeric * 100) / 10000)) end`;

/** By a number that an answer says it is computed again. Attributes have no history, and who is erased no answers: then it is one that the rule can give. */
const BY_RULE = `case
  when p.def ? 'value' then (p.def ->> 'value')::numeric = p.amount
  when p.def ->> 'by' like 'response.%' and not p.erased then exists (
    select 1 from answered a
    cross join lateral (select a.properties -> split_part(p.def ->> 'by', '.', 2) as said) s
    where a.key = p.key and jsonb_typeof(s.said) = 'number' and ${GIVEN("(s.said #>> '{}')::numeric")} = p.amount)
  when p.def ? 'tiers' then exists (select 1 from jsonb_array_elements(p.def -> 'tiers') t where (t ->> 'value')::numeric = p.amount)
  when p.def ? 'percent' then p.amount between coalesce((p.def ->> 'min')::numeric, 1) and (p.def ->> 'max')::numeric
  else (p.def ->> 'otherwise')::numeric = p.amount
    or exists (select 1 from jsonb_array_elements(p.def -> 'rules') t where (t ->> 'value')::numeric = p.amount) end`;

const UNEARNED = `
create temporary table unearned on commit drop as
with paid as materialized (
  select p.*, x.our_amount, x.our_currency from pairs x join payouts p on p.key = x.key
  where x.nth = 1 and not x.reversal and x.our_day is not null),
rules as materialized (
  select r.id as run_id, r.version, n.key as node, n.value as rule
  from (select distinct run_id from paid) q join runs r on r.id = q.run_id
  join campaign_versions v on v.campaign = r.campaign and v.version = r.version
  cross join lateral jsonb_each(v.definition -> 'campaign' -> 'journey' -> 'nodes') n
  where n.value ->> 'type' = 'reward'),
answered as materialized (
  select p.key, a.no, e.properties, p.evidence -> 'answerHashes' ->> a.place as told, case when e.no is not null then event_sha256(e) end as says,
    e.customer_id is not distinct from p.customer_id
      and exists (select 1 from responses r where r.customer_id = p.customer_id and r.event_no = a.no) as stands
  from paid p cross join lateral (select place, no::bigint from jsonb_each_text(p.evidence -> 'answers') as t(place, no)) a
  left join events e on e.no = a.no),
answers as (select key, bool_and(stands) as stand, bool_and(told = says) as same, array_agg(no) as nos from answered group by key),
judged as (
  select p.*, r.version, r.rule, r.rule -> 'amount' as def, coalesce(a.stand, true) as stand, coalesce(a.same, true) as same, a.nos,
    c.erased_at is not null as erased, k.payout_key as claimed_by
  from paid p left join rules r on r.run_id = p.run_id and r.node = p.node
  left join answers a on a.key = p.key
  left join customers c on c.id = p.customer_id
  left join claims k on k.key = p.claim_key)
select key, why from (
  select p.key, case
    when p.rule is null or p.evidence ->> 'campaignVersion' is distinct from p.version::text then 'rule_version'
    when p.kind is distinct from p.rule ->> 'kind' or p.budget is distinct from p.rule ->> 'budget'
      or p.currency is distinct from coalesce(p.def ->> 'currency', p.currency) then 'rule'
    when not coalesce(starts_with(p.claimed_by, p.slot_key || '/'), false) then 'claim'
    when not p.stand then 'response'
    when p.claim_key like 'response/%' and not coalesce(split_part(p.claim_key, '/', 3)::bigint = any(p.nos), false) then 'response'
    when not p.same and not p.erased then 'response_changed'
    when ${INPUT} <> p.input_sha256 or p.our_amount <> p.amount or p.our_currency <> p.currency then 'amount'
    when not coalesce(${BY_RULE}, false) then 'amount'
    end as why
  from judged p) x
where why is not null`;

/** Makes `unearned` (key, why): rule_version, rule, claim, response, response_changed or amount, the first that is so. */
export async function makeUnearned(client: Client): Promise<void> {
  await client.query(UNEARNED);
}
