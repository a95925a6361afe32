/**
 * A gateway that can neither be asked nor be sent to again loses its replies: what is in doubt is settled by its receipts, which come over HTTP, before and
 * after the doubt. Everybody has one message, and the audit is clean.
 */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { customers, defineBasics, importCustomers, launch, oneSend, settled } from '../support/campaigns.js';
import { Stack } from '../support/stack.js';

const COUNT = 200;

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start({
    epoch: '2026-03-03T10:00:00+09:00',
    sweepSeconds: 4,
    simulator: {
      gateways: [
        { name: 'sim-gate', idempotent: false, lookup: false, batchSize: 10, receipts: { delivered: 0.5, bounced: 1 } },
      ],
    },
  });
  stack.simulator.gateway.setFaults({ cutAfter: 0.5, callbackEarly: 0.3 });
});
afterAll(() => stack?.stop());

it('ends with what its receipts tell, and nothing in doubt', async () => {
  await defineBasics(stack);
  await importCustomers(stack, customers(COUNT));
  const run = await launch(stack, oneSend({ key: 'receipted' }));
  await settled(stack, run, 120_000);
  const { rows } = await stack.pool.query<{ state: string; proven: boolean; n: number }>(
    `select state, decided_by_receipt as proven, count(*)::int as n from outbox where run_id = $1 group by 1, 2 order by 2`,
    [run],
  );
  expect(rows.map(({ state, proven }) => [state, proven])).toEqual([
    ['accepted', false],
    ['accepted', true],
  ]);
  expect(rows.reduce((sum, { n }) => sum + n, 0)).toBe(COUNT);
  const sent = (await stack.simulator.gateway.readBook()).filter((line) => line.type === 'message');
  expect([sent.length, new Set(sent.map(({ id }) => id)).size]).toEqual([COUNT, COUNT]);
  await stack.auditClean();
});
