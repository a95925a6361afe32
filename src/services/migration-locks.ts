/**
 * What a migration may do to tables that workers write all the time, read from its text: whatever rewrites one, or reads it from end to end under a lock,
 * says that workers must stop, or that they wait. Where the table is large they would wait for long, so it is not applied beside them.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type pg from 'pg';

/** Everybody who is under way has rows here. */
const HOT =
  '(outbox|participants|contacts|events|trace|responses|counters|payouts|payout_attempts|payout_moves|message_attempts|ledger_transfers|ledger_entries|accounts|customers|decision_contexts)';

const HEAVY: readonly (readonly [RegExp, string])[] = [
  [
    new RegExp(`\\bcreate (?:unique )?index (?!concurrently\\b)\\w+ on ${HOT}\\b`, 'gi'),
    'an index is made under a lock',
  ],
  [new RegExp(`\\balter table ${HOT}\\b[^;]*\\btype\\b`, 'gi'), 'a column gets another type'],
  [
    new RegExp(
      `\\balter table ${HOT}\\b[^;]*\\badd column\\b[^;]*(?:clock_timestamp|now|random|nextval|gen_random_uuid)\\(`,
      'gi',
    ),
    'a column with a volatile default rewrites the table',
  ],
  [
    new RegExp(`\\balter table ${HOT}\\b[^;]*\\bgenerated always as\\b[^;]*\\bstored\\b`, 'gi'),
    'a generated column rewrites the table',
  ],
  [
    new RegExp(
      `\\balter table ${HOT}\\b(?![^;]*\\bnot valid\\b)[^;]*\\badd (?:constraint \\w+ )?(?:check|foreign key|unique)\\b`,
      'gi',
    ),
    'a constraint is checked under a lock',
  ],
  [new RegExp(`\\balter table ${HOT}\\b[^;]*\\bset not null\\b`, 'gi'), 'a constraint is checked under a lock'],
  [new RegExp(`\\bupdate ${HOT}\\b`, 'gi'), 'rows are written'],
];

export interface Heavy {
  table: string;
  what: string;
}

/** What is heavy in it, each table and kind once; comments aside. */
export function heavyIn(sql: string): Heavy[] {
  const statements = sql.replace(/--.*$/gm, '').replace(/\s+/g, ' ');
  const found = HEAVY.flatMap(([pattern, what]) =>
    [...statements.matchAll(pattern)].map(([, table = '']) => ({ table: table.toLowerCase(), what })),
  );
  return found.filter((one, n) => found.findIndex(({ table, what }) => table === one.table && what === one.what) === n);
}

/** Bytes of a table. A choice: how long such a one takes depends on the disk, and was not measured. */
export const LARGE_BYTES = 512 * 1024 ** 2;

export interface LongLock extends Heavy {
  migration: string;
  bytes: number;
}

/** What of these migrations works through a table of more than so many bytes. */
export async function longLocksOf(
  client: Pick<pg.ClientBase, 'query'>,
  folder: string,
  pending: readonly string[],
  largeBytes: number,
): Promise<LongLock[]> {
  const heavy = pending.flatMap((migration) =>
    heavyIn(readFileSync(join(folder, migration, 'migration.sql'), 'utf8')).map((one) => ({ migration, ...one })),
  );
  const { rows } = await client.query<{ table: string; bytes: string }>(
    `select relname as table, pg_table_size(oid) as bytes from pg_class
     where relkind = 'r' and relnamespace = 'public'::regnamespace and relname = any($1::text[])`,
    [heavy.map(({ table }) => table)],
  );
  const bytesOf = new Map(rows.map(({ table, bytes }) => [table, Number(bytes)]));
  return heavy.map((one) => ({ ...one, bytes: bytesOf.get(one.table) ?? 0 })).filter(({ bytes }) => bytes > largeBytes);
}

/** A migration that waits for a lock has everybody wait who comes after it: it gives up soon, and comes again. */
export interface Patience {
  waitMs: number;
  tries: number;
  pauseMs: number;
}
export const PATIENCE: Patience = { waitMs: 3_000, tries: 10, pauseMs: 1_000 };

/** Whether others were in the way: it may be tried again as it is. */
export const isInTheWay = (text: string): boolean =>
  /canceling statement due to lock timeout|deadlock detected/.test(text);

/** Who has locks on our tables for longest; what the role that asks may not see is left out. */
export async function lockHolders(client: Pick<pg.ClientBase, 'query'>): Promise<string> {
  const { rows } = await client.query<{ name: string; pid: number; seconds: number | null }>(
    `select coalesce(nullif(a.application_name, ''), 'somebody') as name, a.pid,
       extract(epoch from clock_timestamp() - a.xact_start)::int as seconds
     from pg_stat_activity a
     where a.datname = current_database() and a.pid <> pg_backend_pid() and exists (
       select from pg_locks l join pg_class c on c.oid = l.relation and c.relnamespace = 'public'::regnamespace
       where l.pid = a.pid and l.granted and l.locktype = 'relation')
     order by a.xact_start nulls last limit 3`,
  );
  if (rows.length === 0) return 'nobody any more';
  return rows
    .map(({ name, pid, seconds }) => `${name} (pid ${pid}${seconds === null ? '' : `, for ${seconds} s`})`)
    .join(', ');
}
