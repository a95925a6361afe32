/**
 * Which payouts their provider is asked about and when again, and what its answer does to one: a move, or, where a person had asked, the reason for which it
 * stays held.
 */
import type { PayoutState } from '../domain/ledger/payout-moves.js';
import type { ProviderTerms, Resolution, Unsure } from '../domain/ledger/payout-replies.js';
import type { PayoutAt } from './payout-claims.store.js';
import type { MoveOutcome, PayoutMove } from './payout-moves.js';
import { IS_PRESUMED } from './payout-requests.js';
import type { Client, Pool } from './pool.js';

/** Between two questions about the same payout; an accepted one is first asked about after this, too: its callback should be sooner. */
export const ASK_AGAIN_MS = 2_000;

/** What stays accepted is asked about ever more rarely, after a quarter of the time that it has been so, but as often as this. */
const ASK_ACCEPTED_MOST_MS = 300_000;

export interface DueLookup extends Unsure {
  key: string;
  /** How many it has had: an answer says nothing about later ones. */
  attempts: number;
}

/** A look-up's 404 is final only so long after the last attempt; without look-up there is nothing to wait for. */
export const visibilityMs = (terms: ProviderTerms): number => (terms.lookup ? terms.visibilityMs : 0);

/** Those of these states that have been due for the longest. */
const due = (states: string) => `(
  select key, state, attempts, attempt_id, first_attempt_at, last_attempt_at, lookup_at from payouts
  where provider = $1 and shard = $2 and state in (${states}) and lookup_at <= clock_timestamp()
  order by lookup_at limit $5)`;

/** Ambiguous ones, and held ones that a person wants asked about, before accepted ones. Indexes: payouts_asked_first, payouts_unsure. */
export async function dueLookups(
  pool: Pool,
  at: PayoutAt,
  terms: ProviderTerms & { timeoutMs: number },
  limit: number,
): Promise<{ signedAt: Date; items: DueLookup[] }> {
  const { rows } = await pool.query<DueLookup & { signed_at: Date }>(
    `select key, state, attempts, clock_timestamp() as signed_at,
            clock_timestamp() >= last_attempt_at + $3::bigint * interval '1 millisecond' as settled,
            clock_timestamp() < first_attempt_at + $4::bigint * interval '1 millisecond' as repeatable,
            state = 'ambiguous' and ${IS_PRESUMED} as presumed
     from (${due(`'ambiguous', 'held'`)} union all ${due(`'accepted'`)}) p order by lookup_at`,
    // a repeat has to arrive within the window, which takes its time-out at most
    [at.provider, at.shard, visibilityMs(terms), terms.idempotencyMs - terms.timeoutMs, limit],
  );
  const items = rows.map(({ signed_at: _, ...item }) => item);
  const accepted = items.filter(({ state }) => state === 'accepted');
  // what is ambiguous and gets no answer would keep accepted ones waiting for ever
  const kept = Math.min(accepted.length, Math.ceil(limit / 5), limit - 1);
  const first = items.filter(({ state }) => state !== 'accepted').slice(0, limit - kept);
  return {
    signedAt: rows[0]?.signed_at ?? new Date(0),
    items: [...first, ...accepted.slice(0, limit - first.length)],
  };
}

/** The caller holds their locks. */
export async function askAgain(client: Client, keys: readonly string[], terms: ProviderTerms): Promise<void> {
  await client.query(
    `update payouts set lookup_at = clock_timestamp() + greatest($2::bigint * interval '1 millisecond',
       case when state = 'accepted' then least($3::bigint * interval '1 millisecond', (clock_timestamp() - last_attempt_at) / 4) end)
     where key = any($1::text[])`,
    [keys, Math.max(ASK_AGAIN_MS, visibilityMs(terms)), ASK_ACCEPTED_MOST_MS],
  );
}

type Final = Exclude<Resolution, { kind: 'resubmit' }>;

export function resolutionMove(key: string, resolution: Final): PayoutMove[] {
  switch (resolution.kind) {
    case 'move': {
      const { status, reason, reference, code, paidAt } = resolution.word;
      return [{ key, to: status, reason, reference, code, paidAt, lookupInMs: ASK_AGAIN_MS }];
    }
    case 'hold':
      return [{ key, to: 'held', reason: resolution.reason }];
    case 'contradiction':
      return [{ key, to: 'ambiguous', reason: 'unknown_there', lookupInMs: ASK_AGAIN_MS }];
    case 'ask_again':
      return [];
    default:
      return resolution satisfies never;
  }
}

/** Whatever its answer has not moved, what the table refused too, lest its queue never rest; not what is held for good. */
export function askedAgain(
  resolved: readonly { key: string; resolution: Final }[],
  outcomes: readonly MoveOutcome[],
  rows: ReadonlyMap<string, { state: PayoutState }>,
): string[] {
  const moved = new Set(outcomes.flatMap(({ key, verdict }) => (verdict === 'move' ? [key] : [])));
  const isFinal = ({ key, resolution }: { key: string; resolution: Final }) =>
    moved.has(key) || (resolution.kind === 'hold' && rows.get(key)?.state === 'held');
  return resolved.filter((one) => !isFinal(one)).map(({ key }) => key);
}

/** The provider's final word on what is held already: it stays held, now for this reason, and is not asked again by itself. */
export async function noteHeld(
  client: Client,
  resolved: readonly { key: string; resolution: Final }[],
  rows: ReadonlyMap<string, { state: PayoutState }>,
): Promise<void> {
  const noted = resolved.flatMap(({ key, resolution }) =>
    resolution.kind === 'hold' && rows.get(key)?.state === 'held' ? [{ k: key, r: resolution.reason }] : [],
  );
  await client.query(
    `update payouts p set reason = x.r, lookup_at = null from json_to_recordset($1::json) as x(k text, r text) where p.key = x.k`,
    [JSON.stringify(noted)],
  );
}
