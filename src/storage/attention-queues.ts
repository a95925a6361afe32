/**
 * Of the attention list: the queues of gateways and providers, what they ought to hand over or ask about, and what nobody knows.
 */
import { atWork, COUNTED_MAX, held, paused, runHeld, sample, shardsOf, type ClassSql } from './attention-sql.js';
import { oldestOfHead, openHeads } from './open-payouts.js';
import { queuedHeads, queuedOf } from './queued-messages.js';

const rests = (
  kind: 'delivery' | 'payout',
) => `exists (select from queues w where w.kind = '${kind}' and w.name = q.name and w.shard = q.shard
  and (w.attention is not null or w.blocked_until > k.transport - interval '60 seconds'))`;

/**
 * The first message of each shard that may go out, past what switches hold: `(name, shard, id, since)`, business time. Of each run the first, by a probe.
 * Index: outbox_queued_by_run. `evenAtWork`: also of a queue that is at work.
 */
const firstMessages = ({ evenAtWork }: { evenAtWork: boolean }) => `
  ${shardsOf('outbox', `'queued'`)}
  select q.name, q.shard, f.id, f.since from k cross join q cross join lateral (
    with recursive ${queuedHeads('q.name', 'q.shard')}
    select m.id, greatest(m.decided_at, m.not_before + k.shift) as since
    from heads h join runs r on r.id = h.run_id cross join lateral (
      select o.id, o.decided_at, o.not_before from outbox o
      where ${queuedOf('q.name', 'q.shard')} and o.run_id = h.run_id and o.decided_at <= k.now
        and (o.not_before is null or o.not_before <= k.transport) and not ${paused(`'channel/' || o.channel`)}
      order by o.decided_at, o.id limit 1) m
    where not ${runHeld()}
    order by m.decided_at, m.id limit 1) f
  where not ${rests('delivery')} and not ${paused(`'gateway/' || q.name`)}
    ${evenAtWork ? '' : `and not ${atWork('claim', `q.name || '/' || q.shard`)}`}`;

/**
 * Of one shard so many are looked at, of all runs and kinds alike, but of each at least so few: those that were tried lately may come before others that
 * nobody has tried. Index: payouts_open.
 */
const LOOKED_AT = 1_000;
const FEW = 20;
const EACH = `greatest(${FEW}, ${LOOKED_AT} / (select count(*) from free))`;
const SCOPES = [
  `'payouts'`,
  `'payouts/campaign/' || h.campaign`,
  `'payouts/kind/' || h.kind`,
  `'provider/' || h.provider`,
];

const firstPayouts = ({ evenAtWork }: { evenAtWork: boolean }) => `
  ${shardsOf('payouts', `'intended', 'approved'`)}
  select q.name, q.shard, f.id, f.since from k cross join q cross join lateral (
    with recursive ${openHeads('q.name', 'q.shard')}, free as (select * from heads h where not ${held(...SCOPES)})
    select p.key as id, coalesce((select m.at from payout_moves m where m.payout_key = p.key order by m.no desc limit 1), p.decided_at) as since
    from free h cross join lateral (${oldestOfHead('q.name', 'q.shard', EACH)}) p
    where p.decided_at <= k.now
    order by 2, 1 limit 1) f
  where not ${rests('payout')} and q.name <> all(k.closed)
    and not exists (select from provider_breakers b where b.provider = q.name and greatest(b.open_until, b.probe_until) > k.transport - interval '60 seconds')
    ${evenAtWork ? '' : `and not ${atWork('claim', `q.name || '/' || q.shard`)}`}`;

/** The first that were answered so by themselves, and wait. Indexes: message_attempts_refused, outbox_refused, payout_attempts_refused. */
const REFUSED = `coalesce(nullif(case kind
    when 'delivery' then array(select o.id from message_attempts a join outbox o on o.attempt_id = a.id and o.state in ('queued', 'ambiguous')
      where a.gateway = name and a.refused is not null and a.messages = 1 order by a.id limit 5)
    else array(select p.key from payout_attempts a join payouts p on p.key = a.payout_key and p.attempt_id = a.id and p.state in ('intended', 'approved', 'ambiguous')
      where a.provider = name and a.refused is not null order by a.id limit 5) end, '{}'), ${sample(`kind || '/' || name || '/' || shard`, 'attention_at')})`;

