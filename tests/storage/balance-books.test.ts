/**
 * Books that were kept before entries bore totals: the migrations give every entry its place and totals, every account its days, and the audit finds
 * them as if they had always been kept so.
 */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { assertClean, runAudit } from '../../src/auditor/index.js';
import { BooksStore } from '../../src/storage/books.store.js';
import { createDatabase, type TestDatabase } from '../support/database.js';

const FOLDER = join(import.meta.dirname, '../../prisma/migrations');
const FIRST = '20261127000600_balance_books';
const migrations = readdirSync(FOLDER).filter((name) => /^\d/.test(name));

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
});
afterAll(() => database.drop());

it('old entries get their totals, days and places', async () => {
  const { pool } = database;
  const apply = async (names: string[]) => {
    for (const name of names.sort()) await pool.query(readFileSync(join(FOLDER, name, 'migration.sql'), 'utf8'));
  };
  await pool.query('drop schema public cascade; create schema public');
  await apply(migrations.filter((name) => name < FIRST));
  await pool.query(`insert into accounts (key, kind, currency, balance) values
    ('budget:b', 'budget', 'KRW', 1503), ('funding:b', 'funding', 'KRW', -1503)`);
  // the second was decided on the day before, and a posting of two at one moment
  const transfers = [
    ['1', '2026-03-03T14:59:00Z', '2026-03-03T15:00:00Z', 1_000],
    ['2', '2026-03-03T15:01:00Z', '2026-03-03T15:02:00Z', 500],
    ['4', '2026-03-03T14:58:00Z', '2026-03-03T15:03:00Z', 2],
    ['3', '2026-03-03T14:58:00Z', '2026-03-03T15:03:00Z', 1],
  ] as const;
  for (const [id, at, recorded, amount] of transfers) {
    await pool.query(
      `insert into ledger_transfers (id, kind, at, recorded_at) values ('b#fund/' || $1::text, 'fund', $2, $3)`,
      [id, at, recorded],
    );
    await pool.query(
      `insert into ledger_entries (transfer_id, side, account, amount, currency)
       select 'b#fund/' || $1::text, side, account, $2, 'KRW' from (values ('debit', 'budget:b'), ('credit', 'funding:b')) x(side, account)`,
      [id, amount],
    );
  }
  await apply(migrations.filter((name) => name >= FIRST));

  const { rows } = await pool.query(
    `select transfer_id as id, no, debits, credits from ledger_entries where account = 'budget:b' order by booked_at, no`,
  );
  expect(rows).toEqual([
    { id: 'b#fund/1', no: '1', debits: '1000', credits: '0' },
    { id: 'b#fund/2', no: '2', debits: '1500', credits: '0' },
    { id: 'b#fund/3', no: '3', debits: '1501', credits: '0' },
    { id: 'b#fund/4', no: '4', debits: '1503', credits: '0' },
  ]);
  expect(await new BooksStore(pool).totals({ by: 'business', from: null, to: '2026-03-03' })).toMatchObject([
    { account: 'budget:b', debits: '1003', entries: '3' },
    { account: 'funding:b', credits: '1003', entries: '3' },
  ]);
  // what nobody has sealed for a day is the sealer's matter, not that of these migrations
  const report = await runAudit({ databaseUrl: database.ownerUrl, providerBooks: [], gatewayBooks: [] });
  const laws = report.laws.filter(({ law }) => law !== 8);
  assertClean({ clean: laws.every(({ found }) => found === 0), laws });
});
