/**
 * Months of the books on the real tables: two persons close one, nothing is posted into it from then on, whoever writes and whatever is under way
 * meanwhile; what is learnt late keeps its business day and is posted on the first open one.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { assertClean, runAudit } from '../../src/auditor/index.js';
import { BooksStore } from '../../src/storage/books.store.js';
import { BudgetsStore } from '../../src/storage/budgets.store.js';
import { LedgerSealsStore } from '../../src/storage/ledger-seals.store.js';
import { appendTransfers } from '../../src/storage/ledger.store.js';
import { movePayouts } from '../../src/storage/payout-moves.js';
import { PeriodsStore } from '../../src/storage/periods.store.js';
import { createPool, inTransaction, type Client, type Pool } from '../../src/storage/pool.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { AMOUNT, seedPayouts } from '../support/payouts.js';
import { emptyTables } from '../support/seed.js';
import { until } from '../support/stack.js';

const at = (local: string) => Date.parse(`${local}:00+09:00`);
const APRIL_2 = at('2026-04-02T09:00');
const MAY_2 = at('2026-05-02T09:00');
const because = 'all is in';

describe('months of the books', () => {
  let database: TestDatabase;
  let pool: Pool;
  let periods: PeriodsStore;
  let books: BooksStore;

  beforeAll(async () => {
    database = await createDatabase();
    pool = createPool(database.appUrl);
    [periods, books] = [new PeriodsStore(pool), new BooksStore(pool)];
  });
  beforeEach(async () => {
    await emptyTables(database.pool);
    await new BudgetsStore(pool).put({ key: 'main', name: 'b', currency: 'KRW' }, { by: 'finance', now: APRIL_2 });
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  const fundIn = (client: Client, id: string, happened: number) =>
    appendTransfers(client, [
      {
        id: `main#fund/${id}`,
        kind: 'fund',
        payoutKey: null,
        debit: 'budget:main',
        credit: 'funding:main',
        amount: 5,
        currency: 'KRW',
        at: happened,
      },
    ]);
  const fund = (id: string, happened: string) => inTransaction(pool, (client) => fundIn(client, id, at(happened)));
  const propose = (move: 'close' | 'reopen', month: string, by = 'finance', now = APRIL_2) =>
    inTransaction(pool, (client) => periods.propose(client, month, { move, reason: because }, { by, now }));
  const approve = (move: 'close' | 'reopen', month: string, by = 'other', now = APRIL_2) =>
    inTransaction(pool, (client) => periods.approve(client, month, move, { by, now }));
  const both = async (move: 'close' | 'reopen', month: string, now = APRIL_2) => {
    expect(await propose(move, month, 'finance', now)).toBe('done');
    expect(await approve(move, month, 'other', now)).toBe('done');
  };
  const daysOf = async (id: string) => {
    const { rows } = await pool.query<{ happened: string; posted: string }>(
      `select business_on::text as happened, posted_on::text as posted from ledger_transfers where id = $1`,
      [`main#fund/${id}`],
    );
    return rows[0];
  };
  const audit = async () => {
    const seals = new LedgerSealsStore(pool);
    while ((await seals.sealBatch()).more);
    assertClean(await runAudit({ databaseUrl: database.ownerUrl, providerBooks: [], gatewayBooks: [] }));
  };
  /** Somebody waits for the books' lock. */
  const waiting = () =>
    until('somebody waits for the books', async () => {
      const { rowCount } = await database.pool.query(
        `select from pg_locks l join pg_database d on d.oid = l.database and d.datname = current_database()
         where l.locktype = 'advisory' and l.classid = 7011 and not l.granted`,
      );
      return rowCount === 1;
    });

  it('close when another person approves it, and reopen likewise', async () => {
    await fund('a', '2026-03-31T23:59');
    expect(await approve('close', '2026-03')).toBe('no_proposal');
    expect(await propose('close', '2026-03')).toBe('done');
    expect(await approve('close', '2026-03', 'finance')).toBe('own_proposal');
    expect(await approve('reopen', '2026-03')).toBe('no_proposal');
    expect(await periods.months(APRIL_2)).toEqual([
      {
        month: '2026-03',
        state: 'open',
        transfers: 1,
        late: 0,
        proposed: { move: 'close', by: 'finance', at: new Date(APRIL_2), reason: because },
      },
      { month: '2026-04', state: 'open', transfers: 0, late: 0, proposed: null },
    ]);
    expect(await approve('close', '2026-03')).toBe('done');
    expect(await approve('close', '2026-03')).toBe('no_proposal');
    expect((await periods.months(APRIL_2)).map(({ state }) => state)).toEqual(['closed', 'open']);
    await both('reopen', '2026-03');
    await fund('b', '2026-03-31T10:00');
    expect(await daysOf('b')).toEqual({ happened: '2026-03-31', posted: '2026-03-31' });
    const by = { proposedBy: 'finance', approvedBy: 'other', reason: because, at: new Date(APRIL_2) };
    expect(await periods.closings()).toEqual([
      { month: '2026-03', move: 'reopen', ...by },
      { month: '2026-03', move: 'close', ...by },
    ]);
    const { rows } = await pool.query(
      `select actor, action, subject, reason, before, after from audit_log where subject like 'ledger/%' order by no`,
    );
    const line = { subject: 'ledger/2026-03', reason: because };
    expect(rows).toEqual([
      { ...line, actor: 'finance', action: 'ledger.close.propose', before: null, after: { proposed: 'close' } },
      {
        ...line,
        actor: 'other',
        action: 'ledger.close',
        before: { closedThrough: null, proposedBy: 'finance' },
        after: { closedThrough: '2026-03' },
      },
      { ...line, actor: 'finance', action: 'ledger.reopen.propose', before: null, after: { proposed: 'reopen' } },
      {
        ...line,
        actor: 'other',
        action: 'ledger.reopen',
        before: { closedThrough: '2026-03', proposedBy: 'finance' },
        after: { closedThrough: null },
      },
    ]);
    await audit();
  });

  it('close in their order when they are over, and reopen in the reverse one', async () => {
    expect(await propose('close', '2026-03')).toBe('nothing_posted');
    await fund('a', '2026-03-31T23:59');
    expect(await propose('close', '2026-04', 'finance', MAY_2)).toBe('not_next');
    expect(await propose('close', '2026-03', 'finance', at('2026-03-31T23:59'))).toBe('not_over');
    expect(await propose('reopen', '2026-03')).toBe('not_closed');
    await both('close', '2026-03');
    expect(await propose('close', '2026-03')).toBe('not_next');
    expect(await propose('close', '2026-04')).toBe('not_over');
    await both('close', '2026-04', MAY_2);
    expect(await propose('reopen', '2026-03', 'finance', MAY_2)).toBe('not_last');
    await both('reopen', '2026-04', MAY_2);
    await both('reopen', '2026-03', MAY_2);
    await both('close', '2026-03', MAY_2);
    await audit();
  });

  it('take what is learnt late on the first open day, with its own business day, and stay as they were closed', async () => {
    await fund('in-time', '2026-03-31T23:59');
    const march = { by: 'posted', from: null, to: '2026-03-31' } as const;
    const closed = await books.totals(march);
    await both('close', '2026-03');
    await fund('late', '2026-03-31T23:59');
    await fund('april', '2026-04-02T10:00');
    expect(await daysOf('late')).toEqual({ happened: '2026-03-31', posted: '2026-04-01' });
    expect(await daysOf('april')).toEqual({ happened: '2026-04-02', posted: '2026-04-02' });
    expect(await books.totals(march)).toEqual(closed);
    expect(await books.totals({ ...march, by: 'business' })).toMatchObject([
      { account: 'budget:main', debits: 10, entries: 2 },
      { account: 'funding:main', credits: 10, entries: 2 },
    ]);
    const april = { by: 'posted', from: '2026-04-01', to: '2026-04-30' } as const;
    const listed = await books.entries('budget:main', april, { after: null, limit: 10 });
    expect(listed.map(({ transfer, businessOn, postedOn }) => [transfer, businessOn, postedOn])).toEqual([
      ['main#fund/late', '2026-03-31', '2026-04-01'],
      ['main#fund/april', '2026-04-02', '2026-04-02'],
    ]);
    expect(await periods.months(APRIL_2)).toMatchObject([
      { month: '2026-03', transfers: 1, late: 0 },
      { month: '2026-04', transfers: 2, late: 1 },
    ]);
    await audit();
  });

  it('take a payment on the provider’s day, and late where that is closed', async () => {
    const { keys, provider } = await seedPayouts(database.pool, pool, 'run', 3);
    const [inTime = '', late = '', wrong = ''] = keys;
    const pay = (key: string, paidAt: number, now: number) =>
      inTransaction(pool, async (client) => {
        await movePayouts(client, [{ key, to: 'submitting' }], { now, cause: 'claim' });
        await movePayouts(client, [{ key, to: 'paid', paidAt }], { now, cause: 'callback' });
      });
    await pay(inTime, at('2026-03-31T23:50'), APRIL_2);
    await both('close', '2026-03');
    await pay(late, at('2026-03-31T23:50'), APRIL_2);
    await pay(wrong, at('2031-01-01T00:00'), APRIL_2); // a provider's clock is not believed ahead of ours
    const { rows } = await pool.query(
      `select payout_key, business_on::text as happened, posted_on::text as posted from ledger_transfers where kind = 'pay' order by payout_key`,
    );
    expect(rows).toEqual([
      { payout_key: inTime, happened: '2026-03-31', posted: '2026-03-31' },
      { payout_key: late, happened: '2026-03-31', posted: '2026-04-01' },
      { payout_key: wrong, happened: '2026-04-02', posted: '2026-04-02' },
    ]);
    const clearing = await books.totals(
      { by: 'posted', from: null, to: '2026-03-31' },
      { account: `clearing:${provider}` },
    );
    expect(clearing).toMatchObject([{ debits: AMOUNT, entries: 1 }]);
  });

  it('wait for what is being posted, which is in the month that closes', async () => {
    await fund('a', '2026-03-03T10:00');
    await propose('close', '2026-03');
    const client = await pool.connect();
    await client.query('begin');
    await fundIn(client, 'under-way', at('2026-03-31T23:59'));
    const closing = approve('close', '2026-03');
    await waiting();
    await client.query('commit');
    client.release();
    expect(await closing).toBe('done');
    expect(await daysOf('under-way')).toEqual({ happened: '2026-03-31', posted: '2026-03-31' });
    await audit();
  });

  it('are waited for by what would be posted, which finds them closed', async () => {
    await fund('a', '2026-03-03T10:00');
    await propose('close', '2026-03');
    const client = await pool.connect();
    await client.query('begin');
    expect(await periods.approve(client, '2026-03', 'close', { by: 'other', now: APRIL_2 })).toBe('done');
    const posting = fund('waited', '2026-03-31T23:59');
    await waiting();
    await client.query('commit');
    client.release();
    await posting;
    expect(await daysOf('waited')).toEqual({ happened: '2026-03-31', posted: '2026-04-01' });
    await audit();
  });

  it('are kept by the database, whoever writes', async () => {
    await fund('a', '2026-03-03T10:00');
    const closing = (month: string, kind: string, approved: string, when: string) =>
      `insert into ledger_closings (month, kind, reason, proposed_by, approved_by, at)
       values ('${month}-01', '${kind}', 'r', 'finance', '${approved}', '${when}T00:00:00+09:00')`;
    const transfer = (day: string, posted: string) =>
      `insert into ledger_transfers (id, kind, at, business_on, posted_on) values ('x', 'fund', '${day}T00:00:00Z', '${day}', '${posted}')`;
    for (const by of [pool, database.pool]) {
      await expect(by.query(closing('2026-03', 'close', 'finance', '2026-04-02'))).rejects.toThrow('check constraint');
      await expect(by.query(closing('2026-03', 'close', 'other', '2026-03-31'))).rejects.toThrow('not over');
      await expect(by.query(closing('2026-04', 'close', 'other', '2026-05-02'))).rejects.toThrow('next is 2026-03');
      await expect(by.query(closing('2026-03', 'reopen', 'other', '2026-04-02'))).rejects.toThrow('reopens next');
      await expect(by.query(transfer('2026-03-05', '2026-03-09'))).rejects.toThrow('check constraint');
    }
    await both('close', '2026-03');
    for (const by of [pool, database.pool]) {
      await expect(by.query(transfer('2026-03-05', '2026-03-05'))).rejects.toThrow('closed through 2026-03-31');
      await expect(by.query(closing('2026-03', 'close', 'other', '2026-04-02'))).rejects.toThrow('next is 2026-04');
      await expect(by.query('delete from ledger_closings')).rejects.toThrow(/append-only|denied/);
    }
    await audit();
  });

  it('are of the zone that was set before the first transfer', async () => {
    const set = (zone: string) => periods.setZone(zone, because, { by: 'finance', now: APRIL_2 });
    expect(await set('America/New_York')).toBe(true);
    expect(
      (await pool.query(`select actor, reason, before, after from audit_log where action = 'ledger.zone'`)).rows,
    ).toEqual([
      { actor: 'finance', reason: because, before: { zone: 'Asia/Seoul' }, after: { zone: 'America/New_York' } },
    ]);
    await fund('a', '2026-04-01T12:00');
    expect(await daysOf('a')).toEqual({ happened: '2026-03-31', posted: '2026-03-31' });
    expect(await set('Asia/Seoul')).toBe(false);
    expect(await set('America/New_York')).toBe(true);
    await audit();
    await emptyTables(database.pool);
    expect(await set('Asia/Seoul')).toBe(true);
  });
});
