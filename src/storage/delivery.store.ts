/**
 * The claim that hands messages over and the record of what came of it. The claim gates on facts read after its locks and marks
 * `submitting` in the same transaction; results are fenced by the attempt.
 */
import type { Consent, CustomerStatus } from '../domain/eligibility/gate.js';
import { judgeHandOver } from '../domain/eligibility/hand-over.js';
import type { Channel, Purpose } from '../domain/journey/definition.js';
import type { PreparedJourney } from '../domain/journey/prepare.js';
import { encodeTrace } from '../domain/wave/trace.js';
import { readControls, type ControlState } from './advisory.js';
import { insertContext, insertTrace } from './cohort-writes.js';
import { addCounters, moved } from './counters.js';
import { inTransaction, type Client, type Pool } from './pool.js';
import { openQueue } from './queues.js';

export interface DeliveryAt {
  gateway: string;
  shard: number;
  step: number;
  now: number;
}
export interface DeliveryTerms {
  batchSize: number;
  timeoutMs: number;
}
export interface OutgoingRow {
  id: string;
  channel: string;
  to: string;
  title: string | null;
  body: string;
  template: string;
  advertising: boolean;
  notAfter: string;
  meta: { customer: string; run: string; node: string; wave: number };
}
export type ClaimResult =
  | { kind: 'stale'; step: number }
  | { kind: 'empty' }
  | { kind: 'blocked' }
  | { kind: 'claimed'; attemptId: number; signedAt: Date; batch: OutgoingRow[]; withheld: number };

interface Candidate {
  id: string;
  run_id: string;
  node: string;
  visit: number;
  wave: number;
  customer_id: string;
  channel: Channel;
  purpose: Purpose;
  advertising: boolean;
  template: string;
  title: string | null;
  body: string;
  not_after: Date;
  withhold: string | null;
  campaign: string;
  status: CustomerStatus;
  gate_version: number;
  attr_version: number;
  zone: string;
  consents: Record<string, Consent>;
  addresses: Record<string, string>;
}

/** Beyond the HTTP time-out, before an attempt without a result counts as ambiguous. */
const LEASE_MARGIN_MS = 10_000;

export class DeliveryClaims {
  constructor(
    private readonly pool: Pool,
    private readonly build: string,
    private readonly journeyOf: (runId: string) => Promise<PreparedJourney>,
  ) {}

  claim(at: DeliveryAt, terms: DeliveryTerms): Promise<ClaimResult> {
    return this.claimFrom(at, terms, null);
  }

  /** Messages that are ambiguous and that the gateway surely does not know; one that the gate refuses stays ambiguous. */
  reclaim(at: DeliveryAt, terms: DeliveryTerms, ids: string[]): Promise<ClaimResult> {
    return this.claimFrom(at, terms, ids);
  }

  private claimFrom(at: DeliveryAt, terms: DeliveryTerms, ambiguous: string[] | null): Promise<ClaimResult> {
    return inTransaction(this.pool, async (client) => {
      const switches = await readControls(client, ['all', `gateway/${at.gateway}`]);
      const states = [...switches.values()]; // what is stopped is taken, to be withheld
      if (states.includes('paused') && !states.includes('stopped')) return { kind: 'blocked' };
      const queue = await openQueue(client, { kind: 'delivery', name: at.gateway, shard: at.shard, step: at.step });
      if (queue.kind !== 'open') return queue;

      const ids = ambiguous ? await lockAmbiguous(client, ambiguous) : await lockQueued(client, at, terms.batchSize);
      if (ids.length === 0) return { kind: 'empty' };
      const { rows: stamp } = await client.query<{ snapshot: string; signed_at: Date }>(
        'select pg_current_snapshot()::text as snapshot, clock_timestamp() as signed_at',
      );
      const candidates = await readCandidates(client, ids);
      const controls = await readControls(client, candidates.flatMap(scopesOf).concat([...switches.keys()]));
      const judged = await this.judge(candidates, controls, at);
      const { snapshot, signed_at: signedAt } = stamp[0] as { snapshot: string; signed_at: Date };
      return this.apply(client, at, terms, judged, { snapshot, signedAt, from: ambiguous ? 'ambiguous' : 'queued' });
    });
  }

