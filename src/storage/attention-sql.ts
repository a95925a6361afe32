/**
 * What the statements of the attention list share. Each finds what is of one class, by index, as rows (subject, cause, n, first, last, sample), times
 * in business time. `k` is the one row of what was asked: `now`, business time; `transport`, Temporal's time of the same moment, which times by the
 * database's clock are compared with; `shift`, from one to the other; `closed`, the providers that are outside of their hours, or were just now.
 */
import type { AttentionCode } from '../domain/attention/classes.js';

export type ClassSql = Partial<Record<AttentionCode, string>>;

/** Who did something within this is at work, and what was held until then is not late. */
export const LATELY = `interval '60 seconds'`;
/** No more than these are counted of what may be very many. */
export const COUNTED_MAX = 10_000;

/** The ids of the oldest. */
export const sample = (id: string, at: string): string => `(array_agg(${id} order by ${at}, ${id}))[1:5]`;

/** Some switch holds it back, or has until just now. */
export const held = (...scopes: string[]): string => `exists (
  select from controls c where c.scope in (${scopes.join(', ')}) and (c.state <> 'running' or c.at > k.now - ${LATELY}))`;

/** The same of what a stop does not hold: it ends its people, and withholds its messages. */
export const paused = (...scopes: string[]): string => `exists (
  select from controls c where c.scope in (${scopes.join(', ')}) and (c.state = 'paused' or c.at > k.now - ${LATELY}))`;

/** That of a run `r`: once it has been stopped for so long, no pause holds it any more. */
export const runHeld = (): string => {
  const scopes = [`'all'`, `'run/' || r.id`, `'campaign/' || r.campaign`];
  return `(${paused(...scopes)} and not exists (
    select from controls c where c.scope in (${scopes.join(', ')}) and c.state = 'stopped' and c.at <= k.now - ${LATELY}))`;
};

/** A deciding transaction of this kind and queue has committed lately. Index: decision_contexts_recorded. */
export const atWork = (kind: 'cohort' | 'claim', queue: string, run?: string): string => `exists (
  select from decision_contexts x where x.recorded_at > k.transport - ${LATELY} and x.kind = '${kind}' and x.queue = ${queue}
    ${run ? `and x.run_id = ${run}` : ''})`;

/** The shards of all gateways or providers of which there are rows like that, one index probe each: `q(name, shard)`. */
export const shardsOf = (table: 'outbox' | 'payouts', states: string): string => {
  const name = table === 'outbox' ? 'gateway' : 'provider';
  return `with recursive q as (
    (select ${name} as name, shard from ${table} where state in (${states}) order by ${name}, shard limit 1)
    union all
    select n.name, n.shard from q cross join lateral (
      select ${name} as name, shard from ${table} where state in (${states}) and (${name}, shard) > (q.name, q.shard)
      order by ${name}, shard limit 1) n)`;
};

/** $1 business now, $2 Temporal's, $3 the closed providers. */
export const asked = (found: string): string => `with recursive k as (
  select $1::timestamptz as now, $2::timestamptz as transport, $1::timestamptz - $2::timestamptz as shift, $3::text[] as closed),
found as (${found})`;
