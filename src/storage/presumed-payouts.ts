/**
 * After a restoration: a payout whose submission may have been lost with the database is presumed submitted once, so that its provider is asked by its
 * key before anything is submitted. Pools of coupons aside: their book is this database.
 */
import { insertContext } from './cohort-writes.js';
import type { PayoutAt } from './payout-claims.store.js';
import { movePayouts } from './payout-moves.js';
import { IS_PRESUMED, lockPayouts, readCandidates, requestOf } from './payout-requests.js';
import { inTransaction, type Client, type Pool } from './pool.js';

/** Of a payout `p` that is intended or approved: a submission of it may have been lost, and that has not been presumed yet. Such are of few runs, which are looked up once. */
export const IS_DOUBTED = `(p.pool is null and p.run_id in (select r.id from runs r where r.doubted_by is not null) and exists (
  select from runs r join restorations d on d.no = r.doubted_by
  where r.id = p.run_id and not exists (
    select from payout_attempts a join decision_contexts x on x.id = a.context_id
    where a.payout_key = p.key and x.kind = 'restoration' and a.opened_at >= d.found_at)))`;

/** Up to `limit` of a queue become ambiguous; returns how many. Their look-ups are due at once, an absence is final `visibilityMs` after the restoration. */
export async function presumePayouts(pool: Pool, at: PayoutAt, build: string, limit: number): Promise<number> {
  return await inTransaction(pool, async (client) => {
    const picked = await pickDoubted(client, at, limit);
    if (picked.length === 0) return 0;
    const keys = await lockPayouts(client, picked, ['intended', 'approved']);
    if (keys.length === 0) return 0;
    const { rows: stamps } = await client.query<{ snapshot: string }>('select pg_current_snapshot()::text as snapshot');
    const contextId = await insertContext(client, {
      kind: 'restoration',
      runId: null,
      queue: `${at.provider}/${at.shard}`,
      step: at.step,
      now: at.now,
      build,
      versions: {},
      snapshot: (stamps[0] as { snapshot: string }).snapshot,
    });
    await presume(client, at, contextId, keys);
    const terms = { now: at.now, cause: 'restoration' };
    await movePayouts(
      client,
      keys.map((key) => ({ key, to: 'submitting' as const })),
      terms,
    );
    await movePayouts(
      client,
      keys.map((key) => ({ key, to: 'ambiguous' as const, reason: 'presumed', lookupInMs: 0 })),
      terms,
    );
    return keys.length;
  });
}

/** By run: asked for the first keys of all, the planner reads the primary key past all that waits and is not doubted. Indexes: runs_doubted, payouts_open. */
export async function pickDoubted(client: Client, { provider, shard }: PayoutAt, limit: number): Promise<string[]> {
  const { rows } = await client.query<{ key: string }>(
    `select p.key from runs d cross join lateral (
       select p.key from payouts p
       where p.provider = $1 and p.shard = $2 and p.state in ('intended', 'approved') and p.run_id = d.id and ${IS_DOUBTED}
       order by p.kind, p.decided_at, p.key limit $3) p
     where d.doubted_by is not null limit $3`,
    [provider, shard, limit],
  );
  return rows.map(({ key }) => key);
}

/** The request is frozen as it would have been: a provider that is idempotent compares the bytes. */
async function presume(client: Client, at: PayoutAt, contextId: number, keys: readonly string[]): Promise<void> {
  const candidates = await readCandidates(client, keys);
  const rows = candidates.map((row) => ({
    k: row.key,
    n: row.attempts + 1,
    s: row.status,
    g: row.gate_version,
    b: requestOf(row),
  }));
  await client.query(
    `with opened as (
       insert into payout_attempts (payout_key, attempt, provider, shard, step, context_id, now, customer_status, gate_version,
                                    lease_until, closed_at, outcome)
       select k, n, $2, $3, $4, $5, $6, s, g, clock_timestamp(), clock_timestamp(), 'unknown'
       from json_to_recordset($1::json) as x(k text collate "C", n int, s text, g int) order by k
       returning id, payout_key, attempt)
     update payouts p
     set attempt_id = a.id, attempts = a.attempt, from_state = p.state, request = coalesce(p.request, convert_to(x.b, 'UTF8')),
         first_attempt_at = coalesce(p.first_attempt_at, d.restored_to), last_attempt_at = d.found_at
     from opened a join json_to_recordset($1::json) as x(k text, b text) on x.k = a.payout_key, runs r join restorations d on d.no = r.doubted_by
     where p.key = a.payout_key and r.id = p.run_id`,
    [JSON.stringify(rows), at.provider, at.shard, at.step, contextId, new Date(at.now)],
  );
}

/** Their provider has said for good that it does not know them: what was presumed has not happened, and the next attempt is the first. */
export async function disprove(client: Client, keys: readonly string[]): Promise<void> {
  await client.query(
    `update payouts p set first_attempt_at = null where p.key = any($1::text[]) and p.state = 'ambiguous' and ${IS_PRESUMED}`,
    [keys],
  );
}