  private async judge(candidates: Candidate[], controls: Map<string, ControlState>, { gateway, now }: DeliveryAt) {
    const journeys = new Map<string, PreparedJourney>();
    for (const { run_id } of candidates) if (!journeys.has(run_id)) journeys.set(run_id, await this.journeyOf(run_id));
    return candidates.flatMap((row) => {
      const states = [...scopesOf(row), 'all', `gateway/${gateway}`].map((scope) => controls.get(scope) ?? 'running');
      const stopped = states.includes('stopped');
      if (!stopped && states.includes('paused')) return []; // stays where it is
      const quiet = journeys.get(row.run_id)?.quiet ?? null;
      const message = { ...row, quiet, notAfter: row.not_after.getTime(), stopped };
      return [{ row, verdict: judgeHandOver(message, { ...row, gateVersion: row.gate_version }, now) }];
    });
  }

  private async apply(
    client: Client,
    at: DeliveryAt,
    terms: DeliveryTerms,
    judged: { row: Candidate; verdict: ReturnType<typeof judgeHandOver> }[],
    stamp: { snapshot: string; signedAt: Date; from: 'queued' | 'ambiguous' },
  ): Promise<ClaimResult> {
    if (judged.length === 0) return { kind: 'empty' };
    const contextId = await insertContext(client, {
      kind: 'claim',
      runId: null,
      queue: `${at.gateway}/${at.shard}`,
      step: at.step,
      now: at.now,
      build: this.build,
      versions: {},
      snapshot: stamp.snapshot,
    });
    const going = judged.flatMap(({ row, verdict }) =>
      verdict.go ? [{ row, to: verdict.to, codes: verdict.codes }] : [],
    );
    const refused = judged.flatMap(({ row, verdict }) => (verdict.go ? [] : [{ row, ...verdict }]));
    const attemptId =
      going.length > 0 ? await openAttempt(client, at, contextId, going.length, terms.timeoutMs + LEASE_MARGIN_MS) : 0;
    await markSubmitting(
      client,
      at,
      attemptId,
      going.map(({ row }) => row),
    );
    const counters = going.flatMap(({ row }) => moved(row, at.shard, stamp.from, 'submitting', ''));
    if (stamp.from === 'queued') {
      await markWithheld(client, refused);
      counters.push(...refused.flatMap(({ row, reason }) => moved(row, at.shard, 'queued', 'withheld', reason)));
    } else {
      await client.query('update outbox set lookup_at = null where id = any($1::text[])', [
        refused.map(({ row }) => row.id),
      ]);
    }
    await traceClaim(client, contextId, [
      ...going.map(({ row, codes }) => ({ row, codes: [...codes, 'message=handed_over'] })),
      // what is ambiguous stays so: it may have gone out before
      ...refused.map(({ row, codes, reason }) => ({
        row,
        codes: [...codes, `message=${stamp.from === 'queued' ? 'withheld' : 'kept'}:${reason}`],
      })),
    ]);
    await addCounters(client, counters);
    return {
      kind: 'claimed',
      attemptId,
      signedAt: stamp.signedAt,
      batch: going.map(toOutgoing),
      withheld: refused.length,
    };
  }
}

const scopesOf = (row: Candidate) => [`campaign/${row.campaign}`, `channel/${row.channel}`, `run/${row.run_id}`];

/**
 * Oldest first, past those of paused runs, campaigns and channels. What was decided after this claim's `now` waits for a later one: a
 * contact never counts earlier than it was reserved. Index: outbox_queued.
 */
async function lockQueued(client: Client, at: DeliveryAt, limit: number): Promise<string[]> {
  const { rows } = await client.query<{ id: string }>(
    `with paused as materialized (select scope from controls where state = 'paused'),
          paused_runs as materialized (
            select r.id from runs r where r.state <> 'closed' and (('run/' || r.id) in (select scope from paused)
              or ('campaign/' || r.campaign) in (select scope from paused)))
     select id from outbox
     where gateway = $1 and shard = $2 and state = 'queued' and decided_at <= $4
       and run_id not in (select id from paused_runs)
       and ('channel/' || channel) not in (select scope from paused)
     order by decided_at, id
     limit $3
     for update skip locked`,
    [at.gateway, at.shard, limit, new Date(at.now)],
  );
  return rows.map((row) => row.id);
}

