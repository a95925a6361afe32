/**
 * What migrations say of workers that run while they are applied, kept in the database, so that a build tells whether it fits tables that are older or
 * newer than itself.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { longLocksOf } from './migration-locks.js';
import { EnvironmentLack } from './report.js';

export type WorkersWord = 'may run' | 'must stop';

const THERE = `select to_regclass('applied_migrations') is not null as there`;
const WORDS: readonly [RegExp, WorkersWord][] = [
  [/^-- Workers: (must stop|have to stop|stop)\b/m, 'must stop'],
  [/^-- Workers: (may (run|go) on|may run|need not stop|first migration)\b/m, 'may run'],
];

/** Null where a migration says neither. */
export function workersWord(sql: string): WorkersWord | null {
  return WORDS.find(([pattern]) => pattern.test(sql))?.[1] ?? null;
}

const wordOf = (folder: string, name: string): WorkersWord =>
  workersWord(readFileSync(join(folder, name, 'migration.sql'), 'utf8')) ?? 'must stop';

/** Keep the words of all migrations of a folder, which have been applied; nothing where the tables are older than this. */
export async function keepWords(client: Pick<pg.ClientBase, 'query'>, folder: string, names: string[]): Promise<void> {
  const { rows } = await client.query<{ there: boolean }>(THERE);
  if (!rows[0]?.there) return;
  await client.query(
    'insert into applied_migrations (name, workers) select * from unnest($1::text[], $2::text[]) on conflict do nothing',
    [names, names.map((name) => wordOf(folder, name))],
  );
}

const STOP = 'Stop every worker (SIGTERM: what is under way is ended in order), then start this again.';
const MIB = 1024 ** 2;
/** Postgres ends a session a moment after its client has ended. */
const LEAVING = { looks: 10, pauseMs: 200 };

async function workersConnected(client: pg.ClientBase): Promise<boolean> {
  for (let left = LEAVING.looks; left > 0; left -= 1) {
    const { rowCount } = await client.query(
      `select from pg_stat_activity where datname = current_database() and application_name = 'pado-worker' limit 1`,
    );
    if (rowCount === 0) return false;
    await sleep(LEAVING.pauseMs);
  }
  return true;
}

/**
 * Errors: EnvironmentLack where workers are connected, those of this database, whatever machine they run on, and one of the pending migrations says that
 * they must stop, or works under a lock through a table of more than `largeBytes`, so that they would stand for long.
 */
export async function refuseBesideWorkers(
  client: pg.ClientBase,
  folder: string,
  pending: string[],
  largeBytes: number,
): Promise<void> {
  const inTheWay = await whyNotBeside(client, folder, pending, largeBytes);
  if (inTheWay && (await workersConnected(client)))
    throw new EnvironmentLack(`Workers are connected to this database, and ${inTheWay}.`, STOP);
}

/** Why workers cannot run while these are applied; null where they can. */
async function whyNotBeside(
  client: pg.ClientBase,
  folder: string,
  pending: string[],
  largeBytes: number,
): Promise<string | null> {
  const stopping = pending.filter((name) => wordOf(folder, name) === 'must stop');
  if (stopping.length > 0) return `must stop for ${stopping.join(', ')}`;
  const long = await longLocksOf(client, folder, pending, largeBytes);
  if (long.length === 0) return null;
  const said = long.map(
    ({ migration, table, bytes, what }) => `${migration} (${table}, ${Math.ceil(bytes / MIB)} MiB: ${what})`,
  );
  return `would stand for as long as a large table is worked through by ${said.join(', ')}`;
}

/** A role of the program does not work on tables that are not its own. */
export class OtherTables extends Error {
  override readonly name = 'OtherTables';
}

/**
 * Before a role of the program begins. Errors: OtherTables where the tables lack a migration of this build, or, for its workers, have one that those
 * must stop for; those of the connection.
 */
export async function refuseOtherTables(url: string, role: 'api' | 'worker', ours: readonly string[]): Promise<void> {
  const applied = await appliedWords(url);
  const lacking = ours.filter((name) => !applied.has(name));
  if (lacking.length > 0)
    throw new OtherTables(
      `The tables are older than this build: they lack ${lacking.join(', ')}. Start ./pado up of this build once, which brings them up to date.`,
    );
  const newer = [...applied].filter(([name, word]) => word === 'must stop' && !ours.includes(name));
  if (role === 'worker' && newer.length > 0)
    throw new OtherTables(
      `The tables are newer than this build, whose workers must not run on ${newer.map(([name]) => name).join(', ')}. Start the build that made them.`,
    );
}

async function appliedWords(url: string): Promise<Map<string, WorkersWord>> {
  const client = new pg.Client({ connectionString: url, application_name: 'pado-tables' });
  client.on('error', () => undefined); // the query under way rejects with it
  try {
    await client.connect();
    const { rows: there } = await client.query<{ there: boolean }>(THERE);
    if (!there[0]?.there) return new Map();
    const { rows } = await client.query<{ name: string; workers: WorkersWord }>(
      'select name, workers from applied_migrations',
    );
    return new Map(rows.map(({ name, workers }) => [name, workers]));
  } finally {
    await client.end();
  }
}
