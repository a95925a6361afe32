/**
 * What two persons raised, cut and let go back of budgets, as a month tells it: it verifies, and what is changed of it is named.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { BudgetChangeKind } from '../../src/domain/ledger/budget-changes.js';
import { BudgetChangesStore } from '../../src/storage/budget-changes.store.js';
import { BudgetsStore } from '../../src/storage/budgets.store.js';
import { LedgerSealsStore } from '../../src/storage/ledger-seals.store.js';
import { inTransaction } from '../../src/storage/pool.js';
import { SignedHeadsStore } from '../../src/storage/signed-heads.store.js';
import { verifyStatement } from '../../src/verifier/verify.js';
import { KEY } from '../support/signed-ledger.js';
import { APRIL_3, signedAnew, StatementMonth } from '../support/statement-month.js';

const FINANCE = { by: 'finance', now: APRIL_3 };

describe('a month in which budgets were changed', () => {
  let month: StatementMonth;
  let april: string[];

  beforeAll(async () => {
    month = await StatementMonth.play();
    for (const name of ['pay-a/2026-04-01.csv', 'pay-b/2026-04-01.csv', 'pay-a/2026-04-02.csv'])
      if (!month.settlements.has(name)) month.settlements.set(name, []);
    const budgets = new BudgetsStore(month.pool);
    await budgets.put({ key: 'past', name: 'past', currency: 'KRW' }, FINANCE);
    const funding = { budget: 'past', amount: { minor: 900, currency: 'KRW' }, reference: 'r1' };
    await inTransaction(month.pool, (client) => budgets.fund(client, funding, FINANCE));
    await decide('past', 'raise', 500);
    await decide('past', 'cut', 300);
    await decide('past', 'close', null);
    while ((await new LedgerSealsStore(month.pool).sealBatch()).more);
    await new SignedHeadsStore(month.pool, [KEY]).signDue(APRIL_3 + 86_400_000);
    april = await month.statement('2026-04');
  });
  afterAll(() => month.end());

  async function decide(budget: string, kind: BudgetChangeKind, amount: number | null): Promise<void> {
    const changes = new BudgetChangesStore(month.pool);
    const asked = { kind, amount, currency: 'KRW', reason: 'agreed' };
    const outcome = await inTransaction(month.pool, (client) => changes.request(client, budget, asked, FINANCE));
    if (outcome.kind !== 'requested') throw new Error(outcome.why);
    const second = { by: 'second', now: APRIL_3 };
    expect(await inTransaction(month.pool, (client) => changes.approve(client, budget, outcome.no, second))).toBe(
      'done',
    );
  }

  const faults = async (lines: readonly string[]) => {
    const verdict = await verifyStatement({ ...month.write(lines), publicKey: KEY.publicKey, without: [] });
    return verdict.faults.map(({ what }) => what);
  };
  const isChange = (line: string) => line.startsWith('{"kind":"budget"');
  /** With the lines about budgets changed, and signed anew. */
  const changed = (change: (line: string) => string[]) =>
    signedAnew(
      april.flatMap((line) => (isChange(line) ? change(line) : [line])),
      KEY,
      '2026-04',
    );

  it('verifies, and tells each change with its amount, reason and both persons', async () => {
    expect(await faults(april)).toEqual([]);
    const told = april.filter(isChange).map((line) => JSON.parse(line) as Record<string, unknown>);
    const both = {
      kind: 'budget',
      budget: 'past',
      currency: 'KRW',
      reason: 'agreed',
      requestedBy: 'finance',
      approvedBy: 'second',
    };
    expect(told).toMatchObject([
      { ...both, change: 'raise', amount: '500', transfer: expect.stringMatching(/^past#raise\/\d+$/) },
      { ...both, change: 'cut', amount: '300' },
      { ...both, change: 'close', amount: '1100', transfer: expect.stringMatching(/^past#return\/\d+$/) },
    ]);
  });

  it.each<[string, (line: string) => string[], number, RegExp]>([
    ['that nobody is told to have decided', () => [], 3, /^nothing says who decided transfer past#/],
    [
      'of another amount',
      (line) => [line.replace(/"amount":"/, '"amount":"1')],
      3,
      /is of another budget, amount or currency$/,
    ],
    ['of another budget', (line) => [line.replace('"budget":"past"', '"budget":"main"')], 3, /is of another budget/],
    ['by one person alone', (line) => [line.replace('"second"', '"finance"')], 3, /is not by two persons$/],
    ['told twice', (line) => [line, line], 3, /is told twice$/],
    [
      'of a transfer that there is not',
      (line) => [line, line.replace(/#(\w+)\//, '#$1/9')],
      3,
      /^the month has no transfer past#/,
    ],
    [
      'of another month',
      (line) => [line.replace('"postedOn":"2026-04', '"postedOn":"2026-03')],
      3,
      /is of another month$/,
    ],
  ])('names a change %s', async (_, change, times, named) => {
    const found = await faults(await changed(change));
    expect(found.filter((what) => named.test(what))).toHaveLength(times);
  });
});
