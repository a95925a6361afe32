/**
 * The torture run: so many payouts over three providers while everything misbehaves; how much of it came to which end, and that all laws hold.
 */
import { afterEach, beforeEach, describe } from '@jest/globals';
import { bench, type Measured } from '../support/bench.js';
import { Draws } from '../support/draws.js';
import { OwnServices } from '../support/own-services.js';
import { seeded } from '../support/seeded.js';
import type { Stack } from '../support/stack.js';
import { startTorture, torture } from '../support/torture.js';

describe('payouts while everything misbehaves', () => {
  let services: OwnServices;
  let stack: Stack | undefined;
  beforeEach(async () => {
    services = await OwnServices.start();
  });
  afterEach(async () => {
    try {
      await stack?.stop();
    } finally {
      await services?.close();
    }
  });

  bench('torture', { tiny: 300, usual: 50_000 }, async (count): Promise<Measured> => {
    stack = await startTorture(services);
    const draws = new Draws(seeded('the moments of the faults'));
    const { payouts, paid, rejected, waiting, kills, settledMs, auditMs } = await torture(stack, services, {
      count,
      draws,
    });
    return {
      figures: { payouts, paid, rejected, waiting, kills, settledMs, auditMs },
      ratios: { paidToAll: paid / payouts },
    };
  });
});
