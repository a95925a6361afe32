/**
 * Tamper evidence: transfers commit unsealed and one sealer chains them in its own transactions, whatever order they commit in, however
 * many sealers there are and wherever one dies. The audit, which shares no code with it, recomputes the same chain.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { assertClean, runAudit } from '../../src/auditor/index.js';
import { GENESIS, linkHash } from '../../src/domain/ledger/chain.js';
import { BudgetsStore } from '../../src/storage/budgets.store.js';
import { LedgerSealsStore } from '../../src/storage/ledger-seals.store.js';
import { createPool, inTransaction, type Client, type Pool } from '../../src/storage/pool.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { planned, readsOf, recording } from '../support/plans.js';
import { emptyTables, T0 } from '../support/seed.js';

const BY = { by: 'finance', now: T0 };

describe('the sealer', () => {
  let database: TestDatabase;
  let pool: Pool;
  let budgets: BudgetsStore;

  beforeAll(async () => {
    database = await createDatabase();
    pool = createPool(database.appUrl);
    budgets = new BudgetsStore(pool);
  });
  beforeEach(async () => {
    await emptyTables(database.pool);
    await budgets.put({ key: 'main', name: 'main', currency: 'KRW' }, BY);
    await budgets.put({ key: 'late', name: 'late', currency: 'KRW' }, BY);
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  const fundIn = (client: Client, reference: string, budget = 'main') =>
    budgets.fund(client, { budget, amount: { minor: 5, currency: 'KRW' }, reference }, BY);
  const fund = (...references: string[]) =>
    inTransaction(pool, async (client) => {
      for (const reference of references) await fundIn(client, reference);
    });
  const order = async () => {
    const { rows } = await database.pool.query<{ no: string; id: string }>(
      'select no, transfer_id as id from ledger_seals order by no',
    );
    expect(rows.map(({ no }) => Number(no))).toEqual(rows.map((_, n) => n + 1));
    return rows.map(({ id }) => id.replace(/^.*#fund\//, ''));
  };
  const audit = async () => {
    const report = await runAudit({ databaseUrl: database.ownerUrl, providerBooks: [], gatewayBooks: [] });
    assertClean(report);
    return report.laws.find(({ law }) => law === 3);
  };

  it('chains in batches, oldest first, and the audit finds the same chain', async () => {
    const seals = new LedgerSealsStore(pool, 2);
    expect(await seals.head()).toEqual({ no: 0, hash: GENESIS, sealedAt: null, unsealed: 0 });
    await fund('a', 'b', 'c');
    expect(await seals.head()).toMatchObject({ no: 0, unsealed: 3 });
    expect(await audit()).toMatchObject({ open: 3 });
    expect(await seals.sealBatch()).toEqual({ sealed: 2, more: true });
    expect(await seals.sealBatch()).toEqual({ sealed: 1, more: false });
    expect(await seals.sealBatch()).toEqual({ sealed: 0, more: false });
    expect(await order()).toEqual(['a', 'b', 'c']);
    const head = await seals.head();
    expect(head).toMatchObject({ no: 3, unsealed: 0, sealedAt: expect.any(Date) });
    const { rows } = await database.pool.query('select no, seals from ledger_heads order by no');
    expect(rows).toEqual([
      { no: '2', seals: 2 },
      { no: '3', seals: 1 },
    ]);
    expect(await audit()).toMatchObject({ open: 0 });
  });

  it('seals what commits late when it has committed: there is no gap to wait for', async () => {
    const seals = new LedgerSealsStore(pool);
    const client = await pool.connect();
    await client.query('begin');
    await fundIn(client, 'slow', 'late');
    await fund('quick');
    expect(await seals.sealBatch()).toEqual({ sealed: 1, more: false });
    await client.query('commit');
    client.release();
    expect(await seals.sealBatch()).toEqual({ sealed: 1, more: false });
    expect(await order()).toEqual(['quick', 'slow']);
    await audit();
  });

  it('reads each transfer and asks whether it is sealed, however long ledger and chain have become', async () => {
    const references = Array.from({ length: 300 }, (_, n) => `r${n}`);
    await fund(...references);
    while ((await new LedgerSealsStore(pool).sealBatch()).more);
    await fund(...references.map((reference) => `${reference}b`));
    await database.pool.query('analyze ledger_seals, ledger_unsealed, ledger_transfers, ledger_entries');
    const recorded = recording(database.appUrl);
    expect(await new LedgerSealsStore(recorded.pool).sealBatch()).toMatchObject({ sealed: 300 });
    const plans = await planned(recorded.pool, recorded.statements);
    await recorded.pool.end();
    expect(readsOf(plans, 'ledger_seals').length).toBeGreaterThan(1);
    expect(readsOf(plans, 'ledger_seals').filter((node) => node['Node Type'] === 'Seq Scan')).toEqual([]);
    expect(readsOf(plans, 'ledger_transfers')).toEqual([expect.objectContaining({ 'Index Cond': expect.any(String) })]);
  });

  it('never seals what was rolled back', async () => {
    const seals = new LedgerSealsStore(pool);
    const undone = inTransaction(pool, async (client) => {
      await fundIn(client, 'undone');
      throw new Error('undone');
    });
    await expect(undone).rejects.toThrow('undone');
    await fund('done');
    await seals.sealBatch();
    expect(await order()).toEqual(['done']);
    await audit();
  });

  it('is one: of many at once, one seals and the others leave it to it', async () => {
    const references = Array.from({ length: 60 }, (_, n) => `r${String(n).padStart(2, '0')}`);
    const seals = new LedgerSealsStore(pool, 7);
    const sealers = Array.from({ length: 4 }, async () => {
      for (let round = 0; round < 20; round += 1) await seals.sealBatch();
    });
    await Promise.all([...references.map((reference) => fund(reference)), ...sealers]);
    while ((await seals.sealBatch()).more);
    expect((await order()).sort()).toEqual(references);
    await audit();
  });

  it('loses nothing and seals nothing twice where it dies before its commit', async () => {
    await fund('a', 'b');
    const dying = createPool(database.appUrl, { max: 1, name: 'dying' });
    const query = 'delete from ledger_unsealed';
    const seals = new LedgerSealsStore(
      new Proxy(dying, {
        get(target, name) {
          if (name !== 'connect') return Reflect.get(target, name) as unknown;
          return async () => {
            const client = await target.connect();
            const send = client.query.bind(client) as (...args: unknown[]) => Promise<unknown>;
            client.query = (async (...args: unknown[]) => {
              if (String(args[0]).startsWith(query)) await client.end();
              return await send(...args);
            }) as typeof client.query;
            return client;
          };
        },
      }),
    );
    await expect(seals.sealBatch()).rejects.toThrow();
    await dying.end();
    expect(await order()).toEqual([]);
    expect(await new LedgerSealsStore(pool).sealBatch()).toEqual({ sealed: 2, more: false });
    expect(await order()).toEqual(['a', 'b']);
    await audit();
  });

  it('is not held up by a list that names what is sealed already', async () => {
    const seals = new LedgerSealsStore(pool);
    await fund('a');
    await seals.sealBatch();
    await database.pool.query('insert into ledger_unsealed select recorded_at, id from ledger_transfers');
    await fund('b');
    expect(await seals.sealBatch()).toEqual({ sealed: 1, more: false });
    expect(await order()).toEqual(['a', 'b']);
    await audit();
  });

  it('is missed by the audit after 90 s at the latest', async () => {
    await fund('a');
    await database.pool.query(`alter table ledger_transfers disable trigger user`);
    await database.pool.query(`update ledger_transfers set recorded_at = recorded_at - interval '91 seconds'`);
    await database.pool.query(`alter table ledger_transfers enable trigger user`);
    await expect(audit()).rejects.toThrow(/law 8 .*\n {2}committed, and nobody seals it: .*transfer=main#fund\/a/);
  });

  it('chains the bytes that the documentation gives', () => {
    const transfer = {
      id: 'main#fund/a',
      kind: 'fund',
      payoutKey: null,
      atMicros: '1772499600000000',
      recordedAtMicros: '1772499600123456',
      entries: [
        ['credit', 'funding:main', '5', 'KRW'],
        ['debit', 'budget:main', '5', 'KRW'],
      ] as const,
    };
    // printf '\0%.0s' {1..32} followed by the JSON text, through sha256sum
    expect(linkHash(GENESIS, transfer).toString('hex')).toBe(
      '53a0bc74e514218f39140219b19220568059d5c63b813fc1ac02f56255624a42',
    );
  });
});
