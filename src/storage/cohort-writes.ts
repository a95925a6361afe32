/**
 * The effects of a cohort, one statement per table over the whole cohort.
 */
import type { EpochMs } from '../domain/base/time.js';
import { linkIdOf } from '../domain/trigger/link.js';
import type { MessageRow, Walked } from '../domain/wave/cohort.js';
import type { ClosedWait } from '../domain/wave/walk.js';
import { alike } from './alike.js';
import type { Client } from './pool.js';

const iso = (ms: EpochMs | null): string | null => (ms === null ? null : new Date(ms).toISOString());

/**
 * By the primary key, of which each row has both halves: a run that is younger than the planner's statistics seems to have nobody in it, and would be
 * looked through for each row.
 */
export async function writePositions(client: Client, runId: string, walked: readonly Walked[]): Promise<void> {
  const { kinds, rows } = alike(
    walked,
    ({ walk }) => ({
      s: walk.state,
      n: walk.node,
      v: walk.visit,
      d: walk.dueAt,
      w: walk.wave,
      t: walk.waveAt,
      e: walk.windowEndAt,
      r: walk.endReason,
      f: walk.frozenMs,
    }),
    ({ facts }) => ({ c: facts.customerId }),
  );
  await client.query(
    `with stands as materialized (
       select $1::text collate "C" as run, o.c collate "C" as customer, x.* from json_to_recordset($2::json) as o(k int, c text)
       join json_to_recordset($3::json)
         as x(k int, s text, n text, v smallint, d timestamptz, w smallint, t timestamptz, e timestamptz, r text, f bigint) using (k))
     update participants p
     set state = x.s, node = x.n, visit = x.v, due_at = x.d, wave = x.w, wave_at = x.t, window_end_at = x.e, end_reason = x.r,
         responded = false, frozen_ms = x.f, skip_sends = false
     from stands x where p.customer_id = x.customer and p.run_id = x.run`,
    [
      runId,
      JSON.stringify(rows),
      JSON.stringify(kinds.map((kind) => ({ ...kind, d: iso(kind.d), t: iso(kind.t), e: iso(kind.e) }))),
    ],
  );
}

/**
 * Messages, and the contacts that they reserve at the decision's now; those count at the hand-over's. The id is the slot's: a second message for a
 * slot violates the primary key, it never goes out.
 */
export async function writeMessages(
  client: Client,
  at: { runId: string; lane: number; now: EpochMs; contextId: number },
  messages: readonly MessageRow[],
): Promise<void> {
  if (messages.length === 0) return;
  const { kinds, rows } = alike(
    messages,
    (m) => ({
      n: m.node,
      v: m.visit,
      w: m.wave,
      h: m.channel,
      p: m.purpose,
      o: m.product,
      g: m.gateway,
      s: m.shard,
      t: m.template,
      a: m.notAfter,
      z: m.gateVersion,
    }),
    (m) => ({ i: m.id, c: m.customerId, l: m.title, b: m.body }),
  );
  await client.query(
    `with decided as materialized (
       select * from json_to_recordset($4::json) as m(k int, i text, c text, l text, b text)
       join json_to_recordset($5::json)
         as x(k int, n text, v smallint, w smallint, h text, p text, o text, g text, s smallint, t text, a timestamptz, z int) using (k)
       order by i),
     reserved as (
       insert into contacts (message_id, customer_id, run_id, channel, purpose, product, at, state)
       select i, c, $1, h, p, o, $3, 'reserved' from decided)
     insert into outbox (id, run_id, node, visit, customer_id, lane, wave, channel, purpose, advertising, gateway, shard, state,
                         template, title, body, decided_at, not_after, context_id, decided_gate_version)
     select i, $1, n, v, c, $2, w, h, p, p = 'advertising', g, s, 'queued', t, l, b, $3, a, $6, z from decided`,
    [
      at.runId,
      at.lane,
      iso(at.now),
      JSON.stringify(rows),
      JSON.stringify(kinds.map((kind) => ({ ...kind, a: iso(kind.a) }))),
      at.contextId,
    ],
  );
}

/** Responses that were received before their wait was entered. */
export async function writeResponses(client: Client, runId: string, walked: readonly Walked[]): Promise<void> {
  const rows = walked.flatMap(({ facts, walk }) =>
    walk.found.map((found) => ({
      n: found.node,
      v: found.visit,
      c: facts.customerId,
      w: found.wave,
      a: facts.waveAt === null ? null : iso(facts.waveAt),
      e: found.event.no,
      o: iso(found.event.occurredAt),
      r: iso(found.event.receivedAt),
    })),
  );
  if (rows.length === 0) return;
  await client.query(
    `insert into responses (run_id, node, visit, customer_id, wave, wave_at, event_no, occurred_at, received_at)
     select $1, n, v, c, w, a, e, o, r
     from json_to_recordset($2::json)
       as x(n text, v smallint, c text, w smallint, a timestamptz, e bigint, o timestamptz, r timestamptz)`,
    [runId, JSON.stringify(rows)],
  );
}

