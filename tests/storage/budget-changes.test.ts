/**
 * Budgets on the real tables: raised, cut and closed by two persons, each booked once; what is reserved meanwhile waits for the same lock; and the audit
 * agrees.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { assertClean, runAudit } from '../../src/auditor/index.js';
import type { BudgetChangeKind } from '../../src/domain/ledger/budget-changes.js';
import { BudgetChangesStore } from '../../src/storage/budget-changes.store.js';
import { budgetCurrencies, BudgetsStore } from '../../src/storage/budgets.store.js';
import { insertIntents } from '../../src/storage/payout-intents.js';
import { movePayouts, type PayoutMove } from '../../src/storage/payout-moves.js';
import { createPool, inTransaction, type Pool } from '../../src/storage/pool.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { intent } from '../support/intents.js';
import { emptyTables, sendOnce, seedRun, T0, untilBlocked } from '../support/seed.js';

const BY = { by: 'finance', now: T0 };
const SECOND = { by: 'second', now: T0 + 1 };

describe('a budget', () => {
  let database: TestDatabase;
  let pool: Pool;
  let budgets: BudgetsStore;
  let changes: BudgetChangesStore;

  beforeAll(async () => {
    database = await createDatabase();
    pool = createPool(database.appUrl);
    [budgets, changes] = [new BudgetsStore(pool), new BudgetChangesStore(pool)];
  });
  beforeEach(async () => {
    await emptyTables(database.pool);
    await budgets.put({ key: 'main', name: 'main', currency: 'KRW' }, BY);
    expect(await fund('r1', 1_000)).toBe('funded');
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  const fund = (reference: string, minor: number) =>
    inTransaction(pool, (client) =>
      budgets.fund(client, { budget: 'main', amount: { minor, currency: 'KRW' }, reference }, BY),
    );
  const ask = (kind: BudgetChangeKind, amount: number | null = null, budget = 'main', currency = 'KRW') =>
    inTransaction(pool, (client) => changes.request(client, budget, { kind, amount, currency, reason: 'case 9' }, BY));
  const asked = async (kind: BudgetChangeKind, amount: number | null = null) => {
    const outcome = await ask(kind, amount);
    return outcome.kind === 'requested' ? outcome.no : outcome.why;
  };
  const approve = (no: number | string, by = SECOND) =>
    inTransaction(pool, (client) => changes.approve(client, 'main', Number(no), by));
  const both = async (kind: BudgetChangeKind, amount: number | null = null) => approve(await asked(kind, amount));
  const money = async () => {
    const { available = 0, reserved = 0, spent = 0 } = (await budgets.find('main')) ?? {};
    return [available, reserved, spent];
  };
  const earn = async (...customers: string[]) => {
    const rows = customers.map((customer) => intent(customer));
    const judged = await inTransaction(pool, (client) => insertIntents(client, rows, T0));
    return rows.map(({ payoutKey }) => judged.get(payoutKey)?.outcome);
  };
  const move = (customer: string, ...states: PayoutMove['to'][]) =>
    inTransaction(pool, async (client) => {
      const key = intent(customer).payoutKey;
      for (const to of states) await movePayouts(client, [{ key, to, reason: 'r' }], { now: T0, cause: 'callback' });
    });
  const audit = () => runAudit({ databaseUrl: database.ownerUrl, providerBooks: [], gatewayBooks: [] });
  /** What the audit finds of budgets; payouts of this test have no cohort behind them. */
  const found = async () =>
    (await audit()).laws
      .flatMap(({ checks }) => checks)
      .filter((check) => check.found > 0 && /budget|balance|debit/.test(check.what))
      .map(({ what }) => what);

  it('is raised and cut by two persons, once each, with a line for both', async () => {
    const no = await asked('raise', 500);
    expect(await money()).toEqual([1_000, 0, 0]);
    expect(await approve(no, BY)).toBe('own_request');
    expect(await approve(no)).toBe('done');
    expect(await approve(no)).toBe('decided');
    expect(await money()).toEqual([1_500, 0, 0]);
    expect(await both('cut', 1_500)).toBe('done');
    expect(await money()).toEqual([0, 0, 0]);
    const [cut, raise] = await changes.list('main', null, 10);
    expect(cut).toMatchObject({ kind: 'cut', state: 'approved', amount: 1_500, transfer: `main#cut/${cut?.no}` });
    expect(raise).toMatchObject({
      requestedBy: 'finance',
      decidedBy: 'second',
      reason: 'case 9',
      decisionReason: null,
    });
    const { rows } = await pool.query(
      `select actor, action, reason, before, after from audit_log where action like 'budget.raise%' order by no`,
    );
    const change = { change: no, amount: 500, currency: 'KRW' };
    expect(rows).toEqual([
      {
        actor: 'finance',
        action: 'budget.raise.request',
        reason: 'case 9',
        before: null,
        after: { ...change, kind: 'raise' },
      },
      {
        actor: 'second',
        action: 'budget.raise',
        reason: 'case 9',
        before: { available: 1_000, closed: false, requestedBy: 'finance' },
        after: { ...change, transfer: `main#raise/${no}` },
      },
    ]);
    assertClean(await audit());
  });

  it('is not changed by what is refused, taken back, unknown or of another budget', async () => {
    await budgets.put({ key: 'other', name: 'other', currency: 'USD' }, BY);
    expect(await ask('raise', 5, 'none')).toEqual({ kind: 'refused', why: 'no_budget' });
    expect(await ask('raise', 5, 'other')).toEqual({ kind: 'refused', why: 'other_currency' });
    expect(await ask('cut', 1_001)).toEqual({ kind: 'refused', why: 'over_available' });
    const no = Number(await asked('cut', 900));
    const refuse = () => inTransaction(pool, (client) => changes.refuse(client, 'main', no, 'not now', BY));
    expect(await inTransaction(pool, (client) => changes.approve(client, 'other', no, SECOND))).toBe('no_change');
    expect(await refuse()).toBe('done');
    expect(await refuse()).toBe('decided');
    expect(await approve(no)).toBe('decided');
    expect(await approve(no + 1)).toBe('no_change');
    expect(await money()).toEqual([1_000, 0, 0]);
    expect(await changes.find('main', no)).toMatchObject({
      state: 'refused',
      decisionReason: 'not now',
      transfer: null,
    });
    assertClean(await audit());
  });

  it('that had run out goes on with what it was raised by; one person cannot fund it any more', async () => {
    expect(await earn('a', 'b', 'c')).toEqual(expect.arrayContaining(['claimed', 'no_budget']));
    expect(await money()).toEqual([200, 800, 0]);
    expect(await fund('r2', 1_000)).toBe('in_use');
    expect(await fund('r1', 1_000)).toBe('known');
    expect(await earn('d')).toEqual(['no_budget']);
    expect(await both('raise', 200)).toBe('done');
    expect(await earn('d', 'e')).toEqual(expect.arrayContaining(['claimed', 'no_budget']));
    expect(await money()).toEqual([0, 1_200, 0]);
    expect(await ask('cut', 1)).toEqual({ kind: 'refused', why: 'over_available' });
    expect(await found()).toEqual([]);
  });

  it('is closed when no campaign and no payout needs it any more, and gives back what is left over', async () => {
    await earn('a');
    expect(await asked('close')).toBe('payouts_open');
    await move('a', 'submitting', 'paid');
    await seedRun(database.pool, 'r', sendOnce('c'), []);
    const nodes = { pay: { type: 'reward', budget: 'main' } };
    await database.pool.query(`alter table campaign_versions disable trigger user`);
    await database.pool.query('update campaign_versions set definition = $1', [{ campaign: { journey: { nodes } } }]);
    await database.pool.query(`alter table campaign_versions enable trigger user`);
    expect(await asked('close')).toBe('campaigns_open');
    await database.pool.query(`update campaigns set state = 'ended'`);
    expect(await asked('close')).toBe('campaigns_open'); // its run
    await database.pool.query(`update runs set state = 'closed'`);
    expect(await both('close')).toBe('done');
    expect(await money()).toEqual([0, 0, 400]);
    expect(await budgets.find('main')).toMatchObject({ closedAt: new Date(SECOND.now) });
    expect(await budgetCurrencies(pool, ['main'])).toEqual(new Map());
    expect([await asked('raise', 5), await asked('cut', 5), await asked('close')]).toEqual([
      'closed',
      'closed',
      'nothing_left',
    ]);
    expect(await fund('r3', 5)).toBe('in_use');
    expect(await found()).toEqual([]);
  });

  it('that is closed reserves nothing of what a reversal brings back, and gives that back, too', async () => {
    await earn('a');
    await move('a', 'submitting', 'paid');
    expect(await both('close')).toBe('done');
    await move('a', 'reversed');
    expect(await money()).toEqual([400, 0, 0]);
    expect(await earn('b')).toEqual(['no_budget']);
    expect(await both('close')).toBe('done');
    expect(await money()).toEqual([0, 0, 0]);
    expect((await changes.list('main', null, 10)).map(({ amount }) => amount)).toEqual([400, 600]);
    expect(await found()).toEqual([]);
  });

  it('is closed before or after what is being reserved, never beside it', async () => {
    const no = await asked('close');
    const client = await pool.connect();
    await client.query('begin');
    await insertIntents(client, [intent('a')], T0);
    const closing = approve(no);
    await untilBlocked(database.pool, 1);
    await client.query('commit');
    client.release();
    expect(await closing).toBe('payouts_open');
    await move('a', 'cancelled');
    const other = await pool.connect();
    await other.query('begin');
    expect(await changes.approve(other, 'main', Number(no), SECOND)).toBe('done');
    const reserving = earn('b');
    await untilBlocked(database.pool, 1);
    await other.query('commit');
    other.release();
    expect(await reserving).toEqual(['no_budget']);
    expect(await found()).toEqual([]);
  });

  it('is not changed by one person alone, whoever writes', async () => {
    const no = await asked('raise', 5);
    await expect(
      database.pool.query(
        `insert into budget_decisions (change, verdict, decided_by, at) values ($1, 'approved', 'finance', now())`,
        [no],
      ),
    ).rejects.toThrow('who asked for a change of a budget cannot approve it');
  });
});
