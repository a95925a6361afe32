/**
 * Links told on a real database: what no statement takes is set apart with the reason and told again on demand, no campaign's links hold up another's,
 * and whoever does not get in is found with the reason.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { LaunchedCampaign } from '../../src/domain/journey/definition.js';
import { eventStartOf, type EventStart, type Start } from '../../src/domain/trigger/start.js';
import type { EntryPolicy } from '../../src/domain/trigger/entry.js';
import { linkIdOf } from '../../src/domain/trigger/link.js';
import { CampaignsStore } from '../../src/storage/campaigns.store.js';
import { EventsStore } from '../../src/storage/events.store.js';
import { openRound } from '../../src/storage/entry-rounds.js';
import { closeEventStart, EventStarts, putEventStart } from '../../src/storage/event-starts.js';
import { LaunchedStore } from '../../src/storage/launched.store.js';
import { LinksReadStore } from '../../src/storage/links-read.store.js';
import { LinksStore, retellLinks } from '../../src/storage/links.store.js';
import { createPool, inTransaction, type Pool } from '../../src/storage/pool.js';
import { toldAt } from '../support/attention.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { seedCustomers, seedRun, sendOnce, T0 } from '../support/seed.js';

const PEOPLE = Array.from({ length: 40 }, (_, n) => `c${String(n).padStart(2, '0')}`);
const LIMIT = 100;

describe('links to campaigns', () => {
  let database: TestDatabase;
  let pool: Pool;
  let links: LinksStore;
  let read: LinksReadStore;
  let made = 0;
  let [source, good, bad] = ['', '', ''];
  beforeAll(async () => {
    database = await createDatabase();
    pool = createPool(database.appUrl, { max: 8 });
    const terms = { runs: new LaunchedStore(pool), shardOf: () => 0, build: 'test' };
    links = new LinksStore(pool, new EventsStore(pool, terms, new EventStarts(pool, 'test')));
    read = new LinksReadStore(pool);
    await seedCustomers(database.pool, PEOPLE);
    await database.pool.query(
      `create table troubles (customer_id text, campaign text, code text);
       grant select on troubles to public;
       create function make_trouble() returns trigger language plpgsql as $$
       declare t record;
       begin
         for t in select * from troubles where campaign = new.campaign and (customer_id is null or customer_id = new.customer_id) loop
           raise exception 'made by the test' using errcode = t.code;
         end loop;
         return new;
       end $$;
       create trigger make_trouble before insert on campaign_entries for each row execute function make_trouble()`,
    );
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });
  /** `bad` comes first wherever campaigns are in order. */
  beforeEach(async () => {
    made += 1;
    [source, bad, good] = [`source-${made}`, `a-${made}`, `b-${made}`];
    await database.pool.query('delete from troubles');
    await seedRun(database.pool, source, sendOnce(source), []);
    await launch(bad);
    await launch(good);
  });

  async function launch(key: string, entry: EntryPolicy = { policy: 'once' }): Promise<void> {
    const start: Start = { type: 'link', entry };
    const journey = { start: 'done', nodes: { done: { type: 'exit', reason: 'completed' } } };
    const campaign = { key, purpose: 'information', start, zone: 'Asia/Seoul', late: 'PT1H', journey };
    const rule = { combinator: 'and', rules: [{ field: 'id', operator: '!=', value: PEOPLE[39] }] };
    const launched = { campaign, segment: { key: 's', version: 1, rule }, templates: {}, waves: {} };
    await pool.query(
      `insert into campaigns (key, name, state, draft, edited_by, updated_at) values ($1, $1, 'launched', '{}', 'm', $2)`,
      [key, new Date(T0)],
    );
    await pool.query(`insert into campaign_versions values ($1, 1, $2, '', 'm', 'a', 'm', $3)`, [
      key,
      JSON.stringify(launched),
      new Date(T0),
    ]);
    await inTransaction(pool, async (client) => {
      const definition = launched as unknown as LaunchedCampaign;
      const opening = { campaign: key, version: 1, no: 1, launched: definition, build: 'test' };
      const runId = await openRound(client, new CampaignsStore(pool), opening, { by: 'm', now: T0 });
      await putEventStart(client, { campaign: key, version: 1, runId, start: eventStartOf(start, key) as EventStart });
    });
  }
  async function link(campaign: string, customers: readonly string[], visit = 1): Promise<void> {
    for (const customerId of customers) {
      await pool.query(
        `insert into links (id, customer_id, run_id, node, visit, campaign, at) values ($1, $2, $3, 'on', $4, $5, $6)`,
        [linkIdOf({ runId: source, node: 'on', visit, customerId }), customerId, source, visit, campaign, new Date(T0)],
      );
    }
  }
  const trouble = (campaign: string, code: string, customer: string | null = null) =>
    database.pool.query('insert into troubles values ($1, $2, $3)', [customer, campaign, code]);
  /** How many links of the source by outcome and reason. */
  const outcomes = async () => {
    const { rows } = await pool.query<{ what: string; n: number }>(
      `select concat_ws(':', coalesce(outcome, 'waiting'), reason) as what, count(*)::int as n from links where run_id = $1 group by 1 order by 1`,
      [source],
    );
    return Object.fromEntries(rows.map(({ what, n }) => [what, n]));
  };
  const page = (filter: object) => read.ofRun(source, { after: '', limit: 200, ...filter });

  it('that no statement takes are set apart, the others of their batch are told, and none is lost', async () => {
    await link(bad, PEOPLE.slice(0, 20));
    await link(good, PEOPLE.slice(20, 30));
    await trouble(bad, '22003', PEOPLE[3]);
    await trouble(bad, '23514', PEOPLE[19]);
    const attention = () => toldAt(pool, T0 + 120_000, ['event_backlog', 'link_failed']);
    expect(await attention()).toEqual([
      `event_backlog links/${bad} not_told × 20`,
      `event_backlog links/${good} not_told × 10`,
    ]);
    const told = await links.tell(T0 + 1_000, LIMIT);
    expect([told.told, told.failures]).toEqual([30, []]);
    expect(await outcomes()).toEqual({ entered: 28, 'failed:failed_data:22003': 1, 'failed:failed_data:23514': 1 });
    const failed = await page({ outcome: 'failed' });
    expect(failed.map(({ customerId, reason }) => [customerId, reason])).toEqual([
      [PEOPLE[3], 'failed_data:22003'],
      [PEOPLE[19], 'failed_data:23514'],
    ]);
    expect(await attention()).toEqual([
      `link_failed run/${source} failed_data:22003 × 1`,
      `link_failed run/${source} failed_data:23514 × 1`,
    ]);

    await database.pool.query('delete from troubles');
    expect(await links.tell(T0 + 2_000, LIMIT)).toMatchObject({ told: 0 }); // not by itself
    expect(await inTransaction(pool, (client) => retellLinks(client, source))).toBe(2);
    expect(await links.tell(T0 + 3_000, LIMIT)).toMatchObject({ told: 2 });
    expect(await outcomes()).toEqual({ entered: 30 });
    expect(await attention()).toEqual([]);
  });

  it('to one campaign that cannot be told hold up no other’s, however many they are, and are told when it can', async () => {
    await link(bad, PEOPLE.slice(0, 20));
    await link(good, PEOPLE.slice(20, 30));
    await trouble(bad, '57014'); // a statement that takes too long is nobody's data
    const first = await links.tell(T0 + 1_000, 5);
    expect([first.told, first.failures.length]).toEqual([5, 1]);
    expect(await links.tell(T0 + 1_000, 5)).toMatchObject({ told: 5 });
    expect(await outcomes()).toEqual({ entered: 10, waiting: 20 });
    await database.pool.query('delete from troubles');
    expect(await links.tell(T0 + 2_000, LIMIT)).toMatchObject({ told: 20, failures: [] });
    expect(await outcomes()).toEqual({ entered: 30 });
  });

  it('to a round whose run is paused wait until it goes on, and hold up no other round', async () => {
    const often = `c-${made}`;
    await launch(often, { policy: 'once_per_key', key: 'visit' });
    const [first, second, third] = PEOPLE as [string, string, string];
    const end = () => pool.query(`update participants set state = 'ended', due_at = null where state = 'active'`);
    for (const visit of [1, 2]) {
      await link(often, visit === 1 ? [first, second] : [first], visit);
      expect(await links.tell(T0 + visit * 1_000, LIMIT)).toMatchObject({ failures: [] });
      await end();
    }
    expect(await outcomes()).toEqual({ entered: 3 });
    const to = (state: string) =>
      pool.query(
        `insert into controls (scope, state, reason, actor, at)
         select 'run/' || id, $2, 'r', 'o', $3 from runs where campaign = $1 and trigger_key = 'entries-2'
         on conflict (scope) do update set state = excluded.state`,
        [often, state, new Date(T0)],
      );
    await to('paused');
    await link(often, [first], 3);
    await link(often, [second, third], 4);
    expect(await links.tell(T0 + 3_000, 1)).toMatchObject({ told: 1 });
    expect(await links.tell(T0 + 3_000, LIMIT)).toMatchObject({ told: 1, failures: [] });
    expect(await outcomes()).toEqual({ entered: 5, waiting: 1 });
    expect(await toldAt(pool, T0 + 120_000, ['event_backlog'])).toEqual([]);
    await to('running');
    expect(await links.tell(T0 + 4_000, LIMIT)).toMatchObject({ told: 1, failures: [] });
    expect(await outcomes()).toEqual({ entered: 6 });
  });

  it('to a campaign that is paused wait for it, and to one that is stopped as well do not', async () => {
    const put = (scope: string, state: string) =>
      pool.query(`insert into controls (scope, state, reason, actor, at) values ($1, $2, 'r', 'o', $3)`, [
        scope,
        state,
        new Date(T0),
      ]);
    await link(good, PEOPLE.slice(0, 2));
    await put('all', 'paused');
    expect(await links.tell(T0 + 1_000, LIMIT)).toMatchObject({ told: 0, failures: [] });
    await put(`campaign/${good}`, 'stopped');
    expect(await links.tell(T0 + 2_000, LIMIT)).toMatchObject({ told: 2, failures: [] });
    expect(await outcomes()).toEqual({ 'refused:stopped': 2 });
    await database.pool.query('delete from controls');
  });

  it('say why somebody did not get in, each by its own reason, and are found by it', async () => {
    await link(good, PEOPLE.slice(0, 2));
    await links.tell(T0 + 1_000, LIMIT);
    await link(good, [PEOPLE[0] as string, PEOPLE[39] as string], 2);
    await links.tell(T0 + 2_000, LIMIT);
    await inTransaction(pool, (client) => closeEventStart(client, bad, null));
    await link(bad, [PEOPLE[5] as string]);
    await links.tell(T0 + 3_000, LIMIT);
    await link(`nowhere-${made}`, [PEOPLE[6] as string]);
    expect(await outcomes()).toEqual({
      entered: 2,
      'refused:entered_before': 1,
      'refused:not_in_segment': 1,
      not_open: 1,
      waiting: 1,
    });
    const who = async (filter: object) => (await page(filter)).map(({ customerId }) => customerId);
    expect(await who({ reason: 'not_in_segment' })).toEqual([PEOPLE[39]]);
    expect(await who({ outcome: 'not_open' })).toEqual([PEOPLE[5]]);
    expect(await who({ outcome: 'waiting' })).toEqual([PEOPLE[6]]);
    expect(await who({ outcome: 'refused', campaign: bad })).toEqual([]);
    const { rows } = await pool.query<{ id: string }>('select run_id as id from event_starts where campaign = $1', [
      good,
    ]);
    expect((await page({ outcome: 'entered' })).map(({ enteredRun }) => enteredRun)).toEqual([
      rows[0]?.id,
      rows[0]?.id,
    ]);
    const own = await read.ofCustomer(PEOPLE[0] as string, good);
    expect(own.map(({ from, outcome, reason }) => [from, outcome, reason])).toEqual([
      [source, 'entered', null],
      [source, 'refused', 'entered_before'],
    ]);
  });
});