const counted = (rows: string) => `(select count(*) from (select from ${rows} limit ${COUNTED_MAX}) o)`;

/** Of each queue, the oldest that may go, whether it is at work or not: `queue`, `since`. */
export const QUEUE_LAGS = `
  select 'gateway/' || name as queue, min(since) as since from (${firstMessages({ evenAtWork: true })}) m group by name
  union all
  select 'provider/' || name, min(since) from (${firstPayouts({ evenAtWork: true })}) p group by name`;

const due = (kind: 'gateway' | 'provider') => {
  const [table, id, states, attempts] =
    kind === 'gateway'
      ? (['outbox', 'id', `'ambiguous'`, 'message_attempts'] as const)
      : (['payouts', 'key', `'accepted', 'ambiguous', 'held'`, 'payout_attempts'] as const);
  return `
    select '${kind}/' || name, 'not_asked', sum(c.n)::bigint, min(f.lookup_at) + k.shift, max(f.lookup_at) + k.shift, ${sample('f.id', 'f.lookup_at')}
    from (${shardsOf(table, states)} select * from q) q cross join k
    cross join lateral (select t.${id} as id, t.lookup_at from ${table} t where t.${kind} = q.name and t.shard = q.shard and t.state in (${states})
      and t.lookup_at <= k.transport order by t.lookup_at limit 1) f
    cross join lateral (select ${counted(`${table} t where t.${kind} = q.name and t.shard = q.shard and t.state in (${states})
      and t.lookup_at <= k.transport`)} as n) c
    group by name, k.shift
    union all
    select '${kind}/' || a.${kind}, 'attempt_not_closed', count(*), min(a.lease_until) + k.shift, max(a.lease_until) + k.shift,
      ${sample('a.id::text', 'a.lease_until')}
    from k cross join ${attempts} a where a.closed_at is null and a.lease_until <= k.transport group by a.${kind}, k.shift`;
};

/** Index: of those states alone. */
const inDoubt = (kind: 'gateway' | 'provider') => {
  const [table, id] = kind === 'gateway' ? (['outbox', 'id'] as const) : (['payouts', 'key'] as const);
  return `
    select '${kind}/' || t.${kind} as subject, coalesce(t.reason, 'no_reply') as cause, count(*) as n,
      min(t.last_attempt_at) + k.shift as first, max(t.last_attempt_at) + k.shift as last, ${sample(`t.${id}`, 't.last_attempt_at')} as sample
    from k cross join ${table} t where t.state = 'ambiguous' group by t.${kind}, t.reason, k.shift`;
};

export const QUEUES: ClassSql = {
  queue_stopped: `
    select case kind when 'delivery' then 'gateway/' else 'provider/' end || name as subject, attention as cause, count(*) as n,
      coalesce(min(attention_at) + k.shift, k.now) as first, coalesce(max(attention_at) + k.shift, k.now) as last,
      ${REFUSED} as sample
    from k cross join queues where attention is not null group by kind, name, attention, k.shift, k.now`,

  provider_silent: `
    select 'provider/' || provider as subject, 'does_not_answer' as cause, failures::bigint as n,
      opened_at + k.shift as first, opened_at + k.shift as last, '{}'::text[] as sample
    from k cross join provider_breakers where opened_at is not null`,

  message_overdue: `
    select 'gateway/' || m.name as subject, 'nobody_hands_them_over' as cause,
      sum(${counted(`outbox o where o.gateway = m.name and o.shard = m.shard and o.state = 'queued'`)})::bigint as n,
      min(m.since) as first, max(m.since) as last, ${sample('m.id', 'm.since')} as sample
    from (${firstMessages({ evenAtWork: false })}) m group by m.name`,

  payout_overdue: `
    select 'provider/' || m.name as subject, 'nobody_submits_them' as cause,
      sum(${counted(`payouts p where p.provider = m.name and p.shard = m.shard and p.state in ('intended', 'approved')`)})::bigint as n,
      min(m.since) as first, max(m.since) as last, ${sample('m.id', 'm.since')} as sample
    from (${firstPayouts({ evenAtWork: false })}) m group by m.name`,

  lookup_overdue: `select * from (${due('gateway')} union all ${due('provider')}) d(subject, cause, n, first, last, sample)`,

  message_ambiguous: inDoubt('gateway'),
  payout_ambiguous: inDoubt('provider'),
};
