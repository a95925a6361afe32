/**
 * Versions of what is watched: another one whenever it is another, also where what was begun first commits last, and read by index however much there is.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createPool, type Pool } from '../../src/storage/pool.js';
import { ReplayReportsStore } from '../../src/storage/replay-reports.store.js';
import { VersionsStore } from '../../src/storage/versions.store.js';
import { createDatabase, type TestDatabase } from '../support/database.js';

const MANY = 60_000;

describe('versions of what is watched', () => {
  let database: TestDatabase;
  let pool: Pool;
  let versions: VersionsStore;
  beforeAll(async () => {
    database = await createDatabase();
    pool = createPool(database.appUrl);
    versions = new VersionsStore(pool);
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  const MOVE = `insert into payout_moves (payout_key, to_state, cause, at) values ('p', 'intended', 'cohort', now())`;

  async function changes(read: () => Promise<string>, work: () => Promise<unknown>): Promise<boolean> {
    const before = await read();
    expect(await read()).toBe(before);
    await work();
    return (await read()) !== before;
  }

  it.each(['few', 'very many'])(
    'of payouts are others after each move, also of one that commits late, among %s',
    async (n) => {
      const { pool: db } = database;
      if (n !== 'few') {
        await db.query(
          `insert into payout_moves (payout_key, to_state, cause, at) select 'p', 'paid', 'reply', now() from generate_series(1, ${MANY})`,
        );
        await db.query('analyze payout_moves');
      }
      const read = () => versions.payouts();
      expect(await changes(read, () => db.query(MOVE))).toBe(true);
      const late = await db.connect();
      try {
        await late.query('begin');
        await late.query(MOVE);
        expect(await changes(read, () => db.query(MOVE))).toBe(true);
        expect(await changes(read, () => late.query('commit'))).toBe(true);
      } finally {
        late.release(true);
      }
    },
  );

  it('of payouts are read from the end of an index, never from all moves', async () => {
    const statements: string[] = [];
    const heard = { query: async (sql: string) => (statements.push(sql), { rows: [] }) } as unknown as Pool;
    await new VersionsStore(heard).payouts();
    const { rows } = await database.pool.query<{ 'QUERY PLAN': string }>(`explain ${statements[0] ?? ''}`);
    const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
    expect(plan).toMatch(/Index Only Scan Backward using payout_moves_pkey/);
    expect(plan).not.toMatch(/Seq Scan/);
  });

  it('of runs are others after one opens, is switched, and closes', async () => {
    const { pool: db } = database;
    const read = () => versions.runs();
    await db.query(
      `insert into campaigns (key, name, state, draft, edited_by, updated_at) values ('c', 'c', 'launched', '{}', 'm', now())`,
    );
    await db.query(`insert into campaign_versions values ('c', 1, '{}', '', 'm', 'a', 'm', now())`);
    const open = `insert into runs (id, campaign, version, trigger_key, state, started_at, opened_by) values ('r', 'c', 1, 't', 'opening', now(), 'm')`;
    const pause = `insert into controls (scope, state, reason, actor, at) values ('run/r', 'paused', 'r', 'o', now())`;
    for (const sql of [open, `update runs set state = 'running'`, pause, `update runs set state = 'closed'`])
      expect([sql, await changes(read, () => db.query(sql))]).toEqual([sql, true]);
  });

  it('of retries are others after one is planned, begun, told of, and done', async () => {
    const { pool: db } = database;
    const read = () => versions.retries();
    const steps = [
      `insert into retries (selector, reason, asked_by, at, acts, sends, pays, "left", alone_items, alone_minor, needs_approval)
       values ('{}', 'r', 'o', now(), 1, 0, '[]', 0, 1, 1, false)`,
      `with i as (insert into retry_items (retry_no, no, kind, subject, effect) select no, 1, 'lane', '0', 'nudge' from retries)
       insert into retry_moves (retry_no, kind, actor, at) select no, 'begun', 'o', now() from retries`,
      `insert into retry_outcomes (retry_no, item_no, outcome, at) select no, 1, 'done', now() from retries`,
      `insert into retry_moves (retry_no, kind, actor, at) select no, 'done', 'o', now() from retries`,
    ];
    for (const sql of steps) expect([sql, await changes(read, () => db.query(sql))]).toEqual([sql, true]);
  });

  const DECIDED = `insert into audit_log (at, actor, action, subject) values (now(), 'kim', 'test', 'test')`;
  it.each<[keyof VersionsStore, string[]]>([
    [
      'budgets',
      [
        `insert into accounts (key, kind, currency) values ('budget:b', 'budget', 'KRW')`,
        `update accounts set balance = 7 where key = 'budget:b'`,
        `update accounts set closed = true where key = 'budget:b'`,
        DECIDED,
      ],
    ],
    [
      'breaks',
      [
        `with b as (insert into settlement_breaks (id, provider, day, class, key, reversal, facts, state, opened_at)
           values ('b', 'p', '2026-03-02', 'amount', 'k', false, '{}', 'open', now()) returning id)
         insert into settlement_break_moves (break_id, to_state, cause, facts, at) select id, 'open', 'match/1', '{}', now() from b`,
        DECIDED,
      ],
    ],
    ['owed', [MOVE, DECIDED]],
    [
      'periods',
      [
        `insert into ledger_days (account, business_on, posted_on, debits, credits, entries, first_booked_at, last_booked_at)
         values ('budget:b', '2026-03-02', '2026-03-02', 7, 0, 1, now(), now())`,
        `update ledger_days set entries = 2`,
        DECIDED,
      ],
    ],
  ])('of %s are others after each change of them', async (topic, steps) => {
    for (const sql of steps)
      expect([
        sql,
        await changes(
          () => versions[topic](),
          () => database.pool.query(sql),
        ),
      ]).toEqual([sql, true]);
  });

  it('of events are others after one comes in, and after it does something', async () => {
    const steps = [
      `insert into events (message_id, customer_id, name, occurred_at, received_at) values ('m', 'c', 'purchase', now(), now())`,
      `insert into responses (run_id, node, visit, customer_id, wave, event_no, occurred_at, received_at)
       select 'r', 'wait-1', 1, customer_id, 1, no, occurred_at, received_at from events`,
    ];
    for (const sql of steps)
      expect([
        sql,
        await changes(
          () => versions.events(),
          () => database.pool.query(sql),
        ),
      ]).toEqual([sql, true]);
  });

  it('of builds: the newest replay of each is found by its index', async () => {
    const reports = new ReplayReportsStore(pool);
    const found = (build: string) => ({ build, types: [], breaks: [], staying: [] });
    for (const build of ['one', 'two', 'one']) await reports.keep(found(build), { by: 'kim', now: 1_000 });
    expect((await reports.newest()).map(({ no, build }) => [no, build])).toEqual([
      [3, 'one'],
      [2, 'two'],
    ]);
    const statements: string[] = [];
    const heard = { query: async (sql: string) => (statements.push(sql), { rows: [] }) } as unknown as Pool;
    await new ReplayReportsStore(heard).newest();
    const client = await database.pool.connect();
    await client.query('begin; set local enable_seqscan = off'); // three rows are read from end to end as fast
    const { rows } = await client.query<{ 'QUERY PLAN': string }>(`explain ${statements[0] ?? ''}`);
    await client.query('rollback');
    client.release();
    expect(rows.map((row) => row['QUERY PLAN']).join('\n')).toMatch(/Index Scan using replay_reports_newest/);
  });
});
