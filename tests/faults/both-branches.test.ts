/**
 * Responses that land within a second of the wait's time-out while the gateway is slow: nobody goes down both branches. One that was stamped before the
 * time-out and recorded after the wait had closed is late: it changes no path, and earns what a late one earns.
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
  });
  afterAll(() => stack.stop());

  it('sends each customer down one branch', async () => {
    const seed = seeded('the moments of the responses') % 100_000;
    await defineBasics(stack);
    await importCustomers(stack, customers(COUNT));
    // long enough to be seen waiting on a machine that is busy with other things
    const run = await launch(stack, twoWaves({ span: 'PT30S' }));
    const waiting = await until('everybody waits', async () => {
      const { rows } = await stack.pool.query<{ id: string; due: Date }>(
        `select customer_id as id, due_at as due from participants where run_id = $1 and node = 'wait-1' order by 1`,
        [run],
      );
      return rows.length === COUNT ? rows : null;
    });
    const atOnce = performance.now() - (await stack.businessNow());
    // 600 single events spread over the second before and the second after each one's own deadline, in seeded order
    const offset = (n: number) => ((((n + seed) * 2_654_435_761) >>> 0) / 2 ** 32) * 2_000 - 1_000;
    await Promise.all(
      waiting.map(async ({ id: userId, due }, n) => {
        const at = due.getTime() + atOnce + offset(n);
        await new Promise((resolve) => setTimeout(resolve, Math.max(0, at - performance.now())));
        await stack.ok(
          'POST',
          '/v1/track',
          { messageId: `edge-${userId}`, userId, event: 'purchase' },
          { as: 'source' },
        );
      }),
    );
    await settled(stack, run, 240_000);

    const { both, rewarded, resent } = await stack.one<Record<'both' | 'rewarded' | 'resent', number>>(
      `select count(*) filter (where p.customer_id is not null and o.customer_id is not null)::int as both,
              count(p.customer_id)::int as rewarded, count(o.customer_id)::int as resent
       from (select customer_id from payouts where run_id = $1 and node = 'reward-1' and not evidence ? 'lateEvent') p
       full join (select customer_id from outbox where run_id = $1 and node = 'send-2') o using (customer_id)`,
      [run],
    );
    expect(both).toBe(0);
    expect(rewarded + resent).toBe(COUNT);
    expect(rewarded).toBeGreaterThan(0); // else the deadline was missed and nothing was tested
    expect(resent).toBeGreaterThan(0);
    const { rows: earnedLate } = await stack.pool.query(
      `select customer_id as id from payouts where run_id = $1 and node = 'reward-1' and evidence ? 'lateEvent' order by 1`,
      [run],
    );
    const { rows: late } = await stack.pool.query(
      `select r.customer_id as id from responses r
       where r.run_id = $1 and r.node = 'wait-1' and r.late and exists (
         select from outbox o where o.run_id = $1 and o.node = 'send-2' and o.customer_id = r.customer_id) order by 1`,
      [run],
    );
    console.log(`${rewarded} in time, ${late.length} late, ${resent - late.length} on the second wave`);
    expect(earnedLate).toEqual(late);
    await stack.auditClean();
  }, 480_000);
});
