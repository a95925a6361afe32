/**
 * No wake-up is lost by telling of several by one signal: in every interleaving of two processes and the turns that they wake, with a Redis that is slow,
 * flushed, silent or gone, each nudge is followed by a turn that begins to read after it.
 */
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { DebouncedNudger, type NudgeMarks } from '../../src/temporal/nudger.js';
import { seeded } from '../support/seeded.js';

/** A Redis that does what it is told after the way there and answers after the way back; what has no delay left takes none. */
class SimulatedRedis {
  private until = 0;
  constructor(
    private readonly setDelays: number[],
    private readonly clearDelays: number[],
  ) {}

  flush(): void {
    this.until = 0;
  }

  marks(): NudgeMarks {
    return {
      set: (_key, forMs) =>
        told(this.setDelays, () => {
          const mine = this.until <= Date.now();
          if (mine) this.until = Date.now() + forMs;
          return mine;
        }),
      clear: () => told(this.clearDelays, () => this.flush()),
    };
  }
}

async function told<T>(delays: number[], act: () => T): Promise<T> {
  const there = delays.shift() ?? 0;
  const back = delays.shift() ?? 0;
  if (there === SILENT) return new Promise(() => undefined);
  await passed(there);
  if (there === GONE) throw new Error('gone');
  const answer = act();
  await passed(back);
  return answer;
}
const GONE = 401;
const SILENT = 402;

interface Act {
  afterMs: number;
  process: 0 | 1;
  /** Somebody waits for it. */
  atOnce?: boolean;
  flush: boolean;
}
/** After so long nothing of before is under way, nor is a mark of it left. */
const ALONE_MS = 25_000;
/** A pace, a signal, a turn at work and the beginning of the next take less, at their slowest. */
const SOON_MS = 10_000;
const act = fc.record<Act>({
  afterMs: fc.oneof(
    fc.constant(0),
    fc.integer({ min: 1, max: 5 }),
    fc.integer({ min: 1, max: 450 }),
    fc.integer({ min: 1, max: 1_500 }),
    fc.constant(ALONE_MS),
  ),
  process: fc.constantFrom(0, 1),
  atOnce: fc.boolean(),
  flush: fc.boolean(),
});
const slow = fc.oneof(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 400 }));
const delay = fc.oneof(slow, fc.integer({ min: 0, max: 402 }));
/** Until a signal has come; of a turn, until it looks after it was decided on, and how long it works then. */
const pace = fc.record({ signalMs: slow, waitsMs: slow, worksMs: fc.oneof(slow, fc.integer({ min: 0, max: 5_000 })) });
type Pace = { signalMs: number; waitsMs: number; worksMs: number };
const AT_ONCE: Pace = { signalMs: 0, waitsMs: 0, worksMs: 0 };

/** As workflows/lane.workflow.ts and workflows/queue.ts: `wake` is put down before a turn, and whoever is not awake after it sleeps. */
class SimulatedLane {
  private wake = false;
  private works = false;
  constructor(
    private readonly paces: Pace[],
    private readonly looks: () => Promise<void>,
    private readonly read: () => void,
  ) {}

  async signal(): Promise<void> {
    await passed(this.paces[0]?.signalMs ?? 0);
    this.wake = true;
    if (!this.works) void this.work();
  }

  private async work(): Promise<void> {
    this.works = true;
    while (this.wake) {
      this.wake = false;
      const { waitsMs, worksMs } = this.paces.shift() ?? AT_ONCE;
      await passed(waitsMs);
      await this.looks();
      this.read();
      await passed(worksMs);
    }
    this.works = false;
  }
}
const passed = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

interface Played {
  nudges: At[];
  signals: At[];
  reads: At[];
}
interface At {
  place: number;
  ms: number;
}
interface World {
  setDelays?: number[];
  clearDelays?: number[];
  paces?: Pace[];
  /** Of the signals from the first on. */
  fail?: boolean[];
}

