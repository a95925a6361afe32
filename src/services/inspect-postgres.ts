/**
 * A Postgres of an installation looked at from outside, as its owner: what of it is set so that money could be lost, whether the tables are
 * those of this program, and whether the application's role can do more than it must.
 */
import type pg from 'pg';
import { migrationNames } from './migration-files.js';
import { withClient } from './postgres.js';

export interface PostgresFacts {
  settings: { synchronousCommit: string; fsync: string; fullPageWrites: string };
  connections: { max: number; used: number };
  /** What keeps the server from reusing its WAL, which then grows until the disk is full. */
  wal: {
    /** Since when every attempt to archive fails, in seconds; null: the last one went well, or nothing is archived. */
    archiveFailsSeconds: number | null;
    /** Slots that nobody reads, with what they keep. */
    slots: { name: string; bytes: number }[];
  };
  /** By how much the server's clock is ahead of this machine's, give or take half a round trip; ms. */
  aheadMs: number;
  /** Null where there are no tables of ours yet. `unknown`: applied there, but not of this program. */
  migrations: { applied: number; pending: string[]; failed: string[]; unknown: string[] } | null;
}

export interface RoleFacts {
  role: string;
  /** Null where there is no such role. */
  excess: string[] | null;
}

/** Until a statement is given up: all of them look at catalogs and settings alone. */
const ANSWER_MS = 30_000;

export function inspectPostgres(ownerUrl: string): Promise<PostgresFacts> {
  const facts = async (client: pg.Client): Promise<PostgresFacts> => ({
    settings: await settings(client),
    connections: await connections(client),
    wal: await wal(client),
    aheadMs: await aheadMs(client),
    migrations: await migrations(client),
  });
  return withClient(ownerUrl, facts, ANSWER_MS);
}

/** What the role may do and must not. `named`: that of PADO_DATABASE_URL; `<database>_app` where left out. */
export function inspectRole(ownerUrl: string, named?: string): Promise<RoleFacts> {
  const facts = async (client: pg.Client): Promise<RoleFacts> => {
    const { rows } = await client.query<{ role: string; there: boolean }>(
      `select role, exists (select from pg_roles where rolname = role) as there
       from (select coalesce($1, left(current_database() || '_app', 63)) as role) r`,
      [named ?? null],
    );
    const { role = '', there = false } = rows[0] ?? {};
    return { role, excess: there ? await excessOf(client, role) : null };
  };
  return withClient(ownerUrl, facts, ANSWER_MS);
}

async function settings(client: pg.Client): Promise<PostgresFacts['settings']> {
  const { rows } = await client.query<PostgresFacts['settings']>(
    `select current_setting('synchronous_commit') as "synchronousCommit", current_setting('fsync') as fsync,
            current_setting('full_page_writes') as "fullPageWrites"`,
  );
  return rows[0] as PostgresFacts['settings'];
}

async function connections(client: pg.Client): Promise<PostgresFacts['connections']> {
  const { rows } = await client.query<PostgresFacts['connections']>(
    `select current_setting('max_connections')::int as max,
            (select count(*)::int from pg_stat_activity where backend_type = 'client backend') as used`,
  );
  return rows[0] as PostgresFacts['connections'];
}

async function wal(client: pg.Client): Promise<PostgresFacts['wal']> {
  const { rows } = await client.query<{ seconds: number | null }>(
    `select extract(epoch from clock_timestamp() - coalesce(last_archived_time, stats_reset))::float8 as seconds
     from pg_stat_archiver where last_failed_time > coalesce(last_archived_time, '-infinity')`,
  );
  const { rows: slots } = await client.query<{ name: string; bytes: string }>(
    `select slot_name as name, (pg_current_wal_lsn() - restart_lsn)::bigint as bytes from pg_replication_slots
     where not active and not pg_is_in_recovery() and restart_lsn is not null order by 2 desc`,
  );
  return {
    archiveFailsSeconds: rows[0]?.seconds ?? null,
    slots: slots.map(({ name, bytes }) => ({ name, bytes: Number(bytes) })),
  };
}

async function aheadMs(client: pg.Client): Promise<number> {
  const before = Date.now();
  const { rows } = await client.query<{ ms: number }>(
    'select extract(epoch from clock_timestamp())::float8 * 1000 as ms',
  );
  return Math.round((rows[0]?.ms ?? 0) - (before + Date.now()) / 2);
}

async function migrations(client: pg.Client): Promise<PostgresFacts['migrations']> {
  const { rows: there } = await client.query<{ found: boolean }>(
    `select to_regclass('public._prisma_migrations') is not null as found`,
  );
  if (!there[0]?.found) return null;
  const { rows } = await client.query<{ name: string; done: boolean }>(
    `select migration_name as name, bool_or(finished_at is not null) as done from _prisma_migrations
     where rolled_back_at is null group by 1`,
  );
  const ours = migrationNames();
  const applied = new Set(rows.filter(({ done }) => done).map(({ name }) => name));
  return {
    applied: applied.size,
    pending: ours.filter((name) => !applied.has(name)),
    failed: rows.filter(({ done }) => !done).map(({ name }) => name),
    unknown: [...applied].filter((name) => !ours.includes(name)),
  };
}

/** In words, each a right that src/services/app-role.ts never gives; and guards of the tables that are switched off. */
async function excessOf(client: pg.Client, role: string): Promise<string[]> {
  const { rows } = await client.query<{ what: string }>(
    `with appended as (
       select c.oid, c.relname from pg_class c
       where c.relnamespace = 'public'::regnamespace and obj_description(c.oid, 'pg_class') like 'append-only%')
     select 'is a superuser' as what from pg_roles where rolname = $1 and rolsuper
     union all
     select 'owns ' || c.relname from pg_class c
     where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and pg_has_role($1, c.relowner, 'member')
       and not (select rolsuper from pg_roles where rolname = $1)
     union all
     select 'may ' || lower(p.right) || ' ' || a.relname from appended a
     cross join (values ('UPDATE'), ('DELETE'), ('TRUNCATE')) p("right")
     where has_table_privilege($1, a.oid, p.right) and not (select rolsuper from pg_roles where rolname = $1)
     union all
     select 'nothing guards ' || a.relname || ' (a trigger is off)' from appended a
     where exists (select from pg_trigger t where t.tgrelid = a.oid and not t.tgisinternal and t.tgenabled = 'D')
     order by 1`,
    [role],
  );
  return rows.map(({ what }) => what);
}
