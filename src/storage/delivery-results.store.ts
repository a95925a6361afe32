/**
 * What came of hand-overs: results per message, leases that ran out, look-ups of the ambiguous. A move that the table of message
 * moves does not allow cannot be written; a result for a closed attempt counts only while its message is still ambiguous by it.
 */
import { addCounters, moved } from './counters.js';
import { someMayGo } from './queued-messages.js';
import { IS_FIRST } from './claim-rows.js';
import type { DeliveryAt } from './delivery.store.js';
import { inTransaction, type Client, type Pool } from './pool.js';
import { IS_PRESUMED } from './presumed-messages.js';
import { acceptReceipted } from './receipted-messages.js';
import { blockQueue, isStopped, MS_UNTIL_NEXT } from './queues.js';

interface ResultRow {
  status: 'accepted' | 'rejected';
  reason: string | null;
  reference: string | null;
}
type SubmitOutcome =
  | { kind: 'answered'; results: Map<string, ResultRow> }
  | { kind: 'later'; retryAfterMs: number }
  | { kind: 'delayed'; retryAfterMs: number }
  | { kind: 'refused'; status: number }
  | { kind: 'unknown' };
type LookupOutcome =
  | { kind: 'found'; result: ResultRow }
  | { kind: 'absent' }
  | { kind: 'later'; retryAfterMs: number }
  | { kind: 'unknown' };

interface ResultTerms {
  idempotent: boolean;
  idempotencyMs: number;
  lookup: boolean;
  visibilityMs: number;
}

interface Move {
  id: string;
  to: 'accepted' | 'rejected' | 'ambiguous' | 'queued';
  reason: string | null;
  reference: string | null;
  /** Not acted on: as if it had never been tried. */
  untried?: true;
}

interface Answer {
  attemptId: number;
  outcome: SubmitOutcome;
}

const LOOKUP_AGAIN_MS = 2_000;

export class DeliveryResults {
  constructor(private readonly pool: Pool) {}

  /** What came of the calls of one claim, each told by its attempt. */
  async record(at: DeliveryAt, answers: readonly Answer[], terms: ResultTerms): Promise<void> {
    const outcomeOf = new Map(answers.map(({ attemptId, outcome }) => [attemptId, outcome]));
    await inTransaction(this.pool, async (client) => {
      const { rows } = await client.query<{
        id: string;
        attempt_id: number;
        from_state: 'queued' | 'ambiguous' | null;
      }>(
        `select id, attempt_id, from_state from outbox
         where attempt_id = any($1::bigint[]) and state in ('submitting', 'ambiguous') order by id for update`,
        [[...outcomeOf.keys()]],
      );
      const moves = rows.map(({ id, attempt_id: attempt, from_state: from }) => ({
        attempt,
        ...moveOf(id, outcomeOf.get(attempt) as SubmitOutcome, from ?? 'queued'),
      }));
      await moveMessages(client, at.shard, moves, terms);
      await closeAttempts(client, answers);
      for (const { attemptId, outcome } of answers) {
        if (outcome.kind !== 'delayed') continue;
        const own = moves.filter(({ attempt }) => attempt === attemptId);
        await putOff(client, own, outcome.retryAfterMs);
      }
      await block(client, at, answers);
    });
  }

  async expireLeases(at: DeliveryAt, terms: ResultTerms): Promise<number> {
    return await inTransaction(this.pool, async (client) => {
      const { rows } = await client.query<{ id: string }>(
        `with expired as (
           update message_attempts set closed_at = clock_timestamp(), outcome = 'unknown'
           where gateway = $1 and shard = $2 and closed_at is null and lease_until <= clock_timestamp()
           returning id)
         select o.id from outbox o where o.attempt_id in (select id from expired) and o.state = 'submitting' order by o.id for update`,
        [at.gateway, at.shard],
      );
      await moveMessages(
        client,
        at.shard,
        rows.map(({ id }) => moveOf(id, { kind: 'unknown' }, 'queued')),
        terms,
      );
      return rows.length;
    });
  }

