/**
 * Builds without workers, as the attention list tells them: from what Temporal says, in business time, page by page between the classes of Postgres.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { DesertedBuilds } from '../../src/api/attention/deserted-builds.js';
import { Topics } from '../../src/api/live/topics.js';
import type { Builds, Clock } from '../../src/api/ports.js';
import { CODES } from '../../src/domain/attention/classes.js';
import { itemOf } from '../../src/domain/attention/item.js';
import { AttentionDesk } from '../support/attention.js';
import { T0 } from '../support/seed.js';

type Facts = Awaited<ReturnType<Builds['deserted']>>;

const HOUR_MS = 3_600_000;
/** Business time is an hour ahead of Temporal's. */
const AHEAD_MS = HOUR_MS;
const FACTS: Facts = [
  { build: 'two', inForce: false, open: 7, since: T0 - 5_000, sample: ['run/r/lane/0', 'run/r'] },
  { build: 'one', inForce: true, open: 2, since: null, sample: ['sweep'] },
];

describe('builds without workers', () => {
  let facts: () => Promise<Facts>;
  let temporalNow: number;
  let elapsed: number;
  beforeEach(() => {
    [facts, temporalNow, elapsed] = [async () => FACTS, T0, 0];
    jest.spyOn(performance, 'now').mockImplementation(() => elapsed);
  });
  afterEach(() => void jest.restoreAllMocks());

  const clock = { now: () => temporalNow + AHEAD_MS, temporalNow: () => temporalNow } as Clock;
  const builds = { deserted: () => facts() } as unknown as Builds;
  const later = (ms: number) => {
    elapsed += ms;
    temporalNow += ms;
  };

  it('are items with since when they wait, which stays, and when it was seen last', async () => {
    const deserted = new DesertedBuilds(builds, clock);
    expect(await deserted.list()).toEqual([
      {
        code: 'build_deserted',
        subject: 'build/two',
        cause: 'left_without_worker',
        count: 7,
        firstSeen: T0 - 5_000 + AHEAD_MS,
        lastSeen: T0 + AHEAD_MS,
        sample: ['run/r/lane/0', 'run/r'],
      },
      expect.objectContaining({ subject: 'build/one', cause: 'in_force_without_worker', firstSeen: T0 + AHEAD_MS }),
    ]);
    later(60_000);
    const [, one] = await deserted.list();
    expect(one).toMatchObject({ firstSeen: T0 + AHEAD_MS, lastSeen: T0 + 60_000 + AHEAD_MS });
    expect(itemOf(one as never)).toMatchObject({
      desk: 'operator',
      cure: { how: expect.stringContaining('./pado deployment abandon one') },
    });
    facts = async () => [];
    later(60_000);
    expect(await deserted.list()).toEqual([]);
    facts = async () => FACTS;
    later(60_000);
    expect((await deserted.list())[1]).toMatchObject({ firstSeen: T0 + 180_000 + AHEAD_MS });
  });

  it('are asked for now and then, are as they were where Temporal does not answer, and nobody’s without a deployment', async () => {
    const asked = jest.fn(async () => FACTS);
    facts = asked;
    const deserted = new DesertedBuilds(builds, clock);
    for (let n = 0; n < 3; n += 1) expect(await deserted.list()).toHaveLength(2);
    expect(asked).toHaveBeenCalledTimes(1);
    facts = () => Promise.reject(new Error('unreachable'));
    later(6_000);
    expect(await deserted.list()).toHaveLength(2);
    facts = () => new Promise(() => undefined);
    later(6_000);
    expect(await deserted.list()).toHaveLength(2);
    expect(await new DesertedBuilds(null, clock).list()).toEqual([]);
  });

  describe('in the list', () => {
    it('are told to whoever follows it, and not once more because they were seen once more', async () => {
      let found: Facts = [];
      facts = async () => found;
      const none = { at: () => [] } as never;
      const only = null as never;
      const deserted = new DesertedBuilds(builds, clock);
      const config = { patienceMs: 60_000 } as never;
      const topics = new Topics(
        only,
        desk.store,
        none,
        deserted,
        only,
        only,
        only,
        only,
        only,
        only,
        null,
        clock,
        config,
      );
      const without = await topics.versionOf('attention');
      found = FACTS;
      later(6_000);
      const told = await topics.versionOf('attention');
      expect(told).not.toBe(without);
      later(6_000);
      expect(await topics.versionOf('attention')).toBe(told);
    });

    let desk: AttentionDesk;
    beforeAll(async () => {
      desk = await AttentionDesk.open();
      await desk.begin();
      await desk.owner.query(
        `insert into queues (kind, name, shard, attention, attention_at) values ('delivery', 'odd', 0, 'answer 418', now())`,
      );
    });
    afterAll(() => desk.close());

    it('stand at their place, page by page, and in the figures', async () => {
      const elsewhere = await new DesertedBuilds(builds, clock).list();
      const at = { now: T0 + 2 * HOUR_MS, closed: [], elsewhere };
      const told: string[] = [];
      for (let after: [never, string, string] | null = null; ;) {
        const [item] = await desk.store.list(at, CODES, { after, limit: 1 });
        if (!item) break;
        told.push(`${item.code} ${item.subject}`);
        after = [item.code as never, item.subject, item.cause];
      }
      expect(told).toEqual(['queue_stopped gateway/odd', 'build_deserted build/one', 'build_deserted build/two']);
      expect(await desk.store.list(at, ['queue_stopped'], { after: null, limit: 9 })).toHaveLength(1);
      const { classes } = await desk.store.figures(at);
      expect(classes.map(({ code }) => code)).toEqual(CODES);
      expect(classes.find(({ code }) => code === 'build_deserted')).toEqual({
        code: 'build_deserted',
        items: 2,
        count: 9,
        oldest: T0 - 5_000 + AHEAD_MS,
      });
    });
  });
});
