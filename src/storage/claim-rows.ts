/**
 * The rows of a claim: which messages it takes, what is read of them after its locks, and what is written when they go or do not.
 */
import type { ContactPolicy } from '../domain/contact-policy/policy.js';
import type { Consent, CustomerStatus } from '../domain/eligibility/gate.js';
import type { Channel, Purpose } from '../domain/journey/definition.js';
import { isOutdated, labelsOf, type CapCandidate } from './hand-over-cap.js';
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
  gate_version: number;
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
export async function readCandidates(
  client: Client,
  ids: string[],
  policies: readonly ContactPolicy[],
): Promise<Candidate[]> {
  const { rows } = await client.query<Candidate>(
    `select o.id, o.run_id, o.node, o.visit, o.wave, o.customer_id, o.channel, o.purpose, o.advertising, o.template, o.title, o.body,
            o.not_after, o.withhold, ${isOutdated('$2')} as outdated, r.campaign, c.bucket, c.status, c.gate_version, c.attr_version, c.zone, c.consents, c.addresses,
            coalesce(a.refused is not null, false) as alone
     from outbox o join runs r on r.id = o.run_id join customers c on c.id = o.customer_id
     left join decision_contexts x on x.id = o.context_id
     left join message_attempts a on a.id = o.attempt_id
     where o.id = any($1::text[])
     order by o.id`,
    [ids, labelsOf(policies)],
  );
  const alone = rows.filter((row) => row.alone);
  return alone.length > 0 ? alone.slice(0, ALONE_MAX) : rows;
}

/** What a claim makes of messages that go: on their way to their gateway, or, where its book is this database, in it. */
export type Handing = 'submitting' | 'accepted';

/** An attempt for each call, which hands over so many messages; returns their ids in the same order. Of what is in its book at once, answered. */
export async function openAttempts(
  client: Client,
  at: DeliveryAt,
  contextId: number,
  messages: readonly number[],
  { to, leaseMs }: { to: Handing; leaseMs: number },
): Promise<number[]> {
  const { rows } = await client.query<{ id: number }>(
    `insert into message_attempts (gateway, shard, step, context_id, now, lease_until, messages, closed_at, outcome)
     select $1, $2, $3, $4, $5, clock_timestamp() + $6::bigint * interval '1 millisecond', n,
            case when $8 then clock_timestamp() end, case when $8 then 'answered' end
     from unnest($7::int[]) with ordinality as m(n, i) order by i
     returning id`,
    [at.gateway, at.shard, at.step, contextId, new Date(at.now), leaseMs, messages, to === 'accepted'],
  );
  return rows.map(({ id }) => id).sort((a, b) => a - b);
}

/** Of a message `o` on its way: nothing before this attempt may have been acted on. Both times are of one statement. */
export const IS_FIRST = 'o.first_attempt_at = o.last_attempt_at';

/**
 * Each by the attempt of its call. Its contact counts from now on; until its result is known it is reserved: it may still be submitted again, at a
 * later time. Returns for how long the first attempt of the oldest of each call has been, ms.
 */
export async function markHandedOver(
  client: Client,
  at: DeliveryAt,
  to: Handing,
  calls: readonly { attemptId: number; rows: readonly Candidate[] }[],
): Promise<Map<number, number>> {
  const going = calls.flatMap(({ attemptId, rows }) =>
    rows.map((row) => ({ i: row.id, a: attemptId, g: row.gate_version })),
  );
  if (going.length === 0) return new Map();
  const { rows } = await client.query<{ attempt: number; age: number }>(
    `with gone as (
       update outbox o
       set state = $3, from_state = o.state, attempt_id = x.a, attempts = attempts + 1, handover_at = $1, handover_gate_version = x.g, reason = null,
           lookup_at = null, first_attempt_at = coalesce(first_attempt_at, statement_timestamp()), last_attempt_at = statement_timestamp()
       from json_to_recordset($2::json) as x(i text, a bigint, g int)
       where o.id = x.i
       returning o.id, o.attempt_id, o.first_attempt_at),
     told as (
       update contacts c set at = $1, state = case when $3 = 'accepted' then 'counted' else 'reserved' end
       from gone where c.message_id = gone.id)
     select attempt_id as attempt, ceil(extract(epoch from clock_timestamp() - min(first_attempt_at)) * 1000)::bigint as age
     from gone group by attempt_id`,
    [new Date(at.now), JSON.stringify(going), to],
  );
  return new Map(rows.map(({ attempt, age }) => [attempt, age]));
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
