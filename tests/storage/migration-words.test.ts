/**
 * Builds and tables that do not fit: a role says so at its start, and no migration that workers must stop for is applied beside them.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { migrate } from '../../src/services/migrate.js';
import { migrationNames } from '../../src/services/migration-files.js';
import { refuseOtherTables, workersWord } from '../../src/services/migration-words.js';
import { createPool } from '../../src/storage/pool.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { until } from '../support/stack.js';
import { migratedBy, sessionsEnd } from '../support/upgrade.js';

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
  const add = (name: string, workers: string, sql = `create table t${name} ();`) => {
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, 'migration.sql'), `-- Why: a test.\n-- Workers: ${workers}.\n${sql}\n`);
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
    await sessionsEnd(worker, database.pool);
    expect(await migrate(database.ownerUrl, folder)).toEqual({ applied: ['3_harsh'] });
  });

  it('is not refused for workers whose sessions are about to end', async () => {
    const worker = createPool(database.appUrl, { max: 1, name: 'pado-worker' });
    await worker.query('select 1');
    add('3_later', 'must stop');
    const applying = migrate(database.ownerUrl, folder);
    await until('it has looked', async () => {
      const { rowCount } = await database.pool.query(
        `select from pg_stat_activity where application_name = 'pado-migrate-lock' and state = 'idle'
           and datname = current_database() and query like '%pado-worker%'`,
      );
      return rowCount === 1;
    });
    await worker.end();
    expect(await applying).toEqual({ applied: ['3_later'] });
  });

  it('is not applied beside workers where it works through a large table under a lock', async () => {
    add('4_hot', 'may run', 'create table outbox as select n from generate_series(1, 5000) n;');
    await migrate(database.ownerUrl, folder);
    const worker = createPool(database.appUrl, { max: 1, name: 'pado-worker' });
    await worker.query('select 1');
    add('5_index', 'may run; writes wait while the index is made', 'create index outbox_n on outbox (n);');
    await expect(migrate(database.ownerUrl, folder, { largeBytes: 65_536 })).rejects.toThrow(
      /^Workers are connected .* by 5_index \(outbox, 1 MiB: an index is made under a lock\)\.$/,
    );
    await sessionsEnd(worker, database.pool);
    expect(await migrate(database.ownerUrl, folder, { largeBytes: 65_536 })).toEqual({ applied: ['5_index'] });
    const again = createPool(database.appUrl, { max: 1, name: 'pado-worker' });
    await again.query('select 1');
    add('6_index', 'may run; writes wait while the index is made', 'create index outbox_m on outbox (n);');
    expect(await migrate(database.ownerUrl, folder)).toEqual({ applied: ['6_index'] }); // it is not large
    await again.end();
  });

  it('has nobody wait for long behind a lock that it waits for itself, and says who has it', async () => {
    add('7_column', 'may run', 'alter table outbox add column more int;');
    const patience = { waitMs: 400, tries: 3, pauseMs: 50 };
    const reader = new pg.Client({ connectionString: database.ownerUrl, application_name: 'long-report' });
    await reader.connect();
    await reader.query('begin; select from outbox limit 1');
    const state = { over: false };
    const refused = migrate(database.ownerUrl, folder, { patience }).then(
      () => 'applied',
      (error: Error) => error.message,
    );
    const ended = refused.finally(() => (state.over = true));
    let asked = 0;
    while (!state.over) {
      await database.pool.query(`set statement_timeout = '5s'; insert into outbox values (1)`); // whoever is queued behind it
      asked += 1;
    }
    expect(asked).toBeGreaterThan(3);
    await ended;
    expect(await refused).toMatch(/^Migration 7_column failed, .* lock timeout\. Who holds .*long-report \(pid \d+/);
    await reader.query('commit');
    await reader.end();
    expect(await migrate(database.ownerUrl, folder, { patience })).toEqual({ applied: ['7_column'] });
  });

  it('waits for whoever is done within its patience', async () => {
    add('8_column', 'may run', 'alter table outbox add column others int;');
    const reader = new pg.Client({ connectionString: database.ownerUrl });
    await reader.connect();
    await reader.query('begin; select from outbox limit 1');
    const applied = migrate(database.ownerUrl, folder, { patience: { waitMs: 200, tries: 300, pauseMs: 100 } });
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    await reader.query('commit');
    await reader.end();
    expect(await applied).toEqual({ applied: ['8_column'] });
  });
});
