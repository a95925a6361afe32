/**
 * Everybody at once over the real stores, in an order that a seed draws statement by statement, with crashes: the audit is clean whatever the
 * order. A few seeds in the normal suite; seeds per minute as a figure of `pado bench`. A failing seed is named and repeats: PADO_SEED=<seed>.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { bench, timeOf } from '../support/bench.js';
import { Interleavings, playAll, type Interleaved } from '../support/interleavings.js';
import { seeded } from '../support/seeded.js';

const MINUTE_MS = 60_000;
const TIMEOUT_MS = 240_000;
const SEEDS_TO_FIND = 10;
/** Seeds that are played at once, each in a database of its own: one waits for Postgres while another thinks. */
const AT_ONCE = 3;

describe('interleavings', () => {
  let databases: Interleavings[] = [];
  let interleavings: Interleavings;
  beforeAll(async () => {
    databases = await Promise.all(Array.from({ length: AT_ONCE }, () => Interleavings.open()));
    [interleavings] = databases as [Interleavings];
  });
  afterAll(() => Promise.all(databases.map((database) => database.close())));

  it(
    'of one seed are the same order again, with sessions that wait for each other and some that crash',
    async () => {
      const seed = seeded('the order');
      const first = await interleavings.play(seed);
      console.log(JSON.stringify(first));
      expect(await interleavings.play(seed)).toEqual(first);
      expect(first.messages).toBeGreaterThan(0);
    },
    TIMEOUT_MS,
  );

  it(
    'find what follows where the store does not lock the stripes: a customer over the cap',
    async () => {
      const leftOut = /pg_advisory_xact_lock\(7000/;
      const found: string[] = [];
      for (let seed = 1; seed <= SEEDS_TO_FIND && found.length === 0; seed += 1) {
        await interleavings.play(seed, { leftOut, cap: 1 }).catch((error: Error) => found.push(error.message));
      }
      expect(found.join()).toMatch(/^seed \d+: the audit is not clean\nlaw 5 \(no customer over the cap\)/);
    },
    TIMEOUT_MS,
  );

  bench('interleavings', { tiny: 3, usual: 50 }, async (seeds, from) => {
    let seen: Interleaved[] = [];
    const tookMs = await timeOf(async () => {
      seen = await playAll(
        databases,
        Array.from({ length: seeds }, (_, n) => from * 1_000 + n),
      );
    });
    const mean = (of: (one: Interleaved) => number) => seen.reduce((sum, one) => sum + of(one), 0) / seen.length;
    const statements = mean((one) => one.statements);
    return {
      figures: {
        seedsPerMinute: (seeds / tookMs) * MINUTE_MS,
        statementsPerSeed: statements,
        crashesPerSeed: mean((one) => one.crashes),
        waitsPerSeed: mean((one) => one.blocked),
      },
      ratios: { statementsPerCrash: statements / mean((one) => one.crashes) },
    };
  });
});
