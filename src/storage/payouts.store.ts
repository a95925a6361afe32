/**
 * What came of submitted payouts: replies, leases that ran out, look-ups and callbacks. Results are fenced by their attempt; whatever
 * comes twice, late or in another order ends in the same state or as a break.
 */
import type { EpochMs } from '../domain/base/time.js';
import type { PayoutState } from '../domain/ledger/payout-moves.js';
import {
  judgeSubmission,
  type PayoutWord,
  type ProviderTerms,
  type Resolution,
  type Submitted,
} from '../domain/ledger/payout-replies.js';
import { tellBreaker } from './breakers.js';
import type { PayoutAt } from './payout-claims.store.js';
import { closeAttempts, endAttempts, unmoved, type AttemptResult } from './payout-attempts.js';
import {
  ASK_AGAIN_MS,
  askAgain,
  askedAgain,
  dueLookups,
  noteHeld,
  resolutionMove,
  visibilityMs,
  type DueLookup,
} from './payout-lookups.js';
import { BEFORE, movePayouts, recordBreaks, type Before, type MoveOutcome, type PayoutMove } from './payout-moves.js';
import { nextInMs, queuesOf } from './payout-rest.js';
import { inTransaction, type Client, type Pool } from './pool.js';
import { blockQueue, isStopped } from './queues.js';

export { insertIntents, PayoutKeyReused, type IntentOutcome } from './payout-intents.js';

export interface Resolved {
  key: string;
  attempts: number;
  resolution: Exclude<Resolution, { kind: 'resubmit' }>;
}
export interface Callback {
  provider: string;
  key: string;
  reference: string | null;
  status: 'paid' | 'rejected' | 'reversed';
  reason: string | null;
  paidAt: Date | null;
  code: string | null;
}

export class PayoutsStore {
  constructor(private readonly pool: Pool) {}

  /** Close the attempts and move their payouts, in one transaction. Returns the queues that may go on, where the provider answers again. */
  async record(
    at: PayoutAt,
    results: readonly AttemptResult[],
    terms: ProviderTerms,
  ): Promise<{ name: string; shard: number }[]> {
    if (results.length === 0) return [];
    return await inTransaction(this.pool, async (client) => {
      const answersAgain = await tellBreaker(client, at.provider, results, terms);
      const rows = await lockPayouts(
        client,
        results.map(({ key }) => key),
      );
      await closeAttempts(client, results);
      const moves = results.flatMap((result): PayoutMove[] => {
        const row = rows.get(result.key);
        const submitted = judgeSubmission(result.reply);
        return row && counts(row, result, submitted) ? [moveOf(row, result, submitted, terms)] : [];
      });
      const outcomes = await movePayouts(client, moves, { now: at.now, cause: 'reply' }, rows);
      await endAttempts(client, unmoved(results, rows, outcomes));
      await recordContradictions(client, at, outcomes, moves);
      await reused(client, at, results);
      await block(client, at, results);
      return answersAgain ? await queuesOf(client, at.provider) : [];
    });
  }

  /** Attempts whose lease ran out without a result: what they submitted is ambiguous. */
  async expireLeases(at: PayoutAt): Promise<number> {
    return await inTransaction(this.pool, async (client) => {
      const { rows } = await client.query<{ key: string }>(
        `select p.key from payout_attempts a join payouts p on p.key = a.payout_key and p.attempt_id = a.id
         where a.provider = $1 and a.shard = $2 and a.closed_at is null and a.lease_until <= clock_timestamp()
         order by p.key for update of p`,
        [at.provider, at.shard],
      );
      const keys = rows.map(({ key }) => key);
      const { rows: expired } = await client.query<{ key: string; state: string }>(
        `with closed as (
           update payout_attempts a set closed_at = clock_timestamp(), outcome = 'unknown'
           where a.payout_key = any($1::text[]) and a.closed_at is null and a.lease_until <= clock_timestamp() returning a.id)
         select p.key, p.state from payouts p where p.key = any($1::text[]) and p.attempt_id in (select id from closed)`,
        [keys],
      );
      const moves = expired
        .filter(({ state }) => state === 'submitting')
        // the call may have been made as late as this: an absence is final only so long after it
        .map(({ key }): PayoutMove => ({
          key,
          to: 'ambiguous',
          reason: 'lease_expired',
          lookupInMs: 0,
          endsAttempt: true,
        }));
      await movePayouts(client, moves, { now: at.now, cause: 'lease' });
      return moves.length;
    });
  }

