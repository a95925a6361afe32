/**
 * The statements that remove rows, a batch each, by index: of runs whose expiry is recorded, of events that nothing looks back at, and of requests.
 */
import { OWN_EVENTS } from '../domain/base/reserved.js';
import type { LookBack } from '../domain/retention/look-back.js';
import type { Client } from './pool.js';

/** Messages of the first of these runs that has any, with their contacts and receipts; returns how many. */
export async function expireMessages(client: Client, runs: readonly string[], limit: number): Promise<number> {
  for (const run of runs) {
    const n = await expireMessagesOf(client, run, limit);
    if (n > 0) return n;
  }
  return 0;
}

/** In the order of its index, so that none is looked at that is gone already or another run's. Index: outbox_run. */
async function expireMessagesOf(client: Client, run: string, limit: number): Promise<number> {
  const { rows } = await client.query<{ id: string }>(
    `delete from outbox where id in (select id from outbox where run_id = $1 order by node, visit limit $2) returning id`,
    [run, limit],
  );
  if (rows.length === 0) return 0;
  const ids = rows.map(({ id }) => id);
  await client.query('delete from contacts where message_id = any($1::text[])', [ids]);
  await client.query('select expire_receipts($1::text[])', [ids]);
  return ids.length;
}

/**
 * Decisions of these runs about the next participants, whatever runs they are in, but for those that money rests on. Returns the last one looked at, or
 * null where it was the last of all. Index: participants_pkey, trace_pkey.
 */
export async function expireDecisions(
  client: Client,
  runs: readonly string[],
  after: string,
  limit: number,
): Promise<string | null> {
  const { rows } = await client.query<{ last: string | null; seen: number }>(
    `with page as materialized (
       select customer_id, run_id from participants where customer_id > $2 order by customer_id fetch first $3 rows with ties),
     gone as materialized (
       select expire_decisions(array_agg(customer_id), array_agg(run_id)) from page where run_id = any($1::text[]))
     select (select max(customer_id) from page) as last, (select count(*) from page) as seen from gone`,
    [runs, after, limit],
  );
  const [row] = rows;
  return row && row.seen >= limit ? row.last : null;
}

/** Of events by their number, the next ones. */
export interface EventsGone {
  /** The last one looked at; null: the rest is too young. */
  last: number | null;
  /** By name. */
  removed: Record<string, { n: number; newest: string }>;
}

/** An answer in a run that is kept, or one that money rests on. */
const ANSWERS = `exists (
  select from responses r where r.customer_id = b.customer_id and r.event_no = b.no
    and (not exists (select from retentions x where x.run_id = r.run_id)
      or exists (select from trace t where t.customer_id = r.customer_id and t.run_id = r.run_id and bears_money(t.steps))))`;

/** What somebody who is under way may still be asked about; and the goal of a run that is kept, within its window. */
const OF_RUNS = `exists (
  select from participants p join runs r on r.id = p.run_id
  join campaign_versions v on v.campaign = r.campaign and v.version = r.version
  where p.customer_id = b.customer_id and (p.state = 'active' and b.occurred_at >= p.entered_at
    or not exists (select from retentions x where x.run_id = r.id) and b.name = v.goal_event
      and b.occurred_at >= r.started_at
      and b.occurred_at < greatest(r.started_at, p.entered_at) + v.goal_window::interval))`;

/** Received before `through`; not what we told ourselves, and not what a rule looks back at. Index: events_pkey, then one probe per event and reason. */
export async function expireEvents(
  client: Client,
  { after, through, lookBack, limit }: { after: number; through: Date; lookBack: LookBack; limit: number },
): Promise<EventsGone> {
  const since = [...lookBack].map(([name, from]) => ({ name, since: from === null ? null : new Date(from) }));
  const { rows } = await client.query<EventsGone & { seen: number; young: boolean }>(
    `with batch as materialized (
       select no, customer_id, name, occurred_at, received_at from events where no > $1 order by no limit $2),
     gone as (
       delete from events e using batch b left join json_to_recordset($4::json) as k(name text, since timestamptz) on k.name = b.name
       where e.no = b.no and b.received_at < $3 and not (b.name like any($5::text[]))
         and (k.name is null or coalesce(b.occurred_at < k.since, false)) and not ${ANSWERS} and not ${OF_RUNS}
       returning b.name, b.occurred_at)
     select count(*) as seen, coalesce(bool_or(received_at >= $3), false) as young, max(no) as last,
       (select coalesce(json_object_agg(name, json_build_object('n', n, 'newest', newest)), '{}') from (
          select name, count(*) as n, max(occurred_at) as newest from gone group by 1) g) as removed
     from batch`,
    [after, limit, through, JSON.stringify(since), OWN_EVENTS.map((prefix) => `${prefix}%`)],
  );
  const { seen = 0, young = false, last = null, removed = {} } = rows[0] ?? {};
  return { last: seen < limit || young ? null : last, removed };
}

/** Keys of requests and ids of webhooks; returns how many, and before which time of the database's. Index: idempotency_keys_created, webhooks_received. */
export async function expireRequests(
  client: Client,
  days: number,
  limit: number,
): Promise<{ n: number; through: Date }> {
  const { rows } = await client.query<{ n: number; through: Date }>(
    `with t as materialized (select clock_timestamp() - $1 * interval '1 day' as through),
     keys as (
       delete from idempotency_keys where (scope, key) in (
         select scope, key from idempotency_keys where created_at < (select through from t) order by created_at limit $2) returning 1),
     hooks as (
       delete from webhooks where (system, webhook_id) in (
         select system, webhook_id from webhooks where received_at < (select through from t) order by received_at limit $2) returning 1)
     select (select count(*) from keys) + (select count(*) from hooks) as n, through from t`,
    [days, limit],
  );
  return rows[0] as { n: number; through: Date };
}
