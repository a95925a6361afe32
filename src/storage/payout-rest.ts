/**
 * Until when a provider's queue has nothing to do: what is ready, reversals too, waits for a Retry-After, for the breaker and for the provider's hours; what is unsure
 * waits for its look-up, and a call for its lease.
 */
import { openHeads } from './open-payouts.js';
import type { PayoutAt } from './payout-claims.store.js';
import { IS_SWITCHED_OFF } from './payout-scopes.js';
import type { Client, Pool } from './pool.js';
import { MS_UNTIL_NEXT } from './queues.js';

/** Transport time until this queue has to look again: 0 when something is ready now, null when nothing is open. */
export async function nextInMs(pool: Pool, { provider, shard }: PayoutAt, opensInMs: number): Promise<number | null> {
  const { rows } = await pool.query<{ ms: number }>(
    `with next as (
       select greatest(q.blocked_until, b.open_until, b.probe_until, clock_timestamp() + $3::bigint * interval '1 millisecond') as at
       from (values ($1)) as own(provider)
       left join queues q on q.kind = 'payout' and q.name = own.provider and q.shard = $2
       left join provider_breakers b on b.provider = own.provider
       where q.attention is null
         and (exists (with recursive ${openHeads('$1', '$2')} select from heads p where not ${IS_SWITCHED_OFF})
           or (select true from payout_reversals r where r.provider = $1 and r.shard = $2 and r.state = 'requested' and r.next_at <= clock_timestamp()
             and not exists (select from controls s where s.state <> 'running' and s.scope in ('payouts', 'provider/' || $1)) limit 1))
       union all select min(lookup_at) from payouts where provider = $1 and shard = $2 and state in ('accepted', 'ambiguous', 'held')
       union all select min(next_at) from payout_reversals where provider = $1 and shard = $2 and state in ('submitting', 'ambiguous')
       union all select min(next_at) from payout_reversals where provider = $1 and shard = $2 and state = 'requested' and next_at > clock_timestamp()
       union all select min(lease_until) from payout_attempts where provider = $1 and shard = $2 and closed_at is null)
     ${MS_UNTIL_NEXT}`,
    [provider, shard, opensInMs],
  );
  return rows[0]?.ms ?? null;
}

/** All queues of a provider that have ever been open. */
export async function queuesOf(client: Client, provider: string): Promise<{ name: string; shard: number }[]> {
  const { rows } = await client.query<{ name: string; shard: number }>(
    `select name, shard from queues where kind = 'payout' and name = $1 order by shard`,
    [provider],
  );
  return rows;
}
