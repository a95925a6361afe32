/**
 * The database of each earlier release comes to today's tables by the launcher's own migrations, no file of which was altered since, and the audit finds
 * nothing; and what was under way then goes on to its end on today's code.
 */
import { afterAll, describe, expect, it } from '@jest/globals';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { assertClean, runAudit } from '../../src/auditor/index.js';
import { grantAppRole } from '../../src/services/app-role.js';
import { migrate } from '../../src/services/migrate.js';
import { migrationNames } from '../../src/services/migration-files.js';
import { createPool } from '../../src/storage/pool.js';
import { settled } from '../support/campaigns.js';
import { recover } from '../support/recover.js';
import { Stack } from '../support/stack.js';
import { releases, restoreRelease, sessionsEnd, type Restored } from '../support/upgrade.js';

const [oldest = '', ...others] = releases();

/** To the tables of today, by the launcher's own migrations; audited. */
async function upgraded(release: string): Promise<Restored> {
  const restored = await restoreRelease(release);
  const { database, header, altered } = restored;
  expect(altered).toEqual([]);
  const before = header.migrations.map(({ name }) => name);
  // beside its workers it is refused whole, for something of it they have to stop for
  const worker = createPool(database.appUrl, { max: 1, name: 'pado-worker' });
  await worker.query('select 1');
  await expect(migrate(database.ownerUrl)).rejects.toThrow(
    /^Workers are connected to this database, and must stop for /,
  );
  const { rows } = await database.pool.query<{ n: number }>('select count(*)::int as n from _prisma_migrations');
  expect(rows[0]?.n).toBe(before.length);
  await sessionsEnd(worker, database.pool);
  const { applied } = await migrate(database.ownerUrl);
  expect([...before, ...applied].sort()).toEqual(migrationNames());
  await grantAppRole(database.ownerUrl, decodeURIComponent(new URL(database.appUrl).username));
  const books = (system: string) =>
    readdirSync(restored.books).flatMap((file) => (file.startsWith(system) ? [join(restored.books, file)] : []));
  const report = await runAudit({
    databaseUrl: database.ownerUrl,
    providerBooks: books('sim-pay'),
    gatewayBooks: books('sim-gate'),
  });
  assertClean(report);
  expect(report.laws.every(({ checked }) => checked > 0)).toBe(true);
  return restored;
}

describe('the database of', () => {
  it.each(others)('%s comes to the tables of today, and the audit is clean', async (release) => {
    const { database, books } = await upgraded(release);
    await database.drop();
    rmSync(books, { recursive: true });
  });

  describe(`${oldest}, the oldest,`, () => {
    let stack: Stack | undefined;
    afterAll(() => stack?.stop());

    it('goes on, too: whoever waits hears and is paid, once, and the audit stays clean', async () => {
      const { database, books } = await upgraded(oldest);
      stack = await Stack.start({ database, books, epoch: '2026-03-03T10:00:00+09:00' });
      const { answer } = await recover(stack);
      expect(answer.started.run).toBe(2);
      for (const scope of ['provider/sim-pay', 'gateway/sim-gate']) {
        const body = { state: 'running', reason: 'upgraded', overdue: 'send_now' };
        await stack.ok('POST', `/v1/controls/${scope}`, body, { as: 'operator' });
      }
      const { rows } = await stack.pool.query<{ id: string }>(`select id from runs`);
      for (const { id } of rows) await settled(stack, id, 200_000);
      const { n } = await stack.one<{ n: number }>(`select count(*)::int as n from payouts where state = 'paid'`);
      expect(n).toBe(7);
      await stack.auditClean();
    }, 300_000);
  });
});
