/**
 * A bad network before Postgres, Redis and Temporal, each in turn: slow, cut, and half-open (connections stay and nothing passes). It costs
 * time while it lasts; what is due moves within a minute of its end, though every connection that was half-open stays dead.
 */
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { customers, launch, twoWaves } from '../support/campaigns.js';
import { Draws } from '../support/draws.js';
import { OwnServices } from '../support/own-services.js';
import { seeded } from '../support/seeded.js';
import { Stack, until } from '../support/stack.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import {
  LAW_8_MS,
  PersistentClients,
  UNDER_FIRE,
  type InHand,
  defineUnderFire,
  dueMoves,
  endsWell,
  momentOfWork,
} from '../support/under-fire.js';

const COUNT = 1_500;
/** How long nothing passes: past the time-outs of Redis, within those of Postgres, past the keepalive of Temporal's clients. */
const HALF_OPEN_MS = { redis: 8_000, postgres: 15_000, temporal: 45_000 };
/** What a fault has to interrupt: Redis has a part in hand-overs, the others in everything. */
const IN_HAND: Record<keyof typeof HALF_OPEN_MS, (keyof InHand)[]> = {
  redis: ['queued', 'open'],
  postgres: ['due', 'queued', 'open'],
  temporal: ['due', 'queued', 'open'],
};

describe('a bad network before', () => {
  let services: OwnServices;
  let stack: Stack;
  let proxies: Record<keyof typeof HALF_OPEN_MS, TcpProxy>;
  beforeAll(async () => {
    services = await OwnServices.start();
    proxies = { redis: await TcpProxy.start(), postgres: await TcpProxy.start(), temporal: await TcpProxy.start() };
    stack = await Stack.start({ ...UNDER_FIRE, services, through: proxies });
    await defineUnderFire(stack, COUNT);
  });
  afterEach(async () => {
    await Promise.all(Object.values(proxies).map((proxy) => proxy.heal()));
  });
  afterAll(async () => {
    try {
      await stack?.stop();
    } finally {
      await Promise.all(Object.values(proxies ?? {}).map((proxy) => proxy.close()));
      await services?.close();
    }
  });

  it.each(['redis', 'postgres', 'temporal'] as const)(
    '%s costs time and nothing else',
    async (service) => {
      const draws = new Draws(seeded('the moments of the faults'));
      const proxy = proxies[service];
      const run = await launch(stack, twoWaves({ key: `through-${service}`, span: 'PT30S' }));
      const clients = new PersistentClients(
        stack,
        customers(COUNT / 2).map(({ id }) => id),
        service,
      );
      const during = async (what: string, fault: () => number) => {
        const interrupted = await momentOfWork(stack, draws, IN_HAND[service]);
        // after a fault they may be on their way back still
        await until('somebody is connected', async () => proxy.open > 0, 120_000, 1);
        const connections = fault();
        console.log(`${service} ${what}: ${connections} connections, interrupted ${JSON.stringify(interrupted)}`);
        expect(connections).toBeGreaterThan(0);
      };

      await during('slow', () => proxy.delay(50));
      await sleep(3_000);
      proxy.delay(0);
      for (let n = 0; n < 3; n += 1) {
        await during('cut', () => proxy.cut());
        await sleep(500 + draws.below(1_500));
      }
      await during('half-open', () => proxy.halfOpen());
      await sleep(HALF_OPEN_MS[service]);
      await proxy.heal();
      await dueMoves(stack);
      await clients.stop();
      await clients.lostNothing();
      await endsWell(stack, run);
    },
    600_000,
  );

  it('postgres does not keep a freeze whose answer was lost', async () => {
    const held = await stack.pool.connect();
    await held.query('begin');
    await held.query('lock table participants in share mode');
    const run = await launch(stack, twoWaves({ key: 'frozen-in-vain', span: 'PT5S' }));
    const freezing = `select from pg_stat_activity where datname = current_database() and application_name = 'pado-worker'
                      and query like '%insert into participants%' and wait_event_type = 'Lock'`;
    await until('the freeze waits for the lock', async () => (await stack.pool.query(freezing)).rowCount === 1);
    proxies.postgres.halfOpen();
    await held.query('rollback');
    held.release();
    await proxies.postgres.heal();
    await until(
      'the run is open',
      async () =>
        (await stack.one<{ state: string }>('select state from runs where id = $1', [run])).state !== 'opening',
      LAW_8_MS,
    );
    await stack.ok('POST', `/v1/runs/${run}/stop`, { reason: 'enough' });
    await until(
      'the run is closed',
      async () =>
        (await stack.one<{ state: string }>('select state from runs where id = $1', [run])).state === 'closed',
      120_000,
    );
    await stack.auditClean();
  }, 400_000);
});
