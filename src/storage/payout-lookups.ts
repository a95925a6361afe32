/**
 * What a look-up's answer does to a payout: a move, or, to one that a person had asked about, the reason for which it stays held.
 */
import type { PayoutState } from '../domain/ledger/payout-moves.js';
import type { Resolution } from '../domain/ledger/payout-replies.js';
import type { PayoutMove } from './payout-moves.js';
import type { Client } from './pool.js';

/** Between two questions about the same payout; an accepted one is first asked about after this, too: its callback should be sooner. */
export const ASK_AGAIN_MS = 2_000;

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
