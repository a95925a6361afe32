/**
 * A provider of files on its real tables, under the queue's real activities, with a folder and a partner that reads it: whatever dies on the way out,
 * and whatever is lost, doubled or brought out of order on the way back, a payout is in one file and decided once.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { FILE_TERMS } from '../../src/domain/ledger/payout-files.js';
import { FileExchange, type Partner } from '../../src/exchange/file-exchange.js';
import { PartnerFolder } from '../../src/exchange/partner-folder.js';
import { FileProvider } from '../../src/providers/file.provider.js';
import { FilePartner, type AnswerFaults } from '../../src/simulator/file-partner.js';
import { readWaiting } from '../../src/storage/attention.store.js';
import { PayoutFiles } from '../../src/storage/payout-files.store.js';
import { createPool, type Pool } from '../../src/storage/pool.js';
import { ResultFiles } from '../../src/storage/result-files.store.js';
import { toldAt } from '../support/attention.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import {
  budgetSums,
  passTransportTime,
  payoutQueue,
  queueAt,
  seedPayouts,
  type PayoutScene,
} from '../support/payouts.js';
import { emptyTables, T0 } from '../support/seed.js';

const PROVIDER = 'post';

describe('a provider of files', () => {
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
    partner = new FilePartner({ name: PROVIDER, folder, now: () => T0, rejects: (key) => key.endsWith('c0/1') });
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
  const exchange = (over: Partial<Partner> = {}) =>
    new FileExchange(books(), [{ name: PROVIDER, rowsMax: 100, folder: new PartnerFolder(folder), ...over }]);
  const states = async ({ runId }: PayoutScene) =>
    Object.fromEntries(
      (
        await database.pool.query<{ state: string; n: number }>(
          'select state, count(*)::int as n from payouts where run_id = $1 group by 1 order by 1',
          [runId],
        )
      ).rows.map(({ state, n }) => [state, n]),
    );
  const out = () => readdirSync(join(folder, 'payouts')).sort();
  const resultFiles = async () => (await readWaiting(database.ownerUrl)).resultFiles;
  const attention = () => toldAt(pool, T0 + 61_000, ['file_unwritten', 'file_missing']);
  const breaks = async () =>
    (await database.pool.query<{ key: string; kind: string }>('select key, kind from breaks order by no')).rows;
  const seed = (count: number, runId = 'run') => seedPayouts(database.pool, pool, runId, count, PROVIDER);
  /** Accepted, sent and read. */
  async function sent(count: number) {
    const scene = await seed(count);
    await queue().submit(queueAt(scene));
    await exchange().exchange(T0);
    await partner.read();
    return scene;
  }

  it('takes payouts by a file and decides them by another; neither says anything new a second time', async () => {
    const scene = await seed(5);
    await queue().submit(queueAt(scene));
    expect(await attention()).toEqual(['file_unwritten provider/post not_in_a_file × 5']);
    await exchange().exchange(T0);
    await partner.read();
    expect(await attention()).toEqual([]);
    expect(await states(scene)).toEqual({ accepted: 5 });
    expect(out()).toEqual(['post-payouts-000001.csv']);
    expect(await queue().resolve(queueAt(scene))).toMatchObject({ nextInMs: null }); // it sleeps until a result
    await partner.answer();
    expect(await exchange().exchange(T0)).toEqual([{ name: PROVIDER, shard: 0 }]);
    expect(await states(scene)).toEqual({ paid: 4, rejected: 1 });
    expect(await exchange().exchange(T0)).toEqual([]);
    expect(out()).toHaveLength(1);
    const sums = await budgetSums(database.pool, scene.budget);
    expect([sums.spent, sums.reserved]).toEqual([sums.paid, sums.open]);
    const { rows } = await database.pool.query(
      `select distinct cause from payout_moves where to_state in ('paid', 'rejected')`,
    );
    expect(rows).toEqual([{ cause: 'result' }]);
    expect(await breaks()).toEqual([]);
  });

  it('fills files up to their size, numbered without gaps, also where two workers exchange at once', async () => {
    const scene = await seed(25);
    await queue().submit(queueAt(scene));
    await Promise.all([0, 1, 2].map(() => exchange({ rowsMax: 10 }).exchange(T0)));
    expect(out()).toEqual([1, 2, 3].map((no) => `post-payouts-00000${no}.csv`));
    await partner.read();
    expect(partner.taken.size).toBe(3);
    expect(partner.again).toEqual([]);
    await partner.answer();
    await Promise.all([0, 1].map(() => exchange().exchange(T0)));
    expect(await states(scene)).toEqual({ paid: 24, rejected: 1 });
  });

  it.each(['before the file is written', 'before its name is', 'before it is noted'])(
    'writes the same file again, and no other, after a crash %s',
    async (moment) => {
      const scene = await seed(3);
      await queue().submit(queueAt(scene));
      const real = new PartnerFolder(folder);
      const dying = {
        results: () => real.results(),
        read: (name: string) => real.read(name),
        payouts: () => real.payouts(),
        async write(name: string, bytes: Buffer) {
          if (moment === 'before its name is') await real.write(`.${name}`, bytes.subarray(0, 20));
          if (moment === 'before it is noted') await real.write(name, bytes);
          throw new Error('died');
        },
      };
      await expect(exchange({ folder: dying }).exchange(T0)).rejects.toThrow('died');
      expect((await readWaiting(database.ownerUrl)).unwrittenFiles.n).toBe(1);
      expect(await attention()).toEqual(['file_unwritten provider/post not_written × 1']);
      await partner.read();
      const more = await seed(2, 'more');
      await queue().submit(queueAt(more));
      await exchange().exchange(T0);
      await partner.read();
      expect(out().filter((name) => !name.startsWith('.'))).toEqual([
        'post-payouts-000001.csv',
        'post-payouts-000002.csv',
      ]);
      const { rows } = await database.pool.query<{ bytes: Buffer }>('select bytes from payout_files order by no');
      for (const [n, { bytes }] of rows.entries())
        expect(readFileSync(join(folder, 'payouts', `post-payouts-00000${n + 1}.csv`)).equals(bytes)).toBe(true);
      expect([partner.taken.size, partner.again.length, partner.repeats.other]).toEqual([2, 0, 0]);
      await partner.answer();
      await exchange().exchange(T0);
      expect([await states(scene), await states(more)]).toEqual([
        { paid: 2, rejected: 1 },
        { paid: 1, rejected: 1 },
      ]);
    },
  );

  it('enters a payout once, whether its worker dies before or after', async () => {
    const scene = await seed(2);
    const claim = await queue().claims.claim(queueAt(scene), 10, 1_000);
    const [first, second] = claim.kind === 'claimed' ? claim.orders : [];
    if (!first || !second) throw new Error('two orders');
    const provider = new FileProvider(PROVIDER, new PayoutFiles(pool));
    await provider.submit(first, new Date(), T0); // and the reply is lost
    await passTransportTime(database.pool, PROVIDER, 2_000);
    await queue().resolve(queueAt(scene));
    expect(await states(scene)).toEqual({ accepted: 2 });
    // an attempt that is over enters nothing
    const late = await seed(1, 'late');
    const lost = await queue().claims.claim(queueAt(late), 10, 1_000);
    await passTransportTime(database.pool, PROVIDER, 2_000);
    await queue().payouts.expireLeases(queueAt(late));
    const [order] = lost.kind === 'claimed' ? lost.orders : [];
    if (!order) throw new Error('an order');
    expect(await provider.submit(order, new Date(), T0)).toEqual({ kind: 'unknown' });
    await exchange().exchange(T0);
    await partner.read();
    expect(partner.again).toEqual([]);
    expect((await database.pool.query('select rows from payout_files')).rows).toEqual([{ rows: 2 }]);
  });

  it.each<[string, AnswerFaults]>([
    ['doubled', { doubled: true }],
    ['out of order', { late: true }],
    ['lost, and brought later', { lost: true }],
    ['with rows of before again', { rowsAgain: true }],
  ])('results %s decide the same', async (_, faults) => {
    const scene = await sent(3);
    await partner.answer(faults);
    await exchange().exchange(T0);
    const more = await seed(2, 'more');
    await queue().submit(queueAt(more));
    const own = exchange();
    await own.exchange(T0);
    await partner.read();
    await partner.answer(faults.lost ? {} : { ...faults, late: false });
    await own.exchange(T0);
    if (faults.lost) {
      expect(await states(scene)).toEqual({ accepted: 3 });
      expect(await resultFiles()).toEqual([{ provider: PROVIDER, missing: [1], refused: [] }]);
      expect(await attention()).toEqual(['file_missing provider/post number_missing × 1']);
      await partner.bringLost();
      await own.exchange(T0);
    }
    expect([await states(scene), await states(more)]).toEqual([
      { paid: 2, rejected: 1 },
      { paid: 1, rejected: 1 },
    ]);
    expect(await resultFiles()).toEqual([]);
    expect(await attention()).toEqual([]);
    expect(await breaks()).toEqual([]);
  });

  it('takes no file in part, none with other bytes under a number that was taken, and none of another name', async () => {
    const scene = await sent(3);
    const own = exchange();
    const row = (n: number, word = 'paid,ref-9', at = '2026-03-03T01:00:00Z') =>
      `${scene.keys[n]},${word},5000,KRW,cashback,run-c${n},${at},`;
    await partner.tell([row(1), row(2).replace('paid', 'payed')]);
    await own.exchange(T0);
    expect(await states(scene)).toEqual({ accepted: 3 });
    expect(await resultFiles()).toEqual([
      { provider: PROVIDER, missing: [], refused: [{ name: 'post-results-000001.csv', why: 'line 3: status' }] },
    ]);
    await partner.bring(1, 'key,status');
    await own.exchange(T0);
    const good = new FilePartner({ name: PROVIDER, folder, now: () => T0 });
    await good.tell([row(1)]);
    await own.exchange(T0);
    expect(await states(scene)).toEqual({ accepted: 2, paid: 1 });
    expect(await resultFiles()).toEqual([]);
    await new FilePartner({ name: PROVIDER, folder, now: () => T0 }).tell([row(2)]);
    await good.tell([]);
    await new FilePartner({ name: 'other', folder, now: () => T0 }).tell([row(2)]);
    await own.exchange(T0);
    expect(await states(scene)).toEqual({ accepted: 2, paid: 1 });
    expect((await resultFiles())[0]?.refused).toEqual([
      { name: 'other-results-000001.csv', why: 'its name is none of a result file' },
      { name: 'post-results-000001.csv', why: 'its number was taken with other bytes' },
    ]);
  });

  it.each(['0000-12-31T15:00:00Z', '0001-01-01T00:00:00Z', '2026-02-30T00:00:00Z', '2026-03-03T01:00:00'])(
    'lists a file with a time of %s, and takes the next',
    async (time) => {
      const scene = await sent(3);
      const row = (n: number, at: string) => `${scene.keys[n]},paid,ref-${n},5000,KRW,cashback,run-c${n},${at},`;
      await partner.tell([row(1, time)]);
      await partner.tell([row(2, '2026-03-03T01:00:00Z')]);
      await exchange().exchange(T0);
      expect(await states(scene)).toEqual({ accepted: 2, paid: 1 });
      expect((await resultFiles())[0]?.refused).toEqual([{ name: 'post-results-000001.csv', why: 'line 2: paid_at' }]);
    },
  );

  it('keeps as breaks what it says of what never left, of another amount, or otherwise than before; nothing moves', async () => {
    const scene = await sent(3);
    await partner.answer();
    const own = exchange();
    await own.exchange(T0);
    const before = await states(scene);
    const waits = await seed(2, 'waits');
    const row = (key = '', word = 'paid,ref-9,5000', at = '2026-03-03T01:00:00Z') =>
      `${key},${word},KRW,cashback,c,${at},`;
    await partner.tell([
      row('nobody'),
      row(waits.keys[0]),
      row(scene.keys[0]),
      row(scene.keys[1], 'rejected,ref-9,5000', ''),
      row(scene.keys[2]),
    ]);
    await own.exchange(T0);
    expect([await states(scene), await states(waits)]).toEqual([before, { intended: 2 }]);
    expect((await breaks()).map(({ key, kind }) => `${key} ${kind}`).sort()).toEqual(
      [
        'nobody unknown_key',
        `${waits.keys[0]} unknown_key`,
        `${scene.keys[0]} contradiction`,
        `${scene.keys[1]} contradiction`,
        `${scene.keys[2]} contradiction`,
      ].sort(),
    );
    await queue().submit(queueAt(waits));
    await own.exchange(T0);
    await partner.tell([row(waits.keys[1], 'paid,ref-10,6000')]);
    await own.exchange(T0);
    expect(await states(waits)).toEqual({ accepted: 2 });
    expect((await breaks()).at(-1)).toEqual({ key: waits.keys[1], kind: 'amount' });
  });
});
