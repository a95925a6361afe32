/**
 * After a restoration: a message whose hand-over may have been lost with the database is presumed handed over once, so that it is unknown what became
 * of it, and its gateway is asked by its id before anything is submitted. Where the gateway knows nothing of it, it goes out for the first time.
 */
import { encodeTrace } from '../domain/wave/trace.js';
import type { DeliveryAt } from './claim-rows.js';
import { insertContext, insertTrace } from './cohort-writes.js';
import { addCounters, moved } from './counters.js';
import { inTransaction, type Client, type Pool } from './pool.js';

/** Of a queued message `o`: a hand-over of it may have been lost. Such are of few runs, which are looked up once. */
export const IS_DOUBTED = `o.run_id in (select r.id from runs r where r.doubted_by is not null)`;

/** Of a message `o`: its newest attempt is a presumed one, and whatever was before it was not acted on. */
export const IS_PRESUMED = `exists (select from message_attempts a join decision_contexts x on x.id = a.context_id
  where a.id = o.attempt_id and x.kind = 'restoration')`;

interface Row {
  id: string;
  run_id: string;
  node: string;
  visit: number;
  customer_id: string;
  gate_version: number;
  attr_version: number;
}

/** Up to `limit` of a queue become ambiguous; returns how many. Its look-ups are due at once, an absence is final `visibilityMs` after the restoration. */
export async function presumeMessages(pool: Pool, at: DeliveryAt, build: string, limit: number): Promise<number> {
  return await inTransaction(pool, async (client) => {
    const ids = await lockDoubted(client, at, limit);
    if (ids.length === 0) return 0;
    const { rows: stamps } = await client.query<{ snapshot: string }>('select pg_current_snapshot()::text as snapshot');
    const contextId = await insertContext(client, {
      kind: 'restoration',
      runId: null,
      queue: `${at.gateway}/${at.shard}`,
      step: at.step,
      now: at.now,
      build,
      versions: {},
      snapshot: (stamps[0] as { snapshot: string }).snapshot,
    });
    const rows = await presume(client, at, contextId, ids);
    for (const [runId, own] of Map.groupBy(rows, ({ run_id }) => run_id)) {
      const traces = own.map((row) => ({
        customerId: row.customer_id,
        gateVersion: row.gate_version,
        attrVersion: row.attr_version,
        steps: encodeTrace([{ node: row.node, visit: row.visit, codes: ['message=presumed'] }]),
      }));
      await insertTrace(client, runId, contextId, traces);
    }
    await addCounters(
      client,
      rows.flatMap((row) => moved(row, at.shard, 'queued', 'ambiguous', '')),
    );
    return rows.length;
  });
}

/** By run: asked for the first of all, the planner may read past all that is queued and not doubted. Indexes: runs_doubted, outbox_queued_by_run. */
async function lockDoubted(client: Client, at: DeliveryAt, limit: number): Promise<string[]> {
  const { rows } = await client.query<{ id: string }>(
    `with picked as materialized (
       select o.id from runs d cross join lateral (
         select o.id from outbox o
         where o.gateway = $1 and o.shard = $2 and o.state = 'queued' and o.run_id = d.id and o.decided_at <= $4
         order by o.decided_at, o.id limit $3) o
       where d.doubted_by is not null limit $3)
     select o.id from outbox o where o.id in (select id from picked) and o.state = 'queued'
     order by o.id for update of o skip locked`,
    [at.gateway, at.shard, limit, new Date(at.now)],
  );
  return rows.map(({ id }) => id);
}

/** The lost attempt was no earlier than the database was set back to, and no later than that was found. Its contact stays reserved. */
async function presume(client: Client, at: DeliveryAt, contextId: number, ids: readonly string[]): Promise<Row[]> {
  const now = new Date(at.now);
  const { rows: attempts } = await client.query<{ id: number }>(
    `insert into message_attempts (gateway, shard, step, context_id, now, lease_until, closed_at, outcome, messages)
     values ($1, $2, $3, $4, $5, clock_timestamp(), clock_timestamp(), 'unknown', $6) returning id`,
    [at.gateway, at.shard, at.step, contextId, now, ids.length],
  );
  const { rows } = await client.query<Row>(
    `update outbox o
     set state = 'ambiguous', reason = 'presumed', from_state = 'queued', attempt_id = $1, attempts = o.attempts + 1, handover_at = $2,
         handover_gate_version = c.gate_version, first_attempt_at = coalesce(o.first_attempt_at, d.restored_to),
         last_attempt_at = d.found_at, lookup_at = clock_timestamp()
     from customers c, runs r join restorations d on d.no = r.doubted_by
     where o.id = any($3::text[]) and c.id = o.customer_id and r.id = o.run_id
     returning o.id, o.run_id, o.node, o.visit, o.customer_id, c.gate_version, c.attr_version`,
    [attempts[0]?.id, now, ids],
  );
  await client.query('update contacts set at = $1 where message_id = any($2::text[])', [now, ids]);
  return rows;
}

/** Their gateway has said for good that it does not know them: what was presumed has not happened, and the next attempt is the first. */
export async function disprove(client: Client, ids: readonly string[]): Promise<void> {
  await client.query(
    `update outbox o set first_attempt_at = null where o.id = any($1::text[]) and o.state = 'ambiguous' and ${IS_PRESUMED}`,
    [ids],
  );
}
