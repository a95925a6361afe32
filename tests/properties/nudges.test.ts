/**
 * No wake-up is lost by debouncing: in every interleaving of two processes, a Redis that is slow, flushed, silent or gone, each nudge is followed by a
 * signal that is sent after it.
 */
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { DebouncedNudger, type DebounceStore } from '../../src/temporal/nudger.js';
import { seeded } from '../support/seeded.js';

/** A Redis that evaluates a claim after the way there and answers after the way back. */
class SimulatedRedis {
  private until = 0;
  constructor(private readonly delays: number[]) {}

  flush(): void {
    this.until = 0;
  }

  store(): DebounceStore {
    return {
      claim: (_key, windowMs) => {
        const there = this.delays.shift() ?? 0;
        const back = this.delays.shift() ?? 0;
        return new Promise((resolve, reject) => {
          if (there === SILENT) return;
          setTimeout(() => {
            if (there === GONE) return reject(new Error('gone'));
            const mine = this.until <= Date.now();
            if (mine) this.until = Date.now() + windowMs;
            setTimeout(() => resolve(mine), back);
          }, there);
        });
      },
    };
  }
}
const GONE = 401;
const SILENT = 402;

interface Act {
  afterMs: number;
  process: 0 | 1;
  flush: boolean;
}
const act = fc.record<Act>({
  afterMs: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 450 })),
  process: fc.constantFrom(0, 1),
  flush: fc.boolean(),
});
const delay = fc.oneof(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 402 }));

describe('debounced nudges', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  async function play(acts: readonly Act[], delays: number[]): Promise<{ nudges: number[]; signals: number[] }> {
    let order = 0;
    const nudges: number[] = [];
    const signals: number[] = [];
    const redis = new SimulatedRedis([...delays]);
    const ignore = async () => undefined;
    const temporal = {
      nudgeRun: ignore,
      nudgeDelivery: ignore,
      nudgePayout: ignore,
      nudgeLane: async () => {
        signals.push((order += 1));
      },
    };
    const processes = [0, 1].map(() => new DebouncedNudger(temporal, redis.store(), () => undefined));
    for (const { afterMs, process, flush } of acts) {
      await jest.advanceTimersByTimeAsync(afterMs);
      nudges.push((order += 1));
      processes[process]?.nudgeLanes([{ runId: 'r', lane: 0 }]);
      if (flush) redis.flush();
    }
    await jest.advanceTimersByTimeAsync(10_000);
    return { nudges, signals };
  }

  it('are each followed by a signal', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(act, { minLength: 1, maxLength: 40 }),
        fc.array(delay, { maxLength: 80 }),
        async (acts, delays) => {
          const { nudges, signals } = await play(acts, delays);
          expect(signals.at(-1) ?? 0).toBeGreaterThan(nudges.at(-1) ?? 0);
        },
      ),
      { seed: seeded('nudges'), numRuns: 500 },
    );
  });

  it('of two processes in a burst make a few signals, not one each', async () => {
    const acts = Array.from({ length: 1_000 }, (_, n): Act => ({
      afterMs: n % 2,
      process: n % 2 ? 1 : 0,
      flush: false,
    }));
    const { nudges, signals } = await play(acts, []);
    expect(nudges).toHaveLength(1_000);
    expect(signals.length).toBeLessThan(10); // 500 ms
  });
});
