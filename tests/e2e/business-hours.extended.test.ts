/**
 * A provider that opens some time after its payouts were earned: they wait, its queues sleep, the audit is clean, and all of them leave after the
 * opening, once. Needs nothing but minutes.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { customers, defineBasics, importCustomers, launch, respond, settled, twoWaves } from '../support/campaigns.js';
import { Stack, until } from '../support/stack.js';

const COUNT = 40;
const EPOCH = '2026-03-03T09:57:00+09:00';
const OPENING = '2026-03-03T10:00:00+09:00';

describe('a provider with business hours', () => {
  let stack: Stack;
  beforeAll(async () => {
    const hours = { from: '10:00', to: '18:00', days: ['mon', 'tue', 'wed', 'thu', 'fri'] };
    stack = await Stack.start({ epoch: EPOCH, providerTerms: { hours }, sweepSeconds: 4 });
  });
  afterAll(() => stack?.stop());

  const steps = async () =>
    (await stack.pool.query(`select shard, step from queues where kind = 'payout' and name = 'sim-pay' order by 1`))
      .rows;

  it('gets its payouts when it opens', async () => {
    await defineBasics(stack);
    await importCustomers(stack, customers(COUNT));
    const run = await launch(stack, twoWaves({ span: 'PT2H' }));
    await until('the first wave is out', async () => (await stack.simulator.gateway.readBook()).length === COUNT);
    await respond(
      stack,
      customers(COUNT).map(({ id }) => id),
    );
    await until('all have earned', async () => {
      const { n } = await stack.one<{ n: string }>(`select count(*) as n from payouts where state = 'intended'`);
      return Number(n) === COUNT;
    });
    await new Promise((resolve) => setTimeout(resolve, 5_000));
    expect(await stack.businessNow()).toBeLessThan(Date.parse(OPENING));
    expect(await stack.one('select count(*)::int as n from payout_attempts')).toEqual({ n: 0 });
    expect(await steps()).toEqual([]); // no claim has been tried, however often the sweep came
    await stack.auditClean();

    await settled(stack, run, 270_000);
    const sent = await stack.one('select count(*)::int as n, min(now) >= $1 as open from payout_attempts', [OPENING]);
    expect(sent).toEqual({ n: COUNT, open: true });
    const payments = (await stack.simulator.provider.readBook()).filter((line) => line.type === 'payment');
    expect(new Set(payments.map((line) => line.key)).size).toBe(COUNT);
    const { rows: kept } = await stack.pool.query(
      'select provider, zone, from_minute, to_minute, days from provider_hours',
    );
    expect(kept).toEqual([
      { provider: 'sim-pay', zone: 'Asia/Seoul', from_minute: 600, to_minute: 1_080, days: [1, 2, 3, 4, 5] },
    ]);
    await stack.auditClean();
  }, 600_000);
});
