/**
 * A provider that loses 5 % of its replies after paying: its own book has each key once, and everybody ends paid.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { customers, defineBasics, importCustomers, launch, respond, settled, twoWaves } from '../support/campaigns.js';
import { Stack, until } from '../support/stack.js';

const COUNT = 2_000;

describe('2,000 payouts, 5 % of replies lost after paying', () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await Stack.start({ epoch: '2026-03-03T10:00:00+09:00' });
    stack.simulator.provider.setFaults({ cutAfter: 0.03, hangAfterActing: 0.02, hangMs: 1_000 });
  });
  afterAll(() => stack.stop());

  it('pays each once', async () => {
    await defineBasics(stack);
    await importCustomers(stack, customers(COUNT));
    const run = await launch(stack, twoWaves({ span: 'PT2H' }));
    await until('the first wave is out', async () => (await stack.simulator.gateway.readBook()).length === COUNT);
    await respond(
      stack,
      customers(COUNT).map((c) => c.id),
    );
    await settled(stack, run, 180_000);

    const payments = (await stack.simulator.provider.readBook()).filter((line) => line.type === 'payment');
    expect(payments).toHaveLength(COUNT);
    expect(new Set(payments.map((line) => line.key)).size).toBe(COUNT);
    const unsure = await stack.one<{ n: string }>(
      `select count(distinct payout_key) as n from payout_moves where to_state = 'ambiguous'`,
    );
    expect(Number(unsure.n)).toBeGreaterThan(COUNT * 0.02); // the fault did happen
    const paid = await stack.one<{ n: string }>(`select count(*) as n from payouts where state = 'paid'`);
    expect(Number(paid.n)).toBe(COUNT);
    await stack.auditClean();
  }, 300_000);
});
