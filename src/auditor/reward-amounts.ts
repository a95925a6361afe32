/**
 * Law 1, continued: how much was earned. What a reward comes to is computed once more from the launched definition and the number or rule
 * that the trace names (what is drawn from a lucky box: lucky-boxes.ts); a number of a response must be that of an event which answered.
 */
import { count, type Check } from './check.js';

/** Steps that asked for a reward, with the definition of its amount, what the trace says of it, and what the slot's payout holds. */
const ASKED = `(
  select s.run_id, s.customer_id, s.node, s.visit, s.reward, s.amount as traced, p.key as payout, p.amount as paid, d.def, b.basis,
         case when b.basis ~ '^[0-9]' then b.basis::numeric end as base
  from audit_steps s
  left join audit_nodes n on n.run_id = s.run_id and n.node = s.node
  cross join lateral (select n.def->'amount' as def) d
  cross join lateral (select nullif(substr(s.amount, strpos(s.amount, ':') + 1), '') as basis) b
  left join payouts p on p.run_id = s.run_id and p.node = s.node and p.visit = s.visit and p.customer_id = s.customer_id
    and p.generation = 1 and s.reward = 'claimed'
  where s.kind in ('cohort', 'late') and s.reward is not null and not coalesce(d.def ? 'box', false))`;

/** Hundredths of a percent of the whole part, cut off. */
const PART = `least((a.def->>'max')::numeric, floor(trunc(a.base) * round((a.def->>'percent')::numeric * 100) / 10000))`;

const EXPECTED = `case
  when a.def ? 'value' then (a.def->>'value')::numeric
  when a.def ? 'tiers' then (select (t->>'value')::numeric from jsonb_array_elements(a.def->'tiers') t
    where (t->>'from')::numeric <= a.base order by (t->>'from')::numeric desc limit 1)
  when a.def ? 'percent' then case when ${PART} >= coalesce((a.def->>'min')::numeric, 1) then ${PART} end
  when a.basis = 'otherwise' then (a.def->>'otherwise')::numeric
  when a.basis ~ '^rule[0-9]+$' then (a.def->'rules'->substr(a.basis, 5)::int->>'value')::numeric end`;

const ANSWERED = `exists (
  select 1 from responses r join events e on e.no = r.event_no
  where r.run_id = a.run_id and r.customer_id = a.customer_id
    and jsonb_typeof(e.properties->split_part(a.def->>'by', '.', 2)) = 'number'
    and (e.properties->>split_part(a.def->>'by', '.', 2))::numeric = a.base)`;

export const rewardAmounts: Check[] = [
  {
    what: 'each reward is worth what its definition gives for the number or rule that the trace names, and nothing where it gives nothing',
    wrong: 'an amount that the definition does not give',
    rows: count('audit_steps', `kind in ('cohort', 'late') and reward is not null and box is null`),
    find: `select x.payout, x.run_id as run, x.node, x.customer_id as customer, x.traced, x.paid, x.expected from (
             select a.*, ${EXPECTED} as expected from ${ASKED} a) x
           where (x.def ? 'value') <> (x.traced is null)
              or (x.expected is null) <> (x.reward = 'no_amount')
              or (x.traced is not null and split_part(x.traced, ':', 1) is distinct from coalesce(x.expected::text, 'none'))
              or (x.paid is not null and x.paid is distinct from x.expected)`,
  },
  {
    what: 'each amount by a property of the response is by that of an event which answered',
    wrong: 'an amount by a number that no answer has',
    rows: count('audit_steps', `kind in ('cohort', 'late') and amount is not null`),
    find: `select a.payout, a.run_id as run, a.node, a.customer_id as customer, a.basis from ${ASKED} a
           where a.def->>'by' like 'response.%' and a.base is not null and not ${ANSWERED}`,
  },
];
