/**
 * Whether a customer of a large run costs what one of a small run costs: the same run at three sizes, each ten times the one before (in the suite
 * twice), one after the other on one installation.
 */
import { afterEach } from '@jest/globals';
import { bench, IS_TINY, type Measured } from '../support/bench.js';
import { meteredWave, type MeteredWave } from '../support/metered-wave.js';
import type { Stack } from '../support/stack.js';
import { needs } from '../support/tiers.js';
import { customersPerSecond, leadAfter, seedCrowd, startWaves } from '../support/wave-run.js';

const STEP = IS_TINY ? 2 : 10;
const MIB = 1024 ** 2;

needs('proc')('growth', () => {
  let stack: Stack | undefined;
  afterEach(() => stack?.stop());

  bench('growth', { tiny: 200, usual: 1_000_000 }, async (size): Promise<Measured> => {
    stack = await startWaves();
    const crowds = ['small', 'middle', 'large'].map((group, n) => ({ group, size: Math.ceil(size / STEP ** (2 - n)) }));
    const runs: MeteredWave[] = [];
    const figures: Record<string, number> = {};
    for (const crowd of crowds) {
      await seedCrowd(stack, crowd);
      const last = runs.at(-1);
      const run = await meteredWave(stack, crowd, last ? { leadMs: leadAfter(last, STEP) } : {});
      runs.push(run);
      figures[`${crowd.group}Customers`] = crowd.size;
      figures[`${crowd.group}CustomersPerSecond`] = customersPerSecond(crowd.size, run);
      figures[`${crowd.group}WorkerMib`] = run.workerBytes / MIB;
      for (const [name, seconds] of Object.entries(run.cpu)) {
        // a process may have used less than the clock shows
        if (seconds > 0) figures[`${crowd.group}${capital(name)}MicrosPerCustomer`] = (seconds / crowd.size) * 1e6;
      }
    }
    const perCustomer = (n: number) => (runs[n]?.cpu['all'] as number) / (crowds[n]?.size as number);
    const memory = (n: number) => runs[n]?.workerBytes as number;
    return {
      figures,
      ratios: {
        cpuPerCustomerLargeToMiddle: perCustomer(2) / perCustomer(1),
        workerMemoryLargeToMiddle: memory(2) / memory(1),
      },
    };
  });
});

const capital = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);
