/**
 * A day of a provider matched: earned, posted and settled over 100,000 payouts at its usual size, of which one in a thousand differs in some
 * way that is drawn. What is measured is the pass of set SQL; against it, the hand-written anti-joins over ledger and settlement that tell
 * the same rows apart without evidence, doubles and days. The big tables are read by index, or whole once.
 */
import { afterAll, beforeAll, describe, expect } from '@jest/globals';
import { SettlementDaysStore } from '../../src/storage/settlement-days.store.js';
import { PAIRS } from '../../src/storage/settlement-pairs.js';
import { bench, timeOf, type Measured } from '../support/bench.js';
import { Draws } from '../support/draws.js';
import { MatchDesk } from '../support/match-desk.js';
import { agreed, AMOUNT, DAY, payAll, PROVIDER, seedEarned, settlementOf, ZONE } from '../support/settlements.js';

type Rows = ReturnType<typeof agreed>;
type Row = Rows[number];

/** What differs in a row, by class of the break. */
const DAMAGES: Record<string, (row: Row) => Row[]> = {
  missing_at_provider: () => [],
  unknown_to_us: (row) => [row, { ...row, key: `${row.key}/x` }],
  duplicate: (row) => [row, row],
  amount: (row) => [{ ...row, amount: AMOUNT + 1 }],
  currency: (row) => [{ ...row, currency: 'USD' }],
  date: (row) => [{ ...row, paidAt: row.paidAt + 86_400_000 }],
  reference: (row) => [{ ...row, reference: 'swapped' }],
};

/** Rows of which either side lacks the other, or another amount stands there. */
const BY_HAND = `
select t.payout_key, r.key from ledger_transfers t
join ledger_entries e on e.transfer_id = t.id and e.account = 'clearing:' || $1
full join (select * from settlement_rows where file = $2) r on r.key = t.payout_key
where coalesce(t.kind, 'pay') = 'pay' and (t.id is null or r.key is null or e.amount <> r.amount or e.currency <> r.currency)`;

interface PlanNode {
  'Node Type': string;
  'Relation Name'?: string;
  'Actual Loops': number;
  Plans?: PlanNode[];
}
/** Big tables that a plan reads whole more than once. */
const rescans = (node: PlanNode): string[] => [
  ...(node['Node Type'] === 'Seq Scan' && node['Actual Loops'] > 4 ? [node['Relation Name'] ?? ''] : []),
  ...(node.Plans ?? []).flatMap(rescans),
];

describe('a match', () => {
  let desk: MatchDesk;
  beforeAll(async () => {
    desk = await MatchDesk.open();
  });
  afterAll(() => desk.close());

  bench('match', { tiny: 200, usual: 100_000 }, async (size, seed): Promise<Measured> => {
    const random = new Draws(seed);
    const keys = await seedEarned(desk.owner, desk.pool, size);
    await payAll(desk.pool, keys);
    const classes = Object.keys(DAMAGES);
    const expected: Record<string, number> = {};
    const rows = agreed(keys).flatMap((row, n) => {
      if (n % Math.min(1_000, size / 10) !== 0) return [row];
      const name = random.pick(classes);
      expected[name] = (expected[name] ?? 0) + 1;
      return DAMAGES[name]?.(row) ?? [row];
    });
    let file = '';
    const keepMs = await timeOf(async () => {
      ({
        file: { id: file },
      } = await settlementOf(desk.pool, rows));
    });
    await desk.owner.query('vacuum analyze');
    const byHandMs = await timeOf(() => desk.pool.query(BY_HAND, [PROVIDER, file]));
    await expectPlan();

    const passMs = await timeOf(() => desk.passOnly());
    const matchMs = await timeOf(() => desk.match());
    const { rows: found } = await desk.pool.query<{ name: string; n: number }>(
      'select class as name, count(*)::int as n from settlement_breaks group by 1',
    );
    expect(Object.fromEntries(found.map(({ name, n }) => [name, n]))).toEqual(expected);
    const disputed = classes.filter((name) => !['unknown_to_us', 'duplicate'].includes(name));
    const held = disputed.reduce((sum, name) => sum + (expected[name] ?? 0), 0);
    expect((await desk.states())['settled']).toBe(size - held);

    const listMs = await timeOf(() => new SettlementDaysStore(desk.pool).list({ after: null, limit: 31 }));
    const before = await desk.everything();
    const againMs = await timeOf(() => desk.match());
    expect(await desk.everything()).toEqual(before);
    return {
      figures: {
        passMs,
        againMs,
        matchAndConfirmMs: matchMs,
        keepMs,
        listMs,
        rowsPerSecond: (rows.length / passMs) * 1_000,
        confirmedPerSecond: ((size - held) / matchMs) * 1_000,
      },
      ratios: { passToByHand: passMs / byHandMs },
    };
  });

  async function expectPlan(): Promise<void> {
    const client = await desk.pool.connect();
    try {
      await client.query('begin');
      const { rows } = await client.query<{ 'QUERY PLAN': { Plan: PlanNode }[] }>(
        `explain (analyze, format json) ${PAIRS}`,
        [PROVIDER, DAY, ZONE],
      );
      const plan = rows[0]?.['QUERY PLAN'][0]?.Plan;
      if (!plan) throw new Error('no plan');
      expect(rescans(plan)).toEqual([]);
    } finally {
      await client.query('rollback');
      client.release();
    }
  }
});
