/**
 * The reversals of a provider's queue: those that are due to be asked about, the claim that hands them over, and what came of them. Fenced by their
 * attempt; a call without a result is ambiguous when its lease ends. Locks: payouts by key, then their reversals.
 */
import type { ProviderTerms } from '../domain/ledger/payout-replies.js';
import {
  judgeReversal,
  type Judged,
  type ReversalReply,
  type ReversalResolution,
  type UnsureReversal,
} from '../domain/ledger/reversals.js';
import { readControls } from './advisory.js';
import { admit } from './breakers.js';
import type { PayoutAt } from './payout-claims.store.js';
import { ASK_AGAIN_MS } from './payout-lookups.js';
import { movePayouts, recordBreaks, type PayoutMove } from './payout-moves.js';
import { scopesOfQueue } from './payout-scopes.js';
import { inTransaction, type Client, type Pool } from './pool.js';
import { blockQueue, openQueue } from './queues.js';

export interface ReversalRef {
  /** Of the payout. */
  key: string;
  n: number;
  /** How many it has had: an answer says nothing about later ones. */
  attempts: number;
}
export interface ReversalOrder {
  key: string;
  n: number;
  attempt: number;
  reason: string;
  /** An earlier attempt may have been acted on. */
  unsure: boolean;
  /** Transport time since the first attempt, as of a moment of the claim. */
  ageMs: number;
}
export interface ReversalClaim {
  signedAt: Date;
  /** None where the queue is held back, or has a newer owner. */
  orders: ReversalOrder[];
}
export interface ReversalResult {
  order: ReversalOrder;
  reply: ReversalReply;
}

const DUE = `provider = $1 and shard = $2 and state in ('requested', 'submitting', 'ambiguous') and next_at <= clock_timestamp()`;

export class ReversalsStore {
  constructor(private readonly pool: Pool) {}

  /** Index: payout_reversals_due. */
  async isDue({ provider, shard }: PayoutAt): Promise<boolean> {
    const { rows } = await this.pool.query(`select from payout_reversals where ${DUE} limit 1`, [provider, shard]);
    return rows.length > 0;
  }

  /** Those whose lease is over become ambiguous; ambiguous ones that are due to be asked about. */
  async unsure(
    { provider, shard }: PayoutAt,
    terms: ProviderTerms & { timeoutMs: number },
    limit: number,
  ): Promise<{ signedAt: Date; items: (ReversalRef & UnsureReversal)[] }> {
    await this.pool.query(
      `update payout_reversals set state = 'ambiguous', unsure = true, told = 'lease_expired', last_attempt_at = clock_timestamp()
       where ${DUE} and state = 'submitting'`,
      [provider, shard],
    );
    const { rows } = await this.pool.query<ReversalRef & UnsureReversal & { signed_at: Date }>(
      `select payout_key as key, n, attempts, clock_timestamp() as signed_at,
              clock_timestamp() >= last_attempt_at + $3::bigint * interval '1 millisecond' as settled,
              clock_timestamp() < first_attempt_at + $4::bigint * interval '1 millisecond' as repeatable
       from payout_reversals where ${DUE} and state = 'ambiguous' order by next_at limit $5`,
      [provider, shard, visibilityMs(terms), terms.idempotencyMs - terms.timeoutMs, limit],
    );
    return { signedAt: rows[0]?.signed_at ?? new Date(0), items: rows.map(({ signed_at: _, ...item }) => item) };
  }