  /**
   * `settled`: an absence is final by now; `mayResubmit`: the gateway is idempotent and its window is still open, or it can be asked and the hand-over
   * is only presumed, or was presumed and no other has been acted on.
   */
  async dueLookups(
    at: DeliveryAt,
    terms: ResultTerms & { timeoutMs: number },
    limit: number,
  ): Promise<{ signedAt: Date; items: { id: string; mayResubmit: boolean; settled: boolean }[] }> {
    const { rows } = await this.pool.query<{ id: string; mayResubmit: boolean; settled: boolean; signed_at: Date }>(
      `select id, clock_timestamp() as signed_at,
              clock_timestamp() >= last_attempt_at + $3::bigint * interval '1 millisecond' as settled,
              $4::boolean and clock_timestamp() < first_attempt_at + $5::bigint * interval '1 millisecond'
                or $7::boolean and (first_attempt_at is null or ${IS_PRESUMED}) as "mayResubmit"
       from outbox o
       where gateway = $1 and shard = $2 and state = 'ambiguous' and lookup_at <= clock_timestamp()
       order by lookup_at limit $6`,
      [
        at.gateway,
        at.shard,
        terms.lookup ? terms.visibilityMs : 0,
        terms.idempotent,
        terms.idempotencyMs - terms.timeoutMs, // a repeat has to arrive within the window, which takes its time-out at most
        limit,
        terms.lookup,
      ],
    );
    return { signedAt: rows[0]?.signed_at ?? new Date(0), items: rows.map(({ signed_at: _, ...item }) => item) };
  }

  async recordLookups(
    at: DeliveryAt,
    looked: { id: string; outcome: LookupOutcome; settled: boolean }[],
    terms: ResultTerms,
  ): Promise<void> {
    if (looked.length === 0) return;
    const found = looked.flatMap(({ id, outcome }) =>
      outcome.kind === 'found'
        ? [{ id, to: outcome.result.status, reason: outcome.result.reason, reference: outcome.result.reference }]
        : [],
    );
    // A final absence that may not be resubmitted stays ambiguous and is listed for a person.
    const given = looked.filter(({ outcome, settled }) => outcome.kind === 'absent' && settled).map(({ id }) => id);
    const later = looked
      .filter(({ outcome, settled }) => outcome.kind !== 'found' && !(outcome.kind === 'absent' && settled))
      .map(({ id }) => id);
    await inTransaction(this.pool, async (client) => {
      await client.query(
        `select id from outbox where id = any($1::text[]) and state = 'ambiguous' order by id for update`,
        [looked.map(({ id }) => id)],
      );
      await client.query(`update outbox set lookup_at = null where id = any($1::text[]) and state = 'ambiguous'`, [
        given,
      ]);
      await client.query(
        `update outbox set lookup_at = clock_timestamp() + $2::bigint * interval '1 millisecond' where id = any($1::text[]) and state = 'ambiguous'`,
        [later, Math.max(LOOKUP_AGAIN_MS, terms.visibilityMs)],
      );
      await moveMessages(client, at.shard, found, terms);
    });
  }

  async isStopped({ gateway, shard }: DeliveryAt): Promise<boolean> {
    return await isStopped(this.pool, { kind: 'delivery', name: gateway, shard });
  }

  /** Transport time until this queue has to look again: 0 when something is queued now, null when nothing is open. */
  async nextInMs(at: DeliveryAt): Promise<number | null> {
    const { rows } = await this.pool.query<{ ms: number }>(
      `with next as (
              select greatest(q.blocked_until, clock_timestamp()) as at
              from queues q
              where q.kind = 'delivery' and q.name = $1 and q.shard = $2 and q.attention is null
                and not exists (select from controls where state = 'paused' and scope in ('all', 'restoration', 'gateway/' || $1))
                and ${someMayGo('$1', '$2')}
              union all
              select greatest(q.blocked_until, delayed.until)
              from queues q cross join lateral (
                select min(not_before) as until from outbox
                where gateway = $1 and shard = $2 and state = 'queued' and not_before > clock_timestamp()) delayed
              where q.kind = 'delivery' and q.name = $1 and q.shard = $2 and q.attention is null and delayed.until is not null
              union all select min(lookup_at) from outbox where gateway = $1 and shard = $2 and state = 'ambiguous'
              union all select min(lease_until) from message_attempts where gateway = $1 and shard = $2 and closed_at is null)
       ${MS_UNTIL_NEXT}`,
      [at.gateway, at.shard],
    );
    return rows[0]?.ms ?? null;
  }
}

function closedAs({ kind }: SubmitOutcome): 'answered' | 'unknown' | 'not_acted' {
  return kind === 'answered' || kind === 'unknown' ? kind : 'not_acted';
}

async function closeAttempts(client: Client, answers: readonly Answer[]): Promise<void> {
  const closed = answers.map(({ attemptId, outcome }) => ({
    i: attemptId,
    o: closedAs(outcome),
    r: outcome.kind === 'refused' ? outcome.status : null,
  }));
  await client.query(
    `update message_attempts a set closed_at = clock_timestamp(), outcome = x.o, refused = x.r
     from json_to_recordset($1::json) as x(i bigint, o text, r smallint) where a.id = x.i and a.closed_at is null`,
    [JSON.stringify(closed)],
  );
}

