/**
 * Brings a database to the state of `prisma/migrations` by Prisma's engine, one launcher at a time. Each migration is one transaction: it
 * is in force whole or not at all, and a failed one can be tried again.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { MigrationList } from '@prisma/schema-engine-wasm';
import pg from 'pg';
import { withSchemaEngine } from './schema-engine.js';

/** One advisory lock of the database for migrating it. */
const MIGRATION_LOCK = 7_236_002;

export class MigrationFailure extends Error {
  override readonly name = 'MigrationFailure';
}

type Engine = Parameters<Parameters<typeof withSchemaEngine>[1]>[0];

const filters = { externalTables: [], externalEnums: [] };

/**
 * Apply what is not applied yet, as the owner.
 * @param folder `prisma/migrations` of this program where left out.
 * @returns the names of the migrations applied now, in order.
 * Errors: MigrationFailure with the migration's name and the server's reason; those of the connection.
 */
export async function migrate(
  ownerUrl: string,
  folder = join(programFolder(), 'prisma/migrations'),
): Promise<{ applied: string[] }> {
  const migrationsList = readMigrations(folder);
  return withMigrationLock(ownerUrl, () =>
    withSchemaEngine(ownerUrl, async (engine) => {
      await forgetUnfinished(engine, migrationsList);
      try {
        const { appliedMigrationNames } = await engine.applyMigrations({ migrationsList, filters });
        return { applied: appliedMigrationNames };
      } catch (error) {
        throw new MigrationFailure(reasonOf(error), { cause: error });
      }
    }),
  );
}

/** What failed, or was cut short, has left nothing behind: it may be tried again. The engine would refuse everything from there on. */
async function forgetUnfinished(engine: Engine, migrationsList: MigrationList): Promise<void> {
  const history = await engine.diagnoseMigrationHistory({ migrationsList, optInToShadowDatabase: false, filters });
  for (const migrationName of history.failedMigrationNames) await engine.markMigrationRolledBack({ migrationName });
}

async function withMigrationLock<T>(ownerUrl: string, work: () => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: ownerUrl, application_name: 'pado-migrate-lock' });
  client.on('error', () => undefined); // the engine's own connection tells
  try {
    await client.connect();
    await client.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]);
    return await work();
  } finally {
    await client.end(); // and with it the lock
  }
}

/** Of this program, in their order. */
export function migrationNames(folder = join(programFolder(), 'prisma/migrations')): string[] {
  const entries = readdirSync(folder, { withFileTypes: true });
  return entries.flatMap((entry) => (entry.isDirectory() ? [entry.name] : [])).sort();
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

/** The folder of package.json, from the sources as from dist. */
function programFolder(from = import.meta.dirname): string {
  if (existsSync(join(from, 'package.json'))) return from;
  if (dirname(from) === from) throw new Error('package.json is not found above the program');
  return programFolder(dirname(from));
}
