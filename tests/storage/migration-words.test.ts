/**
 * Builds and tables that do not fit: a role says so at its start, and no migration that workers must stop for is applied beside them.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { migrate } from '../../src/services/migrate.js';
import { migrationNames } from '../../src/services/migration-files.js';
import { refuseOtherTables, workersWord } from '../../src/services/migration-words.js';
import { createPool } from '../../src/storage/pool.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { migratedBy } from '../support/upgrade.js';

describe('what migrations say of workers', () => {
  it.each([
    ['may go on; an old one does less.', 'may run'],
    ['may run on, but not for long', 'may run'],
    ['need not stop', 'may run'],
    ['must stop; old ones do harm.', 'must stop'],
    ['have to stop', 'must stop'],
    ['stop them, and the API', 'must stop'],
    ['nobody knows', null],
  ])('%s: %s', (text, word) => {
    expect(workersWord(`-- Why: a reason.\n-- Workers: ${text}\ncreate table x ();`)).toBe(word);
  });
});

describe('a role of a build', () => {
  const ours = migrationNames();
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createDatabase();
  });
  afterAll(() => database.drop());

  const refusal = (role: 'api' | 'worker', names: readonly string[] = ours) =>
    refuseOtherTables(database.appUrl, role, names).then(
      () => null,
      (error: Error) => error.message,
    );

  it('begins on its own tables, and not on older ones', async () => {
    for (const role of ['api', 'worker'] as const) {
      expect(await refusal(role)).toBeNull();
      expect(await refusal(role, [...ours, '29990101000000_later'])).toMatch(
        /older than this build: they lack 29990101000000_later/,
      );
    }
  });

  it('begins on newer ones where their migrations let it; a worker does not where they say that it must stop', async () => {
    await database.pool.query(`insert into applied_migrations values ('29990101000000_gentle', 'may run')`);
    for (const role of ['api', 'worker'] as const) expect(await refusal(role)).toBeNull();
    await database.pool.query(`insert into applied_migrations values ('29990102000000_harsh', 'must stop')`);
    expect(await refusal('worker')).toMatch(
      /newer than this build, whose workers must not run on 29990102000000_harsh/,
    );
    expect(await refusal('api')).toBeNull();
  });
});

describe('a migration', () => {
  const folder = mkdtempSync(join(tmpdir(), 'pado-migrations-'));
  let database: TestDatabase;
  const add = (name: string, workers: string) => {
    mkdirSync(join(folder, name));
    writeFileSync(
      join(folder, name, 'migration.sql'),
      `-- Why: a test.\n-- Workers: ${workers}.\ncreate table t${name} ();\n`,
    );
  };
  beforeAll(async () => {
    writeFileSync(join(folder, 'migration_lock.toml'), 'provider = "postgresql"\n');
    add('1_first', 'first migration');
    database = await migratedBy(folder);
  });
  afterAll(async () => {
    await database?.drop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('is applied beside workers only where it lets them run', async () => {
    const worker = createPool(database.appUrl, { max: 1, name: 'pado-worker' });
    await worker.query('select 1');
    add('2_gentle', 'may run');
    expect(await migrate(database.ownerUrl, folder)).toEqual({ applied: ['2_gentle'] });
    add('3_harsh', 'must stop');
    await expect(migrate(database.ownerUrl, folder)).rejects.toThrow(
      'Workers are connected to this database, and must stop for 3_harsh.',
    );
    expect((await database.pool.query(`select to_regclass('t3_harsh') as there`)).rows).toEqual([{ there: null }]);
    await worker.end();
    expect(await migrate(database.ownerUrl, folder)).toEqual({ applied: ['3_harsh'] });
  });
});
