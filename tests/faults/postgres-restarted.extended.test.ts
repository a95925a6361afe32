/**
 * Postgres ends and comes back again and again in the middle of a run, in order, at once and by SIGKILL: what was acknowledged is there, every
 * transaction is whole or has not happened, and what is due moves again.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { customers } from '../support/campaigns.js';
import { Draws } from '../support/draws.js';
import { OwnServices, type End } from '../support/own-services.js';
import { seeded } from '../support/seeded.js';
import { Stack } from '../support/stack.js';
import {
  PersistentClients,
  UNDER_FIRE,
  type InHand,
  dueMoves,
  endsWell,
  launchWaves,
  momentOfWork,
} from '../support/under-fire.js';

const COUNT = 2_000;
const ENDS: [End, keyof InHand][] = [
  ['stop', 'due'],
  ['quit', 'open'],
  ['kill', 'busy'],
  ['stop', 'due'],
  ['quit', 'open'],
  ['kill', 'busy'],
];

describe('a Postgres that is stopped and started', () => {
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

  it('loses nothing that it acknowledged, and nothing happens twice', async () => {
    const draws = new Draws(seeded('the moments of the faults'));
    const run = await launchWaves(stack, COUNT, 'PT40S');
    const buyers = customers(COUNT / 2).map(({ id }) => id);
    const clients = new PersistentClients(stack, buyers);
    for (const [how, kind] of ENDS) {
      const interrupted = await momentOfWork(stack, draws, [kind]);
      await services.end('postgres', how);
      console.log(`${how} while ${kind}: interrupted ${JSON.stringify(interrupted)}`);
      await sleep(draws.below(3_000));
      await services.begin('postgres');
    }
    await dueMoves(stack);
    await clients.stop();
    expect(clients.failures).toBeGreaterThan(0);
    await endsWell(stack, run);
    await clients.lostNothing();
  }, 600_000);
});
