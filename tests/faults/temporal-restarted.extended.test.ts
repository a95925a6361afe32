/**
 * Temporal ends and comes back in the middle of a run, in order and by SIGKILL: timers, signals and activities that were under way are
 * made up for, and what the API has promised meanwhile happens.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { customers, launch, settled, twoWaves } from '../support/campaigns.js';
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
  ['kill', 'due'],
  ['stop', 'open'],
  ['kill', 'open'],
  ['kill', 'due'],
];

describe('a Temporal that is stopped and started', () => {
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

  it('loses nothing and repeats nothing', async () => {
    const draws = new Draws(seeded('the moments of the faults'));
    const run = await launchWaves(stack, COUNT, 'PT40S');
    const clients = new PersistentClients(
      stack,
      customers(COUNT / 2).map(({ id }) => id),
    );
    let other = '';
    for (const [n, [how, kind]] of ENDS.entries()) {
      const interrupted = await momentOfWork(stack, draws, [kind]);
      await services.end('temporal', how);
      console.log(`${how} while ${kind}: interrupted ${JSON.stringify(interrupted)}`);
      // launched while nobody can be told: committed all the same
      if (n === 1) other = await launch(stack, twoWaves({ key: 'launched-without', span: 'PT5S' }));
      await sleep(draws.below(5_000));
      await services.begin('temporal');
    }
    await dueMoves(stack);
    await clients.stop();
    await clients.lostNothing();
    await settled(stack, other, 240_000);
    const joined = await stack.one<{ n: string }>('select count(*) as n from participants where run_id = $1', [other]);
    expect(Number(joined.n)).toBe(COUNT);
    await endsWell(stack, run);
  }, 600_000);
});
