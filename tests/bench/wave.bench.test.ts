/**
 * How fast a run moves: customers through two send waves, a third of whom respond in between, against one workflow per customer with the same gates
 * and rows, and against bare SQL that writes the same rows. In alternation, in one run.
 */
import { afterEach, describe } from '@jest/globals';
import { AuditLogSealsStore } from '../../src/storage/audit-log-seals.store.js';
import { LedgerSealsStore } from '../../src/storage/ledger-seals.store.js';
import { createPool } from '../../src/storage/pool.js';
import { BareSql, difference, rowCounts } from '../support/bare-sql.js';
import { bench, IS_TINY, type Measured } from '../support/bench.js';
import { median, pairs, PAIRS_MIN } from '../support/pairs.js';
import { PerCustomerEngine } from '../support/per-customer/engine.js';
import type { Stack } from '../support/stack.js';
import { expectWave } from '../support/wave-result.js';
import {
  busyMs,
  customersPerSecond,
  leadAfter,
  leadFor,
  playWave,
  seedCrowd,
  startWaves,
  type Crowd,
  type WaveTimes,
} from '../support/wave-run.js';

/** Activities and workflow tasks at once, of which the best is taken. */
const CONCURRENCIES = IS_TINY ? [20] : [20, 50, 100];
const TRIED_WITH = 100;
const PER_CUSTOMER = IS_TINY ? 10 : 500;
/** Beyond the usual size, the first run's lead is that of so many customers' pace. */
const USUAL = 100_000;
const PACE_OF = 20_000;

describe('two waves', () => {
  const opened: { stop(): Promise<void> }[] = [];
  afterEach(async () => {
    for (const one of opened.splice(0).reverse()) await one.stop();
  });

  bench('wave', { tiny: 300, usual: USUAL }, async (size): Promise<Measured> => {
    const engine = await Engine.open(size);
    opened.push(engine);
    const bare = await engine.againstBareSql();
    opened.push({ stop: () => bare.close() });
    const naive = await Naive.open();
    opened.push(naive);
    const concurrency = await naive.tune();

    const runs: WaveTimes[] = [];
    const ours = async () => {
      runs.push(await engine.run());
      return customersPerSecond(size, runs.at(-1) as WaveTimes);
    };
    const bareMs: number[] = [];
    const measured = await pairs(PAIRS_MIN, ours, async () => {
      bareMs.push(await bare.play());
      console.log(
        `bare SQL: ${bareMs.at(-1)?.toFixed(0)} ms; the engine's phases: ${JSON.stringify(runs.at(-1) ?? {})}`,
      );
      return await naive.rate(concurrency);
    });
    const middle = (phase: keyof Omit<WaveTimes, 'runId'>) => median(runs.map((run) => run[phase]));
    return {
      figures: {
        customersPerSecond: measured.workMedian,
        firstMs: middle('firstMs'),
        responseMs: middle('responseMs'),
        secondMs: middle('secondMs'),
        bareSqlMs: median(bareMs),
        perCustomerPerSecond: measured.againstMedian,
        perCustomerConcurrency: concurrency,
      },
      ratios: {
        waveToPerCustomer: measured.ratio,
        bareSqlToWave: median(bareMs) / median(runs.map(busyMs)),
      },
    };
  });
});

/**
 * Run after run over the same customers; the contacts of the run before are taken away so that each finds the same, its other rows stay. (Only the
 * first is audited: by the gateway's book the customers have heard from us today.)
 */
class Engine {
  private runs = 0;
  private leadMs: number;

  private constructor(
    private readonly stack: Stack,
    private readonly crowd: Crowd,
  ) {
    this.leadMs = leadFor(crowd.size);
  }

  static async open(size: number): Promise<Engine> {
    const stack = await startWaves();
    const engine = new Engine(stack, { group: 'crowd', size });
    await seedCrowd(stack, engine.crowd);
    if (size > USUAL) await engine.learnPace();
    return engine;
  }

  /** A slow machine's pace would have a million customers wait for half an hour before their first run ends. */
  private async learnPace(): Promise<void> {
    const few = { group: 'few', size: PACE_OF };
    await seedCrowd(this.stack, few);
    const times = await playWave(this.stack, few, { key: 'pace', leadMs: leadFor(few.size) });
    await expectWave(this.stack, few, times);
    await this.forgetContacts();
    this.leadMs = leadAfter(times, this.crowd.size / few.size);
  }

  private async forgetContacts(): Promise<void> {
    await this.stack.pool.query(`delete from contacts where run_id <> 'earlier'`);
    await this.stack.pool.query('vacuum analyze contacts');
  }

  async run(): Promise<WaveTimes> {
    const { stack, crowd } = this;
    await this.forgetContacts();
    this.runs += 1;
    const times = await playWave(stack, crowd, { key: `wave-${this.runs}`, leadMs: this.leadMs });
    await expectWave(stack, crowd, times, { unlikeSeeded: this.runs > 1 });
    this.leadMs = leadAfter(times);
    return times;
  }

  /** By the rows of a first run, which also warms up. */
  async againstBareSql(): Promise<BareSql> {
    const before = await rowCounts(this.stack.pool);
    const { runId } = await this.run();
    const added = difference(await rowCounts(this.stack.pool), before);
    const bare = await BareSql.of(this.stack, runId);
    bare.expectComplete(added);
    return bare;
  }

  stop(): Promise<void> {
    return this.stack.stop();
  }
}

/** One workflow per customer, on an installation without a worker. */
class Naive {
  private runs = 0;
  private lead: number | null = null;

  private constructor(
    private readonly stack: Stack,
    private readonly engine: PerCustomerEngine,
  ) {}

  static async open(): Promise<Naive> {
    const stack = await startWaves({ workers: 0 });
    return new Naive(stack, await PerCustomerEngine.open(stack));
  }

  /** Customers per second. */
  async rate(concurrency: number, size = PER_CUSTOMER): Promise<number> {
    const key = `each-${(this.runs += 1)}`;
    const crowd = { group: key, size };
    await seedCrowd(this.stack, crowd);
    const leadMs = this.lead ?? (IS_TINY ? 30_000 : 12_000) + size * 100;
    const times = await this.engine.atWork(concurrency, () =>
      playWave(this.stack, crowd, { key, leadMs, driver: this.engine.drive }),
    );
    await this.seal();
    await expectWave(this.stack, crowd, times);
    if (size === PER_CUSTOMER) this.lead = leadAfter(times);
    return customersPerSecond(size, times);
  }

  /** As a worker's sweep does, of whom there is none. */
  private async seal(): Promise<void> {
    const pool = createPool(this.stack.appUrl, { max: 1 });
    for (const chain of [new AuditLogSealsStore(pool), new LedgerSealsStore(pool)])
      while ((await chain.sealBatch()).more);
    await pool.end();
  }

  async tune(): Promise<number> {
    if (CONCURRENCIES.length === 1) return CONCURRENCIES[0] as number;
    const rates = new Map<number, number>();
    for (const concurrency of CONCURRENCIES) rates.set(concurrency, await this.rate(concurrency, TRIED_WITH));
    const shown = [...rates].map(([at, rate]) => `${rate.toFixed(1)}/s with ${at} at once`);
    console.log(`one workflow per customer: ${shown.join(', ')}`);
    const best = Math.max(...rates.values());
    return [...rates].find(([, rate]) => rate === best)?.[0] as number;
  }

  async stop(): Promise<void> {
    await this.engine.close();
    await this.stack.stop();
  }
}
