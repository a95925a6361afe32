/**
 * The bare SQL that a wave run is measured against: the run's final rows, copied aside into a second migrated database that knows the same earlier
 * contacts, and written from there by tests/bench/bare-wave.sql.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { expect } from '@jest/globals';
import type pg from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import { timeOf } from './bench.js';
import { createDatabase, type TestDatabase } from './database.js';
import type { Stack } from './stack.js';

const SCRIPT = readFileSync(join(import.meta.dirname, '../bench/bare-wave.sql'), 'utf8');
/** As COHORT_SIZE of src/wiring.ts. */
const BATCH = 5_000;

const OF_RUN = 'run_id = $run';
/** The contexts of a run's cohorts, and of the claims that handed its messages over. */
const CONTEXTS = `(select id from decision_contexts where ${OF_RUN} union select context_id from trace where ${OF_RUN})`;

/** What belongs to a run, by table: those of the script. */
const ROWS: Record<string, string> = {
  lanes: OF_RUN,
  participants: OF_RUN,
  counters: OF_RUN,
  decision_contexts: `id in ${CONTEXTS}`,
  trace: OF_RUN,
  contacts: OF_RUN,
  outbox: OF_RUN,
  message_attempts: `context_id in ${CONTEXTS}`,
  events: `no in (select event_no from responses where ${OF_RUN})`,
  responses: OF_RUN,
  closed_waits: OF_RUN,
};

/** What has to be there before; `true` is all of it. */
const BEFORE: Record<string, string> = {
  campaigns: 'true',
  campaign_versions: 'true',
  runs: 'true',
  contacts: `run_id = 'earlier'`,
};

export class BareSql {
  private constructor(
    private readonly database: TestDatabase,
    private readonly expected: Record<string, number>,
  ) {}

  static async of(stack: Stack, runId: string): Promise<BareSql> {
    const database = await createDatabase();
    const { pool } = database;
    for (const [table, where] of Object.entries(BEFORE)) {
      const columns = await columnsOf(pool, table);
      await copy(stack.pool, `select ${columns} from ${table} where ${where}`, pool, `${table} (${columns})`);
    }
    await pool.query('create schema staged');
    for (const [table, where] of Object.entries(ROWS)) {
      await pool.query(`create unlogged table staged.${table} as select * from ${table} limit 0`);
      await pool.query(`alter table staged.${table} add column batch int`);
      const rows = `select *, (row_number() over () - 1) / ${BATCH} from ${table} where ${where.replaceAll('$run', `'${runId}'`)}`;
      await copy(stack.pool, rows, pool, `staged.${table}`);
      await pool.query(`create index on staged.${table} (batch)`);
    }
    await pool.query('vacuum analyze');
    return new BareSql(database, await counted(pool, (table) => `staged.${table}`));
  }

  /** Milliseconds that the script takes into empty tables (contacts aside). Errors: other rows than the run's. */
  async play(): Promise<number> {
    const { pool } = this.database;
    const tables = Object.keys(ROWS).filter((table) => table !== 'contacts');
    const triggers = (change: string) =>
      tables.map((table) => `alter table ${table} ${change} trigger user;`).join(' ');
    await pool.query(`${triggers('disable')} truncate ${tables.join(', ')}; ${triggers('enable')}`);
    await pool.query(`delete from contacts where run_id <> 'earlier'`);
    await pool.query('vacuum contacts');
    const ms = await timeOf(() => pool.query(SCRIPT));
    expect(await counted(pool, (table) => table)).toEqual(this.expected);
    return ms;
  }

  /** The tables that a run has added many rows to are those of the script, and no row of them is left out. */
  expectComplete(added: Record<string, number>): void {
    const few = 50; // of a launch: definitions, audit log, listeners; of the freeze: its context
    const many = Object.entries(added).filter(([table, n]) => n > few || table in ROWS);
    expect(Object.fromEntries(many)).toEqual(this.expected);
  }

  async close(): Promise<void> {
    await this.database.drop();
  }
}

async function counted(pool: pg.Pool, name: (table: string) => string): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const table of Object.keys(ROWS)) {
    const where = table === 'contacts' ? `run_id <> 'earlier'` : 'true';
    const { rows } = await pool.query<{ n: number }>(`select count(*)::int as n from ${name(table)} where ${where}`);
    counts[table] = rows[0]?.n ?? 0;
  }
  return counts;
}

/** Rows of every table. */
export async function rowCounts(pool: pg.Pool): Promise<Record<string, number>> {
  const { rows } = await pool.query<{ name: string }>(
    `select relname as name from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace order by 1`,
  );
  const counts: Record<string, number> = {};
  for (const { name } of rows) {
    const found = await pool.query<{ n: number }>(`select count(*)::int as n from ${name}`);
    counts[name] = found.rows[0]?.n ?? 0;
  }
  return counts;
}

export function difference(after: Record<string, number>, before: Record<string, number>): Record<string, number> {
  return Object.fromEntries(Object.entries(after).map(([name, n]) => [name, n - (before[name] ?? 0)]));
}

async function columnsOf(pool: pg.Pool, table: string): Promise<string> {
  const { rows } = await pool.query<{ columns: string }>(
    `select string_agg(quote_ident(column_name), ', ' order by ordinal_position) as columns
     from information_schema.columns where table_schema = 'public' and table_name = $1 and is_generated = 'NEVER'`,
    [table],
  );
  return rows[0]?.columns as string;
}

async function copy(source: pg.Pool, query: string, target: pg.Pool, into: string): Promise<void> {
  const [reader, writer] = await Promise.all([source.connect(), target.connect()]);
  try {
    await pipeline(
      reader.query(copyTo(`copy (${query}) to stdout`)),
      writer.query(copyFrom(`copy ${into} from stdin`)),
    );
  } finally {
    reader.release();
    writer.release();
  }
}