  /** Up to `limit` that are due to be asked about. */
  dueLookups(
    at: PayoutAt,
    terms: ProviderTerms & { timeoutMs: number },
    limit: number,
  ): Promise<{ signedAt: Date; items: DueLookup[] }> {
    return dueLookups(this.pool, at, terms, limit);
  }

  async recordLookups(at: PayoutAt, resolved: readonly Resolved[], terms: ProviderTerms): Promise<void> {
    if (resolved.length === 0) return;
    await inTransaction(this.pool, async (client) => {
      const rows = await lockPayouts(
        client,
        resolved.map(({ key }) => key),
      );
      const unsure = resolved.filter(({ key, attempts }) => {
        const row = rows.get(key);
        return row?.attempts === attempts && ['accepted', 'ambiguous', 'held'].includes(row.state);
      });
      const moves = unsure.flatMap(({ key, resolution }) => resolutionMove(key, resolution));
      await noteHeld(client, unsure, rows);
      const outcomes = await movePayouts(client, moves, { now: at.now, cause: 'lookup' });
      await askAgain(client, askedAgain(unsure, outcomes, rows), terms);
      await recordContradictions(client, at, outcomes, moves);
      const contradicted = unsure.filter(({ resolution }) => resolution.kind === 'contradiction');
      await recordBreaks(
        client,
        `provider/${at.provider}`,
        contradicted.map(({ key }) => ({ key, kind: 'contradiction', detail: { had: 'accepted', said: 'unknown' } })),
        at.now,
      );
    });
  }

  /** Transport time until this queue has to look again: 0 when something is ready now, null when nothing is open. `opensInMs`: of the provider. */
  nextInMs(at: PayoutAt, opensInMs = 0): Promise<number | null> {
    return nextInMs(this.pool, at, opensInMs);
  }

  isStopped({ provider, shard }: PayoutAt): Promise<boolean> {
    return isStopped(this.pool, { kind: 'payout', name: provider, shard });
  }

  /**
   * A verified callback, inside the transaction that remembers its delivery; an unknown key or a contradiction is a break. Returns the queue of
   * a payout that moved: it may have something to tell.
   */
  async recordCallback(
    client: Client,
    callback: Callback,
    now: EpochMs,
  ): Promise<{ provider: string; shard: number } | null> {
    const { provider, key, reference, status, reason, paidAt, code } = callback;
    const system = `provider/${provider}`;
    const row = (await lockPayouts(client, [key])).get(key);
    if (!row || row.provider !== provider) {
      await recordBreaks(client, system, [{ key, kind: 'unknown_key', detail: { said: status, reference } }], now);
      return null;
    }
    const move: PayoutMove = { key, to: status, reason, reference, code, paidAt: paidAt?.getTime() ?? null };
    const [outcome] = await movePayouts(client, [move], { now, cause: 'callback' });
    if (outcome?.verdict === 'move') return { provider, shard: row.shard };
    if (outcome?.verdict === 'contradiction') {
      await recordBreaks(
        client,
        system,
        [{ key, kind: 'contradiction', detail: { had: row.state, said: status } }],
        now,
      );
    }
    return null;
  }
}

/** The queue's next turn asks the provider about them. The caller holds their locks and nudges the queue. */
export async function askAtOnce(client: Client, keys: readonly string[]): Promise<void> {
  await client.query('update payouts set lookup_at = clock_timestamp() where key = any($1::text[])', [keys]);
}

