/**
 * Brings a database to the state of `prisma/migrations` by Prisma's engine, one launcher at a time. Each migration is one transaction: it
 * is in force whole or not at all, and a failed one can be tried again.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { MigrationList } from '@prisma/schema-engine-wasm';
import pg from 'pg';
import { migrationNames, MIGRATIONS } from './migration-files.js';
import { isInTheWay, LARGE_BYTES, lockHolders, PATIENCE, type Patience } from './migration-locks.js';
import { keepWords, refuseBesideWorkers } from './migration-words.js';
import { EnvironmentLack } from './report.js';
import { withSchemaEngine } from './schema-engine.js';

/** One advisory lock of the database for migrating it. */
const MIGRATION_LOCK = 7_236_002;

export class MigrationFailure extends Error {
  override readonly name = 'MigrationFailure';
}

type Engine = Parameters<Parameters<typeof withSchemaEngine>[2]>[0];

const filters = { externalTables: [], externalEnums: [] };

/**
 * Apply what is not applied yet, as the owner.
 * @param folder `prisma/migrations` of this program where left out.
 * @returns the names of the migrations applied now, in order.
 * Errors: MigrationFailure with the migration's name and the server's reason; EnvironmentLack beside workers that must stop, and where others hold
 * what it needs for long; those of the connection.
 */
export async function migrate(
  ownerUrl: string,
  folder = MIGRATIONS,
  { patience = PATIENCE, largeBytes = LARGE_BYTES }: { patience?: Patience; largeBytes?: number } = {},
): Promise<{ applied: string[] }> {
  const names = migrationNames(folder);
  return withMigrationLock(ownerUrl, async (client) => {
    const pending = await pendingOf(client, names);
    await refuseBesideWorkers(client, folder, pending, largeBytes);
    await withSchemaEngine(ownerUrl, patience.waitMs, (engine) => applyAll(engine, client, folder, patience));
    await keepWords(client, folder, names);
    return { applied: pending };
  });
}

/** One after the other; where others are in the way, again from the first that is not applied. */
async function applyAll(
  engine: Engine,
  client: pg.Client,
  folder: string,
  { tries, pauseMs }: Patience,
): Promise<void> {
  const migrationsList = readMigrations(folder);
  for (let left = tries - 1; ; left -= 1) {
    await forgetUnfinished(engine, migrationsList);
    try {
      await engine.applyMigrations({ migrationsList, filters });
      return;
    } catch (error) {
      const reason = reasonOf(error);
      if (!isInTheWay(reason)) throw new MigrationFailure(reason, { cause: error });
      if (left === 0)
        throw new EnvironmentLack(
          `${reason}. Who holds locks on the tables: ${await lockHolders(client)}.`,
          'Let them come to their end, or stop them, then start this again: what is applied by now stays.',
          { cause: error },
        );
    }
    await sleep(pauseMs);
  }
}

async function pendingOf(client: pg.Client, names: string[]): Promise<string[]> {
  const { rows: there } = await client.query<{ found: boolean }>(
    `select to_regclass('_prisma_migrations') is not null as found`,
  );
  if (!there[0]?.found) return names;
  const { rows } = await client.query<{ name: string }>(
    'select migration_name as name from _prisma_migrations where finished_at is not null and rolled_back_at is null',
  );
  const applied = new Set(rows.map(({ name }) => name));
  return names.filter((name) => !applied.has(name));
}

/** What failed, or was cut short, has left nothing behind: it may be tried again. The engine would refuse everything from there on. */
async function forgetUnfinished(engine: Engine, migrationsList: MigrationList): Promise<void> {
  const history = await engine.diagnoseMigrationHistory({ migrationsList, optInToShadowDatabase: false, filters });
  for (const migrationName of history.failedMigrationNames) await engine.markMigrationRolledBack({ migrationName });
}

async function withMigrationLock<T>(ownerUrl: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: ownerUrl, application_name: 'pado-migrate-lock' });
  client.on('error', () => undefined); // the engine's own connection tells
  try {
    await client.connect();
    await client.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]);
    return await work(client);
  } finally {
    await client.end(); // and with it the lock
  }
}

function readMigrations(folder: string): MigrationList {
  return {
    baseDir: folder,
    shadowDbInitScript: '',
    lockfile: { path: 'migration_lock.toml', content: readFileSync(join(folder, 'migration_lock.toml'), 'utf8') },
    migrationDirectories: migrationNames(folder).map((name) => ({
      path: name,
      migrationFile: {
        path: 'migration.sql',
        content: { tag: 'ok', value: readFileSync(join(folder, name, 'migration.sql'), 'utf8') },
      },
    })),
  };
}

/** The engine wraps the server's reason in a trace of its own. */
function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const name = /migration_name="([^"]+)"/.exec(text)?.[1];
  const reason = /ERROR: .+/.exec(text)?.[0];
  return name && reason ? `Migration ${name} failed, nothing of it was applied: ${reason}` : text;
}
