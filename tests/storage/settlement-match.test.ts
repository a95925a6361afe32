/**
 * The three-way match on the real tables: what agrees is confirmed, and each class of break is caused by hand and named, once.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { movePayouts } from '../../src/storage/payout-moves.js';
import { inTransaction, type Pool } from '../../src/storage/pool.js';
import { T0 } from '../support/seed.js';
import { MatchDesk } from '../support/match-desk.js';
import { agreed, AMOUNT, AUTHOR, DAY, payAll, REWARD, seedEarned, settlementOf } from '../support/settlements.js';

const HOUR = 3_600_000;

describe('a match', () => {
  let desk: MatchDesk;
  let pool: Pool;
  beforeAll(async () => {
    desk = await MatchDesk.open();
    pool = desk.pool;
  });
  beforeEach(() => desk.empty());
  afterAll(() => desk.close());

  it('of what agrees confirms every payout, and again changes nothing', async () => {
    const keys = await seedEarned(desk.owner, pool, 5);
    await payAll(pool, keys);
    expect(await desk.tryMatch()).toBeNull();
    await settlementOf(pool, agreed(keys));
    expect(await desk.match()).toMatchObject({
      changed: true,
      open: 0,
      settled: 5,
      match: { no: 1, posted: 5, rows: 5, matched: 5, opened: 0, explained: 0 },
    });
    expect(await desk.seen()).toEqual([]);
    expect(await desk.states()).toEqual({ settled: 5 });
    const { rows } = await pool.query(
      `select account, sum(debits - credits)::int as n from ledger_days where account like '%:pay' group by 1 order by 1`,
    );
    expect(rows).toEqual([
      { account: 'clearing:pay', n: 0 },
      { account: 'settled:pay', n: 5 * AMOUNT },
    ]);
    const before = await desk.everything();
    expect(await desk.match(DAY, AUTHOR.now + HOUR)).toMatchObject({ changed: false, settled: 0, match: { no: 1 } });
    expect(await desk.everything()).toEqual(before);
  });

  const other = (key: string, over: object) => (row: ReturnType<typeof agreed>[number]) =>
    row.key === key ? { ...row, ...over } : row;
  const reverse = (key: string) =>
    inTransaction(pool, (client) =>
      movePayouts(client, [{ key, to: 'reversed' }], { now: T0 + 3 * HOUR, cause: 'callback' }),
    );
  type Rows = ReturnType<typeof agreed>;
  const CLASSES: [string, string, (rows: Rows, key: string) => Promise<Rows> | Rows, number | null][] = [
    ['missing_at_provider', 'a payment that the settlement lacks', (rows) => rows.slice(1), -AMOUNT],
    [
      'missing_at_provider',
      'a reversal that the settlement lacks',
      async (rows, key) => {
        await reverse(key);
        return rows;
      },
      AMOUNT,
    ],
    [
      'unknown_to_us',
      'a payment under another key',
      (rows, key) => [...rows, { ...(rows[0] as Rows[number]), key: `${key}/x` }],
      AMOUNT,
    ],
    [
      'unknown_to_us',
      'a reversal that nobody told us',
      (rows) => [...rows, { ...(rows[0] as Rows[number]), amount: -AMOUNT }],
      -AMOUNT,
    ],
    ['duplicate', 'a payment that stands twice', (rows) => [...rows, rows[0] as Rows[number]], AMOUNT],
    ['amount', 'another amount', (rows, key) => rows.map(other(key, { amount: AMOUNT - 1 })), -1],
    ['currency', 'another currency', (rows, key) => rows.map(other(key, { currency: 'USD' })), null],
    ['date', 'a time of another day', (rows, key) => rows.map(other(key, { paidAt: T0 + 24 * HOUR })), null],
    ['reference', 'another reference', (rows, key) => rows.map(other(key, { reference: 'swapped' })), null],
  ];

  it.each(CLASSES)('names %s: %s', async (name, _, damage, difference) => {
    const keys = await seedEarned(desk.owner, pool, 3);
    await payAll(pool, keys);
    const [first = ''] = keys;
    await settlementOf(pool, await damage(agreed(keys), first));
    const { open, settled } = await desk.match();
    expect(open).toBe(1);
    const found = await desk.only();
    expect([found.class, found.key.startsWith(first), found.state, found.difference]).toEqual([
      name,
      true,
      'open',
      difference,
    ]);
    // what is disputed itself is not confirmed
    const isConfirmed = name === 'duplicate' || found.key !== first || (found.reversal && name === 'unknown_to_us');
    expect(settled).toBe(isConfirmed ? 3 : 2);
    const before = await desk.everything();
    expect(await desk.match(DAY, AUTHOR.now + HOUR)).toMatchObject({ changed: false, open: 1, settled: 0 });
    expect(await desk.everything()).toEqual(before);
  });

  const EVIDENCE: [string, string, string][] = [
    ['a response that is gone', 'response', `delete from responses where customer_id = split_part($1, '/', 5)`],
    ['an event that is gone', 'response', `delete from events where customer_id = split_part($1, '/', 5)`],
    [
      'an event that says something else now',
      'response_changed',
      `update events set properties = '{"amount": 1}' where customer_id = split_part($1, '/', 5)`,
    ],
    ['a claim that is another’s', 'claim', `update claims set payout_key = 'p/other/1' where payout_key = $1`],
    ['another amount than was earned', 'amount', `update payouts set amount = amount + 1 where key = $1`],
    ['another budget than the rule says', 'rule', `update payouts set budget = 'other' where key = $1`],
    [
      'another version of the rule',
      'rule_version',
      `update payouts set evidence = jsonb_set(evidence, '{campaignVersion}', '2') where key = $1`,
    ],
  ];

  it.each(EVIDENCE)('names not_entitled: %s', async (_, why, sql) => {
    const keys = await seedEarned(desk.owner, pool, 3);
    await payAll(pool, keys);
    const [first = ''] = keys;
    await settlementOf(pool, agreed(keys));
    await desk.owner.query(sql, [first]);
    expect(await desk.match()).toMatchObject({ open: 1, settled: 2, match: { matched: 2 } });
    expect(await desk.only()).toMatchObject({ class: 'not_entitled', key: first, difference: null, facts: { why } });
  });

  it.each<[string, object, number, boolean]>([
    [
      'tiers of what was answered',
      {
        by: 'response.amount',
        tiers: [
          { from: 0, value: '100' },
          { from: 70_000, value: '5000' },
        ],
      },
      5_000,
      true,
    ],
    [
      'tiers that give less',
      {
        by: 'response.amount',
        tiers: [
          { from: 0, value: '100' },
          { from: 70_001, value: '5000' },
        ],
      },
      5_000,
      false,
    ],
    ['a share of what was answered', { by: 'response.amount', percent: 7.15, max: '9999' }, 5_005, true],
    ['a share that gives less', { by: 'response.amount', percent: 7.14, max: '9999' }, 5_005, false],
    ['a share of what no answer says', { by: 'response.sum', percent: 7.15, max: '9999' }, 5_005, false],
    ['tiers of an attribute', { by: 'attribute.n', tiers: [{ from: 0, value: '5000' }] }, 5_000, true],
    ['rules', { rules: [{ value: '1' }], otherwise: '5000' }, 5_000, true],
    ['rules that do not give it', { rules: [{ value: '1' }], otherwise: '2' }, 5_000, false],
  ])('computes an amount again by %s', async (_, amount, minor, entitled) => {
    const rule = { ...REWARD, amount: { currency: 'KRW', ...amount } };
    const keys = await seedEarned(desk.owner, pool, 2, { rule, over: { amountMinor: minor } });
    await payAll(pool, keys);
    await settlementOf(
      pool,
      agreed(keys).map((row) => ({ ...row, amount: minor })),
    );
    expect(await desk.match()).toMatchObject({ open: entitled ? 0 : 2, settled: entitled ? 2 : 0 });
  });

  it('holds nothing against who was erased since', async () => {
    const keys = await seedEarned(desk.owner, pool, 1);
    await payAll(pool, keys);
    await settlementOf(pool, agreed(keys));
    await desk.owner.query(`update customers set erased_at = '2026-03-05'`);
    await desk.owner.query(`update events set properties = '{}'`);
    expect(await desk.match()).toMatchObject({ open: 0, settled: 1 });
  });
});
