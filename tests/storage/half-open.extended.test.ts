/**
 * A connection to Postgres or Redis on which nothing passes any more, and of which nobody is told: what hangs on it fails within a bounded
 * time, the pool is whole again, and the server gives back the locks of a client that it does not hear from. Needs nothing but minutes.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { createPool, inTransaction, isDisconnected, withPatience, type Pool } from '../../src/storage/pool.js';
import { createRedis } from '../../src/storage/redis.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { until } from '../support/stack.js';
import { TcpProxy } from '../support/tcp-proxy.js';

describe('a half-open connection', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createDatabase();
    await database.pool.query('create table things (id int primary key, n int not null default 0)');
    await database.pool.query('insert into things (id) select generate_series(1, 10)');
    await database.pool.query(`grant all on things to ${new URL(database.appUrl).username}`);
  });
  afterAll(() => database?.drop());

  /** A pool of `max` connections through a proxy of its own. */
  async function through(max: number): Promise<{ proxy: TcpProxy; pool: Pool; close: () => Promise<void> }> {
    const proxy = await TcpProxy.start();
    const url = new URL(database.appUrl);
    proxy.towards(Number(url.port));
    url.port = String(proxy.port);
    const pool = createPool(url.href, { max, name: 'half-open' });
    const close = async () => {
      await proxy.close(); // first: an orderly goodbye would wait for an answer
      await pool.end();
    };
    return { proxy, pool, close };
  }
  const failure = (work: Promise<unknown>) =>
    work.then(
      () => null,
      (error: unknown) => error,
    );

  it('fails queries and transactions within a bounded time, and the pool is whole again', async () => {
    const { proxy, pool, close } = await through(3);
    const transaction = () =>
      inTransaction(pool, async (client) => {
        await client.query('update things set n = n + 1 where id = 1'); // one of the two waits for the other
        proxy.halfOpen();
        await client.query('update things set n = n + 1 where id = 2');
      });
    await Promise.all([pool.query('select pg_sleep(0.1)'), pool.query('select pg_sleep(0.1)')]);
    const transactions = [failure(transaction()), failure(transaction())];
    await until('it is half-open', async () => proxy.open === 0);
    const errors = await Promise.all([...transactions, failure(pool.query('select 1'))]);
    expect(errors.map(isDisconnected)).toEqual([true, true, true]);
    await proxy.heal();
    await expect(pool.query('select 1')).resolves.toMatchObject({ rowCount: 1 });
    const { rows } = await database.pool.query('select sum(n)::int as n from things');
    expect(rows).toEqual([{ n: 0 }]);
    await close();
  });

  it('gives back the locks of a transaction whose client is not heard any more', async () => {
    const { proxy, pool, close } = await through(1);
    const lost = failure(
      inTransaction(pool, async (client) => {
        await client.query('select from things where id = 3 for update');
        proxy.halfOpen();
        await client.query('select from things where id = 4 for update');
      }),
    );
    await until('it holds the lock', async () => proxy.open === 0);
    await database.pool.query('update things set n = 0 where id = 3'); // waits for the lock
    expect(isDisconnected(await lost)).toBe(true);
    await close();
  });

  it('is told from a long statement: the one is waited for, the other fails, long before the statement’s own limit', async () => {
    const [sound, failing] = [await through(2), await through(2)];
    const patiently = (pool: Pool, statement: string) =>
      inTransaction(pool, (client) =>
        withPatience({ pool, client, statementMs: 600_000 }, async () => (await client.query(statement)).rowCount),
      );
    const waited = patiently(sound.pool, 'select pg_sleep(37)'); // longer than what others get
    const lost = failure(patiently(failing.pool, 'select pg_sleep(10)'));
    await sleep(1_000);
    failing.proxy.halfOpen();
    await sleep(1_000);
    await failing.proxy.heal();
    expect(isDisconnected(await lost)).toBe(true);
    expect(await waited).toBe(1);
    // what the session says afterwards is what it said before
    const { rows } = await sound.pool.query(
      `select name, setting from pg_settings where name in ('statement_timeout', 'idle_session_timeout') order by name`,
    );
    expect(rows).toEqual([
      { name: 'idle_session_timeout', setting: '0' },
      { name: 'statement_timeout', setting: '30000' },
    ]);
    await Promise.all([sound.close(), failing.close()]);
  });

  it('to Redis fails commands at once and is replaced', async () => {
    const proxy = await TcpProxy.start();
    const url = new URL(process.env['REDIS_URL'] as string);
    proxy.towards(Number(url.port));
    url.port = String(proxy.port);
    const redis = createRedis(url.href);
    await until('it is ready', async () => redis.status === 'ready');
    expect(await redis.ping()).toBe('PONG');
    proxy.halfOpen();
    expect(await failure(redis.ping())).toBeInstanceOf(Error);
    await proxy.heal();
    await until('it answers again', async () => (await redis.ping().catch(() => '')) === 'PONG', 30_000);
    redis.disconnect();
    await proxy.close();
  });
});
