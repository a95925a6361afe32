/**
 * A provider that does not answer for a while, two workers, and a Redis that is emptied meanwhile: it is left alone after so many submissions, the audit
 * finds nothing wrong with that, and when it answers again everybody is paid once.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { customers, defineBasics, importCustomers, launch, respond, settled, twoWaves } from '../support/campaigns.js';
import { ownRedis } from '../support/own-redis.js';
import { Stack, until } from '../support/stack.js';

const COUNT = 600;
/** What may be under way when the last of ten in a row fails: of two claims in each of two shards, 16 calls each. */
const IN_FLIGHT = 64;

describe('a provider that is down for a while', () => {
  let stack: Stack;
  let redis: Redis;
  beforeAll(async () => {
    redis = new Redis(ownRedis('provider-down'));
    stack = await Stack.start({ epoch: '2026-03-03T10:00:00+09:00', workers: 2, redisUrl: ownRedis('provider-down') });
    await defineBasics(stack);
    await importCustomers(stack, customers(COUNT));
  });
  afterAll(async () => {
    redis?.disconnect();
    await stack?.stop();
  });

  const breaker = () =>
    stack.one<{ open: boolean; failures: number }>(
      'select opened_at is not null as open, failures from provider_breakers',
    );
  /** At one moment: how often it was tried, and how often in a row without an answer. */
  const tried = () =>
    stack.one<{ submissions: number; failures: number }>(
      `select failures, (select count(*)::int from payout_attempts where outcome <> 'not_acted') as submissions
       from provider_breakers`,
    );
  const gauge = async () => {
    const { body } = await stack.request('GET', '/metrics');
    return /^pado_provider_breaker_open\{provider="sim-pay"\} (\d)$/m.exec(String(body))?.[1];
  };

  it('is left alone, tried by one payout after the other, and pays everybody once', async () => {
    const run = await launch(stack, twoWaves({ span: 'PT2H' }));
    await until('the first wave is out', async () => (await stack.simulator.gateway.readBook()).length === COUNT);
    stack.simulator.provider.setFaults({ error5xxBefore: 1 });
    await respond(
      stack,
      customers(COUNT).map(({ id }) => id),
    );
    await until('it is left alone', async () => (await breaker())?.open);
    expect(await gauge()).toBe('1');
    await until('nothing is under way', async () => {
      const { n } = await stack.one<{ n: string }>('select count(*) as n from payout_attempts where closed_at is null');
      return n === '0';
    });
    const first = await tried();
    expect(first.submissions).toBeLessThan(10 + IN_FLIGHT);
    await redis.flushdb();
    const again = await until('one payout has tried it, and was not answered', async () => {
      const now = await tried();
      return now.failures > first.failures && now;
    });
    expect(again).toEqual({ submissions: first.submissions + 1, failures: first.failures + 1 });
    await stack.auditClean();

    stack.simulator.provider.heal();
    await settled(stack, run, 120_000);
    expect(await breaker()).toEqual({ open: false, failures: 0 });
    expect(await gauge()).toBe('0');
    const payments = (await stack.simulator.provider.readBook()).filter((line) => line.type === 'payment');
    expect(payments).toHaveLength(COUNT);
    expect(new Set(payments.map((line) => line.key)).size).toBe(COUNT);
    const paid = await stack.one<{ n: string }>(`select count(*) as n from payouts where state = 'paid'`);
    expect(Number(paid.n)).toBe(COUNT);
    await stack.auditClean();
  });
});
