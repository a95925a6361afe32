/**
 * Rows of reversals as persons and the payout's own moves change them. The caller holds the payout's lock, which is taken before theirs.
 */
import type { EpochMs } from '../domain/base/time.js';
import type { ReversalState } from '../domain/ledger/reversals.js';
import type { Client, Pool } from './pool.js';

const OPEN = `state in ('requested', 'submitting', 'ambiguous')`;

/** What a second person has approved. */
export interface NewReversal {
  key: string;
  provider: string;
  shard: number;
  reason: string;
  proposedBy: string;
  approvedBy: string;
}

/** Its number is the next of its payout; the queue takes it at once. */
export async function requestReversal(client: Client, reversal: NewReversal, now: EpochMs): Promise<void> {
  const { key, provider, shard, reason, proposedBy, approvedBy } = reversal;
  await client.query(
    `insert into payout_reversals (payout_key, n, provider, shard, state, reason, proposed_by, approved_by, requested_at, next_at)
     select $1, coalesce(max(n), 0) + 1, $2, $3, 'requested', $4, $5, $6, $7, clock_timestamp() from payout_reversals where payout_key = $1`,
    [key, provider, shard, reason, proposedBy, approvedBy, new Date(now)],
  );
}

/** By whatever word a payout is reversed, what was asked for is done. */
export async function endReversals(
  client: Client,
  moves: readonly { key: string; to: string }[],
  at: Date,
): Promise<void> {
  const keys = moves.filter(({ to }) => to === 'reversed').map(({ key }) => key);
  if (keys.length === 0) return;
  await client.query(
    `update payout_reversals set state = 'reversed', decided_at = $2, next_at = null where payout_key = any($1::text[]) and ${OPEN}`,
    [keys, at],
  );
}

/** By the word of the provider's owner: the open one was not done. */
export async function rejectReversal(client: Client, key: string, told: string, now: EpochMs): Promise<void> {
  await client.query(
    `update payout_reversals set state = 'rejected', told = $2, decided_at = $3, next_at = null where payout_key = $1 and ${OPEN}`,
    [key, told, new Date(now)],
  );
}

export interface ReversalRow {
  n: number;
  state: ReversalState;
  reason: string;
  proposedBy: string;
  approvedBy: string;
  requestedAt: Date;
  attempts: number;
  told: string | null;
  reference: string | null;
  decidedAt: Date | null;
}

export async function reversalsOf(client: Client | Pool, key: string): Promise<ReversalRow[]> {
  const { rows } = await client.query<ReversalRow>(
    `select n, state, reason, proposed_by as "proposedBy", approved_by as "approvedBy", requested_at as "requestedAt", attempts, told, reference,
            decided_at as "decidedAt"
     from payout_reversals where payout_key = $1 order by n`,
    [key],
  );
  return rows;
}
