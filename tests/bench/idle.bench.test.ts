/**
 * What people who wait cost: CPU and transactions of the whole stack while nothing is due, against the same installation before there was anybody.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect } from '@jest/globals';
import { bench, IS_TINY, type Measured } from '../support/bench.js';
import type { CpuSeconds } from '../support/cpu-meter.js';
import { until, type Stack } from '../support/stack.js';
import { meterOf } from '../support/surroundings.js';
import { needs } from '../support/tiers.js';
import { seedCrowd, startWaiting, startWaves } from '../support/wave-run.js';

/** As long without people as with them. */
const LOOKED_AT_MS = IS_TINY ? 6_000 : 300_000;
/** Of background work (sweeps, probes of the clock, autovacuum) that falls into one of the two and not into the other. */
const CHANCE_TRANSACTIONS = 100;
/** How long a hand-over's end may take on a busy machine, and how often it is looked for. */
const PATIENCE_MS = 120_000;
const LOOK_MS = 3_000;
/** Postgres counts the last second of a session's transactions only when that has rested for ten (PGSTAT_IDLE_INTERVAL). */
const COUNTED_MS = 11_000;

interface Idle {
  cpu: CpuSeconds;
  seconds: number;
  transactions: number;
}

needs('proc')('idle', () => {
  let stack: Stack | undefined;
  afterEach(() => stack?.stop());

  bench('idle', { tiny: 1_000, usual: 1_000_000 }, async (size): Promise<Measured> => {
    stack = await startWaves({ sweepSeconds: IS_TINY ? 2 : 20 });
    const crowd = { group: 'waiting', size };
    await seedCrowd(stack, crowd);
    const without = await idle(stack);
    await startWaiting(stack, crowd);
    await atRest(stack, without);
    const withThem = await idle(stack);
    // no query per customer: what is asked does not grow with them
    expect(withThem.transactions).toBeLessThan(without.transactions + Math.min(CHANCE_TRANSACTIONS, size));
    const share = ({ cpu, seconds }: Idle) => (cpu['all'] as number) / seconds;
    const { active } = await stack.one<{ active: number }>(
      `select count(*)::int as active from participants where state = 'active'`,
    );
    expect(active).toBe(size);
    return {
      figures: {
        coresWithout: share(without),
        coresWith: share(withThem),
        transactionsWithout: without.transactions,
        transactionsWith: withThem.transactions,
      },
      ratios: { transactionsWithToWithout: withThem.transactions / without.transactions },
      differences: { addedCores: share(withThem) - share(without) },
    };
  });
});

/** After what the last work has left to do (vacuum, checkpoint) is done, and counted. */
async function idle(stack: Stack): Promise<Idle> {
  await stack.pool.query('vacuum analyze');
  await stack.pool.query('checkpoint');
  await sleep(COUNTED_MS);
  const before = await transactions(stack);
  const { cpu, seconds } = await meterOf(stack).during(() => sleep(LOOKED_AT_MS));
  return { cpu, seconds, transactions: (await transactions(stack)) - before };
}

/** Until what was begun is over: no more is asked than without people, but for half of what chance may add, or what lingers would fill it up. Queries that their waiting costs would never let it come. */
async function atRest(stack: Stack, without: Idle): Promise<void> {
  const most = ((without.transactions + CHANCE_TRANSACTIONS / 2) / LOOKED_AT_MS) * LOOK_MS;
  const isAtRest = async () => {
    const before = await transactions(stack);
    await sleep(LOOK_MS);
    return (await transactions(stack)) - before < most;
  };
  await until('nobody is at work any more', isAtRest, PATIENCE_MS);
}

/** Of this database. */
async function transactions(stack: Stack): Promise<number> {
  const { n } = await stack.one<{ n: string }>(
    'select (xact_commit + xact_rollback)::text as n from pg_stat_database where datname = current_database()',
  );
  return Number(n);
}
