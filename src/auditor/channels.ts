/**
 * Law 7, continued: over which channel a message went. A send may name several in order; the message went by the first of them that the trace
 * does not pass over, and none was passed over for a consent that was there.
 */
import { count, ofRun, type Check } from './check.js';

/** The channels of each send node, as its version lists them. */
const CHOICES = `(
  select r.id as run_id, n.key as node, c.ord, c.choice->>'channel' as channel, coalesce(c.choice->>'gateway', 'capture') as gateway,
         c.choice->>'template' as template, v.definition->'campaign'->>'purpose' as purpose,
         n.value ? 'fallback' as several, n.value ? 'preferred' as follows
  from runs r join campaign_versions v on v.campaign = r.campaign and v.version = r.version
  cross join lateral jsonb_each(v.definition->'campaign'->'journey'->'nodes') n
  cross join lateral jsonb_array_elements(jsonb_build_array(n.value) || coalesce(n.value->'fallback', '[]')) with ordinality c(choice, ord)
  where n.value->>'type' = 'send' and ${ofRun('r.id')})`;

/** Each channel that a step tried, with what it says of it. */
const TRIED = `(
  select s.run_id, s.customer_id, s.no, s.ord as step, s.node, s.visit, s.gate_version, s.message, t.ord, t.found[1] as channel, t.found[2] as word,
         substring(',' || s.codes from ',preferred=([^,]+)') as preferred
  from audit_steps s cross join lateral regexp_matches(',' || s.codes, ',channel=([^:,]+):([^,]+)', 'g') with ordinality t(found, ord)
  where s.kind = 'cohort' and s.codes like '%channel=%')`;

/** By preferred and chosen channel of a node: what its step has to have tried, over `choices`. */
const DUE = `
  preferences as (select run_id, node, channel as preferred from choices where follows
                  union all select distinct run_id, node, 'none' from choices),
  ranked as (select c.run_id, c.node, c.channel, p.preferred, row_number() over (
               partition by c.run_id, c.node, p.preferred order by (c.channel = p.preferred) desc, c.ord) as rank
             from choices c join preferences p on p.run_id = c.run_id and p.node = c.node),
  due as materialized (
    select a.run_id, a.node, a.preferred, a.channel as chosen,
           string_agg(b.channel || case b.rank when a.rank then '+' else '-' end, ' ' order by b.rank) as tried
    from ranked a join ranked b on b.run_id = a.run_id and b.node = a.node and b.preferred = a.preferred and b.rank <= a.rank
    group by 1, 2, 3, 4)`;

export const channels: Check[] = [
  {
    what: 'each message has a channel of its node, with that one’s gateway and template',
    wrong: 'a channel, gateway or template that its node does not name',
    rows: count('outbox', ofRun('run_id')),
    find: `select o.id as message, o.run_id as run, o.customer_id as customer, o.channel, o.gateway, o.template
           from outbox o where ${ofRun('o.run_id')} and not exists (
             select from ${CHOICES} c where c.run_id = o.run_id and c.node = o.node and c.channel = o.channel and c.gateway = o.gateway
               and c.template = split_part(o.template, '@', 1))`,
  },
  {
    what: 'each message of a send with several channels went by the first in their order that its step did not pass over',
    wrong: 'another channel than the first that was not passed over',
    rows: `select count(*) from outbox o join ${CHOICES} c on c.run_id = o.run_id and c.node = o.node and c.channel = o.channel and c.several`,
    find: `with choices as materialized (select * from ${CHOICES} c where c.several), ${DUE},
           told as materialized (
             select t.run_id, t.customer_id, t.node, t.visit, coalesce(max(t.preferred), 'none') as preferred,
                    string_agg(t.channel || case t.word when 'taken' then '+' else '-' end, ' ' order by t.ord) as tried
             from ${TRIED} t where t.message = 'queued' group by 1, 2, 3, 4)
           select o.id as message, o.run_id as run, o.customer_id as customer, o.channel, told.tried, due.tried as expected
           from outbox o join choices c on c.run_id = o.run_id and c.node = o.node and c.channel = o.channel
           left join told on told.run_id = o.run_id and told.customer_id = o.customer_id and told.node = o.node and told.visit = o.visit
           left join due on due.run_id = o.run_id and due.node = o.node and due.chosen = o.channel
             and due.preferred = coalesce(told.preferred, 'none')
           where told.tried is null or told.tried is distinct from due.tried`,
  },
  {
    what: 'no channel was passed over for want of a consent that the gate version seen has, or that the purpose does not need',
    wrong: 'passed over for a consent that was there',
    rows: `select count(*) from ${TRIED} t where t.word in ('no_consent', 'consent_refused')`,
    find: `select t.run_id as run, t.node, t.customer_id as customer, t.channel, t.word as reason, t.gate_version as "gateVersion"
           from ${TRIED} t
           join ${CHOICES} c on c.run_id = t.run_id and c.node = t.node and c.channel = t.channel
           join gate_versions g on g.customer_id = t.customer_id and g.gate_version = t.gate_version
           where t.word in ('no_consent', 'consent_refused')
             and coalesce((g.consents->(t.channel || ':' || c.purpose)->>'granted')::boolean, c.purpose = 'information')`,
  },
];
