/**
 * What is asked of many payouts or events does not open the definitions of their campaigns: it reads the same pages however long these are.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type pg from 'pg';
import { readDecidables } from '../../src/storage/decidable-payouts.js';
import { readCandidates } from '../../src/storage/payout-requests.js';
import { expireEvents } from '../../src/storage/retention-rows.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { listening, looksAt } from '../support/plans.js';
import { seedCustomers, seedRun, sendOnce, T0 } from '../support/seed.js';

const COUNT = 150;
/** Random, so that no compression makes it short. */
const LONG = `(select jsonb_object_agg('node-' || n, md5(n::text || random()::text)) from generate_series(1, 2000) n)`;
const RUNS = ['long', 'short'];

describe('of a campaign with a long definition', () => {
  let database: TestDatabase;
  let client: pg.PoolClient;
  const keysOf = (run: string) => Array.from({ length: COUNT }, (_, n) => `p/${run}/${n + 1}`);
  beforeAll(async () => {
    database = await createDatabase();
    client = await database.pool.connect();
    await client.query('alter table campaign_versions disable trigger user');
    for (const run of RUNS) {
      const ids = Array.from({ length: COUNT }, (_, n) => `${run}-${n + 1}`);
      await seedCustomers(database.pool, ids);
      await seedRun(database.pool, run, sendOnce(`of-${run}`), ids);
      await client.query(
        `insert into payouts (key, slot_key, claim_key, run_id, campaign, node, visit, wave, customer_id, kind, amount, currency, budget, provider, shard,
           state, input_sha256, evidence, budget_seq, decided_at)
         select 'p/' || id, id, id, $1, 'of-' || $1, 'pay', 1, 1, replace(id, '/', '-'), 'cashback', 1, 'KRW', 'b', 'pay', 3, 'intended', '', '{}', 1, $2
         from (select $1 || '/' || n as id from generate_series(1, $3::int) n) x`,
        [run, new Date(T0), COUNT],
      );
      await client.query(
        `insert into events (message_id, customer_id, name, occurred_at, received_at)
         select name || id, id, name, $1, $1 from customers cross join unnest(array['purchase', 'view']) name where id like $2`,
        [new Date(T0), `${run}-%`],
      );
    }
    await client.query(
      `update campaign_versions set definition = jsonb_build_object('campaign', jsonb_build_object(
         'goal', jsonb_build_object('event', 'purchase', 'window', 'P7D'), 'payoutWhenWithdrawn', 'cancel', 'payoutApproval', 'always')
         || case campaign when 'of-long' then jsonb_build_object('journey', ${LONG}) else '{}' end)`,
    );
    await client.query(`update participants set state = 'ended'`);
    const { rows } = await client.query(
      'select campaign, pg_column_size(definition) > 20000 as long from campaign_versions order by 1',
    );
    expect(rows).toEqual([
      { campaign: 'of-long', long: true },
      { campaign: 'of-short', long: false },
    ]);
    await client.query('vacuum full campaign_versions');
    await client.query('analyze');
  });
  afterAll(async () => {
    client?.release();
    await database.drop();
  });

  /** Of each run, what its statement reads; it is run, and taken back. */
  async function pagesOf(ask: (client: pg.PoolClient, run: string) => Promise<unknown>): Promise<number[]> {
    const pages: number[] = [];
    for (const run of RUNS) {
      const heard = listening(client);
      await client.query('begin');
      await ask(heard.client, run);
      await client.query('rollback');
      const [statement] = heard.statements;
      if (!statement) throw new Error('nothing was asked');
      for (const isWarm of [false, true]) {
        await client.query('begin');
        const looks = await looksAt(client, 'campaign_versions', statement);
        await client.query('rollback');
        if (isWarm) pages.push(looks.pages);
      }
    }
    return pages;
  }

  it('payouts are claimed', async () => {
    const [long = 0, short = 0] = await pagesOf(async (asked, run) => {
      const rows = await readCandidates(asked, keysOf(run));
      expect(rows).toHaveLength(COUNT);
      expect(rows[0]).toMatchObject({ when_withdrawn: 'cancel', approval: 'always' });
    });
    expect(long).toBeLessThan(short * 1.1);
  });

  it('payouts are decided about', async () => {
    const [long = 0, short = 0] = await pagesOf(async (asked, run) => {
      const rows = await readDecidables(asked, keysOf(run));
      expect(rows).toHaveLength(COUNT);
      expect(rows[0]).toMatchObject({ whenWithdrawn: 'cancel', approval: 'always' });
    });
    expect(long).toBeLessThan(short * 1.1);
  });

  it('events expire, but for those of its goal', async () => {
    const [long = 0, short = 0] = await pagesOf(async (asked, run) => {
      const { rows } = await client.query<{ after: string }>(
        `select min(no) - 1 as after from events where customer_id like $1`,
        [`${run}-%`],
      );
      const among = { after: Number(rows[0]?.after), through: new Date(T0 + 1), limit: 2 * COUNT };
      const { removed } = await expireEvents(asked, { ...among, lookBack: new Map() });
      expect(removed).toEqual({ view: { n: COUNT, newest: expect.any(String) } });
    });
    expect(long).toBeLessThan(short * 1.1);
  });
});
