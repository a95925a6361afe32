/**
 * Moving people to a newer version on a real database: an event that is on its way meanwhile answers the wait wherever its customer then is, whoever is
 * answered or due stays, no more are moved than was confirmed, and no statement is made per customer.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { bucketOf } from '../../src/domain/base/hash.js';
import { campaignSchema, type LaunchedCampaign } from '../../src/domain/journey/definition.js';
import { carriedWaits, type NodeMap } from '../../src/domain/journey/migration.js';
import { CampaignsStore } from '../../src/storage/campaigns.store.js';
import { EventsStore } from '../../src/storage/events.store.js';
import { LaunchedStore } from '../../src/storage/launched.store.js';
import { createPool, inTransaction, type Client, type Pool } from '../../src/storage/pool.js';
import { RunMigrationStore, type Migration, type MigrationOutcome } from '../../src/storage/run-migration.store.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { openRun } from '../support/open-run.js';
import { T0, untilBlocked } from '../support/seed.js';
import { until } from '../support/stack.js';

const PEOPLE = 400;
const HOUR = 3_600_000;
const NOW = T0 + HOUR;
const idOf = (n: number) => `c${String(n).padStart(4, '0')}`;
const MAP: NodeMap = { answer: 'reply', rest: 'pause' };

describe('a move to a newer version', () => {
  let database: TestDatabase;
  let pool: Pool;
  let events: EventsStore;
  let migrations: RunMigrationStore;
  let key = '';
  let made = 0;
  beforeAll(async () => {
    database = await createDatabase();
    pool = createPool(database.appUrl, { max: 8 });
    events = new EventsStore(pool, { runs: new LaunchedStore(pool), shardOf: () => 0, build: 'test' });
    migrations = new RunMigrationStore(pool);
    await pool.query(
      `insert into customers (id, bucket) select id, bucket from json_to_recordset($1::json) as x(id text, bucket smallint)`,
      [JSON.stringify(Array.from({ length: PEOPLE }, (_, n) => ({ id: idOf(n), bucket: bucketOf(idOf(n)) })))],
    );
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  function version(answer: string, rest: string): LaunchedCampaign {
    const nodes = {
      [answer]: { type: 'wait', span: 'P1D', response: { event: `bought_${made}` }, next: rest },
      [rest]: { type: 'wait', window: { from: '09:00', to: '10:00' }, next: 'out' },
      out: { type: 'exit' },
    };
    const journey = { start: answer, nodes };
    const campaign = campaignSchema.parse({ key, name: key, purpose: 'information', segment: 'all', journey });
    const rule = { combinator: 'and' as const, rules: [{ field: 'id', operator: 'notNull' as const }] };
    return {
      campaign,
      segment: { key: 'all', version: 1, rule },
      templates: {},
      waves: { [answer]: 0, [rest]: 0, out: 0 },
    };
  }
  /** Everybody waits for an answer since T0, for a day; every tenth one for the hours of the day. */
  beforeEach(async () => {
    made += 1;
    key = `move-${made}`;
    await openRun(database.pool, pool, version('answer', 'rest'), T0);
    await pool.query(
      `update participants set due_at = $2, window_end_at = $2, wave = 1, wave_at = $3 where run_id = $1`,
      [key, new Date(T0 + 24 * HOUR), new Date(T0)],
    );
    await pool.query(
      `update participants set node = 'rest', window_end_at = null where run_id = $1 and right(customer_id, 1) = '9'`,
      [key],
    );
    await pool.query(
      `insert into campaign_versions select campaign, 2, $2, '', 'm', 'a', 'm', launched_at from campaign_versions where campaign = $1`,
      [key, JSON.stringify({ ...version('reply', 'pause'), waves: { reply: 3, pause: 3, out: 3 } })],
    );
  });

  async function migration(confirmed: Record<string, number>): Promise<Migration> {
    const run = await migrations.find(key);
    const launched = await new CampaignsStore(pool).launchedDefinition(pool, key, 2);
    if (!run || !launched) throw new Error('the test has no run');
    const waits = carriedWaits({ from: run.definition, to: launched }, MAP);
    return { run, version: 2, launched, nodes: MAP, waits, passed: [], confirmed, reason: 'r' };
  }
  const ALL = { answer: PEOPLE, rest: PEOPLE };
  const by = { by: 'm', now: NOW, build: 'test' };
  const moveIn = async (client: Client, confirmed: Record<string, number> = ALL) =>
    migrations.move(client, new CampaignsStore(pool), await migration(confirmed), by);
  const move = (confirmed?: Record<string, number>) => inTransaction(pool, (client) => moveIn(client, confirmed));
  const runOf = (outcome: MigrationOutcome) => (outcome.kind === 'moved' ? outcome.run : outcome.kind);
  const buys = (customers: string[], also?: () => Promise<void>) =>
    events.append(
      customers.map((customerId) => ({
        messageId: `${key}/${customerId}`,
        customerId,
        name: `bought_${made}`,
        occurredAt: NOW,
        receivedAt: NOW,
        properties: {},
      })),
      also,
    );
  const answers = async () => {
    const { rows } = await pool.query<{ run: string; node: string; wave: number; who: string; marked: boolean }>(
      `select s.run_id as run, s.node, s.wave, s.customer_id as who, p.responded as marked from responses s
       join participants p on p.run_id = s.run_id and p.customer_id = s.customer_id
       join runs r on r.id = s.run_id where r.campaign = $1 order by 4`,
      [key],
    );
    return rows;
  };
  const blocked = () => untilBlocked(database.pool, 1);

  it('carries each wait with its window, and looks at the clock of the new version where there is none', async () => {
    const outcome = await move();
    expect(outcome).toMatchObject({ kind: 'moved', left: 0 });
    const { rows } = await pool.query<Record<string, unknown>>(
      `select node, state, end_reason as reason, wave, count(*)::int as n, max(due_at) as due, max(window_end_at) as "end", max(wave_at) as since
       from participants where run_id = any($1::text[]) group by 1, 2, 3, 4 order by 1`,
      [[key, runOf(outcome)]],
    );
    const end = new Date(T0 + 24 * HOUR);
    const since = new Date(T0);
    const gone = { state: 'ended', reason: 'migrated', wave: 1, due: null, end: null, since };
    expect(rows).toEqual([
      { node: 'answer', n: 360, ...gone },
      { node: 'pause', state: 'active', reason: null, wave: 3, n: 40, due: new Date(NOW), end: null, since },
      { node: 'reply', state: 'active', reason: null, wave: 3, n: 360, due: end, end, since },
      { node: 'rest', n: 40, ...gone },
    ]);
  });

  it('an event that waited for it answers the wait in the new run', async () => {
    const client = await pool.connect();
    await client.query('begin');
    const outcome = await moveIn(client);
    const bought = buys([idOf(1), idOf(2)]);
    await blocked();
    await client.query('commit');
    client.release();
    const { lanes } = await bought;
    expect(await answers()).toEqual(
      [idOf(1), idOf(2)].map((who) => ({ run: runOf(outcome), node: 'reply', wave: 3, who, marked: true })),
    );
    expect(lanes).toEqual([{ runId: runOf(outcome), lane: 0 }]);
    expect((await buys([idOf(1)])).stored).toBe(0);
  });

  it('whoever has answered when it comes stays, and is counted as one who does', async () => {
    let release = () => undefined as void;
    const held = new Promise<void>((resolve) => (release = resolve));
    const bought = buys([idOf(1), idOf(2)], () => held);
    await until('the events are being recorded', async () => {
      const { rows } = await database.pool.query(
        `select from pg_stat_activity where datname = current_database() and state = 'idle in transaction'`,
      );
      return rows.length > 0;
    });
    const moving = move();
    await blocked();
    release();
    await bought;
    expect(await moving).toMatchObject({ kind: 'moved', left: 0 });
    expect(await answers()).toEqual(
      [idOf(1), idOf(2)].map((who) => ({ run: key, node: 'answer', wave: 1, who, marked: true })),
    );
    const { rows } = await pool.query<{ state: string; n: number }>(
      'select state, count(*)::int as n from participants where run_id = $1 group by 1 order by 1',
      [key],
    );
    expect(rows).toEqual([
      { state: 'active', n: 2 },
      { state: 'ended', n: PEOPLE - 2 },
    ]);
    const waits = (await migration(ALL)).waits;
    expect(await migrations.count(key, waits, NOW)).toEqual([{ node: 'answer', here: 2, moves: 0 }]);
    expect(await move()).toEqual({ kind: 'nobody' });
  });

  it('moves nobody where more wait than was confirmed, where the run is paused, and where it is stopped', async () => {
    expect(await move({ answer: 359, rest: 40 })).toMatchObject({
      kind: 'more',
      counts: [
        { node: 'answer', here: 0, moves: 360 },
        { node: 'rest', here: 0, moves: 40 },
      ],
    });
    const control = (state: string) =>
      pool.query(
        `insert into controls (scope, state, reason, actor, at) values ($1, $2, 'r', 'o', $3) on conflict (scope) do update set state = excluded.state`,
        [`campaign/${key}`, state, new Date(T0)],
      );
    await control('paused');
    expect(await move()).toEqual({ kind: 'paused' });
    await control('stopped');
    expect(await move()).toEqual({ kind: 'stopped' });
    const { rows } = await pool.query<{ n: number }>(
      `select count(*)::int as n from runs where campaign = $1 and id <> $1`,
      [key],
    );
    expect(rows).toEqual([{ n: 0 }]);
  });

  it('takes as many statements for four hundred as for one', async () => {
    const counted = async () => {
      const counting = createPool(database.appUrl, { max: 2 });
      let statements = 0;
      counting.on('connect', (client) => {
        const query = client.query.bind(client) as (...args: unknown[]) => unknown;
        client.query = ((...args: unknown[]) => {
          statements += 1;
          return query(...args);
        }) as typeof client.query;
      });
      const own = new RunMigrationStore(counting);
      const outcome = await inTransaction(counting, async (client) =>
        own.move(client, new CampaignsStore(pool), await migration(ALL), by),
      );
      await counting.end();
      expect(outcome.kind).toBe('moved');
      return statements;
    };
    await pool.query(`update participants set due_at = $2 where run_id = $1 and customer_id <> $3`, [
      key,
      new Date(T0),
      idOf(1),
    ]);
    const one = await counted();
    await pool.query(`update participants set due_at = $2 where run_id = $1 and state = 'active'`, [
      key,
      new Date(T0 + 24 * HOUR),
    ]);
    expect(await counted()).toBe(one);
  });
});
