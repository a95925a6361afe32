/**
 * A bad network before the gateway and before the provider: slow, cut, refused and half-open. What may have been acted on is ambiguous until
 * it is asked about, nothing is handed over twice, and what is due moves within a minute of its end. Needs nothing but minutes.
 */
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { customers, launch, twoWaves } from '../support/campaigns.js';
import { Draws } from '../support/draws.js';
import { seeded } from '../support/seeded.js';
import { Stack, until } from '../support/stack.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import {
  PersistentClients,
  UNDER_FIRE,
  defineUnderFire,
  dueMoves,
  endsWell,
  momentOfWork,
} from '../support/under-fire.js';

const COUNT = 1_500;

describe('a bad network before the', () => {
  let stack: Stack;
  let proxies: Record<'gateway' | 'provider', TcpProxy>;
  beforeAll(async () => {
    proxies = { gateway: await TcpProxy.start(), provider: await TcpProxy.start() };
    stack = await Stack.start({ ...UNDER_FIRE, through: proxies });
    await defineUnderFire(stack, COUNT);
    // long enough that a fault meets calls that are under way
    stack.simulator.gateway.setLatency([200, 600]);
    stack.simulator.provider.setLatency([100, 300]);
  });
  afterEach(async () => {
    await Promise.all(Object.values(proxies).map((proxy) => proxy.heal()));
  });
  afterAll(async () => {
    try {
      await stack?.stop();
    } finally {
      await Promise.all(Object.values(proxies ?? {}).map((proxy) => proxy.close()));
    }
  });

  it.each([
    ['gateway', 'open'],
    ['provider', 'paying'],
  ] as const)(
    '%s costs time and nothing else',
    async (edge, kind) => {
      const draws = new Draws(seeded('the moments of the faults'));
      const proxy = proxies[edge];
      const run = await launch(stack, twoWaves({ key: `through-${edge}`, span: 'PT30S' }));
      const clients = new PersistentClients(
        stack,
        customers(COUNT / 2).map(({ id }) => id),
        edge,
      );
      const during = async (what: string, fault: () => number | Promise<number>) => {
        const interrupted = await momentOfWork(stack, draws, [kind]);
        await until('a call is under way', async () => proxy.open > 0, 120_000, 1);
        const connections = await fault();
        console.log(`${edge} ${what}: ${connections} connections, interrupted ${JSON.stringify(interrupted)}`);
        expect(connections).toBeGreaterThan(0);
      };

      await during('slow', () => proxy.delay(200));
      await sleep(2_000);
      proxy.delay(0);
      for (let n = 0; n < 3; n += 1) {
        await during('cut', () => proxy.cut());
        await sleep(300 + draws.below(1_000));
      }
      await during('refusing', () => proxy.refuse());
      await sleep(2_000);
      await proxy.heal();
      await during('half-open', () => proxy.halfOpen());
      await sleep(12_000);
      await proxy.heal();
      await dueMoves(stack);
      await clients.stop();
      await clients.lostNothing();
      await endsWell(stack, run);
    },
    600_000,
  );
});
