/**
 * What late responses earn on the real store: one payout per claim whatever comes in which order, nothing beyond a stop or the campaign's `late`;
 * and what payouts tell their waits, once.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { PreparedJourney, PreparedNode, PreparedReward } from '../../src/domain/journey/prepare.js';
import { CohortStore } from '../../src/storage/cohort.store.js';
import { movePayouts } from '../../src/storage/payout-moves.js';
import { PayoutEventsStore } from '../../src/storage/payout-events.store.js';
import { createPool, inTransaction, type Pool } from '../../src/storage/pool.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import {
  emptyTables,
  ingestionOver,
  laneOver,
  seedCustomers,
  seedRun,
  SHARD,
  SPAN_MS,
  T0,
  waitOnce,
} from '../support/seed.js';

const WHO = 'minji';
const simple = waitOnce('c');
/** Both waves lead to one reward; after it, a wait for its payment. */
const JOURNEY: PreparedJourney = {
  ...simple,
  payoutEvents: ['payout.paid'],
  nodes: {
    ...simple.nodes,
    answered: branch('wait', 'reward', 'send-2'),
    'send-2': { ...(simple.nodes['send'] as object), wave: 2, next: 'wait-2' } as PreparedNode,
    'wait-2': { ...(simple.nodes['wait'] as object), next: 'answered-2' } as PreparedNode,
    'answered-2': branch('wait-2', 'reward', 'no'),
    reward: {
      type: 'reward',
      kind: 'coupon',
      amount: { minor: 400, currency: 'KRW' },
      budget: 'b',
      provider: 'pay',
      claimScope: { kind: 'run' },
      memo: '',
      next: 'paid',
    },
    paid: {
      type: 'wait',
      spanMs: SPAN_MS,
      response: { event: 'payout.paid', ofPayout: true, matches: ({ node }) => node === 'reward' },
      next: 'was-paid',
    },
    'was-paid': branch('paid', 'yes', 'no'),
  },
};

function claimedPer(claimScope: PreparedReward['claimScope']): PreparedJourney {
  return {
    ...JOURNEY,
    nodes: { ...JOURNEY.nodes, reward: { ...(JOURNEY.nodes['reward'] as PreparedReward), claimScope } },
  };
}

function branch(responded: string, yes: string, no: string): PreparedNode {
  return { type: 'branch', responded, rule: () => false, yes, no };
}

