/**
 * Redis is fast, never true: killed, emptied, and restored from an old copy in the middle of a run that it throttles and whose nudges it
 * debounces, it loses nothing and breaks no law.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { customers } from '../support/campaigns.js';
import { Draws } from '../support/draws.js';
import { OwnServices } from '../support/own-services.js';
import { seeded } from '../support/seeded.js';
import { Stack } from '../support/stack.js';
import { PersistentClients, UNDER_FIRE, dueMoves, endsWell, launchWaves, momentOfWork } from '../support/under-fire.js';

const COUNT = 2_000;

describe('a Redis that loses what it held', () => {
  let services: OwnServices;
  let stack: Stack;
  beforeAll(async () => {
    services = await OwnServices.start();
    stack = await Stack.start({ ...UNDER_FIRE, services });
  });
  afterAll(async () => {
    try {
      await stack?.stop();
    } finally {
      await services?.close();
    }
  });

  async function withRedis<T>(work: (redis: Redis) => Promise<T>): Promise<T> {
    const redis = new Redis(services.redisUrl);
    try {
      return await work(redis);
    } finally {
      redis.disconnect();
    }
  }
  /** Commands that the engine has sent since its start: it was in use. */
  const commands = () =>
    withRedis(async (redis) => {
      const stats = await redis.info('commandstats');
      return [...stats.matchAll(/^cmdstat_(?:set|eval|evalsha|incrby|multi):calls=(\d+)/gm)].reduce(
        (sum, [, calls]) => sum + Number(calls),
        0,
      );
    });

  it('costs nothing but time', async () => {
    const draws = new Draws(seeded('the moments of the faults'));
    const run = await launchWaves(stack, COUNT, 'PT40S');
    const clients = new PersistentClients(
      stack,
      customers(COUNT / 2).map(({ id }) => id),
    );
    const interrupt = async (what: string) => {
      const interrupted = await momentOfWork(stack, draws, ['queued', 'open']);
      const used = await commands();
      console.log(`${what} after ${used} commands: interrupted ${JSON.stringify(interrupted)}`);
      expect(used).toBeGreaterThan(0);
    };

    await interrupt('copied');
    await services.copyRedis();
    await interrupt('emptied');
    await withRedis((redis) => redis.flushall());
    for (const what of ['killed and restored from an old copy', 'killed and restored again'] as const) {
      await sleep(2_000);
      await interrupt(what);
      await services.end('redis', 'kill');
      await sleep(draws.below(4_000));
      services.restoreRedis();
      await services.begin('redis');
    }
    await dueMoves(stack);
    await clients.stop();
    await clients.lostNothing();
    await endsWell(stack, run);
  }, 600_000);
});
