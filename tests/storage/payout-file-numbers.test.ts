/**
 * What leaves for a partner keeps its number and its place in the folder, also where the database has forgotten what left, and leaves while no switch holds it.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { filesOnce } from '../../src/auditor/payout-files.js';
import { FILE_TERMS } from '../../src/domain/ledger/payout-files.js';
import { FileExchange } from '../../src/exchange/file-exchange.js';
import { PartnerFolder } from '../../src/exchange/partner-folder.js';
import { FileProvider } from '../../src/providers/file.provider.js';
import { FilePartner } from '../../src/simulator/file-partner.js';
import { PayoutFiles } from '../../src/storage/payout-files.store.js';
import { createPool, type Pool } from '../../src/storage/pool.js';
import { ResultFiles } from '../../src/storage/result-files.store.js';
import { toldAt } from '../support/attention.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { payoutQueue, queueAt, seedPayouts } from '../support/payouts.js';
import { emptyTables, T0 } from '../support/seed.js';

const PROVIDER = 'post';

describe('the numbers of payout files', () => {
  let database: TestDatabase;
  let pool: Pool;
  let folder: string;
  let partner: FilePartner;

  beforeAll(async () => {
    database = await createDatabase();
    pool = createPool(database.appUrl);
  });
  beforeEach(async () => {
    await emptyTables(database.pool);
    folder = mkdtempSync(join(tmpdir(), 'pado-files-'));
    partner = new FilePartner({ name: PROVIDER, folder, now: () => T0 });
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  const queue = () => {
    const provider = new FileProvider(PROVIDER, new PayoutFiles(pool));
    return payoutQueue(pool, () => ({
      terms: FILE_TERMS,
      submit: provider.submit.bind(provider),
      lookup: provider.lookup.bind(provider),
    }));
  };
  const books = () => ({ payouts: new PayoutFiles(pool), results: new ResultFiles(pool) });
  const exchange = () =>
    new FileExchange(books(), [{ name: PROVIDER, rowsMax: 100, folder: new PartnerFolder(folder) }]);
  const out = () => readdirSync(join(folder, 'payouts')).sort();
  const attention = () => toldAt(pool, T0 + 61_000, ['file_unwritten']);
  const seed = (count: number, runId = 'run') => seedPayouts(database.pool, pool, runId, count, PROVIDER);

  it('gives no number that the folder has, though the database was set back to before it; the audit knows why one is left out', async () => {
    await queue().submit(queueAt(await seed(3)));
    await exchange().exchange(T0);
    const lost = [2, 3].map((no) => join(folder, 'payouts', `post-payouts-00000${no}.csv`));
    for (const path of lost) writeFileSync(path, 'left in the lost time');
    writeFileSync(join(folder, 'payouts', 'other-payouts-000009.csv'), 'of another provider');
    const more = await seed(2, 'more');
    await queue().submit(queueAt(more));
    await exchange().exchange(T0 + 1_000);
    expect(lost.map((path) => readFileSync(path, 'utf8'))).toEqual(lost.map(() => 'left in the lost time'));
    expect(readFileSync(join(folder, 'payouts', 'post-payouts-000004.csv'), 'utf8')).toContain(more.keys[0]);
    const found = async () => (await database.pool.query(filesOnce[1]?.find as string, [null])).rows;
    expect(await found()).toEqual([{ provider: PROVIDER, file: 4 }]);
    await database.pool.query(
      `insert into restorations (restored_to, at, temporal_at, reason, actor) values ($1, $1, $1, 'a disk', 'kim')`,
      [new Date(T0 + 500)],
    );
    expect(await found()).toEqual([]);
  });

  it('never replaces what stands under its number: that is told until it is moved', async () => {
    const scene = await seed(2);
    await queue().submit(queueAt(scene));
    expect(await books().payouts.freeze(PROVIDER, 100, 0, T0)).toBe(1);
    const path = join(folder, 'payouts', 'post-payouts-000001.csv');
    await new PartnerFolder(folder).write('post-payouts-000001.csv', Buffer.from('of somebody else'));
    await exchange().exchange(T0);
    expect(readFileSync(path, 'utf8')).toBe('of somebody else');
    expect(await attention()).toEqual(['file_unwritten provider/post not_written × 1']);
    rmSync(path);
    await exchange().exchange(T0);
    expect(await attention()).toEqual([]);
    expect(await partner.read()).toBe(1);
    expect(out()).toEqual(['post-payouts-000001.csv']); // and nothing unfinished
  });

  it.each(['restoration', 'payouts', 'provider/post'])(
    'freezes and writes nothing while a switch holds %s, and misses nothing',
    async (scope) => {
      await queue().submit(queueAt(await seed(2)));
      await books().payouts.freeze(PROVIDER, 100, 0, T0);
      await queue().submit(queueAt(await seed(2, 'more')));
      const say = (state: string) =>
        database.pool.query(
          `insert into controls (scope, state, epoch, reason, actor, at) values ($1, $2, 1, 'r', 'kim', $3)
           on conflict (scope) do update set state = excluded.state`,
          [scope, state, new Date(T0)],
        );
      await say('paused');
      await exchange().exchange(T0);
      expect(out()).toEqual([]);
      expect((await database.pool.query('select no from payout_files')).rows).toEqual([{ no: 1 }]);
      expect(await attention()).toEqual([]);
      await say('running');
      expect(await attention()).toHaveLength(2);
      await exchange().exchange(T0);
      expect(out()).toEqual(['post-payouts-000001.csv', 'post-payouts-000002.csv']);
    },
  );
});
