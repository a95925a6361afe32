/**
 * The API edge's clock against a Temporal that answers as slowly as it likes: its error is never more than half of the shortest time that a question
 * took, whatever came afterwards; and it follows a clock that was set.
 */
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { TemporalClock, type TimeSource } from '../../src/temporal/clock.js';
import { seeded } from '../support/seeded.js';

const EVERY_MS = 60_000;
/** What a minute of drift may add, and the millisecond that Temporal's times are cut to. */
const SLACK_MS = 20;

/** A server whose clock is ahead of ours by so much, and which reads it somewhere on the way. */
class Server implements TimeSource {
  readonly taken: number[] = [];
  constructor(
    public aheadMs: number,
    private readonly ways: { there: number; back: number }[],
  ) {}

  async serverTime() {
    const { there, back } = this.ways.shift() ?? { there: 1, back: 1 };
    const askedAt = performance.now();
    await new Promise((resolve) => setTimeout(resolve, there));
    const serverMs = Math.floor(performance.now() + this.aheadMs);
    await new Promise((resolve) => setTimeout(resolve, back));
    this.taken.push(there + back);
    return { serverMs, askedAt, answeredAt: performance.now() };
  }
}

const way = fc.record({ there: fc.integer({ min: 0, max: 4_000 }), back: fc.integer({ min: 0, max: 4_000 }) });

describe('the clock of the API', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  const started = async (server: Server): Promise<TemporalClock> => {
    const clock = new TemporalClock(server, () => Promise.resolve({ offsetMs: 0, isFixed: false }), EVERY_MS);
    const start = clock.start();
    await jest.advanceTimersByTimeAsync(40_000);
    await start;
    return clock;
  };
  const errorOf = (clock: TemporalClock, server: Server) =>
    Math.abs(clock.temporalNow() - (performance.now() + server.aheadMs));

  it('is as exact as its best measure, however slow the others are', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(way, { minLength: 1, maxLength: 8 }),
        fc.integer({ min: -1e9, max: 1e12 }),
        async (ways, ahead) => {
          const server = new Server(ahead, [...ways]);
          const clock = await started(server);
          for (let n = 0; n < ways.length; n += 1) {
            expect(errorOf(clock, server)).toBeLessThanOrEqual(Math.min(...server.taken) / 2 + SLACK_MS * (n + 1));
            await jest.advanceTimersByTimeAsync(EVERY_MS);
          }
          clock.stop();
        },
      ),
      { seed: seeded('the clock of the API'), numRuns: 100 },
    );
  });

  it('asks again at the start while answers are slow, but not for ever', async () => {
    const slow = new Server(
      5_000,
      Array.from({ length: 9 }, () => ({ there: 900, back: 900 })),
    );
    (await started(slow)).stop();
    expect(slow.taken).toHaveLength(3);
    const quick = new Server(5_000, [{ there: 9, back: 9 }]);
    (await started(quick)).stop();
    expect(quick.taken).toHaveLength(1);
  });

  it('follows a clock that was set, by more than its measures are unsure of', async () => {
    const server = new Server(0, []);
    const clock = await started(server);
    for (const aheadMs of [3_600_000, -86_400_000, 60_000]) {
      server.aheadMs = aheadMs;
      await jest.advanceTimersByTimeAsync(EVERY_MS);
      expect(errorOf(clock, server)).toBeLessThanOrEqual(SLACK_MS);
    }
    clock.stop();
  });

  it('follows an epoch that another process sets, and asks no more once it is fixed', async () => {
    const stored = { offsetMs: 0, isFixed: false };
    let asked = 0;
    const clock = new TemporalClock(
      new Server(0, []),
      async () => {
        asked += 1;
        return { ...stored };
      },
      EVERY_MS,
    );
    const start = clock.start();
    await jest.advanceTimersByTimeAsync(40_000);
    await start;
    stored.offsetMs = -86_400_000;
    await clock.follow();
    expect(clock.now() - clock.temporalNow()).toBe(-86_400_000);
    stored.isFixed = true;
    await clock.follow();
    const before = asked;
    await clock.follow();
    await jest.advanceTimersByTimeAsync(2 * EVERY_MS);
    expect(asked).toBe(before);
    clock.stop();
  });
});
