/**
 * Which messages a claim takes: from all runs of the queue alike, each run's oldest first, by index however many wait.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type pg from 'pg';
import { AttentionItemsStore } from '../../src/storage/attention-items.store.js';
import { DeliveryResults } from '../../src/storage/delivery-results.store.js';
import { pickQueued } from '../../src/storage/queued-messages.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { listening, looksAt, recording } from '../support/plans.js';

const NOW = Date.parse('2026-03-03T03:00:00Z');
const AT = { gateway: 'gate', shard: 3, now: NOW, ownBook: false };

describe('the messages of a claim', () => {
  let database: TestDatabase;
  let client: pg.PoolClient;
  beforeAll(async () => {
    database = await createDatabase();
    client = await database.pool.connect();
  });
  afterAll(async () => {
    client?.release();
    await database.drop();
  });
  beforeEach(() => client.query('truncate outbox'));

  /** So many of a run, one a second, the last of them so long before now. */
  const queue = async (run: string, count: number, lastAgo = 0): Promise<void> => {
    await client.query(
      `insert into outbox (id, run_id, node, visit, customer_id, lane, wave, channel, purpose, advertising, gateway, shard, state, template, body,
         decided_at, not_after)
       select 'm/' || $1 || '/' || to_char(n, 'FM00000'), $1, 'send', 1, 'c' || n, 0, 1, 'push', 'advertising', true, 'gate', 3, 'queued', 't@1', 'b',
         $3::timestamptz - make_interval(secs => $4 + $2 - n), $3 from generate_series(1, $2::int) n`,
      [run, count, new Date(NOW), lastAgo],
    );
  };
  const openRun = (run: string) =>
    client.query(
      `with c as (insert into campaigns (key, name, state, draft, edited_by, updated_at) values ('of-' || $1, $1, 'launched', '{}', 'm', $2)),
         v as (insert into campaign_versions (campaign, version, definition, content_hash, created_by, approved_by, launched_by, launched_at)
               values ('of-' || $1, 1, '{}', '', 'm', 'a', 'm', $2))
       insert into runs (id, campaign, version, trigger_key, state, started_at, lanes, opened_by) values ($1, 'of-' || $1, 1, $1, 'running', $2, 1, 'm')`,
      [run, new Date(NOW)],
    );
  /** By run, which of its messages. */
  const picked = async (limit: number): Promise<Record<string, number[]>> => {
    const ids = await pickQueued(client, { ...AT, limit });
    expect(new Set(ids).size).toBe(ids.length);
    const numbers: Record<string, number[]> = {};
    for (const id of ids) {
      const [, run = '', n] = id.split('/');
      (numbers[run] ??= []).push(Number(n));
    }
    return numbers;
  };
  const counts = (numbers: Record<string, number[]>) =>
    Object.fromEntries(Object.entries(numbers).map(([run, { length }]) => [run, length]));
  const first = (count: number) => Array.from({ length: count }, (_, n) => n + 1);

  it('are all of a run alone, its oldest first, and none where none wait', async () => {
    expect(await picked(5)).toEqual({});
    await queue('only', 7);
    expect(await picked(5)).toEqual({ only: first(5) });
    expect(await picked(10)).toEqual({ only: first(7) });
  });

  it('are the few of a small run beside those of a large one that has waited for longer', async () => {
    await queue('large', 2_000, 60);
    await queue('small', 10);
    expect(await picked(500)).toEqual({ large: first(490), small: first(10) });
  });

  it('are in equal shares of several large runs, and what one leaves is the others’', async () => {
    await queue('a', 1_000, 500);
    await queue('b', 1_000);
    await queue('c', 1_000, 20);
    expect(counts(await picked(300))).toEqual({ a: 100, b: 100, c: 100 });
    await queue('d', 20);
    expect(await picked(400)).toEqual({ a: first(127), b: first(126), c: first(127), d: first(20) });
  });

  it('are one of each of as many runs as there is room for, of others each time, those with the newest among them', async () => {
    const runs = Array.from({ length: 25 }, (_, n) => `run-${n}`);
    for (const run of runs) await queue(run, 40, 3_600);
    await queue('newest', 1);
    const seen = new Set<string>();
    for (let claim = 0; claim < 60; claim += 1) {
      const numbers = await picked(10);
      expect(Object.values(numbers).map(({ length }) => length)).toEqual(Array.from({ length: 10 }, () => 1));
      for (const run of Object.keys(numbers)) seen.add(run);
      const taken = Object.entries(numbers).map(([run, [n]]) => `m/${run}/${String(n).padStart(5, '0')}`);
      await client.query(`update outbox set state = 'submitting' where id = any($1)`, [taken]);
    }
    expect([...seen].toSorted()).toEqual([...runs, 'newest'].toSorted());
  });

  it('are none of a later moment, of another shard, or of a paused run, and those of others all the same', async () => {
    await queue('a', 20, 60);
    await queue('b', 20, -10); // ten of them are of later
    await client.query(`update outbox set shard = 4 where run_id = 'a' and id > 'm/a/00005'`);
    expect(counts(await picked(100))).toEqual({ a: 5, b: 10 });
    await client.query(
      `insert into controls (scope, state, reason, actor, at) values ('run/a', 'paused', 'r', 'o', now())`,
    );
    expect(counts(await picked(100))).toEqual({ b: 10 });
    await client.query('delete from controls');
  });

  it('are those of a stopped run, whatever else of it is paused: they are taken to be withheld', async () => {
    await openRun('ended');
    await queue('ended', 5);
    await queue('a', 5);
    await client.query(
      `insert into controls (scope, state, reason, actor, at) select s, 'paused', 'r', 'o', now() from unnest($1::text[]) s`,
      [['run/ended', 'campaign/of-ended', 'channel/push']],
    );
    expect(await picked(100)).toEqual({});
    await client.query(`update controls set state = 'stopped' where scope = 'run/ended'`);
    expect(await picked(100)).toEqual({ ended: first(5) });
    await client.query(
      `update controls set state = case scope when 'run/ended' then 'paused' else 'stopped' end where scope not like 'channel/%'`,
    );
    expect(await picked(100)).toEqual({ ended: first(5) });
    await client.query('delete from controls');
  });

  it('are found by their index, with no look at the others, however many wait', async () => {
    await queue('large', 30_000, 60);
    for (let n = 0; n < 30; n += 1) await queue(`small-${n}`, 20);
    await client.query(`update outbox set state = 'accepted' where run_id = 'large' and id < 'm/large/10000'`);
    await client.query('analyze outbox');
    const heard = listening(client);
    expect(await pickQueued(heard.client, { ...AT, limit: 1_000 })).toHaveLength(1_000);
    expect(heard.statements).toHaveLength(3);
    for (const statement of heard.statements) {
      const { scans, pages } = await looksAt(client, 'outbox', statement);
      expect(scans).toEqual(scans.map(() => [expect.stringMatching(/^Index (Only )?Scan$/), 'outbox_queued_by_run']));
      expect(pages).toBeLessThan(1_500); // of 4,000 pages and more that the table has
    }
  });

  /** Until nobody's snapshot, such as that of an automatic analyze beside it, keeps it from marking all pages: else rows are looked at beside their index. */
  async function vacuumed(): Promise<void> {
    for (let isMarked: boolean | undefined; !isMarked;) {
      await client.query('vacuum (analyze, index_cleanup on) outbox'); // few dead entries would stay, and their pages unmarked
      const { rows } = await client.query<{ all: boolean }>(
        `select relallvisible = relpages as all from pg_class where oid = 'outbox'::regclass`,
      );
      isMarked = rows[0]?.all;
    }
  }

  it('tell whether there are any, and since when, past what switches hold and without a look at it', async () => {
    const recorded = recording(database.appUrl);
    const look = () => new DeliveryResults(recorded.pool).nextInMs({ ...AT, step: 0 });
    const lags = () => new AttentionItemsStore(recorded.pool).figures({ now: NOW, closed: [], elsewhere: [] });
    try {
      await queue('held', 30_000, 60);
      await queue('other', 30_000, 60); // its campaign is
      await queue('put-off', 100, 60);
      await client.query(
        `update outbox set not_before = clock_timestamp() + interval '1 hour' where run_id = 'put-off'`,
      );
      for (const run of ['held', 'other', 'put-off', 'small']) await openRun(run);
      await client.query(
        `insert into controls (scope, state, reason, actor, at) select s, 'paused', 'r', 'o', $1 from unnest($2::text[]) s`,
        [new Date(NOW - 3_600_000), ['run/held', 'campaign/of-other']],
      );
      await client.query(`insert into queues (kind, name, shard) values ('delivery', 'gate', 3)`);
      await client.query('reindex table outbox'); // as full as its pages get: the bound is for looks, not for how they were split
      await vacuumed();
      expect(await look()).toBeGreaterThan(60_000); // what is put off
      await queue('small', 3, 30);
      expect(await look()).toBe(0);
      expect((await lags()).lags).toEqual([{ queue: 'gateway/gate', since: NOW - 32_000 }]);
      for (const { text, values } of recorded.statements.filter(({ text }) => /outbox/.test(text))) {
        const { pages } = await looksAt(client, 'outbox', [text, values]);
        expect({ text, few: pages < 200 }).toEqual({ text, few: true }); // of 2,500 and more that the table has
      }
      await client.query(
        `insert into controls (scope, state, reason, actor, at) values ('channel/push', 'paused', 'r', 'o', $1)`,
        [new Date(NOW - 3_600_000)],
      );
      expect(await look()).toBeGreaterThan(60_000);
      expect((await lags()).lags).toEqual([]);
    } finally {
      await recorded.pool.end();
    }
  });
});
