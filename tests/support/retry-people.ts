/**
 * Five customers of one run, three of whom fail: at a send, at a second send, at a reward. And a retry of them, from its plan to its outcomes.
 */
import { expect } from '@jest/globals';
import type { LaunchedCampaign } from '../../src/domain/journey/definition.js';
import type { PreparedJourney, PreparedNode } from '../../src/domain/journey/prepare.js';
import type { PlainSelector } from '../../src/domain/retry/selector.js';
import { AudienceStore } from '../../src/storage/audience.store.js';
import { createPool, inTransaction, isDataError, type Pool } from '../../src/storage/pool.js';
import { RetriesStore } from '../../src/storage/retries.store.js';
import { RetryPlanner } from '../../src/storage/retry-plan.store.js';
import { RetryWork } from '../../src/storage/retry-work.store.js';
import { createDatabase, type TestDatabase } from './database.js';
import { makePoisonous, poison } from './poison.js';
import { emptyTables, ingestionOver, laneOver, seedCustomers, seedRun, SPAN_MS, T0, waitOnce } from './seed.js';

export const PEOPLE = ['ara', 'bora', 'chan', 'dami', 'eun'];
export const [ARA, BORA, CHAN, DAMI, EUN] = PEOPLE as [string, string, string, string, string];
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
export const NOBODY = { gateways: new Set<string>(), providers: new Set<string>() };
const ALONE = { items: 100, minor: 1_000_000 };

export class RetryPeople {
  readonly retries: RetriesStore;
  readonly planner: RetryPlanner;

  private constructor(
    private readonly database: TestDatabase,
    readonly pool: Pool,
  ) {
    this.retries = new RetriesStore(pool);
    this.planner = new RetryPlanner(pool, LAUNCHED, NOBODY);
  }

  static async open(): Promise<RetryPeople> {
    const database = await createDatabase();
    await makePoisonous(database.pool);
    return new RetryPeople(database, createPool(database.appUrl));
  }

  /** As owner. */
  get db(): TestDatabase['pool'] {
    return this.database.pool;
  }

  async begun(): Promise<void> {
    await emptyTables(this.database.pool);
    await seedCustomers(this.database.pool, PEOPLE);
    await seedRun(this.database.pool, 'run', JOURNEY, PEOPLE);
    await this.database.pool.query(
      `insert into accounts (key, kind, currency, balance) values ('budget:b', 'budget', 'KRW', 1000), ('reserved:b', 'reserved', 'KRW', 0)`,
    );
  }

  async end(): Promise<void> {
    await this.pool.end();
    await this.database.drop();
  }

  readonly lane = (afterMs: number) =>
    laneOver(this.pool, { run: JOURNEY }, { isDataError, cohortSize: 100 })({ runId: 'run', now: T0 + afterMs });

  readonly purchase = (customerId: string, occurredMs: number, receivedMs = occurredMs) =>
    ingestionOver(this.pool, { run: JOURNEY }).append([
      {
        messageId: `e-${customerId}`,
        customerId,
        name: 'purchase',
        occurredAt: T0 + occurredMs,
        receivedAt: T0 + receivedMs,
        properties: {},
      },
    ]);

  readonly list = async (sql: string) =>
    (await this.database.pool.query<{ text: string }>(sql)).rows.map(({ text }) => text);

  readonly standing = () =>
    this.list(
      `select customer_id || ' ' || node || ' ' || coalesce(end_reason, state) as text from participants order by 1`,
    );

  readonly close = (afterMs: number) => new AudienceStore(this.pool, 'test').closeIfDone('run', T0 + afterMs);

  async plan(selector: PlainSelector, afterMs: number, alone = ALONE) {
    const authored = { by: 'o', now: T0 + afterMs };
    const found = await this.planner.find(selector, authored);
    const asked = { selector, reason: 'the data was mended', ...found };
    const no = await inTransaction(this.pool, (client) => this.retries.plan(client, asked, alone, authored));
    return { no, items: found.items };
  }

  async begin(no: number, afterMs: number, { by = 'o', alone = true } = {}) {
    const shown = await this.retries.find(no);
    if (!shown) throw new Error('no such retry');
    const current = await this.planner.current(shown, await this.retries.toPutBack(no), T0 + afterMs);
    return await inTransaction(this.pool, (client) =>
      this.retries.begin(client, no, { alone, current }, { by, now: T0 + afterMs }),
    );
  }

  async carryOut(afterMs: number, batchSize = 500): Promise<number> {
    const work = new RetryWork(this.pool, 'test', NOBODY, batchSize);
    let batches = 0;
    while (await work.batch(T0 + afterMs)) batches += 1;
    return batches;
  }

  readonly outcomes = async (no: number) =>
    (await this.retries.items(no, { after: 0, limit: 100 })).map(
      ({ subject, outcome, detail, why }) => `${subject} ${outcome ?? why}${detail ? ` ${detail}` : ''}`,
    );

  /** Law 4 for people, recounted from the rows. */
  async peopleAddUp(): Promise<void> {
    const { rows } = await this.database.pool.query(
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
  async fail(): Promise<void> {
    await poison(this.database.pool, [ARA], 'outbox');
    await this.lane(0);
    await poison(this.database.pool, [BORA], 'outbox');
    await poison(this.database.pool, [CHAN], 'payouts');
    for (const id of [CHAN, EUN]) await this.purchase(id, 5_000);
    await this.lane(5_000);
    await this.lane(SPAN_MS);
    expect(await this.standing()).toEqual([
      'ara send failed_data',
      'bora wait failed_data',
      'chan wait failed_data',
      'dami no timeout',
      'eun yes responded',
    ]);
    await this.peopleAddUp();
  }
}
