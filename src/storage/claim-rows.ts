/**
 * The rows of a claim: which messages it takes, what is read of them after its locks, and what is written when they go or do not.
 */
import type { Consent, CustomerStatus } from '../domain/eligibility/gate.js';
import type { Channel, Purpose } from '../domain/journey/definition.js';
import type { CapCandidate } from './hand-over-cap.js';
import type { Client } from './pool.js';

export interface DeliveryAt {
  gateway: string;
  shard: number;
  step: number;
  now: number;
}
export interface Candidate extends CapCandidate {
  run_id: string;
  node: string;
  visit: number;
  wave: number;
  channel: Channel;
  purpose: Purpose;
  advertising: boolean;
  template: string;
  title: string | null;
  body: string;
  not_after: Date;
  /** Why it may not go out any more, decided by a resume. */
  withhold: string | null;
  campaign: string;
  status: CustomerStatus;
  attr_version: number;
  consents: Record<string, Consent>;
  addresses: Record<string, string>;
  /** An answer that nobody knows came to the call that it was in: it goes by itself, so that the one that causes it is found. */
  alone: boolean;
}

/** Of those that go by themselves, so many at once: each is a call. */
const ALONE_MAX = 10;

/** Those of them that are still queued and that no other transaction has in hand. */
export const lockQueued = (client: Client, ids: string[]): Promise<string[]> => lockMessages(client, ids, 'queued');

/** Those of them that are still ambiguous, that no other transaction has in hand, and of which a first attempt, if there was any, is no older than that. */
export const lockRepeatable = (client: Client, ids: string[], maxAgeMs: number): Promise<string[]> =>
  lockMessages(client, ids, 'ambiguous', maxAgeMs);

async function lockMessages(
  client: Client,
  ids: string[],
  state: 'queued' | 'ambiguous',
  maxAgeMs?: number,
): Promise<string[]> {
  const { rows } = await client.query<{ id: string }>(
    `select id from outbox
     where id = any($1::text[]) and state = $2
       and ($3::bigint is null or first_attempt_at is null or clock_timestamp() < first_attempt_at + $3::bigint * interval '1 millisecond')
     order by id for update skip locked`,
    [ids, state, maxAgeMs ?? null],
  );
  return rows.map((row) => row.id);
}

/**
 * Messages with their customers' gate facts of this moment: a fresh statement after the locks. Where some have to go by themselves, these alone; the
 * others stay for the next claim.
 */
export async function readCandidates(client: Client, ids: string[]): Promise<Candidate[]> {
  const { rows } = await client.query<Candidate>(
    `select o.id, o.run_id, o.node, o.visit, o.wave, o.customer_id, o.channel, o.purpose, o.advertising, o.template, o.title, o.body,
            o.not_after, o.withhold, o.decided_gate_version, x.versions->'policies' as decided_policies, r.campaign, c.bucket, c.status, c.gate_version, c.attr_version, c.zone, c.consents, c.addresses,
            coalesce(a.refused is not null, false) as alone
     from outbox o join runs r on r.id = o.run_id join customers c on c.id = o.customer_id
     left join decision_contexts x on x.id = o.context_id
     left join message_attempts a on a.id = o.attempt_id
     where o.id = any($1::text[])
     order by o.id`,
    [ids],
  );
  const alone = rows.filter((row) => row.alone);
  return alone.length > 0 ? alone.slice(0, ALONE_MAX) : rows;
}

/** An attempt for each call, which hands over so many messages; returns their ids in the same order. */
export async function openAttempts(
  client: Client,
  at: DeliveryAt,
  contextId: number,
  messages: readonly number[],
  leaseMs: number,
): Promise<number[]> {
  const { rows } = await client.query<{ id: number }>(
    `insert into message_attempts (gateway, shard, step, context_id, now, lease_until, messages)
     select $1, $2, $3, $4, $5, clock_timestamp() + $6::bigint * interval '1 millisecond', n
     from unnest($7::int[]) with ordinality as m(n, i) order by i
     returning id`,
    [at.gateway, at.shard, at.step, contextId, new Date(at.now), leaseMs, messages],
  );
  return rows.map(({ id }) => id).sort((a, b) => a - b);
}

/** Each by the attempt of its call. Returns for how long the first attempt of each has been, ms. */
export async function markSubmitting(
  client: Client,
  at: DeliveryAt,
  calls: readonly { attemptId: number; rows: readonly Candidate[] }[],
): Promise<Map<string, number>> {
  const going = calls.flatMap(({ attemptId, rows }) =>
    rows.map((row) => ({ i: row.id, a: attemptId, g: row.gate_version })),
  );
  if (going.length === 0) return new Map();
  const { rows: marked } = await client.query<{ id: string; age: number }>(
    `update outbox o
     set state = 'submitting', from_state = o.state, attempt_id = x.a, attempts = attempts + 1, handover_at = $1, handover_gate_version = x.g, reason = null,
         lookup_at = null, first_attempt_at = coalesce(first_attempt_at, clock_timestamp()), last_attempt_at = clock_timestamp()
     from json_to_recordset($2::json) as x(i text, a bigint, g int)
     where o.id = x.i
     returning o.id, ceil(extract(epoch from clock_timestamp() - o.first_attempt_at) * 1000)::bigint as age`,
    [new Date(at.now), JSON.stringify(going)],
  );
  // Reserved until its result is known: it may still be submitted again, at a later time.
  await client.query(`update contacts set at = $1 where message_id = any($2::text[])`, [
    new Date(at.now),
    going.map(({ i }) => i),
  ]);
  return new Map(marked.map(({ id, age }) => [id, age]));
}

export async function markWithheld(
  client: Client,
  refused: readonly { row: Candidate; reason: string }[],
): Promise<void> {
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