interface LockedPayout extends Before {
  from_state: PayoutState | null;
  attempt_id: number | null;
  attempts: number;
}

async function lockPayouts(client: Client, keys: readonly string[]): Promise<Map<string, LockedPayout>> {
  const { rows } = await client.query<LockedPayout>(
    `select ${BEFORE}, p.from_state, p.attempt_id, p.attempts from payouts p where p.key = any($1::text[]) order by p.key for update`,
    [keys],
  );
  return new Map(rows.map((row) => [row.key, row]));
}

/**
 * Whether a result still says something: that of the attempt in flight does; one that comes after its lease counts as the answer to a
 * question, while its payout is unsure by this very attempt; an `accepted` after the decision is old news.
 */
function counts(row: LockedPayout, { attemptId }: AttemptResult, { to }: Submitted): boolean {
  if (row.attempt_id !== attemptId) return false;
  if (row.state === 'submitting') return true;
  const definite = to === 'paid' || to === 'rejected' || to === 'reversed';
  if (row.state === 'ambiguous') return definite || to === 'accepted';
  return definite;
}

function moveOf(
  row: LockedPayout,
  { key, reply }: AttemptResult,
  { to, reason }: Submitted,
  terms: ProviderTerms,
): PayoutMove {
  if (to === 'back') {
    // what was ambiguous before is so again: this attempt was not acted on, an earlier one may have been
    const lookupInMs = reply.kind === 'later' ? reply.retryAfterMs : ASK_AGAIN_MS;
    return { key, to: row.from_state ?? 'intended', reason: null, lookupInMs, endsAttempt: true };
  }
  const word: Partial<PayoutWord> = reply.kind === 'word' ? reply.word : {};
  const told = { reference: word.reference ?? null, code: word.code ?? null, paidAt: word.paidAt ?? null };
  return {
    key,
    to,
    reason,
    ...told,
    endsAttempt: true,
    lookupInMs: to === 'accepted' ? askAcceptedInMs(terms) : visibilityMs(terms),
  };
}

/** An accepted one is told by callback; where the provider has look-up, it is asked as well. */
const askAcceptedInMs = (terms: ProviderTerms): number | null => (terms.lookup ? ASK_AGAIN_MS : null);

/** Of moves that the table refused. */
async function recordContradictions(
  client: Client,
  at: PayoutAt,
  outcomes: readonly MoveOutcome[],
  moves: readonly PayoutMove[],
): Promise<void> {
  const said = new Map(moves.map(({ key, to }) => [key, to]));
  const contradicted = outcomes.filter(({ verdict }) => verdict === 'contradiction');
  await recordBreaks(
    client,
    `provider/${at.provider}`,
    contradicted.map(({ key, from }) => ({ key, kind: 'contradiction', detail: { had: from, said: said.get(key) } })),
    at.now,
  );
}

async function reused(client: Client, at: PayoutAt, results: readonly AttemptResult[]): Promise<void> {
  const keys = results.filter(({ reply }) => reply.kind === 'key_reused').map(({ key }) => key);
  const breaks = keys.map((key) => ({ key, kind: 'key_reused' as const, detail: { said: 'key_reused' } }));
  await recordBreaks(client, `provider/${at.provider}`, breaks, at.now);
}

async function block(client: Client, at: PayoutAt, results: readonly AttemptResult[]): Promise<void> {
  const queue = { kind: 'payout' as const, name: at.provider, shard: at.shard };
  const waits = results.flatMap(({ reply }) => (reply.kind === 'later' ? [reply.retryAfterMs] : []));
  if (waits.length > 0) await blockQueue(client, queue, { afterMs: Math.max(...waits) });
  const refused = results.find(({ reply }) => reply.kind === 'refused');
  if (refused?.reply.kind === 'refused') {
    await blockQueue(client, queue, { attention: `undocumented answer ${refused.reply.status}` });
  }
}
