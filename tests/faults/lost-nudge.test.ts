/**
 * A nudge that never arrives, and a lane whose workflow is gone: the sweep finds what is due and unclaimed.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createPool } from '../../src/storage/pool.js';
import { connectClient } from '../../src/temporal/connect.js';
import { customers, defineBasics, importCustomers, launch, settled, twoWaves } from '../support/campaigns.js';
import { ingestionOver } from '../support/seed.js';
import { Stack, until } from '../support/stack.js';

const COUNT = 20;

describe('a lost nudge', () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await Stack.start({ epoch: '2026-03-03T10:00:00+09:00', sweepSeconds: 4 });
  });
  afterAll(() => stack?.stop());

  it('of a response, with the lane gone as well, costs no more than a sweep', async () => {
    await defineBasics(stack);
    await importCustomers(stack, customers(COUNT));
    const run = await launch(stack, twoWaves({ span: 'PT1H' }));
    await until('everybody waits', async () => {
      const { n } = await stack.one<{ n: string }>(
        `select count(*) as n from participants where run_id = $1 and node = 'wait-1'`,
        [run],
      );
      return Number(n) === COUNT;
    });
    const client = await connectClient({
      address: process.env['TEMPORAL_ADDRESS'] as string,
      namespace: stack.namespace,
    });
    // Temporal's own UI and CLI find the lane that the run has started
    await until('the lane is found by its run', async () => {
      const query = `PadoRun = '${run}' and PadoStage = 'lane' and PadoLane = '0' and ExecutionStatus = 'Running'`;
      return (await client.workflow.count(query)).count === 1;
    });
    await client.workflow.getHandle(`run/${run}/lane/0`).terminate('test: the lane is gone');
    await client.connection.close();

    // ingestion's own transaction, and then nobody nudges
    const pool = createPool(stack.appUrl, { max: 1 });
    const now = await stack.businessNow();
    const { lanes } = await ingestionOver(pool).append(
      customers(COUNT).map(({ id }) => ({
        messageId: `lost-${id}`,
        customerId: id,
        name: 'purchase',
        occurredAt: now,
        receivedAt: now,
        properties: {},
      })),
    );
    await pool.end();
    expect(lanes).toEqual([{ runId: run, lane: 0 }]);

    await settled(stack, run, 60_000);
    const { paid } = await stack.one<{ paid: string }>(`select count(*) as paid from payouts where state = 'paid'`);
    expect(Number(paid)).toBe(COUNT);
    await stack.auditClean();
  });
});