/** An undocumented answer stops the queue when it is about one message alone; what was refused together goes again one by one, for one may be the cause. */
async function block(client: Client, { gateway, shard }: DeliveryAt, answers: readonly Answer[]): Promise<void> {
  const queue = { kind: 'delivery' as const, name: gateway, shard };
  const waits = answers.flatMap(({ outcome }) => (outcome.kind === 'later' ? [outcome.retryAfterMs] : []));
  if (waits.length > 0) await blockQueue(client, queue, { afterMs: Math.max(...waits) });
  const refused = answers.flatMap(({ attemptId, outcome }) => (outcome.kind === 'refused' ? [attemptId] : []));
  if (refused.length === 0) return;
  const { rows } = await client.query<{ status: number }>(
    'select refused as status from message_attempts where id = any($1::bigint[]) and refused is not null and messages = 1 order by id limit 1',
    [refused],
  );
  if (rows[0]) await blockQueue(client, queue, { attention: `undocumented answer ${rows[0].status}` });
}

/** By themselves: the rest of the queue goes on. Each time twice as long as the time before, 32 times at most. */
async function putOff(client: Client, moves: readonly Move[], afterMs: number): Promise<void> {
  await client.query(
    `update outbox set not_before = clock_timestamp() + $2::bigint * (1 << least(attempts - 1, 5)) * interval '1 millisecond'
     where id = any($1::text[]) and state = 'queued'`,
    [moves.map(({ id }) => id), afterMs],
  );
}

/** `from`: where it goes back to when this attempt was not acted on; what was ambiguous before is so again. */
function moveOf(id: string, outcome: SubmitOutcome, from: 'queued' | 'ambiguous'): Move {
  switch (outcome.kind) {
    case 'answered': {
      const result = outcome.results.get(id);
      if (!result) return { id, to: 'ambiguous', reason: 'no_result', reference: null };
      return { id, to: result.status, reason: result.reason, reference: result.reference };
    }
    case 'unknown':
      return { id, to: 'ambiguous', reason: 'no_reply', reference: null };
    default:
      return { id, to: from, reason: null, reference: null, untried: true };
  }
}

/**
 * Rows are locked by the caller. A definite rejection gives the contact back; what is queued again or ambiguous may still go out at a later
 * moment, so it is a reservation, which counts at any moment.
 */
async function moveMessages(client: Client, shard: number, moves: readonly Move[], terms: ResultTerms): Promise<void> {
  if (moves.length === 0) return;
  const { rows } = await client.query<{
    id: string;
    run_id: string;
    node: string;
    visit: number;
    was: string;
    now: Move['to'];
    reason: string | null;
  }>(
    // as they were, read once: joined as a plain sub-query, its thousand ids were compared anew for each row (three quarters of the statement's time)
    `with old as materialized (select id, state from outbox where id = any($3::text[]))
     update outbox o
     set state = x."to", reason = x.reason, reference = coalesce(x.reference, o.reference),
         first_attempt_at = case when x.untried and ${IS_FIRST} then null else o.first_attempt_at end,
         last_attempt_at = case when x."to" = 'ambiguous' then clock_timestamp() else o.last_attempt_at end,
         lookup_at = case when x."to" = 'ambiguous' then clock_timestamp() + $2::bigint * interval '1 millisecond' end
     from json_to_recordset($1::json) as x(id text, "to" text, reason text, reference text, untried boolean) join old on old.id = x.id
     where o.id = x.id and old.state <> x."to"
       and (old.state = 'submitting' or (old.state = 'ambiguous' and x."to" in ('accepted', 'rejected')))
     returning o.id, o.run_id, o.node, o.visit, old.state as was, o.state as now, o.reason`,
    [JSON.stringify(moves), terms.lookup ? terms.visibilityMs : 0, moves.map(({ id }) => id)],
  );
  await client.query(
    `update contacts c set state = case x.now when 'rejected' then 'returned' when 'accepted' then 'counted' else 'reserved' end
     from json_to_recordset($1::json) as x(id text, now text) where c.message_id = x.id`,
    [JSON.stringify(rows.map(({ id, now }) => ({ id, now })))],
  );
  const receipted = await acceptReceipted(
    client,
    rows.filter(({ now }) => now === 'ambiguous').map(({ id }) => id),
  );
  const told = rows.flatMap((row) =>
    moved(row, shard, row.was, row.now, row.now === 'rejected' ? (row.reason ?? '') : ''),
  );
  await addCounters(client, [...told, ...receipted]);
}
