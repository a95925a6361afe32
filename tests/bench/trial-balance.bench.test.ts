/**
 * The trial balance as of any moment and day, over entries that were posted as every posting is, against the query that one would write by hand
 * over entries and transfers: the same rows, and how long each takes. At its usual size a million entries over 60 days.
 */
import { afterAll, beforeAll, describe, expect } from '@jest/globals';
import type { AsOf } from '../../src/domain/ledger/as-of.js';
import { BooksStore, type AccountTotals } from '../../src/storage/books.store.js';
import { BudgetsStore } from '../../src/storage/budgets.store.js';
import { appendTransfers } from '../../src/storage/ledger.store.js';
import { createPool, inTransaction, type Pool } from '../../src/storage/pool.js';
import { bench, timeOf, type Measured } from '../support/bench.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { Draws } from '../support/draws.js';
import { T0 } from '../support/seed.js';

const BUDGETS = 50;
const DAYS = 60;
const DAY_MS = 86_400_000;
const TOGETHER = 5_000;
const QUESTIONS = 9;

const BY_HAND = (until: string) => `
  select e.account, a.kind, e.currency, coalesce(sum(e.amount) filter (where side = 'debit'), 0)::bigint as debits,
    coalesce(sum(e.amount) filter (where side = 'credit'), 0)::bigint as credits, count(*) as entries
  from ledger_entries e join ledger_transfers t on t.id = e.transfer_id join accounts a on a.key = e.account
  where ${until} group by 1, 2, 3 order by 3, 1`;
const WRITTEN = {
  booked: BY_HAND('t.recorded_at <= $1::timestamptz'),
  business: BY_HAND(`(t.at at time zone 'Asia/Seoul')::date <= $1::date`),
};

const median = (values: number[]) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)] as number;

describe('the trial balance', () => {
  let database: TestDatabase;
  let pool: Pool;
  beforeAll(async () => {
    database = await createDatabase();
    pool = createPool(database.appUrl);
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  /** Most on their day, one in fifty up to ten days late. */
  async function post(transfers: number, random: Draws): Promise<void> {
    const budgets = new BudgetsStore(pool);
    for (let n = 0; n < BUDGETS; n += 1)
      await budgets.put({ key: `b${n}`, name: 'b', currency: n % 5 ? 'KRW' : 'USD' }, { by: 'finance', now: T0 });
    for (let from = 0; from < transfers; from += TOGETHER) {
      const batch = Array.from({ length: Math.min(TOGETHER, transfers - from) }, (_, n) => {
        const budget = random.below(BUDGETS);
        const late = random.below(50) === 0 ? random.below(10) * DAY_MS : 0;
        return {
          id: `b${budget}#fund/${from + n}`,
          kind: 'fund' as const,
          payoutKey: null,
          debit: `budget:b${budget}`,
          credit: `funding:b${budget}`,
          amount: 1 + random.below(10_000),
          currency: budget % 5 ? 'KRW' : 'USD',
          at: T0 + Math.floor((from / transfers) * DAYS) * DAY_MS - late,
        };
      });
      await inTransaction(pool, (client) => appendTransfers(client, batch));
    }
    await database.pool.query('vacuum analyze');
  }

  bench('trial-balance', { tiny: 600, usual: 1_000_000 }, async (entries, seed): Promise<Measured> => {
    const random = new Draws(seed);
    const postMs = await timeOf(() => post(entries / 2, random));
    const { rows: moments } = await pool.query<{ booked: string; business: string }>(
      `select booked_at::text as booked, business_on::text as business
       from (select e.booked_at, t.business_on, ntile($1) over (order by e.booked_at, e.account, e.no) as part, random() as chance
             from ledger_entries e join ledger_transfers t on t.id = e.transfer_id) x
       where part = $1 or chance < 2.0 / $2 * $1 order by booked_at desc`,
      [QUESTIONS, entries],
    );
    const asked = Array.from({ length: QUESTIONS }, () => random.pick(moments));
    const books = new BooksStore(pool);
    const took: Record<string, number[]> = { booked: [], bookedByHand: [], business: [], businessByHand: [], page: [] };
    const timed = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
      let answer: T | undefined;
      took[name]?.push(await timeOf(async () => (answer = await work())));
      return answer as T;
    };
    for (const moment of asked) {
      for (const by of ['booked', 'business'] as const) {
        const asOf: AsOf = { by, from: null, to: moment[by] };
        const told = await timed(by, () => books.totals(asOf));
        const { rows } = await timed(`${by}ByHand`, () => pool.query<AccountTotals>(WRITTEN[by], [moment[by]]));
        expect(told).toEqual(rows);
        expect(told.length).toBeGreaterThan(0);
        await timed('page', () => books.entries('budget:b1', asOf, { after: null, limit: 200 }));
      }
    }
    const ms = Object.fromEntries(Object.entries(took).map(([name, values]) => [`${name}Ms`, median(values)]));
    const of = (name: string) => ms[name] as number;
    return {
      figures: {
        ...ms,
        slowestMs: Math.max(...(took['booked'] ?? []), ...(took['business'] ?? [])),
        transfersPerSecond: (entries / 2 / postMs) * 1_000,
      },
      ratios: {
        byHandToBooked: of('bookedByHandMs') / of('bookedMs'),
        byHandToBusiness: of('businessByHandMs') / of('businessMs'),
      },
    };
  });
});