  async recordLookups(
    at: PayoutAt,
    resolved: readonly (ReversalRef & { resolution: ReversalResolution })[],
    terms: ProviderTerms,
  ): Promise<void> {
    if (resolved.length === 0) return;
    await inTransaction(this.pool, async (client) => {
      const known = await lock(client, resolved);
      const unsure = resolved.filter((one) => known.get(placeOf(one))?.state === 'ambiguous');
      const reversed = unsure.filter(({ resolution }) => resolution.kind === 'reversed');
      await movePayouts(client, reversed.map(moveOf), { now: at.now, cause: 'reversal' });
      // what may be submitted again is asked about again later, should its claim not take it
      const rest = unsure
        .filter(({ resolution }) => resolution.kind !== 'reversed')
        .map(({ key: k, n, resolution }) => ({ k, n, t: resolution.kind === 'person' ? resolution.told : undefined }));
      await client.query(
        `update payout_reversals r set told = coalesce(x.t, r.told),
           next_at = case when x.t is null then clock_timestamp() + $2::bigint * interval '1 millisecond' end
         from json_to_recordset($1::json) as x(k text, n smallint, t text) where r.payout_key = x.k and r.n = x.n`,
        [JSON.stringify(rest), Math.max(ASK_AGAIN_MS, visibilityMs(terms))],
      );
    });
  }

  /** What is requested and due, and of the ambiguous those that may be sent `again` under their key. `leaseMs`: after which one without a result is ambiguous. */
  async claim(at: PayoutAt, again: readonly ReversalRef[], limit: number, leaseMs: number): Promise<ReversalClaim> {
    return await inTransaction(this.pool, async (client) => {
      const none = { signedAt: new Date(0), orders: [] };
      const switches = await readControls(client, scopesOfQueue(at));
      if ([...switches.values()].some((state) => state !== 'running')) return none;
      const queue = await openQueue(client, { kind: 'payout', name: at.provider, shard: at.shard, step: at.step });
      if (queue.kind !== 'open') return none;
      const admission = await admit(client, at.provider);
      if (admission === 'none') return none;
      const { rows } = await client.query<Omit<ReversalOrder, 'ageMs'> & { age: number; signed_at: Date }>(
        `with due as (
           select payout_key, n from payout_reversals
           where ${DUE} and state = 'requested'
              or (payout_key, n, attempts) in (select k, n, a from json_to_recordset($3::json) as x(k text, n smallint, a int)) and state = 'ambiguous'
           order by payout_key limit $4 for update skip locked)
         update payout_reversals r
         set state = 'submitting', attempts = r.attempts + 1, first_attempt_at = coalesce(r.first_attempt_at, clock_timestamp()),
             last_attempt_at = clock_timestamp(), next_at = clock_timestamp() + $5::bigint * interval '1 millisecond'
         from due where r.payout_key = due.payout_key and r.n = due.n
         returning r.payout_key as key, r.n, r.attempts as attempt, r.reason, r.unsure, clock_timestamp() as signed_at,
           ceil(extract(epoch from clock_timestamp() - r.first_attempt_at) * 1000)::bigint as age`,
        [
          at.provider,
          at.shard,
          JSON.stringify(again.map(({ key: k, n, attempts: a }) => ({ k, n, a }))),
          // the breaker is closed by a payout's answer; until then they go one by one
          admission === 'probe' ? 1 : limit,
          leaseMs,
        ],
      );
      const orders = rows.map(({ age: ageMs, signed_at: _, ...order }) => ({ ...order, ageMs }));
      return { signedAt: rows[0]?.signed_at ?? none.signedAt, orders };
    });
  }

  async record(at: PayoutAt, results: readonly ReversalResult[], terms: ProviderTerms): Promise<void> {
    if (results.length === 0) return;
    await inTransaction(this.pool, async (client) => {
      const known = await lock(
        client,
        results.map(({ order }) => ({ ...order, attempts: order.attempt })),
      );
      const counting = results
        .filter(({ order }) => ['submitting', 'ambiguous'].includes(known.get(placeOf(order))?.state ?? ''))
        .map((result) => ({ ...result, judged: judgeReversal(result.reply) }));
      await client.query(RECORD, [JSON.stringify(counting.map((one) => rowOf(one, terms))), new Date(at.now)]);
      // the provider's word, whenever it comes
      const reversed = results.filter(({ reply }) => judgeReversal(reply).to === 'reversed').map(({ order }) => order);
      await movePayouts(client, reversed.map(moveOf), { now: at.now, cause: 'reversal' });
      await recordBreaks(client, `provider/${at.provider}`, breaksOf(results, known), at.now);
      await block(client, at, results);
    });
  }
}

