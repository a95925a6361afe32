/**
 * Responses that land within a second of the wait's time-out while the gateway is slow: nobody gets both branches.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { customers, defineBasics, importCustomers, launch, settled, twoWaves } from '../support/campaigns.js';
import { seeded } from '../support/seeded.js';
import { Stack, until } from '../support/stack.js';

const COUNT = 600;

describe('600 responses around the deadline, gateway slow by 400 ms', () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await Stack.start({ epoch: '2026-03-03T10:00:00+09:00' });
    stack.simulator.gateway.setLatency(400);
  }, 120_000);
  afterAll(() => stack.stop(), 60_000);

  it('sends each customer down one branch', async () => {
    const seed = seeded('the moments of the responses') % 100_000;
    await defineBasics(stack);
    await importCustomers(stack, customers(COUNT));
    const run = await launch(stack, twoWaves({ span: 'PT6S' }));
    const due = await until('everybody waits', async () => {
      const row = await stack.one<{ n: string; due: Date }>(
        `select count(*) as n, max(due_at) as due from participants where run_id = $1 and node = 'wait-1'`,
        [run],
      );
      return Number(row.n) === COUNT ? row.due.getTime() : null;
    });
    const deadline = due - (await stack.businessNow()) + performance.now();
    const ids = customers(COUNT).map((c) => c.id);
    // 600 single events spread over the second before and the second after the deadline, in seeded order
    const offset = (n: number) => ((((n + seed) * 2_654_435_761) >>> 0) / 2 ** 32) * 2_000 - 1_000;
    await Promise.all(
      ids.map(async (userId, n) => {
        await new Promise((resolve) => setTimeout(resolve, Math.max(0, deadline + offset(n) - performance.now())));
        await stack.ok(
          'POST',
          '/v1/track',
          { messageId: `edge-${userId}`, userId, event: 'purchase' },
          { as: 'source' },
        );
      }),
    );
    await settled(stack, run);

    const both = await stack.one<{ n: string; rewarded: string; resent: string }>(
      `select count(*) filter (where p.customer_id is not null and o.customer_id is not null) as n,
              count(p.customer_id) as rewarded, count(o.customer_id) as resent
       from (select customer_id from payouts where run_id = $1 and node = 'reward-1') p
       full join (select customer_id from outbox where run_id = $1 and node = 'send-2') o using (customer_id)`,
      [run],
    );
    expect(Number(both.n)).toBe(0);
    expect(Number(both.rewarded) + Number(both.resent)).toBe(COUNT);
    expect(Number(both.rewarded)).toBeGreaterThan(0); // else the deadline was missed and nothing was tested
    expect(Number(both.resent)).toBeGreaterThan(0);
    await stack.auditClean();
  }, 240_000);
});
