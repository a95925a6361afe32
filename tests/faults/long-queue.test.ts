/**
 * Law 8 under a backlog: what is ambiguous is asked about while the queue of its gateway is still long, not after it.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { customers, defineBasics, importCustomers, launch, settled, twoWaves } from '../support/campaigns.js';
import { Stack, until } from '../support/stack.js';

const COUNT = 1_800;

describe('a long queue', () => {
  let stack: Stack;
  beforeAll(async () => {
    // three minutes' worth of messages
    const simulator = { gateways: [{ batchSize: 10, maxTps: 10 }], providers: [{}] };
    stack = await Stack.start({ epoch: '2026-03-03T10:00:00+09:00', sweepSeconds: 4, simulator });
    await defineBasics(stack);
    await importCustomers(stack, customers(COUNT));
  });
  afterAll(() => stack?.stop());

  it('does not starve what is ambiguous', async () => {
    const inState = async (state: string) =>
      Number((await stack.one<{ n: string }>('select count(*) as n from outbox where state = $1', [state])).n);
    stack.simulator.gateway.setFaults({ cutAfter: 1 });
    const run = await launch(stack, twoWaves({ span: 'PT2H' }));
    await until('some are ambiguous', async () => (await inState('ambiguous')) > 0);
    stack.simulator.heal();
    await until('none is ambiguous', async () => (await inState('ambiguous')) === 0);
    expect(await inState('queued')).toBeGreaterThan(0);
    await stack.ok('POST', `/v1/runs/${run}/stop`, { reason: 'enough' });
    await settled(stack, run);
    await stack.auditClean();
  });
});
