/**
 * A nudge that never arrives: the sweep finds what is due and unclaimed.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { customers, defineBasics, importCustomers, launch, settled, twoWaves } from '../support/campaigns.js';
import { Stack, until } from '../support/stack.js';
import { connectClient } from '../../src/temporal/connect.js';

describe('a lost nudge', () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await Stack.start({ epoch: '2026-03-03T10:00:00+09:00', sweepSeconds: 2 });
  }, 120_000);
  afterAll(() => stack.stop(), 60_000);

  it('of a response and of a vanished lane costs no more than a sweep', async () => {
    await defineBasics(stack);
    await importCustomers(stack, customers(20));
    const run = await launch(stack, twoWaves({ span: 'PT1H' }));
    await until('everybody waits', async () => {
      const { n } = await stack.one<{ n: string }>(`select count(*) as n from participants where run_id = $1 and node = 'wait-1'`, [run]);
      return Number(n) === 20;
    });
    // The responses are written as ingestion writes them, and nobody nudges; the lane's workflow is gone as well.
    const client = await connectClient({ address: process.env['TEMPORAL_ADDRESS'] as string, namespace: stack.namespace });
    await client.workflow.getHandle(`run/${run}/lane/0`).terminate('test: the lane is gone');
    await client.connection.close();
    await stack.pool.query(`update participants set due_at = $2 where run_id = $1`, [run, new Date(await stack.businessNow())]);
    const moved = await until('the sweep has brought the lane back', async () => {
      const { n } = await stack.one<{ n: string }>(`select max(step)::text as n from lanes where run_id = $1`, [run]);
      return Number(n) > 2 && Number(n);
    });
    expect(moved).toBeGreaterThan(2);
    await stack.ok('POST', `/v1/runs/${run}/stop`, { reason: 'test ends' }, { as: 'operator' });
    await stack.pool.query(`update participants set due_at = $2 where run_id = $1 and state = 'active'`, [run, new Date(await stack.businessNow())]);
    await settled(stack, run, 60_000);
    await stack.auditClean();
  }, 180_000);
});
