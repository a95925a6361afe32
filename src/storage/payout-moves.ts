/**
 * The one way in which a payout changes its state: along the table of allowed moves, with its row in the history, its transfer and, where
 * it was rejected, the item that somebody now owes. The caller holds the payouts' locks.
 */
import type { EpochMs } from '../domain/base/time.js';
import { happenedAt, impliesPaid, judgeMove, transferOf, type PayoutState } from '../domain/ledger/payout-moves.js';
import { postTransfers, type Posting } from './ledger.store.js';
import { queuePayoutEvents } from './payout-events.store.js';
import { endReversals } from './payout-reversals.js';
import type { Client } from './pool.js';

export interface PayoutMove {
  key: string;
  to: PayoutState;
  reason?: string | null;
  /** The provider's words; what is left out stays. */
  reference?: string | null;
  code?: string | null;
  paidAt?: EpochMs | null;
  /** Transport time until an accepted or ambiguous one is asked about; never when left out. */
  lookupInMs?: number | null;
  /** That of a submission, which begins with it. `request`: frozen unless an earlier one was. */
  attempt?: { id: number; number: number; request: string };
  /** It is what came of the attempt: no call of it is made after this moment. */
  endsAttempt?: boolean;
}

export interface MoveTerms {
  now: EpochMs;
  /** cohort | claim | reply | lookup | callback | lease | settlement | person:<id>. */
  cause: string;
}

/** Of a payout that the caller has locked, before it moves. */
export interface Before {
  key: string;
  state: PayoutState;
  amount: number;
  currency: string;
  budget: string;
  provider: string;
  shard: number;
  runId: string;
  decidedAt: Date;
}

/** Of payouts `p`, as SQL. */
export const BEFORE = `p.key, p.state, p.amount, p.currency, p.budget, p.provider, p.shard, p.run_id as "runId", p.decided_at as "decidedAt"`;

export interface MoveOutcome {
  key: string;
  from: PayoutState;
  verdict: 'move' | 'same' | 'contradiction';
}

interface Going extends PayoutMove {
  was: Before;
}

/** Each key at most once. Moves that the table refuses change nothing and are told. `locked`: what the caller has read of them since it locked them. */
export async function movePayouts(
  client: Client,
  moves: readonly PayoutMove[],
  terms: MoveTerms,
  locked?: ReadonlyMap<string, Before>,
): Promise<MoveOutcome[]> {
  if (moves.length === 0) return [];
  const before = locked ?? (await readBefore(client, moves));
  const outcomes: MoveOutcome[] = [];
  const implied: Going[] = [];
  const going: Going[] = [];
  for (const move of [...moves].sort((a, b) => (a.key < b.key ? -1 : 1))) {
    const was = before.get(move.key);
    if (!was) throw new Error('invariant: a move of a payout that does not exist');
    const unheard = impliesPaid(was.state, move.to);
    const verdict = judgeMove(unheard ? 'paid' : was.state, move.to);
    outcomes.push({ key: move.key, from: was.state, verdict });
    if (verdict !== 'move') continue;
    // a reversal's reason and reference are its own
    if (unheard) implied.push({ ...move, to: 'paid', reason: null, reference: null, was });
    going.push({ ...move, was: unheard ? { ...was, state: 'paid' } : was });
  }
  await apply(client, implied, going, terms);
  return outcomes;
}

async function readBefore(client: Client, moves: readonly PayoutMove[]): Promise<ReadonlyMap<string, Before>> {
  const { rows } = await client.query<Before>(`select ${BEFORE} from payouts p where p.key = any($1::text[])`, [
    moves.map(({ key }) => key),
  ]);
  return new Map(rows.map((row) => [row.key, row]));
}

/** All that `implied` and `going` change, each table once, in the order of the locks. */
async function apply(
  client: Client,
  implied: readonly Going[],
  going: readonly Going[],
  terms: MoveTerms,
): Promise<void> {
  if (going.length === 0) return;
  const at = new Date(terms.now);
  if (implied.length > 0) await client.query(MOVE, [rowsOf(implied), terms.cause, at]);
  const rows = rowsOf(going);
  await client.query(MOVE, [rows, terms.cause, at]);
  if (going.some(({ to }) => to === 'rejected')) {
    await client.query(
      `insert into owed_items (payout_key, opened_at, reason)
       select k, $2, coalesce(r, 'rejected') from json_to_recordset($1::json) as x(k text, t text, r text) where t = 'rejected'`,
      [rows, at],
    );
  }
  const all = [...implied, ...going];
  await endReversals(client, all, at);
  await queuePayoutEvents(client, all, at);
  const postings = all.flatMap(({ to, was, paidAt }): Posting[] => {
    const kind = transferOf(to);
    const { amount, currency, budget, provider } = was;
    const at = happenedAt(to, { paidAt: paidAt ?? null, decidedAt: was.decidedAt.getTime(), now: terms.now });
    return kind ? [{ kind, payoutKey: was.key, amount, currency, budget, provider, at }] : [];
  });
  await postTransfers(client, postings);
}

const rowsOf = (going: readonly Going[]): string =>
  JSON.stringify(
    going.map(({ key, to, was, reason, reference, code, paidAt, lookupInMs, attempt, endsAttempt }) => ({
      k: key,
      f: was.state,
      t: to,
      r: reason ?? undefined,
      e: reference ?? undefined,
      c: code ?? undefined,
      p: paidAt == null ? undefined : new Date(paidAt),
      l: lookupInMs ?? undefined,
      i: attempt?.id,
      n: attempt?.number,
      b: attempt?.request,
      d: endsAttempt,
    })),
  );

/** A row is written once per move, its attempt's marks included: each version of it costs an entry in most of its indexes. */
const MOVE = `
with x as materialized (
  select * from json_to_recordset($1::json)
    as x(k text collate "C", f text, t text, r text, e text, c text, p timestamptz, l bigint, i bigint, n int, b text, d boolean)),
history as (
  insert into payout_moves (payout_key, from_state, to_state, cause, reason, at) select k, f, t, $2, r, $3 from x order by k)
update payouts p
set state = x.t, reason = x.r, reference = coalesce(case when x.t <> 'reversed' then x.e end, p.reference), code = coalesce(x.c, p.code), paid_at = coalesce(x.p, p.paid_at),
    lookup_at = case when x.t in ('accepted', 'ambiguous') then clock_timestamp() + x.l * interval '1 millisecond' end,
    attempt_id = coalesce(x.i, p.attempt_id), attempts = coalesce(x.n, p.attempts),
    from_state = case when x.i is null then p.from_state else p.state end,
    request = coalesce(p.request, convert_to(x.b, 'UTF8')),
    first_attempt_at = coalesce(p.first_attempt_at, case when x.i is not null then clock_timestamp() end),
    last_attempt_at = case when x.i is not null or x.d then clock_timestamp() else p.last_attempt_at end
from x where p.key = x.k`;

/** What two books say differently: kept once, for finance. */
export async function recordBreaks(
  client: Client,
  system: string,
  breaks: readonly {
    key: string;
    kind: 'unknown_key' | 'contradiction' | 'key_reused' | 'amount';
    detail: Record<string, unknown>;
  }[],
  now: EpochMs,
): Promise<void> {
  if (breaks.length === 0) return;
  await client.query(
    `insert into breaks (system, key, kind, detail, at)
     select $2, key, kind, detail, $3 from json_to_recordset($1::json) as x(key text collate "C", kind text, detail jsonb) order by key
     on conflict do nothing`,
    [JSON.stringify(breaks), system, new Date(now)],
  );
}
