/**
 * Events of anonymous ids on the real store: kept until somebody is identified, then theirs once, answered in time or late like any other event, and
 * nobody's where two were identified.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { AnonymousStore } from '../../src/storage/anonymous.store.js';
import { IngestionStore, type ToldEvent } from '../../src/storage/ingestion.store.js';
import { createPool, type Pool } from '../../src/storage/pool.js';
import { toldAt } from '../support/attention.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import {
  emptyTables,
  ingestionOver,
  laneOver,
  seedCustomers,
  seedRun,
  SPAN_MS,
  T0,
  untilBlocked,
  waitOnce,
} from '../support/seed.js';

const WHO = 'minji';
const JOURNEY = waitOnce('c');

function told(messageId: string, over: Partial<ToldEvent> = {}): ToldEvent {
  return {
    messageId,
    customerId: null,
    anonymousId: 'browser',
    name: 'purchase',
    occurredAt: T0 + 1_000,
    receivedAt: T0 + 2_000,
    properties: {},
    identifies: null,
    traits: null,
    ...over,
  };
}
const identify = (messageId: string, customerId = WHO, over: Partial<ToldEvent> = {}) =>
  told(messageId, { name: 'identify', customerId, identifies: 'browser', ...over });

describe('events of an anonymous id', () => {
  let database: TestDatabase;
  let pool: Pool;
  let ingestion: IngestionStore;
  let anonymous: AnonymousStore;

  beforeAll(async () => {
    database = await createDatabase();
    pool = createPool(database.appUrl);
    const events = ingestionOver(pool, { run: JOURNEY });
    ingestion = new IngestionStore(pool, events);
    anonymous = new AnonymousStore(pool, events);
  });
  beforeEach(async () => {
    await emptyTables(database.pool);
    await seedCustomers(database.pool, [WHO, 'juno']);
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  const joinAll = async (now: number, limit = 500) => {
    let all = 0;
    for (;;) {
      const { joined } = await anonymous.join(now, limit);
      if (joined === 0) return all;
      all += joined;
    }
  };
  const rowsOf = async (sql: string) => (await database.pool.query<Record<string, unknown>>(sql)).rows;
  const owners = async () =>
    Object.fromEntries(
      (await rowsOf('select message_id as id, customer_id as who from events order by 1')).map((r) => [
        r['id'],
        r['who'],
      ]),
    );
  const waiting = async () =>
    (await rowsOf('select message_id as id from anonymous_events order by 1')).map((r) => r['id']);

  it('wait until somebody is identified with it, and are then theirs, as are those that come after', async () => {
    expect(await ingestion.append([told('a1'), told('a2')])).toMatchObject({ stored: 2, pending: false });
    expect([await owners(), await waiting()]).toEqual([{}, ['a1', 'a2']]);
    expect(await ingestion.append([identify('i1')])).toMatchObject({ stored: 1, pending: true });
    const attention = (now: number) => toldAt(pool, now, ['event_backlog']);
    expect(await attention(T0 + 30_000)).toEqual([]);
    expect(await attention(T0 + 90_000)).toEqual(['event_backlog events/anonymous not_joined × 1']);
    expect(await joinAll(T0 + 5_000)).toBe(2);
    expect(await attention(T0 + 90_000)).toEqual([]);
    await ingestion.append([told('a3')]);
    expect([await owners(), await waiting()]).toEqual([{ a1: WHO, a2: WHO, a3: WHO, i1: WHO }, []]);
  });

  it('are the customer’s at once where the same request says who it is, in whatever order', async () => {
    expect(await ingestion.append([told('a1'), identify('i1'), told('a2')])).toMatchObject({
      stored: 3,
      pending: false,
    });
    expect([await owners(), await waiting()]).toEqual([{ a1: WHO, a2: WHO, i1: WHO }, []]);
  });

  it('are stored once, however often they and the identification are repeated, before and after', async () => {
    for (let n = 0; n < 2; n += 1) await ingestion.append([told('a1'), told('a1')]);
    expect((await ingestion.append([told('a1')])).stored).toBe(0);
    await ingestion.append([identify('i1')]);
    expect((await ingestion.append([told('a1')])).stored).toBe(1); // before it has joined: theirs by now
    expect(await joinAll(T0 + 5_000)).toBe(1);
    for (const repeat of [told('a1'), identify('i1')]) expect((await ingestion.append([repeat])).stored).toBe(0);
    expect([await owners(), await waiting()]).toEqual([{ a1: WHO, i1: WHO }, []]);
  });

  it('join in portions, and each portion says whether there may be more', async () => {
    await ingestion.append(Array.from({ length: 25 }, (_, n) => told(`a${n}`)));
    await ingestion.append([identify('i1')]);
    expect((await anonymous.join(T0 + 5_000, 10)).joined).toBe(10);
    expect(await joinAll(T0 + 5_000, 10)).toBe(15);
    expect(await rowsOf(`select pending from anonymous_ids`)).toEqual([{ pending: false }]);
  });

  it('of an id that two customers were identified with are nobody’s from then on', async () => {
    await ingestion.append([identify('i1'), told('a1')]);
    await ingestion.append([identify('i2', 'juno')]);
    await ingestion.append([told('a2')]);
    await ingestion.append([identify('i3')]);
    expect(await joinAll(T0 + 5_000)).toBe(0);
    expect([await owners(), await waiting()]).toEqual([{ a1: WHO, i1: WHO, i2: 'juno', i3: WHO }, ['a2']]);
  });

  it('answer a wait that is open when they join', async () => {
    await seedRun(database.pool, 'run', JOURNEY, [WHO]);
    const advance = laneOver(pool, { run: JOURNEY });
    await advance({ runId: 'run', now: T0 });
    await ingestion.append([told('a1')]);
    await ingestion.append([identify('i1', WHO, { receivedAt: T0 + 3_000 })]);
    expect(await anonymous.join(T0 + 4_000, 500)).toMatchObject({ joined: 1, lanes: [{ runId: 'run', lane: 0 }] });
    expect(await rowsOf('select late, received_at from responses')).toEqual([
      { late: false, received_at: new Date(T0 + 4_000) },
    ]);
  });

  it('are late for a wait that has closed before they join, although they occurred and were sent inside its window', async () => {
    await seedRun(database.pool, 'run', JOURNEY, [WHO]);
    const advance = laneOver(pool, { run: JOURNEY });
    await advance({ runId: 'run', now: T0 });
    await ingestion.append([told('a1')]);
    await advance({ runId: 'run', now: T0 + SPAN_MS, step: 1 });
    await ingestion.append([identify('i1', WHO, { occurredAt: T0 + SPAN_MS, receivedAt: T0 + SPAN_MS + 1_000 })]);
    await joinAll(T0 + SPAN_MS + 2_000);
    expect(await rowsOf('select late from responses')).toEqual([{ late: true }]);
    expect(await rowsOf(`select end_reason as why from participants`)).toEqual([{ why: 'timeout' }]);
  });

  it('are never kept as nobody’s beside an identification that is under way', async () => {
    await ingestion.append([told('a0')]);
    const other = await database.pool.connect();
    await other.query('begin');
    await other.query(
      `update anonymous_ids set customer_id = $1, claimed_at = $2, pending = true where anonymous_id = 'browser'`,
      [WHO, new Date(T0)],
    );
    const keeping = ingestion.append([told('a1')]);
    await untilBlocked(database.pool, 1);
    await other.query('commit');
    other.release();
    await keeping;
    expect([await owners(), await waiting()]).toEqual([{ a1: WHO }, ['a0']]);
    expect(await joinAll(T0 + 5_000)).toBe(1);
  });

  it('of many browsers in crossing orders deadlock nobody', async () => {
    const ids = Array.from({ length: 20 }, (_, n) => `b${n}`);
    const request = (n: number) => {
      const order = n % 2 === 0 ? ids : ids.toReversed();
      return order.flatMap((id, i) => [
        told(`m-${n}-${id}`, { anonymousId: id }),
        ...(i % 3 === n % 3 ? [identify(`i-${n}-${id}`, WHO, { identifies: id })] : []),
      ]);
    };
    await Promise.all(Array.from({ length: 12 }, (_, n) => ingestion.append(request(n))));
    await joinAll(T0 + 5_000);
    const [row] = await rowsOf(`select count(*)::int as n from events where message_id like 'm-%'`);
    expect([row?.['n'], await waiting()]).toEqual([12 * ids.length, []]);
  });
});

describe('traits', () => {
  let database: TestDatabase;
  let pool: Pool;
  let ingestion: IngestionStore;
  beforeAll(async () => {
    database = await createDatabase();
    pool = createPool(database.appUrl);
    ingestion = new IngestionStore(pool, ingestionOver(pool));
    await seedCustomers(database.pool, [WHO, 'gone']);
    await database.pool.query(`update customers set erased_at = now() where id = 'gone'`);
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });
  const customer = async (id: string) => {
    const { rows } = await database.pool.query(
      `select attributes, attr_version as "attrVersion", gate_version as "gateVersion" from customers where id = $1`,
      [id],
    );
    return rows[0] as unknown;
  };

  it('become attributes once, in the order in which they were told, and raise the version of the attributes alone', async () => {
    const first = identify('t1', WHO, { occurredAt: T0 + 2, traits: { grade: 'gold', old: null } });
    const second = identify('t2', WHO, { occurredAt: T0 + 1, traits: { grade: 'basic', old: 1 } });
    await ingestion.append([first, second]);
    const after = { attributes: { grade: 'gold' }, attrVersion: 2, gateVersion: 1 };
    expect(await customer(WHO)).toEqual(after);
    await ingestion.append([identify('t1', WHO, { traits: { grade: 'repeated' } })]);
    await ingestion.append([identify('t3', WHO, { traits: { grade: 'gold' } })]);
    expect(await customer(WHO)).toEqual(after);
  });

  it('make no customer, and bring nothing back of one who was erased', async () => {
    await ingestion.append([
      identify('t4', 'stranger', { traits: { grade: 'gold' } }),
      identify('t5', 'gone', { traits: { grade: 'gold' }, identifies: null }),
    ]);
    expect(await customer('stranger')).toBeUndefined();
    expect(await customer('gone')).toMatchObject({ attributes: {}, attrVersion: 1 });
  });
});
