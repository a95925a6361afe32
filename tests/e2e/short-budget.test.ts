/**
 * A budget for ten, and a thousand who earn it in the same moment over several lanes: ten are reserved, the others are told why, and who
 * fitted can be replayed, also after the budget was raised.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { customers, defineBasics, importCustomers, launch, settled } from '../support/campaigns.js';
import { Stack } from '../support/stack.js';

const LANES = 3;
const COUNT = (LANES - 1) * 5_000 + 1;
const WINNERS = 1_000;
/** Who earn it after the budget was raised for five more. */
const LATE = 20;

const is = (attribute: string) => ({
  combinator: 'and',
  rules: [{ field: `attribute.${attribute}`, operator: '=', value: true }],
});
const prize = (key: string, segment: string, attribute: string) => ({
  key,
  name: '선착순',
  purpose: 'advertising',
  segment,
  journey: {
    start: 'won',
    nodes: {
      won: { type: 'branch', on: { rule: is(attribute) }, yes: 'prize', no: 'done' },
      prize: {
        type: 'reward',
        kind: 'cashback',
        amount: { value: '5000', currency: 'KRW' },
        budget: 'main',
        provider: 'sim-pay',
        next: 'done',
      },
      done: { type: 'exit' },
    },
  },
});

describe('1,000 rewards of a budget for 10, decided at once over three lanes', () => {
  let stack: Stack;
  let run: string;

  beforeAll(async () => {
    stack = await Stack.start({ epoch: '2026-03-03T10:00:00+09:00', workers: 2 });
    await defineBasics(stack, '50000');
    await importCustomers(
      stack,
      customers(COUNT, (n) => ({ attributes: { winner: n <= WINNERS, late: n > WINNERS && n <= WINNERS + LATE } })),
    );
    run = await launch(stack, prize('box', 'everyone', 'winner'));
    await settled(stack, run);
  });
  afterAll(() => stack.stop());

  it('reserves and pays exactly ten, and refuses 990 with the reason', async () => {
    const { lanes } = await stack.one<{ lanes: number }>('select lanes from runs where id = $1', [run]);
    expect(lanes).toBe(LANES);
    const count = async (reward: string) =>
      Number(
        (await stack.one<{ n: string }>('select count(*) as n from trace where steps like $1', [`%reward=${reward}%`]))
          .n,
      );
    expect([await count('claimed'), await count('no_budget')]).toEqual([10, WINNERS - 10]);
    const { rows } = await stack.pool.query(`select state, count(*)::int as n from payouts group by 1`);
    expect(rows).toEqual([{ state: 'paid', n: 10 }]);
    expect(await stack.ok('GET', '/v1/budgets/main')).toMatchObject({
      available: { value: '0' },
      reserved: { value: '0' },
      spent: { value: '50000' },
    });
    const { n } = await stack.one<{ n: string }>('select count(*) as n from claims');
    expect(Number(n)).toBe(10);
  });

  it('is replayed by the auditor, bid by bid', async () => {
    const report = await stack.auditClean();
    const replayed = report.laws
      .flatMap(({ checks }) => checks)
      .find(({ what }) => what.startsWith('replayed on what the budget held'));
    expect(replayed).toMatchObject({ rows: WINNERS, found: 0 });
  });

  it('goes on with what two persons raise it by, which the auditor replays, too', async () => {
    const path = '/v1/budgets/main/changes';
    const raise = { kind: 'raise', amount: { value: '25000', currency: 'KRW' }, reason: 'five more' };
    const { no } = await stack.ok('POST', path, raise, { as: 'finance' });
    await stack.ok('POST', `${path}/${no}/approve`);
    await stack.ok('PUT', '/v1/segments/late', { name: 'late', rule: is('late') });
    await settled(stack, await launch(stack, prize('box-again', 'late', 'late')));
    expect(await stack.ok('GET', '/v1/budgets/main')).toMatchObject({
      available: { value: '0' },
      spent: { value: '75000' },
    });
    const report = await stack.auditClean();
    const replayed = report.laws
      .flatMap(({ checks }) => checks)
      .find(({ what }) => what.startsWith('replayed on what the budget held'));
    expect(replayed).toMatchObject({ rows: WINNERS + LATE, found: 0 });
  });

  it('is not replayed by an auditor who is told of another order', async () => {
    const loser = await stack.one<{ customer_id: string }>(
      `select customer_id from trace where steps like '%reward=no_budget%' limit 1`,
    );
    await stack.pool.query(`alter table trace disable trigger user`);
    await stack.pool.query(`update trace set steps = replace(steps, 'no_budget', 'claimed') where customer_id = $1`, [
      loser.customer_id,
    ]);
    const law = (await stack.audit()).laws.find((one) => one.law === 3);
    expect(law?.violations.flatMap(({ keys }) => Object.values(keys))).toContain(loser.customer_id);
  });
});
