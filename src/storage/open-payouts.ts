/**
 * The payouts that wait for a provider: in a run all of a kind are held back by the same switches, so what may go is found by the first of each run and
 * kind, however many wait, and whatever else has been paid. Index: payouts_open.
 */
import { drawnBeyond, inEqualShares, type Place, type Share } from './equal-shares.js';
import type { PayoutAt } from './payout-claims.store.js';
import { IS_SWITCHED_OFF } from './payout-scopes.js';
import { IS_DOUBTED } from './presumed-payouts.js';
import type { Client } from './pool.js';

/** A payout in the order of its run and kind: moments as Postgres writes them, which are finer than ours. */
interface Open extends Place {
  run: string;
  kind: string;
  decidedAt: string;
  key: string;
}

const PLACE = `p.run_id || '/' || p.kind as of, p.run_id as run, p.kind, p.decided_at::text as "decidedAt", p.key`;

/** Of payouts `p` of a queue, both as SQL. */
const openOf = (provider: string, shard: string): string =>
  `p.provider = ${provider} and p.shard = ${shard} and p.state in ('intended', 'approved')`;

/** `payouts p` where some wait, in the order of their index: whether there are any is known by the first. */
export const openInOrder = (provider: string, shard: string): string =>
  `payouts p where ${openOf(provider, shard)} order by p.run_id, p.kind, p.decided_at, p.key`;

/** To follow `with recursive`: the oldest of each run and kind of a queue, by a probe for each, with what its switches go by. */
export function openHeads(provider: string, shard: string): string {
  const first = (beyond = '') =>
    `select p.run_id, p.kind, p.campaign, p.provider, p.decided_at, p.key from payouts p
     where ${openOf(provider, shard)} ${beyond} order by p.run_id, p.kind, p.decided_at, p.key limit 1`;
  return `heads as (
    (${first()})
    union all select n.* from heads h cross join lateral (${first('and (p.run_id, p.kind) > (h.run_id, h.kind)')}) n)`;
}

/** Up to `each` payouts `p` of `heads h`, the oldest first; all as SQL. */
export const oldestOfHead = (provider: string, shard: string, each: string): string =>
  `select p.* from payouts p where ${openOf(provider, shard)} and p.run_id = h.run_id and p.kind = h.kind order by p.decided_at, p.key limit ${each}`;

/**
 * Up to `limit`, of each run and kind its oldest, in equal shares; where there are more of these than that, each claim draws anew which of them come.
 * Past what switches hold back, and what a restoration doubts.
 */
export async function pickOpen(client: Client, at: PayoutAt, limit: number): Promise<string[]> {
  const heads = await headsOf(client, at, limit);
  const picked = await inEqualShares(heads, limit, (share) => oldestOf(client, at, share));
  return picked.map(({ key }) => key);
}

async function headsOf(client: Client, { provider, shard }: PayoutAt, limit: number): Promise<Open[]> {
  const { rows } = await client.query<Open>(
    `with recursive ${openHeads('$1', '$2')}
     select ${PLACE} from heads p where not ${IS_SWITCHED_OFF}
     order by ${drawnBeyond('$3', { by: `p.run_id || '/' || p.kind`, first: 'key' })}, p.decided_at, p.key`,
    [provider, shard, limit],
  );
  return rows;
}

async function oldestOf(
  client: Client,
  { provider, shard }: PayoutAt,
  { from, reach, each, all }: Share<Open>,
): Promise<Open[]> {
  const { rows } = await client.query<Open>(
    `select m.* from unnest($3::text[], $4::text[], $5::timestamptz[], $6::text[]) with ordinality h (run, kind, decided_at, key, n)
     cross join lateral (
       select ${PLACE} from payouts p
       where ${openOf('$1', '$2')} and p.run_id = h.run and p.kind = h.kind
         and (p.decided_at, p.key) ${reach === 'later' ? '>' : '>='} (h.decided_at, h.key) and not ${IS_DOUBTED}
       order by p.decided_at, p.key limit ${each}) m
     order by h.n limit ${all}`,
    [
      provider,
      shard,
      from.map(({ run }) => run),
      from.map(({ kind }) => kind),
      from.map(({ decidedAt }) => decidedAt),
      from.map(({ key }) => key),
    ],
  );
  return rows;
}
