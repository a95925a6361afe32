/**
 * A run that is younger than what the planner knows of the tables: it believes that nobody is in it, however many are. What is asked of some of its
 * people is found by them, and not by looking through all of the run, which would make the work of a run the square of its size. So with lists that are
 * full again after it has seen them drained.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ControlWork } from '../../src/storage/control-work.store.js';
import { ControlsStore } from '../../src/storage/controls.store.js';
import { LedgerSealsStore } from '../../src/storage/ledger-seals.store.js';
import { MessagesReadStore } from '../../src/storage/messages-read.store.js';
import { pathFacts } from '../../src/storage/path-facts.js';
import { PayoutEventsStore } from '../../src/storage/payout-events.store.js';
import type { Pool } from '../../src/storage/pool.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { looksAt, planned, recording, type PlanNode, type Statement } from '../support/plans.js';
import { ingestionOver, laneOver, seedCustomers, seedPolicy, seedRun, T0, waitOnce } from '../support/seed.js';

const OLD = 1_000;
const YOUNG = 10_000;
/** What is done is taken off them. */
const LISTS = ['ledger_unsealed', 'payout_events'];
const JOURNEY = waitOnce('c');
const TABLES = ['participants', 'responses', 'payouts'];
const idsOf = (run: string, count: number) =>
  Array.from({ length: count }, (_, n) => `${run}-${String(n).padStart(5, '0')}`);

const lookedAt = (node: PlanNode): string => node['Relation Name'] ?? node['Index Name'] ?? ''; // a bitmap of an index names the index alone