/** A look-up is final only so long after the last attempt; without look-up there is nothing to wait for. */
const visibilityMs = (terms: ProviderTerms): number => (terms.lookup ? terms.visibilityMs : 0);

const placeOf = ({ key, n }: { key: string; n: number }): string => `${n}/${key}`;
const moveOf = ({ key }: { key: string }): PayoutMove => ({ key, to: 'reversed' });

/** By place, those whose last attempt it is. */
async function lock(client: Client, refs: readonly ReversalRef[]): Promise<Map<string, { state: string }>> {
  await client.query('select 1 from payouts where key = any($1::text[]) order by key for update', [
    refs.map(({ key }) => key),
  ]);
  const { rows } = await client.query<{ key: string; n: number; state: string }>(
    `select r.payout_key as key, r.n, r.state from payout_reversals r
     join json_to_recordset($1::json) as x(k text, n smallint, a int) on r.payout_key = x.k and r.n = x.n and r.attempts = x.a
     order by 1, 2 for update of r`,
    [JSON.stringify(refs.map(({ key: k, n, attempts: a }) => ({ k, n, a })))],
  );
  return new Map(rows.map((row) => [placeOf(row), row]));
}

type Break = Parameters<typeof recordBreaks>[2][number];

function breaksOf(results: readonly ReversalResult[], known: ReadonlyMap<string, { state: string }>): Break[] {
  return results.flatMap(({ order, reply }): Break[] => {
    const { key } = order;
    const had = known.get(placeOf(order))?.state;
    if (reply.kind === 'key_reused')
      return [{ key, kind: 'key_reused', detail: { said: 'key_reused', of: 'reversal' } }];
    const contradicts = reply.kind === 'word' && reply.word.status === 'reversed' && had === 'rejected';
    return contradicts ? [{ key, kind: 'contradiction', detail: { had, said: 'reversed' } }] : [];
  });
}

/** What is reversed keeps its state here: the payout's move ends it. What was unsure before an attempt that was not acted on is so again. */
const RECORD = `
update payout_reversals r
set state = case x.t when 'back' then case when r.unsure then 'ambiguous' else 'requested' end when 'reversed' then r.state else x.t end,
    unsure = r.unsure or x.t = 'ambiguous', told = coalesce(x.o, r.told), reference = coalesce(x.e, r.reference), last_attempt_at = clock_timestamp(),
    decided_at = case when x.t = 'rejected' then $2::timestamptz end, next_at = clock_timestamp() + x.w * interval '1 millisecond'
from json_to_recordset($1::json) as x(k text, n smallint, t text, o text, e text, w bigint)
where r.payout_key = x.k and r.n = x.n`;

function rowOf({ order, reply, judged }: ReversalResult & { judged: Judged }, terms: ProviderTerms) {
  const { key: k, n } = order;
  const { to: t, told, forPerson } = judged;
  const backInMs = reply.kind === 'later' ? reply.retryAfterMs : ASK_AGAIN_MS;
  const waits = t === 'back' ? backInMs : t === 'ambiguous' && !forPerson ? visibilityMs(terms) : undefined;
  const reference = reply.kind === 'word' ? reply.word.reference : null;
  return { k, n, t, o: told ?? undefined, e: reference ?? undefined, w: waits };
}

async function block(client: Client, at: PayoutAt, results: readonly ReversalResult[]): Promise<void> {
  const queue = { kind: 'payout' as const, name: at.provider, shard: at.shard };
  const waits = results.flatMap(({ reply }) => (reply.kind === 'later' ? [reply.retryAfterMs] : []));
  if (waits.length > 0) await blockQueue(client, queue, { afterMs: Math.max(...waits) });
  const refused = results.find(({ reply }) => reply.kind === 'refused');
  if (refused?.reply.kind === 'refused')
    await blockQueue(client, queue, { attention: `undocumented answer ${refused.reply.status}` });
}
