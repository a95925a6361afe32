/**
 * Whoever was set apart goes on where they stood, whatever became of the run meanwhile: nothing of theirs is sent, earned or claimed twice, and people add up.
 * Who may not is told why, and whoever is killed in the middle, or comes again, changes nothing more.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { LaunchedCampaign } from '../../src/domain/journey/definition.js';
import type { PreparedJourney, PreparedNode } from '../../src/domain/journey/prepare.js';
import { totalsOf, type PlannedItem } from '../../src/domain/retry/effect.js';
import type { PlainSelector } from '../../src/domain/retry/selector.js';
import { AudienceStore } from '../../src/storage/audience.store.js';
import { CustomerPrivacyStore } from '../../src/storage/customer-privacy.store.js';
import { createPool, inTransaction, isDataError, type Pool } from '../../src/storage/pool.js';
import { RetriesStore } from '../../src/storage/retries.store.js';
import { RetryPlanner } from '../../src/storage/retry-plan.store.js';
import { RetryWork } from '../../src/storage/retry-work.store.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { makePoisonous, poison } from '../support/poison.js';
import {
  emptyTables,
  ingestionOver,
  laneOver,
  seedCustomers,
  seedRun,
  SPAN_MS,
  T0,
  waitOnce,
} from '../support/seed.js';

const PEOPLE = ['ara', 'bora', 'chan', 'dami', 'eun'];
const [ARA, BORA, CHAN, DAMI, EUN] = PEOPLE as [string, string, string, string, string];
const simple = waitOnce('c');
/** A push; who answers is rewarded, who does not gets another. */
const JOURNEY: PreparedJourney = {
  ...simple,
  nodes: {
    ...simple.nodes,
    answered: { type: 'branch', responded: 'wait', rule: () => false, yes: 'reward', no: 'send-2' },
    'send-2': { ...(simple.nodes['send'] as object), wave: 2, next: 'no' } as PreparedNode,
    reward: {
      type: 'reward',
      kind: 'coupon',
      amount: { minor: 400, currency: 'KRW' },
      budget: 'b',
      provider: 'pay',
      claimScope: { kind: 'run' },
      memo: '',
      next: 'yes',
    },
  },
};
const template = { key: 't', version: 1, channel: 'push', title: null, body: 'hi' };
const launched = {
  campaign: { purpose: 'information' },
  templates: { send: template, 'send-2': template },
} as unknown as LaunchedCampaign;
const LAUNCHED = { of: async () => ({ version: 1, launched, journey: JOURNEY }), journeyOf: async () => JOURNEY };
const NOBODY = { gateways: new Set<string>(), providers: new Set<string>() };
const ALONE = { items: 100, minor: 1_000_000 };