describe('late responses and what payouts tell', () => {
  let database: TestDatabase;
  let pool: Pool;
  let journeys = { run: JOURNEY };

  beforeAll(async () => {
    database = await createDatabase();
    pool = createPool(database.appUrl);
  });
  beforeEach(async () => {
    journeys = { run: JOURNEY };
    await emptyTables(database.pool);
    await seedCustomers(database.pool, [WHO]);
    await seedRun(database.pool, 'run', JOURNEY, [WHO]);
    await database.pool.query(
      `insert into accounts (key, kind, currency, balance) values ('budget:b', 'budget', 'KRW', 1000), ('reserved:b', 'reserved', 'KRW', 0)`,
    );
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  const lane = (afterMs: number) => laneOver(pool, journeys)({ runId: 'run', now: T0 + afterMs });
  const purchase = (id: string, occurredMs: number, receivedMs: number) => ({
    messageId: id,
    customerId: WHO,
    name: 'purchase',
    occurredAt: T0 + occurredMs,
    receivedAt: T0 + receivedMs,
    properties: {},
  });
  const append = (...events: ReturnType<typeof purchase>[]) => ingestionOver(pool, journeys).append(events);
  const list = async (sql: string) => (await database.pool.query<{ text: string }>(sql)).rows.map(({ text }) => text);
  const responses = () =>
    list(`select node || case when late then ' late' else '' end as text from responses order by 1`);
  const outcomes = () =>
    list(`select x.kind || ' ' || (regexp_match(t.steps, 'reward=[a-z_]+'))[1] as text
          from trace t join decision_contexts x on x.id = t.context_id where t.steps like '%reward=%' order by t.no`);
  const payouts = () => list(`select key as text from payouts order by 1`);

  const setApart = (afterMs: number) => {
    const at = { runId: 'run', lane: 0, step: 1, now: T0 + afterMs };
    return new CohortStore(pool, 'test', async () => JOURNEY).markFailed(at, WHO, 'failed_data');
  };

  it.each<PreparedReward['claimScope']>([
    { kind: 'run' },
    { kind: 'campaign' },
    { kind: 'response', waits: ['wait-2', 'wait'] },
    { kind: 'customer', period: 'day', zone: null },
  ])(
    'earn the reward by its claim, per $kind; the path that comes to it later finds it rewarded',
    async (claimScope) => {
      journeys = { run: claimedPer(claimScope) };
      await lane(0);
      await lane(SPAN_MS);
      const { payouts: queues } = await append(purchase('e1', 5_000, SPAN_MS + 1));
      expect(queues).toEqual([{ name: 'pay', shard: SHARD }]);
      const claimed = await list('select key as text from claims');
      await append(purchase('e2', SPAN_MS + 5_000, SPAN_MS + 5_000));
      await lane(SPAN_MS + 5_000);
      expect(await responses()).toEqual(['wait late', 'wait-2']);
      expect(await outcomes()).toEqual(['late reward=claimed', 'cohort reward=already_rewarded']);
      expect(await payouts()).toEqual(['p/run/reward/1/minji/1']);
      expect(await list('select key as text from claims')).toEqual(claimed);
    },
  );

  it('find the reward taken that the path came to first', async () => {
    await lane(0);
    await lane(SPAN_MS);
    await append(purchase('e2', SPAN_MS + 5_000, SPAN_MS + 5_000));
    await lane(SPAN_MS + 5_000);
    await append(purchase('e1', 5_000, SPAN_MS + 6_000));
    expect(await outcomes()).toEqual(['cohort reward=claimed', 'late reward=already_rewarded']);
    expect(await payouts()).toHaveLength(1);
  });

  it('of two waits that lead to one reward earn it once, in one request and in two at once', async () => {
    await lane(0);
    await lane(SPAN_MS);
    await lane(2 * SPAN_MS);
    await Promise.all([
      append(purchase('e1', 5_000, 3 * SPAN_MS), purchase('e2', SPAN_MS + 5_000, 3 * SPAN_MS)),
      append(purchase('e3', 6_000, 3 * SPAN_MS), purchase('e4', SPAN_MS + 6_000, 3 * SPAN_MS)),
    ]);
    expect(await responses()).toEqual(['wait late', 'wait-2 late']);
    const claimed = await list(
      `select unnest(regexp_matches(steps, 'reward=[a-z_]+', 'g')) as text from trace where steps like 'wait%late=%' order by 1`,
    );
    expect(claimed).toEqual(['reward=already_rewarded', 'reward=claimed']);
    expect(await payouts()).toHaveLength(1);
  });

  it('earn up to the end of `late`, and from then on are finance’s', async () => {
    await lane(0);
    await lane(SPAN_MS);
    await lane(2 * SPAN_MS);
    await append(purchase('e1', 5_000, SPAN_MS + JOURNEY.lateMs));
    await append(purchase('e2', SPAN_MS + 5_000, 2 * SPAN_MS + JOURNEY.lateMs - 1));
    expect(await list(`select node || ' ' || rewards::text as text from late_claims`)).toEqual(['wait {reward}']);
    expect(await outcomes()).toEqual(['late reward=claimed']);
  });

  it('are none beyond a stop: it ends the window of the wait that it finds somebody in', async () => {
    await lane(0);
    await database.pool.query(
      `insert into controls (scope, state, reason, actor, at) values ('run/run', 'stopped', 'r', 'a', now());
       update participants set due_at = '${new Date(T0 + 5_000).toISOString()}'`,
    );
    await lane(10_000);
    await append(purchase('e1', 10_000, 11_000));
    expect(await responses()).toEqual([]);
    await append(purchase('e2', 9_999, 12_000));
    expect(await responses()).toEqual(['wait late']);
    expect(await outcomes()).toEqual(['late reward=claimed']);
  });

  it('are heard from somebody whose data no statement could take: being set apart ends their wait, at its own end or now', async () => {
    await lane(0);
    await setApart(SPAN_MS + 7);
    await setApart(SPAN_MS + 8);
    await append(purchase('e1', SPAN_MS, SPAN_MS + 9));
    expect(await responses()).toEqual([]);
    await append(purchase('e2', SPAN_MS - 1, SPAN_MS + 10));
    expect(await responses()).toEqual(['wait late']);
    expect(await outcomes()).toEqual(['late reward=claimed']);
  });

  it('are none of somebody who had answered in time, or stood in no wait, when their data failed', async () => {
    await lane(0);
    await append(purchase('e1', 1_000, 1_001));
    await setApart(2_000);
    await append(purchase('e2', 1_500, 3_000));
    expect(await responses()).toEqual(['wait']);
    expect(await list('select node as text from closed_waits')).toEqual([]);
  });

  it('are heard until the listeners close', async () => {
    await lane(0);
    await lane(SPAN_MS);
    await database.pool.query(`update listeners set late_until = '${new Date(T0 + SPAN_MS + 9).toISOString()}'`);
    await append(purchase('e1', 5_000, SPAN_MS + 9));
    expect(await responses()).toEqual([]);
    await append(purchase('e2', 6_000, SPAN_MS + 8));
    expect(await responses()).toEqual(['wait late']);
  });

  it('do not hear of a payout before its move is told, and are told once by two who tell at the same time', async () => {
    await lane(0);
    await append(purchase('e1', 5_000, 5_000));
    await lane(5_000);
    const [key = ''] = await payouts();
    const move = (to: 'submitting' | 'paid') =>
      inTransaction(pool, (client) => movePayouts(client, [{ key, to }], { now: T0 + 6_000, cause: 'reply' }));
    await move('submitting');
    expect(await list('select state as text from payout_events')).toEqual([]);
    await move('paid');
    await move('paid');
    expect(await list('select state as text from payout_events')).toEqual(['paid']);
    const store = new PayoutEventsStore(pool, ingestionOver(pool, journeys));
    const tell = () => store.tell({ provider: 'pay', shard: SHARD, now: T0 + 7_000 }, 10);
    const told = await Promise.all([tell(), tell()]);
    expect(told.flatMap(({ lanes }) => lanes)).toEqual([{ runId: 'run', lane: 0 }]);
    expect(await list('select state as text from payout_events')).toEqual([]);
    expect(await list(`select message_id as text from events where name like 'payout.%'`)).toEqual([
      `payout/${key}/paid`,
    ]);
    await lane(7_000);
    expect(await list('select end_reason as text from participants')).toEqual(['responded']);
  });

  it('leave the queue as it is when the transaction that tells fails', async () => {
    await lane(0);
    await append(purchase('e1', 5_000, 5_000));
    await lane(5_000);
    const [key = ''] = await payouts();
    for (const to of ['submitting', 'paid'] as const) {
      await inTransaction(pool, (client) => movePayouts(client, [{ key, to }], { now: T0 + 6_000, cause: 'reply' }));
    }
    await database.pool.query('revoke insert on responses from public, pado_app_test');
    const store = new PayoutEventsStore(pool, ingestionOver(pool, journeys));
    const tell = () => store.tell({ provider: 'pay', shard: SHARD, now: T0 + 7_000 }, 10);
    await expect(tell()).rejects.toThrow(/permission denied/);
    await database.pool.query('grant insert on responses to pado_app_test');
    expect(await list(`select state as text from payout_events`)).toEqual(['paid']);
    expect(await list(`select message_id as text from events where name like 'payout.%'`)).toEqual([]);
    expect((await tell()).told).toBe(1);
  });
});
