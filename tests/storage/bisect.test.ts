/**
 * A cohort that one row's data fails is cut in halves down to that row; what is no data error is not, and a step that went stale meanwhile ends
 * the search. Pure orchestration over ports that stand in.
 */
import { MockActivityEnvironment } from '@temporalio/testing';
import { describe, expect, it } from '@jest/globals';
import {
  createCohortActivities,
  type AdvanceResult,
  type AdvanceInput,
  type CohortOutcome,
  type CohortPorts,
  type Picked,
} from '../../activities/cohort.activities.js';
import { NOBODY_HEARS, sendOnce, T0 } from '../support/seed.js';

const JOURNEY = sendOnce('c');
const GRANTED = { 'push:advertising': { granted: true } };
const NOTHING = { messages: [], payouts: [] };

class DataError extends Error {}

const pick = (id: string): Picked => ({
  bucket: 0,
  facts: {
    customerId: id,
    node: 'send',
    visit: 1,
    wave: 0,
    waveAt: null,
    windowEndAt: null,
    responded: false,
    respondedNodes: [],
    answers: {},
    gate: { status: 'active', gateVersion: 1, zone: 'Asia/Seoul', consents: GRANTED, addresses: { push: 'token' } },
    attrVersion: 1,
    attributes: {},
    seen: [],
    rivals: [],
    eventsSinceWave: [],
    payoutEvents: [],
    rewards: {},
  },
});

/** Decides whole cohorts except those that hold a bad id. */
function world(
  ids: string[],
  bad: string[],
  over: { failure?: Error; decide?: () => CohortOutcome | null; undecidable?: string[] } = {},
) {
  let left = [...ids];
  const failed: string[] = [];
  const moved: string[] = [];
  const tried: number[] = [];
  const ports: CohortPorts = {
    runs: {
      prepared: async () => ({
        runId: 'r',
        version: 1,
        journey: JOURNEY,
        render: (_, { customerId }) => {
          if (over.undecidable?.includes(customerId)) throw new TypeError('nobody has thought of that');
          return { ok: true, title: null, body: 'hi' };
        },
      }),
    },
    cohorts: {
      pick: async ({ limit }) => left.slice(0, limit).map(pick),
      policies: async () => [],
      async decide(_at, picked, decide) {
        tried.push(picked.length);
        const given = over.decide?.();
        if (given) return given;
        const { walked } = decide({ participants: picked, policies: [], stopped: false, closed: new Set() });
        const own = walked.map(({ facts }) => facts.customerId);
        if (own.some((id) => bad.includes(id))) throw over.failure ?? new DataError('22P05');
        moved.push(...own);
        left = left.filter((id) => !own.includes(id));
        return { kind: 'committed', moved: own.length, links: 0, queues: NOTHING };
      },
      async markFailed(_at, id) {
        failed.push(id);
        left = left.filter((one) => one !== id);
      },
      remaining: async () => ({ active: left.length > 0, nextDueAt: null }),
    },
    ...NOBODY_HEARS,
    shardOf: () => 0,
    isDataError: (error) => error instanceof DataError,
    cohortSize: 100,
  };
  const { advanceCohorts } = createCohortActivities(ports);
  const advance = (): Promise<AdvanceResult> =>
    new MockActivityEnvironment().run<[AdvanceInput], AdvanceResult, typeof advanceCohorts>(advanceCohorts, {
      runId: 'r',
      lane: 0,
      step: 1,
      now: T0,
    });
  return { advance, failed, moved, tried };
}

const ids = (count: number) => Array.from({ length: count }, (_, n) => `c${n}`);

describe('a cohort with bad data', () => {
  it.each([
    [1, [0]],
    [2, [1]],
    [7, [0]],
    [64, [63]],
    [64, [0, 31, 32, 63]],
    [5, [0, 1, 2, 3, 4]],
  ])('of %i people with %j bad fails exactly those and moves the others', async (size, bad) => {
    const names = bad.map((n) => `c${n}`);
    const { advance, failed, moved } = world(ids(size), names);
    expect(await advance()).toEqual({ state: 'done', moved: size });
    expect(failed.sort()).toEqual(names.sort());
    expect(moved.sort()).toEqual(
      ids(size)
        .filter((id) => !names.includes(id))
        .sort(),
    );
  });

  it('finds one of a hundred in a logarithmic number of tries', async () => {
    const { advance, tried } = world(ids(100), ['c50']);
    await advance();
    expect(tried.length).toBeLessThanOrEqual(1 + 2 * Math.ceil(Math.log2(100)));
  });

  it('is not cut for a failure that is not the data’s: it throws, and nobody is marked', async () => {
    const { advance, failed, tried } = world(ids(8), ['c1'], { failure: new Error('connection lost') });
    await expect(advance()).rejects.toThrow('connection lost');
    expect([failed, tried]).toEqual([[], [8]]);
  });

  it('stops the search when a newer step has come, and says so', async () => {
    let calls = 0;
    const decide = () => {
      calls += 1;
      return calls === 3 ? ({ kind: 'stale', step: 9 } as const) : null;
    };
    const { advance, failed } = world(ids(8), ['c7'], { decide });
    expect(await advance()).toEqual({ state: 'stale', step: 9 });
    expect(failed).toEqual([]);
  });

  it.each([
    [7, [0]],
    [64, [0, 31, 63]],
    [1, [0]],
  ])('of %i people with %j whom nobody can decide sets exactly those apart', async (size, bad) => {
    const names = bad.map((n) => `c${n}`);
    const { advance, failed, moved } = world(ids(size), [], { undecidable: names });
    expect(await advance()).toEqual({ state: 'done', moved: size });
    expect(failed).toEqual(names);
    expect(moved).toEqual(ids(size).filter((id) => !names.includes(id)));
  });

  it('of which nobody can be decided is the program’s fault: it throws, and nobody is marked', async () => {
    const { advance, failed } = world(ids(3), [], { undecidable: ids(3) });
    await expect(advance()).rejects.toThrow('nobody has thought of that');
    expect(failed).toEqual([]);
  });
});