async function lockAmbiguous(client: Client, ids: string[]): Promise<string[]> {
  const { rows } = await client.query<{ id: string }>(
    `select id from outbox where id = any($1::text[]) and state = 'ambiguous' order by id for update skip locked`,
    [ids],
  );
  return rows.map((row) => row.id);
}

/** Messages with their customers' gate facts of this moment: a fresh statement after the locks. */
async function readCandidates(client: Client, ids: string[]): Promise<Candidate[]> {
  const { rows } = await client.query<Candidate>(
    `select o.id, o.run_id, o.node, o.visit, o.wave, o.customer_id, o.channel, o.purpose, o.advertising, o.template, o.title, o.body,
            o.not_after, o.withhold, r.campaign, c.status, c.gate_version, c.attr_version, c.zone, c.consents, c.addresses
     from outbox o join runs r on r.id = o.run_id join customers c on c.id = o.customer_id
     where o.id = any($1::text[])
     order by o.id`,
    [ids],
  );
  return rows;
}

async function openAttempt(
  client: Client,
  at: DeliveryAt,
  contextId: number,
  messages: number,
  leaseMs: number,
): Promise<number> {
  const { rows } = await client.query<{ id: number }>(
    `insert into message_attempts (gateway, shard, step, context_id, now, lease_until, messages)
     values ($1, $2, $3, $4, $5, clock_timestamp() + $6::bigint * interval '1 millisecond', $7) returning id`,
    [at.gateway, at.shard, at.step, contextId, new Date(at.now), leaseMs, messages],
  );
  return rows[0]?.id as number;
}

async function markSubmitting(
  client: Client,
  at: DeliveryAt,
  attemptId: number,
  rows: readonly Candidate[],
): Promise<void> {
  if (rows.length === 0) return;
  const going = JSON.stringify(rows.map((row) => ({ i: row.id, g: row.gate_version })));
  await client.query(
    `update outbox o
     set state = 'submitting', from_state = o.state, attempt_id = $1, attempts = attempts + 1, handover_at = $2, handover_gate_version = x.g, reason = null,
         lookup_at = null, first_attempt_at = coalesce(first_attempt_at, clock_timestamp()), last_attempt_at = clock_timestamp()
     from json_to_recordset($3::json) as x(i text, g int)
     where o.id = x.i`,
    [attemptId, new Date(at.now), going],
  );
  await client.query(`update contacts set state = 'counted', at = $1 where message_id = any($2::text[])`, [
    new Date(at.now),
    rows.map((row) => row.id),
  ]);
}

async function markWithheld(client: Client, refused: readonly { row: Candidate; reason: string }[]): Promise<void> {
  if (refused.length === 0) return;
  await client.query(
    `update outbox o set state = 'withheld', reason = x.r
     from json_to_recordset($1::json) as x(i text, r text) where o.id = x.i`,
    [JSON.stringify(refused.map(({ row, reason }) => ({ i: row.id, r: reason })))],
  );
  await client.query(`update contacts set state = 'returned' where message_id = any($1::text[])`, [
    refused.map(({ row }) => row.id),
  ]);
}

/** Law 7: why each message went out, or did not, with the versions of the facts that this claim saw. */
async function traceClaim(
  client: Client,
  contextId: number,
  judged: readonly { row: Candidate; codes: string[] }[],
): Promise<void> {
  for (const [runId, own] of Map.groupBy(judged, ({ row }) => row.run_id)) {
    const traces = own.map(({ row, codes }) => ({
      customerId: row.customer_id,
      gateVersion: row.gate_version,
      attrVersion: row.attr_version,
      steps: encodeTrace([{ node: row.node, visit: row.visit, codes }]),
    }));
    await insertTrace(client, runId, contextId, traces);
  }
}

const toOutgoing = ({ row, to }: { row: Candidate; to: string }): OutgoingRow => ({
  id: row.id,
  channel: row.channel,
  to,
  title: row.title,
  body: row.body,
  template: row.template,
  advertising: row.advertising,
  notAfter: row.not_after.toISOString(),
  meta: { customer: row.customer_id, run: row.run_id, node: row.node, wave: row.wave },
});
