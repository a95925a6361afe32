/**
 * The audit of an installation in which nothing has happened yet: every statement runs, and every law holds over nothing.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { assertClean, runAudit, UnknownRun } from '../../src/auditor/index.js';
import { createDatabase, type TestDatabase } from '../support/database.js';

describe('the audit of an empty installation', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createDatabase();
  });
  afterAll(() => database.drop());
  const audit = (runId?: string) =>
    runAudit({ databaseUrl: database.ownerUrl, runId, providerBooks: [], gatewayBooks: [] });

  it('is clean, law by law', async () => {
    const report = await audit();
    assertClean(report);
    expect(report.laws.map(({ law, open }) => ({ law, open }))).toEqual(
      Array.from({ length: 10 }, (_, n) => ({ law: n + 1, open: 0 })),
    );
  });

  it('plans with the statistics of now, not with those of the last autoanalyze', async () => {
    const unknown = async () => {
      const { rows } = await database.pool.query<{ name: string }>(
        `select relname as name from pg_class where relname in ('payouts', 'participants', 'trace') and reltuples < 0`,
      );
      return rows.map(({ name }) => name).sort();
    };
    await database.pool.query(
      `update pg_class set reltuples = -1 where relname in ('payouts', 'participants', 'trace')`,
    );
    expect(await unknown()).toEqual(['participants', 'payouts', 'trace']);
    await audit();
    expect(await unknown()).toEqual([]);
  });

  it('does not know a run that is not there', async () => {
    await expect(audit('nowhere')).rejects.toThrow(UnknownRun);
  });

  it('can be made by the application’s role, which may change nothing of this', async () => {
    assertClean(await runAudit({ databaseUrl: database.appUrl, providerBooks: [], gatewayBooks: [] }));
  });
});
