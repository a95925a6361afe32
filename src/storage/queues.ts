/**
 * The row of a delivery or payout queue: its step fences zombies, a Retry-After blocks it, an undocumented answer stops it.
 */
import type { Client, Pool } from './pool.js';

export interface QueueAt {
  kind: 'delivery' | 'payout';
  name: string;
  shard: number;
  step: number;
}

export type QueueOpen = { kind: 'open' } | { kind: 'blocked' } | { kind: 'stale'; step: number };

/** Lock the queue's row and take the step; a smaller one than the row's is refused. */
export async function openQueue(client: Client, at: QueueAt): Promise<QueueOpen> {
  const key = [at.kind, at.name, at.shard];
  await client.query('insert into queues (kind, name, shard) values ($1, $2, $3) on conflict do nothing', key);
  const { rows } = await client.query<{ blocked: boolean }>(
    `update queues set step = $4 where kind = $1 and name = $2 and shard = $3 and step <= $4
     returning attention is not null or coalesce(blocked_until > clock_timestamp(), false) as blocked`,
    [...key, at.step],
  );
  const [row] = rows;
  if (row) return { kind: row.blocked ? 'blocked' : 'open' };
  const newer = await client.query<{ step: number }>(
    'select step from queues where kind = $1 and name = $2 and shard = $3',
    key,
  );
  return { kind: 'stale', step: newer.rows[0]?.step ?? at.step };
}

/** Not before `afterMs` of database time, nor before what was asked for earlier; or, without a time, until a person clears the attention. */
export async function blockQueue(
  client: Client,
  at: Omit<QueueAt, 'step'>,
  why: { afterMs: number } | { attention: string },
): Promise<void> {
  await client.query(
    `update queues
     set blocked_until = greatest(clock_timestamp() + $4::bigint * interval '1 millisecond', blocked_until), attention = coalesce($5, attention),
         attention_at = case when $5::text is null then attention_at else coalesce(attention_at, clock_timestamp()) end
     where kind = $1 and name = $2 and shard = $3`,
    [at.kind, at.name, at.shard, 'afterMs' in why ? why.afterMs : null, 'attention' in why ? why.attention : null],
  );
}

/** Whether an undocumented answer has stopped it. */
export async function isStopped(pool: Pool, { kind, name, shard }: Omit<QueueAt, 'step'>): Promise<boolean> {
  const { rowCount } = await pool.query(
    'select 1 from queues where kind = $1 and name = $2 and shard = $3 and attention is not null',
    [kind, name, shard],
  );
  return rowCount !== 0;
}

/** Of rows `next(at)`: transport time in ms until the first of them, at least 0; no row where there is none. */
export const MS_UNTIL_NEXT = `select ceil(extract(epoch from greatest(min(at) - clock_timestamp(), interval '0')) * 1000)::bigint as ms
  from next having min(at) is not null`;