/** Waits that closed without a response, with the windows in which an event is late from now on; that of whoever was set apart in it closed then, for good. */
export async function writeClosedWaits(
  client: Client,
  at: { runId: string; now: EpochMs },
  closed: readonly (ClosedWait & { customerId: string })[],
): Promise<void> {
  if (closed.length === 0) return;
  const { kinds, rows } = alike(
    closed,
    ({ node, visit, wave, from, to }) => ({ n: node, v: visit, w: wave, f: from, t: to }),
    ({ customerId }) => ({ c: customerId }),
  );
  await client.query(
    `insert into closed_waits (customer_id, run_id, node, visit, wave, window_from, window_to, closed_at)
     select c, $1, n, v, w, f, t, $2
     from json_to_recordset($3::json) as o(k int, c text)
     join json_to_recordset($4::json) as x(k int, n text, v smallint, w smallint, f timestamptz, t timestamptz) using (k)
     order by c
     on conflict (customer_id, run_id, node, visit) do nothing`,
    [
      at.runId,
      iso(at.now),
      JSON.stringify(rows),
      JSON.stringify(kinds.map((kind) => ({ ...kind, f: iso(kind.f), t: iso(kind.t) }))),
    ],
  );
}

/** To be told to the campaigns that they lead to, see links.store.ts. */
export async function writeLinks(
  client: Client,
  at: { runId: string; now: EpochMs },
  walked: readonly Walked[],
): Promise<void> {
  const rows = walked.flatMap(({ facts: { customerId }, walk }) =>
    walk.links.map(({ node, visit, campaign }) => ({
      i: linkIdOf({ runId: at.runId, node, visit, customerId }),
      c: customerId,
      n: node,
      v: visit,
      t: campaign,
    })),
  );
  if (rows.length === 0) return;
  await client.query(
    `insert into links (id, customer_id, run_id, node, visit, campaign, at)
     select i, c, $1, n, v, t, $2 from json_to_recordset($3::json) as x(i text, c text, n text, v smallint, t text)`,
    [at.runId, iso(at.now), JSON.stringify(rows)],
  );
}

export interface ContextRow {
  kind: 'freeze' | 'cohort' | 'claim' | 'late' | 'migration' | 'restoration' | 'retry';
  runId: string | null;
  queue: string;
  step: number;
  now: EpochMs;
  build: string;
  versions: Record<string, unknown>;
  snapshot: string;
}

/** An id for a context that is written later in the transaction. */
export async function reserveContext(client: Client): Promise<number> {
  const { rows } = await client.query<{ id: number }>(
    `select nextval(pg_get_serial_sequence('decision_contexts', 'id')) as id`,
  );
  return rows[0]?.id as number;
}

/** Returns the context's id: `reserved`, where one was. */
export async function insertContext(client: Client, row: ContextRow, reserved?: number): Promise<number> {
  const id = reserved ?? (await reserveContext(client));
  await client.query(
    `insert into decision_contexts (id, kind, run_id, queue, step, now, build, versions, snapshot)
     overriding system value values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [id, row.kind, row.runId, row.queue, row.step, iso(row.now), row.build, JSON.stringify(row.versions), row.snapshot],
  );
  return id;
}

export interface TraceRow {
  customerId: string;
  gateVersion: number;
  attrVersion: number;
  steps: string;
}

export async function insertTrace(
  client: Client,
  runId: string,
  contextId: number,
  traces: readonly TraceRow[],
): Promise<void> {
  if (traces.length === 0) return;
  const { kinds, rows } = alike(
    traces,
    ({ gateVersion, attrVersion, steps }) => ({ g: gateVersion, a: attrVersion, s: steps }),
    ({ customerId }) => ({ c: customerId }),
  );
  await client.query(
    `insert into trace (run_id, customer_id, context_id, gate_version, attr_version, steps)
     select $1, c, $2, g, a, s
     from json_to_recordset($3::json) as o(k int, c text) join json_to_recordset($4::json) as x(k int, g int, a int, s text) using (k)
     order by c`,
    [runId, contextId, JSON.stringify(rows), JSON.stringify(kinds)],
  );
}
