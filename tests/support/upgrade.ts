/**
 * Databases as earlier releases left them: written as plain SQL over the migrations that they had, with the books of provider and gateway beside them,
 * and restored into a database of today's server as if no time had gone by.
 */
import { createHash, randomBytes } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import pg from 'pg';
import { ensureAppRole } from '../../src/services/app-role.js';
import { migrate } from '../../src/services/migrate.js';
import { MIGRATIONS, migrationNames } from '../../src/services/migration-files.js';
import type { TestDatabase } from './database.js';
import { until } from './stack.js';

const RELEASES = join(import.meta.dirname, '../upgrade');
const SQL = 'database.sql.gz';

interface Header {
  recordedAt: string;
  /** As they were applied, with the SHA-256 of each file. */
  migrations: { name: string; sha256: string }[];
}

/** Each has a folder; the one with the fewest migrations first. */
export function releases(): string[] {
  const folders = readdirSync(RELEASES, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const age = (release: string) => read(release).header.migrations.length;
  return folders.map(({ name }) => name).sort((a, b) => age(a) - age(b));
}

function read(release: string): { text: string; header: Header } {
  const text = gunzipSync(readFileSync(join(RELEASES, release, SQL))).toString('utf8');
  return { text, header: JSON.parse(text.slice(3, text.indexOf('\n'))) as Header };
}

const sha256 = (folder: string, name: string) =>
  createHash('sha256')
    .update(readFileSync(join(folder, name, 'migration.sql')))
    .digest('hex');

/** An empty database with these migrations, applied as the launcher does. */
export async function migratedBy(folder: string): Promise<TestDatabase> {
  const server = process.env['DATABASE_URL'] as string;
  const name = `pado_u_${randomBytes(6).toString('hex')}`;
  const url = new URL(server);
  url.pathname = `/${name}`;
  await onServer(server, `create database ${name}`);
  await migrate(url.href, folder);
  const app = await ensureAppRole(url.href, { password: 'only-for-tests' });
  const pool = new pg.Pool({ connectionString: url.href, max: 4, application_name: 'pado-test' });
  pool.on('error', () => undefined);
  const drop = async () => {
    await pool.end();
    await onServer(server, `drop database if exists ${name} with (force)`);
    await onServer(server, `drop role if exists ${name}_app`);
  };
  return { ownerUrl: url.href, appUrl: app.url, pool, drop };
}

async function onServer(server: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

/** Columns that can be written, and each as a literal. */
const TABLES = `
select c.relname as name, string_agg(quote_ident(a.attname), ', ' order by a.attnum) as columns,
  string_agg(format('quote_nullable(%I::text)', a.attname), ', ' order by a.attnum) as literals
from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace and c.relname <> '_prisma_migrations' group by 1 order by 1`;

/** Whoever writes to the database has been stopped. */
export async function recordRelease(
  release: string,
  db: pg.Pool,
  books: string,
  migrations = MIGRATIONS,
): Promise<void> {
  const { rows: clock } = await db.query<{ at: string }>('select clock_timestamp()::text as at');
  const header: Header = {
    recordedAt: String(clock[0]?.at),
    migrations: migrationNames(migrations).map((name) => ({ name, sha256: sha256(migrations, name) })),
  };
  const statements = ['set session_replication_role = replica;', 'delete from installation;'];
  const { rows: tables } = await db.query<{ name: string; columns: string; literals: string }>(TABLES);
  for (const { name, columns, literals } of tables) {
    const { rows } = await db.query<{ row: string }>(
      `select concat_ws(', ', ${literals}) as row from ${name} order by 1`,
    );
    for (const { row } of rows)
      statements.push(`insert into ${name} (${columns}) overriding system value values (${row});`);
  }
  const { rows: sequences } = await db.query<{ statement: string }>(
    `select format('select setval(%L, %s);', sequencename, last_value) as statement from pg_sequences
     where schemaname = 'public' and last_value is not null order by 1`,
  );
  statements.push(...sequences.map(({ statement }) => statement), 'reset session_replication_role;');
  const folder = join(RELEASES, release);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, SQL), gzipSync(`-- ${JSON.stringify(header)}\n${statements.join('\n')}\n`));
  for (const book of readdirSync(books).filter((file) => file.endsWith('.jsonl')))
    writeFileSync(join(folder, `${book}.gz`), gzipSync(readFileSync(join(books, book))));
}

export interface Restored {
  database: TestDatabase;
  books: string;
  /** Of the release; those files are as they were then, or not. */
  header: Header;
  altered: string[];
}

/** Times of the database's that something is due at. */
const TRANSPORT: Record<string, string[]> = {
  installation: ['temporal_base'],
  outbox: ['lookup_at', 'first_attempt_at', 'last_attempt_at'],
  payouts: ['lookup_at', 'first_attempt_at', 'last_attempt_at'],
  message_attempts: ['lease_until'],
  payout_attempts: ['lease_until'],
  queues: ['blocked_until'],
};

export async function restoreRelease(release: string): Promise<Restored> {
  const folder = join(RELEASES, release);
  const { text, header } = read(release);
  const own = mkdtempSync(join(tmpdir(), 'pado-release-'));
  cpSync(join(MIGRATIONS, 'migration_lock.toml'), join(own, 'migration_lock.toml'));
  for (const { name } of header.migrations) cpSync(join(MIGRATIONS, name), join(own, name), { recursive: true });
  const altered = header.migrations.filter((one) => sha256(own, one.name) !== one.sha256).map(({ name }) => name);
  const database = await migratedBy(own);
  rmSync(own, { recursive: true });
  await database.pool.query(text);
  for (const [table, columns] of Object.entries(TRANSPORT)) {
    const moved = columns.map(
      (column) => `${column} = ${column} + (clock_timestamp() - '${header.recordedAt}'::timestamptz)`,
    );
    await database.pool.query(`update ${table} set ${moved.join(', ')}`);
  }
  const books = mkdtempSync(join(tmpdir(), 'pado-books-'));
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.jsonl.gz')))
    writeFileSync(join(books, file.slice(0, -3)), gunzipSync(readFileSync(join(folder, file))));
  return { database, books, header, altered };
}

/** Ends a worker's pool and waits until Postgres has ended its sessions, which it does a moment later. */
export async function sessionsEnd(worker: pg.Pool, observer: pg.Pool): Promise<void> {
  await worker.end();
  await until('its sessions are gone', async () => {
    const { rowCount } = await observer.query(
      `select from pg_stat_activity where datname = current_database() and application_name = 'pado-worker'`,
    );
    return rowCount === 0;
  });
}
