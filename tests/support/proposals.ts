/**
 * What somebody who approves says that they have seen: the tag of what is proposed by now, '' where nothing is.
 */
import { PayoutProposalsStore } from '../../src/storage/payout-proposals.store.js';
import type { Client, Pool } from '../../src/storage/pool.js';
import { SettlementBreaksStore } from '../../src/storage/settlement-breaks.store.js';
import type { Stack } from './stack.js';

export async function proposedFor(pool: Pool, key: string, client: Client | Pool = pool): Promise<string> {
  return (await new PayoutProposalsStore(pool).find(key, client))?.tag ?? '';
}

export async function proposedForBreak(pool: Pool, id: string): Promise<string> {
  return (await new SettlementBreaksStore(pool).find(id))?.proposed?.tag ?? '';
}

/** The header of an approval over HTTP, of what `path` shows: a payout or a break. */
export async function ifSeen(stack: Pick<Stack, 'ok'>, path: string): Promise<{ 'if-match': string }> {
  const { proposed } = (await stack.ok('GET', path)) as { proposed: { tag: string } | null };
  return { 'if-match': proposed?.tag ?? '"none"' };
}