describe('people who were set apart', () => {
  let database: TestDatabase;
  let pool: Pool;
  let retries: RetriesStore;
  let planner: RetryPlanner;

  beforeAll(async () => {
    database = await createDatabase();
    await makePoisonous(database.pool);
    pool = createPool(database.appUrl);
    retries = new RetriesStore(pool);
    planner = new RetryPlanner(pool, LAUNCHED, NOBODY);
  });
  beforeEach(async () => {
    await emptyTables(database.pool);
    await seedCustomers(database.pool, PEOPLE);
    await seedRun(database.pool, 'run', JOURNEY, PEOPLE);
    await database.pool.query(
      `insert into accounts (key, kind, currency, balance) values ('budget:b', 'budget', 'KRW', 1000), ('reserved:b', 'reserved', 'KRW', 0)`,
    );
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  const lane = (afterMs: number) =>
    laneOver(pool, { run: JOURNEY }, { isDataError, cohortSize: 100 })({ runId: 'run', now: T0 + afterMs });
  const purchase = (customerId: string, occurredMs: number, receivedMs = occurredMs) =>
    ingestionOver(pool, { run: JOURNEY }).append([
      {
        messageId: `e-${customerId}`,
        customerId,
        name: 'purchase',
        occurredAt: T0 + occurredMs,
        receivedAt: T0 + receivedMs,
        properties: {},
      },
    ]);
  const list = async (sql: string) => (await database.pool.query<{ text: string }>(sql)).rows.map(({ text }) => text);
  const standing = () =>
    list(
      `select customer_id || ' ' || node || ' ' || coalesce(end_reason, state) as text from participants order by 1`,
    );
  const close = (afterMs: number) => new AudienceStore(pool, 'test').closeIfDone('run', T0 + afterMs);
  async function plan(selector: PlainSelector, afterMs: number, alone = ALONE) {
    const authored = { by: 'o', now: T0 + afterMs };
    const found = await planner.find(selector, authored);
    const asked = { selector, reason: 'the data was mended', ...found };
    const no = await inTransaction(pool, (client) => retries.plan(client, asked, alone, authored));
    return { no, items: found.items };
  }
  async function begin(no: number, afterMs: number, { by = 'o', alone = true } = {}) {
    const shown = await retries.find(no);
    if (!shown) throw new Error('no such retry');
    const current = await planner.current(shown, await retries.toPutBack(no), T0 + afterMs);
    return await inTransaction(pool, (client) =>
      retries.begin(client, no, { alone, current }, { by, now: T0 + afterMs }),
    );
  }
  async function carryOut(afterMs: number, batchSize = 500): Promise<number> {
    const work = new RetryWork(pool, 'test', NOBODY, batchSize);
    let batches = 0;
    while (await work.batch(T0 + afterMs)) batches += 1;
    return batches;
  }
  const outcomes = async (no: number) =>
    (await retries.items(no, { after: 0, limit: 100 })).map(
      ({ subject, outcome, detail, why }) => `${subject} ${outcome ?? why}${detail ? ` ${detail}` : ''}`,
    );
  /** Law 4 for people, recounted from the rows. */
  async function peopleAddUp(): Promise<void> {
    const { rows } = await database.pool.query(
      `select node, sum(n) filter (where measure = 'entered') as entered,
         coalesce(sum(n) filter (where measure in ('here', 'moved', 'ended')), 0) as accounted,
         coalesce(sum(n) filter (where measure = 'here'), 0)::int as here,
         (select count(*)::int from participants p where p.node = c.node and p.state = 'active') as standing,
         coalesce(sum(n) filter (where measure = 'ended' and reason = 'failed_data'), 0)::int as failed,
         (select count(*)::int from participants p where p.node = c.node and p.state = 'failed') as apart
       from counters c group by node`,
    );
    for (const row of rows)
      expect(row).toMatchObject({ accounted: row.entered, here: row.standing, failed: row.apart });
  }

  /** Ara fails at her send, Chan at his reward, Bora at her second send; Dami and Eun pass. */
  async function fail(): Promise<void> {
    await poison(database.pool, [ARA], 'outbox');
    await lane(0);
    await poison(database.pool, [BORA], 'outbox');
    await poison(database.pool, [CHAN], 'payouts');
    for (const id of [CHAN, EUN]) await purchase(id, 5_000);
    await lane(5_000);
    await lane(SPAN_MS);
    expect(await standing()).toEqual([
      'ara send failed_data',
      'bora wait failed_data',
      'chan wait failed_data',
      'dami no timeout',
      'eun yes responded',
    ]);
    await peopleAddUp();
  }
  const ALL: PlainSelector = { what: 'participants', run: 'run' };

  it('go on where they stood, in a run that has closed: what they would get is told first, and they get it once', async () => {
    await fail();
    expect(await close(SPAN_MS + 1)).toBe(true);
    await poison(database.pool, PEOPLE, null);
    const { no, items } = await plan(ALL, 60_000);
    expect(totalsOf(items)).toEqual({
      items: 3,
      acts: 3,
      sends: 2,
      pays: [{ currency: 'KRW', count: 1, minor: 400 }],
      would: { put_back: 3 },
      nothing: {},
    });
    expect(await carryOut(60_000)).toBe(0); // a plan does nothing
    expect(await begin(no, 60_000)).toBe('done');
    expect(await carryOut(60_000)).toBe(2);
    expect(await standing()).toEqual([
      'ara send active',
      'bora wait active',
      'chan wait active',
      'dami no timeout',
      'eun yes responded',
    ]);
    await peopleAddUp();
    const open = `select r.state || ' ' || l.done || ' ' || s.late_until as text from runs r join lanes l on l.run_id = r.id join listeners s on s.run_id = r.id`;
    expect(await list(open)).toEqual(['running false infinity']);

    await lane(60_000);
    await lane(60_000 + SPAN_MS);
    expect(await standing()).toEqual([
      'ara no timeout',
      'bora no timeout',
      'chan yes responded',
      'dami no timeout',
      'eun yes responded',
    ]);
    await peopleAddUp();
    expect(await close(120_000)).toBe(true);
    expect(await list(`select customer_id || ' ' || node as text from outbox order by 1`)).toEqual([
      'ara send',
      'ara send-2',
      'bora send',
      'bora send-2',
      'chan send',
      'dami send',
      'dami send-2',
      'eun send',
    ]);
    expect(await list(`select key as text from payouts order by 1`)).toEqual([
      'p/run/reward/1/chan/1',
      'p/run/reward/1/eun/1',
    ]);
    const trace = `select t.steps || ' ' || (x.versions ->> 'by') || ' ' || (x.versions ->> 'reason') as text
      from trace t join decision_contexts x on x.id = t.context_id where x.kind = 'retry' and t.customer_id = 'chan'`;
    expect(await list(trace)).toEqual([`wait#1:retried=${no} o the data was mended`]);
  });

  it('told again, or named again, change nothing: each says that it was retried before', async () => {
    await fail();
    await poison(database.pool, PEOPLE, null);
    const first = await plan(ALL, 60_000);
    const second = await plan(ALL, 60_000); // both were planned while they were set apart
    await begin(first.no, 60_000);
    await carryOut(60_000);
    expect(await begin(first.no, 61_000)).toBe('done');
    expect(await carryOut(61_000)).toBe(0);
    expect(await begin(second.no, 61_000)).toBe('done'); // less would be done by now
    await carryOut(61_000);
    expect(await outcomes(second.no)).toEqual([
      'ara nothing not_failed',
      'bora nothing not_failed',
      'chan nothing not_failed',
    ]);
    const third = await plan({ ...ALL, customers: [ARA, DAMI, 'nobody'] }, 62_000);
    expect(await outcomes(third.no)).toEqual(['ara retried_before', 'dami not_failed', 'nobody not_selected']);
    expect(await begin(third.no, 62_000)).toBe('nothing');
    expect(await list(`select count(*)::text as text from trace where steps like '%retried=%'`)).toEqual(['3']);
    await peopleAddUp();
  });

  it('whose data is as it was are set apart again, and may be retried again', async () => {
    await fail();
    await poison(database.pool, [ARA, BORA], null);
    const { no } = await plan({ ...ALL, node: 'wait' }, 60_000);
    await begin(no, 60_000);
    await carryOut(60_000);
    await lane(60_000);
    expect(await standing()).toContain('chan wait failed_data');
    await peopleAddUp();
    await poison(database.pool, [CHAN], null);
    const again = await plan({ ...ALL, customers: [CHAN] }, 70_000);
    await begin(again.no, 70_000);
    await carryOut(70_000);
    await lane(70_000);
    expect(await standing()).toEqual(expect.arrayContaining(['bora no timeout', 'chan yes responded']));
    await peopleAddUp();
  });

  it('whose answer came late meanwhile keep what it earned, and go on as who did not answer', async () => {
    await fail();
    await purchase(BORA, 15_000, 30_000);
    await poison(database.pool, PEOPLE, null);
    const { no } = await plan({ ...ALL, customers: [BORA] }, 60_000);
    await begin(no, 60_000);
    await carryOut(60_000);
    await lane(60_000);
    expect(await standing()).toContain('bora no timeout');
    expect(await list(`select key as text from payouts where customer_id = 'bora'`)).toEqual(['p/run/reward/1/bora/1']);
    expect(await list(`select count(*)::text as text from closed_waits where customer_id = 'bora'`)).toEqual(['1']);
  });

  it('go on once, though whoever carries it out is killed in the middle and two go on', async () => {
    await fail();
    await poison(database.pool, PEOPLE, null);
    const { no } = await plan(ALL, 60_000);
    await begin(no, 60_000);
    await new RetryWork(pool, 'test', NOBODY, 1).batch(T0 + 60_000);
    expect(await outcomes(no)).toEqual(['ara done', 'bora null', 'chan null']);
    await Promise.all([carryOut(61_000, 1), carryOut(61_000, 1), carryOut(61_000, 1)]);
    await carryOut(62_000);
    expect(await outcomes(no)).toEqual(['ara done', 'bora done', 'chan done']);
    expect(await retries.find(no)).toMatchObject({ outcomes: { done: 3 }, done: expect.any(Date) });
    expect(await list(`select count(*)::text as text from trace where steps like '%retried=%'`)).toEqual(['3']);
    await peopleAddUp();
  });

  it('of a run that is stopped or paused stay where they are, and so does who was erased', async () => {
    await fail();
    const control = (state: string) =>
      database.pool.query(
        `insert into controls (scope, state, reason, actor, at) values ('run/run', $1, 'test', 'o', $2) on conflict (scope) do update set state = $1`,
        [state, new Date(T0)],
      );
    const { no } = await plan(ALL, 60_000);
    await new CustomerPrivacyStore(pool).erase(ARA, { by: 'o', reason: 'r', now: T0 + 60_000 });
    await begin(no, 60_000);
    await control('paused');
    const whys = async () => (await planner.find(ALL, { by: 'o', now: T0 })).items.map(({ why }: PlannedItem) => why);
    expect(await whys()).toEqual(['erased', 'paused', 'paused']);
    await control('stopped');
    expect(await whys()).toEqual(['erased', 'stopped', 'stopped']);
    await carryOut(60_000);
    expect(await outcomes(no)).toEqual(['ara nothing stopped', 'bora nothing stopped', 'chan nothing stopped']);
    await control('running');
    const next = await plan(ALL, 61_000);
    expect(await outcomes(next.no)).toEqual(['ara erased', 'bora null', 'chan null']);
  });

  it('in a large retry wait for a second person, and for none where more would be sent than was shown', async () => {
    await fail();
    const { no } = await plan(ALL, 60_000, { items: 2, minor: 1_000 });
    expect(await begin(no, 60_000)).toBe('needs_approval');
    expect(await begin(no, 60_000, { alone: false })).toBe('own_retry');
    const shown = await plan({ ...ALL, customers: [ARA] }, 60_000, { items: 0, minor: 0 });
    const current = { acts: 1, sends: 2, pays: [] };
    const grown = await inTransaction(pool, (client) =>
      retries.begin(client, shown.no, { alone: false, current }, { by: 'f', now: T0 }),
    );
    expect(grown).toBe('grown');
    expect(await carryOut(60_000)).toBe(0);
    expect(await begin(no, 60_000, { by: 'f', alone: false })).toBe('done');
    await carryOut(60_000);
    expect(await outcomes(no)).toEqual(['ara done', 'bora done', 'chan done']);
  });
});
