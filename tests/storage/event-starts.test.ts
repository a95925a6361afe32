/**
 * Entry by events on a real database: whole batches at once, each customer by the entry policy, never twice at once whoever else writes; what is
 * refused is counted with its reason, and no statement is made per customer.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { bucketOf } from '../../src/domain/base/hash.js';
import type { LaunchedCampaign } from '../../src/domain/journey/definition.js';
import { startSchema, type EventStart } from '../../src/domain/trigger/start.js';
import type { EntryPolicy } from '../../src/domain/trigger/entry.js';
import { CampaignsStore } from '../../src/storage/campaigns.store.js';
import { EventsStore } from '../../src/storage/events.store.js';
import { ControlReadiness } from '../../src/storage/control-readiness.store.js';
import { ControlWork } from '../../src/storage/control-work.store.js';
import { ControlsStore } from '../../src/storage/controls.store.js';
import { openRound } from '../../src/storage/entry-rounds.js';
import { closeEventStart, EventStarts, putEventStart } from '../../src/storage/event-starts.js';
import { LaunchedStore } from '../../src/storage/launched.store.js';
import { createPool, inTransaction, type Pool } from '../../src/storage/pool.js';
import { createDatabase, type TestDatabase } from '../support/database.js';

const NOW = Date.parse('2026-03-03T10:00:00+09:00');
const HOUR = 3_600_000;
const PEOPLE = 1_000;
const idOf = (n: number) => `c${String(n).padStart(4, '0')}`;

describe('a campaign that starts on an event', () => {
  let database: TestDatabase;
  let pool: Pool;
  let events: EventsStore;
  let key = '';
  let event = '';
  let made = 0;
  let sent = 0;
  beforeAll(async () => {
    database = await createDatabase();
    pool = createPool(database.appUrl, { max: 8 });
    const launched = new LaunchedStore(pool);
    events = new EventsStore(pool, { runs: launched, shardOf: () => 0, build: 'test' }, new EventStarts(pool, 'test'));
    const people = Array.from({ length: PEOPLE }, (_, n) => ({
      id: idOf(n),
      bucket: bucketOf(idOf(n)),
      attributes: { grade: n % 10 === 9 ? 'basic' : 'gold' },
    }));
    await pool.query(
      `insert into customers (id, bucket, attributes)
       select id, bucket, attributes from json_to_recordset($1::json) as x(id text, bucket smallint, attributes jsonb)`,
      [JSON.stringify(people)],
    );
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });
  beforeEach(() => {
    made += 1;
    [key, event] = [`signup-${made}`, `signed_up_${made}`];
  });

  async function launch(entry: EntryPolicy, version = 1): Promise<string> {
    const start = startSchema.parse({ type: 'event', event, entry }) as EventStart;
    const gold = { combinator: 'and', rules: [{ field: 'attribute.grade', operator: '=', value: 'gold' }] };
    const exit = { type: 'exit', reason: 'completed' };
    const launched = {
      campaign: {
        key,
        purpose: 'information',
        start,
        zone: 'Asia/Seoul',
        late: 'PT1H',
        journey: { start: 'done', nodes: { done: exit } },
      },
      segment: { key: 'gold', version: 1, rule: gold },
      templates: {},
      waves: {},
    } as unknown as LaunchedCampaign;
    await pool.query(
      `insert into campaigns (key, name, state, draft, edited_by, updated_at) values ($1, $1, 'launched', '{}', 'm', $2) on conflict do nothing`,
      [key, new Date(NOW)],
    );
    await pool.query(`insert into campaign_versions values ($1, $2, $3, '', 'm', 'a', 'm', $4)`, [
      key,
      version,
      JSON.stringify(launched),
      new Date(NOW),
    ]);
    return await inTransaction(pool, async (client) => {
      await closeEventStart(client, key, version);
      const opening = { campaign: key, version, no: 1, launched, build: 'test' };
      const runId = await openRound(client, new CampaignsStore(pool), opening, { by: 'm', now: NOW });
      await putEventStart(client, { campaign: key, version, runId, start });
      return runId;
    });
  }
  const eventOf = (customerId: string, order: string, at = NOW) => ({
    messageId: `m-${(sent += 1)}`,
    customerId,
    name: event,
    occurredAt: at,
    receivedAt: at,
    properties: { order },
  });
  const track = (customers: string[], order: string, at = NOW) =>
    events.append(customers.map((customerId) => eventOf(customerId, order, at)));
  async function runOf(round: number, client: Pick<Pool, 'query'> = pool): Promise<string> {
    const { rows } = await client.query<{ id: string }>(
      'select id from runs where campaign = $1 and trigger_key = $2',
      [key, `entries-${round}`],
    );
    return rows[0]?.id ?? '';
  }
  const end = (customers: string[]) =>
    pool.query(
      `update participants p set state = 'ended', due_at = null from runs r where r.id = p.run_id and r.campaign = $1 and p.customer_id = any($2::text[])`,
      [key, customers],
    );
  /** How many entered per round, and how many were refused by reason, as the counters have it and as the rows have it. */
  async function figures(): Promise<Record<string, number>> {
    const read = async (sql: string) =>
      Object.fromEntries(
        (await pool.query<{ what: string; n: number }>(sql, [key])).rows.map(({ what, n }) => [what, n]),
      );
    const counted = await read(
      `select case measure when 'entered' then r.trigger_key else reason end as what, sum(n)::int as n
       from counters c join runs r on r.id = c.run_id where r.campaign = $1 and measure in ('entered', 'refused') group by 1 order by 1`,
    );
    const recorded = await read(
      `select case e.outcome when 'entered' then r.trigger_key else e.outcome end as what, count(*)::int as n
       from entrants e join runs r on r.id = e.run_id where r.campaign = $1 group by 1 order by 1`,
    );
    const people = await read(
      `select r.trigger_key as what, count(*)::int as n from participants p join runs r on r.id = p.run_id where r.campaign = $1 group by 1`,
    );
    expect(counted).toEqual(recorded);
    for (const [round, n] of Object.entries(people)) expect([round, recorded[round]]).toEqual([round, n]);
    return counted;
  }

  it('lets in whom its segment holds, in the lane of their bucket, and says whom it does not', async () => {
    const run = await launch({ policy: 'once' });
    const appended = await track([idOf(0), idOf(9), idOf(1), 'nobody'], 'a');
    expect(appended.lanes.length).toBeGreaterThan(0);
    expect(appended.lanes.every(({ runId }) => runId === run)).toBe(true);
    expect(await figures()).toEqual({ 'entries-1': 2, not_in_segment: 1, unknown: 1 });
    const { rows } = await pool.query<{ fits: boolean; done: boolean }>(
      `select c.bucket >> 4 between l.stripe_from and l.stripe_to - 1 as fits, l.done from participants p
       join customers c on c.id = p.customer_id join lanes l on l.run_id = p.run_id and l.lane = p.lane where p.run_id = $1`,
      [run],
    );
    expect(rows).toEqual([
      { fits: true, done: false },
      { fits: true, done: false },
    ]);
  });

  it('once: neither again, nor by a repeated message, nor by a new version', async () => {
    await launch({ policy: 'once' });
    await track([idOf(1), idOf(1), idOf(2)], 'a');
    await end([idOf(1)]);
    await track([idOf(1)], 'b', NOW + 9 * HOUR);
    expect(await figures()).toEqual({ 'entries-1': 2, entered_before: 2 });
    await launch({ policy: 'once' }, 2);
    await track([idOf(1), idOf(3)], 'c', NOW + 10 * HOUR);
    expect(await figures()).toEqual({ 'entries-1': 3, entered_before: 3 });
    const { rows } = await pool.query<{ v: number; open: boolean }>(
      'select version as v, takes_entrants as open from runs where campaign = $1 order by 1',
      [key],
    );
    expect(rows).toEqual([
      { v: 1, open: false },
      { v: 2, open: true },
    ]);
  });

  it('once per key: another order enters a round of its own, when the one before has ended', async () => {
    await launch({ policy: 'once_per_key', key: 'order' });
    await track([idOf(1)], 'a');
    await track([idOf(1)], 'b');
    await end([idOf(1)]);
    await track([idOf(1)], 'a', NOW + HOUR);
    await track([idOf(1)], 'b', NOW + HOUR);
    await track([idOf(1)], '', NOW + HOUR);
    expect(await figures()).toEqual({ 'entries-1': 1, 'entries-2': 1, key_used: 1, no_key: 1, under_way: 1 });
  });

  it('again: when the span is over, not a millisecond before, and never twice at once', async () => {
    await launch({ policy: 'again', after: 'PT1H' });
    await track([idOf(1)], 'a');
    await track([idOf(1)], 'a', NOW + HOUR);
    await end([idOf(1)]);
    await track([idOf(1)], 'a', NOW + HOUR - 1);
    await track([idOf(1)], 'a', NOW + HOUR);
    expect(await figures()).toEqual({ 'entries-1': 1, 'entries-2': 1, too_soon: 1, under_way: 1 });
  });

  it('never lets anybody in twice at once, when many transactions bring the same customers', async () => {
    await launch({ policy: 'once_per_key', key: 'order' });
    const all = Array.from({ length: 50 }, (_, n) => idOf(n)).filter((_, n) => n % 10 !== 9);
    await Promise.all(Array.from({ length: 8 }, (_, n) => track(n % 2 === 0 ? all : [...all].reverse(), `order-${n}`)));
    expect(await figures()).toEqual({ 'entries-1': all.length, under_way: 7 * all.length });
  });

  it('is refused in a pause and after a stop, and counted', async () => {
    await launch({ policy: 'once' });
    const control = (state: string) =>
      pool.query(
        `insert into controls (scope, state, reason, actor, at) values ($1, $2, 'r', 'o', $3) on conflict (scope) do update set state = excluded.state`,
        [`campaign/${key}`, state, new Date(NOW)],
      );
    await control('paused');
    await track([idOf(1)], 'a');
    await control('running');
    await track([idOf(2)], 'a');
    await control('stopped');
    await track([idOf(3)], 'a');
    expect(await figures()).toEqual({ 'entries-1': 1, paused: 1, stopped: 1 });
  });

  it('is refused by what the run of its own round says, before an entry is written, and the other rounds go on', async () => {
    await launch({ policy: 'once_per_key', key: 'order' });
    await track([idOf(1), idOf(2), idOf(3)], 'a');
    await end([idOf(1), idOf(2), idOf(3)]);
    await track([idOf(1)], 'b');
    await end([idOf(1)]);
    const second = await runOf(2);
    const by = new ControlsStore(pool);
    const to = (state: 'running' | 'paused' | 'stopped') =>
      by.switch({ scope: `run/${second}`, state, overdue: 'shift', reason: 'r' }, { by: 'o', now: NOW });
    await to('paused');
    await track([idOf(1), idOf(2), idOf(4)], 'c');
    expect(await figures()).toEqual({ 'entries-1': 4, 'entries-2': 1, 'entries-3': 1, paused: 1 });
    await to('running');
    await new ControlWork(pool).run(null, () => true);
    await track([idOf(2)], 'd');
    await to('stopped');
    await track([idOf(3)], 'd');
    await pool.query(`update runs set state = 'closed' where id = $1`, [second]);
    await track([idOf(3)], 'd');
    const refused = { paused: 1, stopped: 1, closed: 1 };
    expect(await figures()).toEqual({ 'entries-1': 4, 'entries-2': 2, 'entries-3': 1, ...refused });
    const { rows } = await pool.query('select no from campaign_entries where campaign = $1 and customer_id = $2', [
      key,
      idOf(3),
    ]);
    expect(rows).toEqual([{ no: 1 }]);
  });

  it('is waited for by a pause of its round, also where it opens it', async () => {
    await launch({ policy: 'once_per_key', key: 'order' });
    await track([idOf(1)], 'a');
    await end([idOf(1)]);
    const readiness = new ControlReadiness(pool);
    let scope = '';
    await inTransaction(pool, async (client) => {
      await events.appendIn(client, [eventOf(idOf(1), 'b')]);
      scope = `run/${await runOf(2, client)}`;
      expect(await readiness.drain(scope, 1)).toBe(false);
    });
    expect(await readiness.drain(scope, 1)).toBe(true);
  });

  it('takes as many statements for a thousand customers as for two', async () => {
    await launch({ policy: 'once' });
    const counted = async (customers: string[]) => {
      const counting = createPool(database.appUrl, { max: 1 });
      let statements = 0;
      counting.on('connect', (client) => {
        const query = client.query.bind(client) as (...args: unknown[]) => unknown;
        client.query = ((...args: unknown[]) => {
          statements += 1;
          return query(...args);
        }) as typeof client.query;
      });
      const launched = new LaunchedStore(pool);
      const own = new EventsStore(
        counting,
        { runs: launched, shardOf: () => 0, build: 'test' },
        new EventStarts(pool, 'test'),
      );
      await own.append(customers.map((customerId) => ({ ...eventOf(customerId, ''), properties: {} })));
      await counting.end();
      return statements;
    };
    const few = await counted([idOf(0), idOf(9)]);
    const many = await counted(Array.from({ length: PEOPLE - 2 }, (_, n) => idOf(n + 1)));
    expect(few).toBeGreaterThan(5);
    expect(many).toBe(few);
    expect((await figures())['entries-1']).toBe(900);
  });
});
