/**
 * Temporal's whole store is lost with people waiting, messages queued and payouts open, one of them of unknown outcome: `pado recover`, killed on its
 * way and begun again, starts all of it from Postgres; every run goes on to its end, and nothing is sent or paid twice.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { customers, defineBasics, importCustomers, launch, respond, settled, twoWaves } from '../support/campaigns.js';
import { OwnServices } from '../support/own-services.js';
import { recover, recoverAndDie } from '../support/recover.js';
import { Stack, until } from '../support/stack.js';

const COUNT = 300;
const IDS = customers(COUNT).map(({ id }) => id);
const LATER = { tooMany429: 1, retryAfterSeconds: 600 };

describe('a Temporal whose store is lost', () => {
  let services: OwnServices;
  let stack: Stack;
  beforeAll(async () => {
    services = await OwnServices.start();
    stack = await Stack.start({ services, epoch: '2026-03-03T10:00:00+09:00', sweepSeconds: 5 });
    await defineBasics(stack);
    await importCustomers(stack, customers(COUNT));
  });
  afterAll(async () => {
    try {
      await stack?.stop();
    } finally {
      await services?.close();
    }
  });

  const count = async (sql: string) => (await stack.one<{ n: number }>(`select count(*)::int as n from ${sql}`)).n;

  it('is given back everything, and all goes on', async () => {
    const first = await launch(stack, twoWaves({ key: 'waiting', span: 'PT60S' }));
    await until('everybody has heard', async () => (await count(`outbox where state = 'accepted'`)) === COUNT);
    stack.simulator.provider.setFaults({ cutAfter: 1, lookupUnavailable: 1, retryAfterSeconds: 600 });
    await respond(stack, IDS.slice(0, 1));
    await until('one is of unknown outcome', async () => (await count(`payouts where state = 'ambiguous'`)) === 1);
    stack.simulator.provider.setFaults({ ...LATER, cutAfter: 0 });
    stack.simulator.gateway.setFaults(LATER);
    await respond(stack, IDS.slice(1, 100));
    const second = await launch(stack, twoWaves({ key: 'queued', span: 'PT5S' }));
    // tried and put off, not just about to be: who dies with one in hand leaves it in doubt
    await until('payouts are put off and messages queued', async () => {
      return (
        (await count(`payouts where state = 'intended' and attempts > 0`)) === 99 &&
        (await count(`outbox where state = 'queued'`)) >= COUNT
      );
    });
    expect(await count(`participants where run_id = '${first}' and state = 'active'`)).toBeGreaterThan(0);

    await stack.worker.kill('SIGKILL');
    await services.end('temporal', 'kill');
    await services.loseTemporal();
    await services.begin('temporal');
    stack.simulator.heal();
    await stack.pool.query('update queues set blocked_until = null');

    const { answer: seen } = await recover(stack, '--dry-run');
    expect(seen.started).toBeNull();
    await recoverAndDie(stack, 'Lost'); // while it starts
    const { answer, told } = await recover(stack);
    console.log(told);
    expect(answer.waiting).toMatchObject({ payouts: 99, held: 0 });
    const { answer: again } = await recover(stack);
    expect(again).toMatchObject({
      namespace: 'there',
      started: { delivery: 0, payout: 0, lane: 0, run: 0, start: 0, sweep: 0 },
    });

    await stack.worker.start();
    for (const run of [first, second]) await settled(stack, run, 240_000);
    const sent = (await stack.simulator.gateway.readBook()).filter(({ type }) => type === 'message');
    expect(new Set(sent.map(({ id }) => id)).size).toBe(sent.length);
    const paid = (await stack.simulator.provider.readBook()).filter(({ type }) => type === 'payment');
    expect(new Set(paid.map(({ key }) => key)).size).toBe(paid.length);
    expect(await count(`payouts where state = 'paid'`)).toBe(100);
    await stack.auditClean();
  }, 600_000);
});