/** It goes through what a run has, or through everything: neither by people, nor by the first of a lane that are due, nor by keys. */
function looksThrough(node: PlanNode): boolean {
  if (!/^(Index|Index Only|Bitmap Index|Seq) Scan$/.test(node['Node Type'])) return false;
  return (
    TABLES.some((table) => lookedAt(node).startsWith(table)) &&
    !/customer_id|lane =|\(id |\(key /.test(node['Index Cond'] ?? '')
  );
}

describe('of a run that the planner does not know yet', () => {
  let database: TestDatabase;
  let pool: Pool;
  let statements: Statement[];

  /** All of its people have answered, and were paid. */
  async function enter(run: string, count: number): Promise<void> {
    const db = database.pool;
    await seedCustomers(db, idsOf(run, count));
    await seedRun(db, run, { ...JOURNEY, campaign: run }, idsOf(run, count));
    await db.query(
      `insert into responses (run_id, node, visit, customer_id, wave, event_no, occurred_at, received_at)
       select run_id, 'before', 1, customer_id, 1, 1, entered_at, entered_at from participants where run_id = $1`,
      [run],
    );
    await db.query(
      `insert into payouts (key, slot_key, claim_key, run_id, campaign, node, visit, wave, customer_id, kind, amount, currency, budget, provider,
         shard, state, input_sha256, evidence, budget_seq, decided_at)
       select 'p/' || customer_id, 'p/' || customer_id, customer_id, run_id, run_id, 'r', 1, 1, customer_id, 'cashback', 1, 'KRW', 'b', 'pay', 0, 'paid', '',
         '{}', 1, entered_at from participants where run_id = $1`,
      [run],
    );
  }
  beforeAll(async () => {
    database = await createDatabase();
    ({ pool, statements } = recording(database.appUrl));
    await seedPolicy(database.pool, 3);
    await enter('old', OLD);
    while ((await laneOver(pool, { old: JOURNEY })({ runId: 'old' })).state === 'more');
    await database.pool.query('vacuum analyze');
    for (const table of [...TABLES, ...LISTS])
      await database.pool.query(`alter table ${table} set (autovacuum_enabled = false)`);
    await enter('young', YOUNG);
  });
  afterAll(async () => {
    await pool?.end();
    await database?.drop();
  });

  /** Of what one turn asks: the statement's opening, and how it looks through a table. */
  async function lookedThrough(turn: () => Promise<unknown>): Promise<string[]> {
    statements.length = 0;
    await turn();
    const plans = await planned(database.pool, statements);
    expect(plans.length).toBeGreaterThan(0);
    return plans.flatMap(({ statement, nodes }) =>
      nodes
        .filter(looksThrough)
        .map((node) => `${lookedAt(node)} by ${node['Index Cond'] ?? 'all'}: ${statement.text.trim().slice(0, 80)}`),
    );
  }
  const switched = (state: 'paused' | 'running' | 'stopped', now: number) =>
    new ControlsStore(pool).switch({ scope: 'run/young', state, overdue: 'shift', reason: 'r' }, { by: 'o', now });
  const worked = async () => expect(await new ControlWork(pool, 500).run('run/young', () => true)).toBe(true);

  it('a cohort finds its people, what they answered, and where it puts them', async () => {
    const lane = laneOver(pool, { young: JOURNEY }, { cohortSize: 1_000 });
    expect(await lookedThrough(() => lane({ runId: 'young' }))).toEqual([]);
  });

  it('what else a walk may need to know is found by its people', async () => {
    const asksAll = {
      ...JOURNEY,
      readsAnswers: true,
      lateWaitEvents: ['login'],
      payoutEvents: ['payout_paid'],
      toldRewards: ['r'],
      branchEvents: { names: ['login'], withinMs: 1_000 },
    };
    const at = { runId: 'young', now: T0 };
    const turn = async () => {
      const of = await pathFacts(pool, at, idsOf('young', 1_000), asksAll);
      expect(of('young-00007')).toMatchObject({ respondedNodes: ['before'], answers: { before: 1 } });
      expect(of('young-00007').rewards).toEqual({
        r: { amount: { minor: 1, currency: 'KRW' }, code: null, paidAt: null },
      });
    };
    expect(await lookedThrough(turn)).toEqual([]);
  });

  it('events find those whom they answer', async () => {
    const events = idsOf('young', 500).map((customerId) => ({
      messageId: `e/${customerId}`,
      customerId,
      name: 'purchase',
      occurredAt: T0 + 1,
      receivedAt: T0 + 1,
      properties: {},
    }));
    expect(await lookedThrough(() => ingestionOver(pool, { young: JOURNEY }).append(events))).toEqual([]);
    const { rows } = await pool.query(
      `select count(*) as n from responses where run_id = 'young' and node <> 'before'`,
    );
    expect(rows).toEqual([{ n: 500 }]);
  });

  it('a resume and a stop find whom they move', async () => {
    await switched('paused', T0 + 2);
    await switched('running', T0 + 3);
    expect(await lookedThrough(worked)).toEqual([]);
    await switched('stopped', T0 + 4);
    expect(await lookedThrough(worked)).toEqual([]);
  });

  it('a customer’s messages are found by what was decided about them, however many the run has', async () => {
    const messages = new MessagesReadStore(pool);
    statements.length = 0;
    expect(await messages.ofCustomer('young', 'young-00007')).toHaveLength(1);
    const client = await database.pool.connect();
    try {
      const { pages } = await looksAt(client, 'outbox', [statements[0]?.text ?? '', statements[0]?.values ?? []]);
      expect(pages).toBeLessThan(50);
    } finally {
      client.release();
    }
  });

  it('what is sealed, or told of payouts, leaves its list by its key: the planner knows both as drained', async () => {
    const db = database.pool;
    const fill = [
      'insert into ledger_unsealed (recorded_at, transfer_id) select recorded_at, id from ledger_transfers',
      `insert into payout_events (payout_key, state, provider, shard, at) select key, 'paid', provider, shard, decided_at from payouts where run_id = 'young'`,
    ];
    await db.query(
      `insert into ledger_transfers (id, kind, at, business_on, posted_on)
       select 't#' || n, 'fund', '2026-03-03T10:00:00Z', '2026-03-03', '2026-03-03' from generate_series(1, $1::int) n`,
      [YOUNG],
    );
    await db.query(fill[1] as string);
    for (const list of LISTS) await db.query(`delete from ${list}; analyze ${list}`);
    for (const statement of fill) await db.query(statement);
    const leave = async (turn: () => Promise<unknown>) => {
      statements.length = 0;
      await turn();
      const plans = await planned(db, statements);
      return plans.flatMap(({ statement, nodes }) => (statement.text.trim().startsWith('delete') ? nodes : []));
    };
    const sealed = await leave(() => new LedgerSealsStore(pool, 1_000).sealBatch());
    const told = await leave(() =>
      new PayoutEventsStore(pool, ingestionOver(pool)).tell({ provider: 'pay', shard: 0, now: T0 }, 500),
    );
    for (const [list, nodes, key] of [
      ['ledger_unsealed', sealed, 'transfer_id = ANY'],
      ['payout_events', told, 'payout_key = ANY'],
    ] as const) {
      const looks = nodes.filter((node) => node['Node Type'].endsWith('Scan') && lookedAt(node).startsWith(list));
      expect(looks.length).toBeGreaterThan(0);
      expect(looks.filter((node) => !(node['Index Cond'] ?? '').includes(key))).toEqual([]);
      const { rows } = await db.query(`select count(*)::int as n from ${list}`);
      expect(rows).toEqual([{ n: YOUNG - (list === 'payout_events' ? 500 : 1_000) }]);
    }
  });

  it('would be found out: a look at all that a run has', async () => {
    const all = `select count(*) as n from responses where run_id = 'young' and event_no = 1`;
    expect(await lookedThrough(() => pool.query(all))).toEqual([
      `responses by (run_id = 'young'::text): ${all.slice(0, 80)}`,
    ]);
  });
});
