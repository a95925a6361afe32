/**
 * Attempts of payouts that end: what came of each call is kept with it, and when the last call of a payout was over, from which an absence is final.
 */
import { judgeSubmission, type SubmitReply } from '../domain/ledger/payout-replies.js';
import type { MoveOutcome } from './payout-moves.js';
import type { Client } from './pool.js';

export interface AttemptResult {
  key: string;
  attemptId: number;
  reply: SubmitReply;
}

export async function closeAttempts(client: Client, results: readonly AttemptResult[]): Promise<void> {
  const rows = results.map(({ attemptId, reply }) => ({
    i: attemptId,
    o: judgeSubmission(reply).outcome,
    r: reply.kind === 'refused' ? reply.status : null,
  }));
  await client.query(
    `update payout_attempts a set closed_at = clock_timestamp(), outcome = x.o, refused = x.r
     from json_to_recordset($1::json) as x(i bigint, o text, r smallint) where a.id = x.i and a.closed_at is null`,
    [JSON.stringify(rows)],
  );
}

/** Of payouts that nothing moves: no call of theirs is made after this moment. */
export async function endAttempts(client: Client, keys: readonly string[]): Promise<void> {
  if (keys.length === 0) return;
  await client.query('update payouts set last_attempt_at = clock_timestamp() where key = any($1::text[])', [keys]);
}

/** Of attempts that are their payouts' last, those whose results moved nothing. */
export function unmoved(
  results: readonly AttemptResult[],
  rows: ReadonlyMap<string, { attempt_id: number | null }>,
  outcomes: readonly MoveOutcome[],
): string[] {
  const moved = new Set(outcomes.flatMap(({ key, verdict }) => (verdict === 'move' ? [key] : [])));
  const isLast = ({ key, attemptId }: AttemptResult) => rows.get(key)?.attempt_id === attemptId;
  return results.filter((result) => isLast(result) && !moved.has(result.key)).map(({ key }) => key);
}
