/**
 * The effects of a cohort, one statement per table over the whole cohort.
 */
import type { EpochMs } from '../domain/base/time.js';
import { linkIdOf } from '../domain/trigger/link.js';
import type { MessageRow, Walked } from '../domain/wave/cohort.js';
import type { ClosedWait } from '../domain/wave/walk.js';
import type { Client } from './pool.js';

const iso = (ms: EpochMs | null): string | null => (ms === null ? null : new Date(ms).toISOString());

export async function writePositions(client: Client, runId: string, walked: readonly Walked[]): Promise<void> {
  const rows = walked.map(({ facts, walk }) => ({
    c: facts.customerId,
    s: walk.state,
    n: walk.node,
    v: walk.visit,
    d: iso(walk.dueAt),
    w: walk.wave,
    t: iso(walk.waveAt),
    e: iso(walk.windowEndAt),
    r: walk.endReason,
    f: walk.frozenMs,
  }));
  await client.query(
    `update participants p
     set state = x.s, node = x.n, visit = x.v, due_at = x.d, wave = x.w, wave_at = x.t, window_end_at = x.e, end_reason = x.r,
         responded = false, frozen_ms = x.f, skip_sends = false
     from json_to_recordset($2::json)
       as x(c text, s text, n text, v smallint, d timestamptz, w smallint, t timestamptz, e timestamptz, r text, f bigint)
     where p.customer_id = x.c and p.run_id = $1`,
    [runId, JSON.stringify(rows)],
  );
}

/** The contact is reserved at the decision's now; it counts at the hand-over's. */
export async function writeContacts(
  client: Client,
  at: { runId: string; now: EpochMs },
  messages: readonly MessageRow[],
): Promise<void> {
  if (messages.length === 0) return;
  const rows = messages.map((m) => ({ i: m.id, c: m.customerId, h: m.channel, p: m.purpose, o: m.product }));
  await client.query(
    `insert into contacts (message_id, customer_id, run_id, channel, purpose, product, at, state)
     select i, c, $1, h, p, o, $2, 'reserved'
     from json_to_recordset($3::json) as x(i text, c text, h text, p text, o text)`,
    [at.runId, iso(at.now), JSON.stringify(rows)],
  );
}

/** The id is the slot's: a second message for a slot violates the primary key, it never goes out. */
export async function writeMessages(
  client: Client,
  at: { runId: string; lane: number; now: EpochMs; contextId: number },
  messages: readonly MessageRow[],
): Promise<void> {
  if (messages.length === 0) return;
  const rows = messages.map((m) => ({
    i: m.id,
    n: m.node,
    v: m.visit,
    c: m.customerId,
    w: m.wave,
    h: m.channel,
    p: m.purpose,
    g: m.gateway,
    s: m.shard,
    t: m.template,
    l: m.title,
    b: m.body,
    a: iso(m.notAfter),
    z: m.gateVersion,
  }));
  await client.query(
    `insert into outbox (id, run_id, node, visit, customer_id, lane, wave, channel, purpose, advertising, gateway, shard, state,
                         template, title, body, decided_at, not_after, context_id, decided_gate_version)
     select i, $1, n, v, c, $2, w, h, p, p = 'advertising', g, s, 'queued', t, l, b, $3, a, $5, z
     from json_to_recordset($4::json)
       as x(i text, n text, v smallint, c text, w smallint, h text, p text, g text, s smallint, t text, l text, b text, a timestamptz, z int)`,
    [at.runId, at.lane, iso(at.now), JSON.stringify(rows), at.contextId],
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
  const rows = closed.map(({ customerId, node, visit, wave, from, to }) => ({
    c: customerId,
    n: node,
    v: visit,
    w: wave,
    f: iso(from),
    t: iso(to),
  }));
  if (rows.length === 0) return;
  await client.query(
    `insert into closed_waits (customer_id, run_id, node, visit, wave, window_from, window_to, closed_at)
     select c, $1, n, v, w, f, t, $2
     from json_to_recordset($3::json) as x(c text, n text, v smallint, w smallint, f timestamptz, t timestamptz)
     on conflict (customer_id, run_id, node, visit) do nothing`,
    [at.runId, iso(at.now), JSON.stringify(rows)],
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
  const rows = traces.map((t) => ({ c: t.customerId, g: t.gateVersion, a: t.attrVersion, s: t.steps }));
  await client.query(
    `insert into trace (run_id, customer_id, context_id, gate_version, attr_version, steps)
     select $1, c, $2, g, a, s from json_to_recordset($3::json) as x(c text, g int, a int, s text)`,
    [runId, contextId, JSON.stringify(rows)],
  );
}
