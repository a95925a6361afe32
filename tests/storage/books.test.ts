/**
 * The books as of when: for random postings, in and out of the order of their days, the store says for every moment and day what adding up all
 * entries says, and the entries that it lists are those behind the number. The audit, which adds up by itself, is clean.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { assertClean, runAudit } from '../../src/auditor/index.js';
import type { AsOf } from '../../src/domain/ledger/as-of.js';
import { BooksStore, type AccountTotals, type BookedEntry } from '../../src/storage/books.store.js';
import { BudgetsStore } from '../../src/storage/budgets.store.js';
import { LedgerSealsStore } from '../../src/storage/ledger-seals.store.js';
import { appendTransfers } from '../../src/storage/ledger.store.js';
import { createPool, inTransaction, type Pool } from '../../src/storage/pool.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { Draws } from '../support/draws.js';
import { seeded } from '../support/seeded.js';
import { T0 } from '../support/seed.js';

const DAY_MS = 86_400_000;
const BUDGETS = { won: 'KRW', other: 'KRW', dollar: 'USD' };
const key = ({ account }: { account: string }) => account;

describe('the books', () => {
  let database: TestDatabase;
  let pool: Pool;
  let books: BooksStore;
  /** Between batches: a moment by the database's clock. */
  const moments: string[] = [];

  beforeAll(async () => {
    database = await createDatabase();
    pool = createPool(database.appUrl);
    books = new BooksStore(pool);
    const budgets = new BudgetsStore(pool);
    for (const [budget, currency] of Object.entries(BUDGETS))
      await budgets.put({ key: budget, name: budget, currency }, { by: 'finance', now: T0 });
    const random = new Draws(seeded('the postings'));
    for (let batch = 0; batch < 12; batch += 1) {
      const transfers = Array.from({ length: 1 + random.below(20) }, (_, n) => {
        const [budget, currency] = random.pick(Object.entries(BUDGETS));
        return {
          id: `${budget}#fund/${batch}-${n}`,
          kind: 'fund' as const,
          payoutKey: null,
          debit: `budget:${budget}`,
          credit: `funding:${budget}`,
          amount: 1 + random.below(1_000),
          currency,
          at: T0 + (random.below(batch + 4) - 3) * DAY_MS,
        };
      });
      await inTransaction(pool, (client) => appendTransfers(client, transfers));
      moments.push((await pool.query<{ at: string }>('select clock_timestamp()::text as at')).rows[0]?.at as string);
    }
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  /** As written by hand: all entries, and the transfers' own times. */
  async function byHand({ by, to }: AsOf): Promise<AccountTotals[]> {
    const until =
      by === 'booked' ? 't.recorded_at <= $1::timestamptz' : `(t.at at time zone 'Asia/Seoul')::date <= $1::date`;
    const { rows } = await pool.query<AccountTotals>(
      `select e.account, a.kind, e.currency, coalesce(sum(e.amount) filter (where side = 'debit'), 0)::bigint as debits,
         coalesce(sum(e.amount) filter (where side = 'credit'), 0)::bigint as credits, count(*) as entries
       from ledger_entries e join ledger_transfers t on t.id = e.transfer_id join accounts a on a.key = e.account
       where $1::text is null or ${until} group by 1, 2, 3 order by 3, 1`,
      [to],
    );
    return rows;
  }
  const asOf = (by: AsOf['by'], to: string | null, from: string | null = null): AsOf => ({ by, from, to });
  const days = Array.from({ length: 18 }, (_, n) => new Date(T0 + (n - 5) * DAY_MS).toISOString().slice(0, 10));

  it('are at every moment and on every day what all entries come to', async () => {
    const asked = [
      asOf('booked', null),
      asOf('business', null),
      asOf('booked', '2020-01-01T00:00:00Z'),
      ...moments.map((at) => asOf('booked', at)),
      ...days.map((on) => asOf('business', on)),
    ];
    for (const one of asked) {
      const rows = await books.totals(one);
      expect([one, rows]).toEqual([one, await byHand(one)]);
      for (const currency of ['KRW', 'USD']) {
        const own = rows.filter((row) => row.currency === currency);
        expect(own.reduce((sum, { debits, credits }) => sum + debits - credits, 0)).toBe(0);
        expect(await books.totals(one, { currency })).toEqual(own);
      }
    }
    expect((await books.totals(asOf('booked', moments[0] ?? null))).length).toBeGreaterThan(0);
  });

  it('list the entries behind each number, page by page, in the order of their booking', async () => {
    async function all(account: string, one: AsOf): Promise<BookedEntry[]> {
      const listed: BookedEntry[] = [];
      for (;;) {
        const page = await books.entries(account, one, { after: listed.at(-1) ?? null, limit: 7 });
        listed.push(...page.slice(0, 7));
        if (page.length <= 7) return listed;
      }
    }
    for (const one of [asOf('booked', moments[6] ?? null), asOf('business', days[7] ?? null), asOf('business', null)]) {
      for (const totals of await books.totals(one)) {
        const listed = await all(totals.account, one);
        const sum = (side: string) => listed.reduce((n, e) => n + (e.side === side ? e.amount : 0), 0);
        expect([listed.length, sum('debit'), sum('credit')]).toEqual([totals.entries, totals.debits, totals.credits]);
        expect(listed.map(({ no }) => no)).toEqual(listed.map(({ no }) => no).sort((a, b) => a - b));
        // what is posted together is booked at one moment, so a moment never lies inside a posting
        if (one.by === 'booked')
          expect(listed.at(-1)).toMatchObject({ no: totals.entries, debits: totals.debits, credits: totals.credits });
      }
    }
    const [first, last] = [days[6] ?? null, days[7] ?? null];
    const two = await all('budget:won', asOf('business', last, first));
    expect(two.length).toBeGreaterThan(0);
    expect(two.filter(({ businessOn }) => businessOn !== first && businessOn !== last)).toEqual([]);
  });

  it('book after what an account has, also where the server’s clock went back', async () => {
    const transfer = {
      kind: 'fund' as const,
      payoutKey: null,
      debit: 'budget:won',
      credit: 'funding:won',
      amount: 1,
      currency: 'KRW',
      at: T0,
    };
    await database.pool.query(
      `alter table ledger_transfers disable trigger user; alter table ledger_entries disable trigger user`,
    );
    const ahead = `+ interval '1 hour'`;
    await database.pool.query(`update ledger_transfers t set recorded_at = recorded_at ${ahead} from ledger_entries e
      where e.transfer_id = t.id and e.account = 'budget:won' and e.no = (select max(no) from ledger_entries where account = 'budget:won')`);
    await database.pool.query(
      `update ledger_entries e set booked_at = t.recorded_at from ledger_transfers t where t.id = e.transfer_id`,
    );
    await database.pool.query(`update ledger_days d set first_booked_at = l.first, last_booked_at = l.last
      from (select e.account, t.business_on, min(booked_at) as first, max(booked_at) as last
      from ledger_entries e join ledger_transfers t on t.id = e.transfer_id group by 1, 2) l where l.account = d.account and l.business_on = d.business_on`);
    await database.pool.query(
      `alter table ledger_transfers enable trigger user; alter table ledger_entries enable trigger user`,
    );
    await inTransaction(pool, (client) => appendTransfers(client, [{ ...transfer, id: 'won#fund/after' }]));
    const everything = await byHand(asOf('booked', null));
    expect((await books.totals(asOf('booked', null))).map(key)).toEqual(everything.map(key));
    expect(await books.totals(asOf('booked', null))).toEqual(everything);
    const seals = new LedgerSealsStore(pool);
    while ((await seals.sealBatch()).more);
    assertClean(await runAudit({ databaseUrl: database.ownerUrl, providerBooks: [], gatewayBooks: [] }));
  });

  it('keep the zone whose days they tell', async () => {
    await expect(database.pool.query(`update installation set zone = 'UTC'`)).rejects.toThrow(
      'the zone of the books stands',
    );
  });
});