/** What happened, each with its place in the order of all. */
async function play(acts: readonly Act[], world: World = {}): Promise<Played> {
  let place = 0;
  const at = (): At => ({ place: (place += 1), ms: Date.now() });
  const played: Played = { nudges: [], signals: [], reads: [] };
  const redis = new SimulatedRedis([...(world.setDelays ?? [])], [...(world.clearDelays ?? [])]);
  const fail = [...(world.fail ?? [])];
  const ignore = async () => undefined;
  const temporal = {
    nudgeRun: ignore,
    nudgeDelivery: ignore,
    nudgePayout: ignore,
    nudgeLane: async () => {
      if (fail.shift()) throw new Error('no Temporal');
      played.signals.push(at());
      await lane.signal();
    },
  };
  const nudger = () => new DebouncedNudger(temporal, redis.marks(), () => undefined);
  const processes = { 0: nudger(), 1: nudger() };
  const looks = () => processes[0].laneLooks('r', 0);
  const lane = new SimulatedLane([...(world.paces ?? [])], looks, () => played.reads.push(at()));
  for (const { afterMs, process, atOnce, flush } of acts) {
    await jest.advanceTimersByTimeAsync(afterMs);
    played.nudges.push(at());
    const lanes = [{ runId: 'r', lane: 0 }];
    if (atOnce) processes[process].wake({ lanes, deliveries: [], payouts: [] });
    else processes[process].nudgeLanes(lanes);
    if (flush) redis.flush();
  }
  await jest.advanceTimersByTimeAsync(300_000);
  return played;
}

const nudge = (afterMs: number, process: 0 | 1 = 0): Act => ({ afterMs, process, flush: false });

describe('nudges', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('are each followed by a turn that reads after it', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(act, { minLength: 1, maxLength: 40 }),
        fc.array(delay, { maxLength: 80 }),
        fc.array(slow, { maxLength: 80 }),
        fc.array(pace, { maxLength: 40 }),
        async (acts, setDelays, clearDelays, paces) => {
          const { nudges, reads } = await play(acts, { setDelays, clearDelays, paces });
          for (const nudge of nudges) {
            const heard = reads.find(({ place }) => place > nudge.place);
            expect((heard?.ms ?? Infinity) - nudge.ms).toBeLessThan(SOON_MS);
          }
        },
      ),
      { seed: seeded('nudges'), numRuns: 500 },
    );
  });

  it('that somebody waits for go at once, and with them what was to be told later', async () => {
    const acts = [nudge(0), nudge(1_000), { ...nudge(50), atOnce: true }];
    const { nudges, signals } = await play(acts);
    const there = 2; // to Redis and back
    expect(signals.map(({ ms }) => ms - (nudges[0]?.ms ?? 0) - there)).toEqual([200, 1_050]);
  });

  it('of two processes in a burst make a few signals, not one each', async () => {
    const acts = Array.from({ length: 1_000 }, (_, n) => nudge(n % 2, n % 2 ? 1 : 0));
    const { nudges, signals } = await play(acts);
    expect(nudges).toHaveLength(1_000);
    expect(signals.length).toBeLessThan(10); // 500 ms
  });

  it('while a turn is at work make one signal, and one turn more', async () => {
    const busy = { ...AT_ONCE, worksMs: 9_000 };
    const acts = [nudge(0), ...Array.from({ length: 800 }, (_, n) => nudge(n ? 10 : 500, n % 2 ? 1 : 0))]; // 8.5 s
    const { signals, reads } = await play(acts, { paces: [busy] });
    expect({ signals: signals.length, reads: reads.length }).toEqual({ signals: 2, reads: 2 });
  });

  it('are heard that come while it is asked whether those before them were', async () => {
    // the second is told of the first one's signal at 0.7 s; the third comes at 0.6 s, when that signal's turn has read
    const acts = [nudge(0, 1), nudge(100, 0), nudge(500, 0)];
    const { nudges, reads } = await play(acts, { setDelays: [0, 0, 0, 390], paces: [{ ...AT_ONCE, waitsMs: 300 }] });
    expect(reads.at(-1)?.place).toBeGreaterThan(nudges.at(-1)?.place ?? Infinity);
  });

  it('after a mark that no turn has removed are heard again when it is over', async () => {
    const lost = { clearDelays: [GONE] };
    const soon = await play([nudge(0), nudge(5_000)], lost);
    const later = await play([nudge(0), nudge(11_000)], lost);
    expect([soon.signals.length, later.signals.length]).toEqual([1, 2]);
  });

  it('whose signal fails leave no mark', async () => {
    const { reads } = await play([nudge(0), nudge(2_000, 1)], { fail: [true] });
    expect(reads).toHaveLength(1);
  });
});
