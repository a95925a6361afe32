/**
 * Law 5 under concurrency: two campaigns meet over one customer whose cap is one. The lock and the count must be two statements under
 * READ COMMITTED; the variants that merge them, or read an older snapshot, are run here and send twice.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { bucketOf, stripeOf } from '../../src/domain/base/hash.js';
import { createPool, type Pool } from '../../src/storage/pool.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import {
  emptyTables,
  holdLocks,
  laneOver,
  seedCustomers,
  seedPolicy,
  seedRun,
  sendOnce,
  T0,
  untilBlocked,
} from '../support/seed.js';

const CUSTOMER = 'minji';
const STRIPE = stripeOf(bucketOf(CUSTOMER));
const JOURNEYS = { spring: sendOnce('spring'), summer: sendOnce('summer') };
type RunId = keyof typeof JOURNEYS;

describe('two campaigns that want the last contact of a customer', () => {
  let database: TestDatabase;
  let pool: Pool;

  beforeAll(async () => {
    database = await createDatabase();
    pool = createPool(database.appUrl);
  });
  beforeEach(async () => {
    await emptyTables(database.pool);
    await seedCustomers(database.pool, [CUSTOMER]);
    for (const [runId, journey] of Object.entries(JOURNEYS)) await seedRun(database.pool, runId, journey, [CUSTOMER]);
    await seedPolicy(database.pool, 1);
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  /** Start them one after the other so that both wait at the same stripe, in this order, then let them go. */
  async function race(first: () => Promise<unknown>, second: () => Promise<unknown>): Promise<void> {
    const held = await holdLocks(database.pool, `select pg_advisory_xact_lock(7000, ${STRIPE})`);
    const running = [first()];
    await untilBlocked(database.pool, 1);
    running.push(second());
    await untilBlocked(database.pool, 2);
    await held.release();
    await Promise.all(running);
  }

  async function outcome() {
    const { rows: contacts } = await database.pool.query('select run_id from contacts order by run_id');
    const { rows: messages } = await database.pool.query('select run_id from outbox order by run_id');
    const { rows: traces } = await database.pool.query('select run_id, steps from trace order by run_id');
    return {
      contacts: contacts.map((row) => row.run_id),
      messages: messages.map((row) => row.run_id),
      decided: Object.fromEntries(
        traces.map((row) => [row.run_id, /message=([a-z]+(:[a-z]+)?)/.exec(row.steps)?.[1]]),
      ) as Record<RunId, string>,
    };
  }

  it.each<[RunId, RunId]>([
    ['spring', 'summer'],
    ['summer', 'spring'],
  ])('get one between them when %s locks before %s, and the other’s trace says that it was capped', async (a, b) => {
    const lane = laneOver(pool, JOURNEYS);
    await race(
      () => lane({ runId: a }),
      () => lane({ runId: b }),
    );
    expect(await outcome()).toEqual({
      contacts: [a],
      messages: [a],
      decided: { [a]: 'queued', [b]: 'suppressed:capped' },
    });
  });

  it('get one between them when many sessions of both run at once, each with its own customers beside', async () => {
    const others = Array.from({ length: 40 }, (_, n) => `other-${n}`);
    await seedCustomers(database.pool, others);
    for (const [runId] of Object.entries(JOURNEYS)) {
      await database.pool.query(
        `insert into participants (customer_id, run_id, lane, node, due_at, entered_at)
         select id, $1, 0, 'send', $2, $2 from unnest($3::text[]) as c(id)`,
        [runId, new Date(T0), others],
      );
    }
    const lane = laneOver(pool, JOURNEYS, { cohortSize: 7 });
    await Promise.all([lane({ runId: 'spring' }), lane({ runId: 'summer' })]);
    const { rows } = await database.pool.query('select customer_id, count(*)::int as n from contacts group by 1');
    expect(rows).toHaveLength(41);
    expect(rows.filter((row) => row.n !== 1)).toEqual([]);
  });

  it('would both get one if the same store read a snapshot from before the wait (REPEATABLE READ)', async () => {
    const url = new URL(database.appUrl);
    url.searchParams.set('options', '-c default_transaction_isolation=repeatable\\ read');
    const frozen = createPool(url.href);
    try {
      const lane = laneOver(frozen, JOURNEYS);
      await race(
        () => lane({ runId: 'spring' }),
        () => lane({ runId: 'summer' }),
      );
      expect((await outcome()).contacts).toEqual(['spring', 'summer']);
    } finally {
      await frozen.end();
    }
  });

  const COUNT = `select count(*) as n from contacts where customer_id = $2 and state <> 'returned'`;
  const INSERT = `insert into contacts (message_id, customer_id, run_id, channel, purpose, at, state)
    select $1, $2, $1, 'push', 'advertising', $3, 'reserved'`;

  /** The same decision by hand, in one statement or in two. */
  async function decideByHand(runId: RunId, shape: 'merged' | 'apart'): Promise<void> {
    const client = await pool.connect();
    const values = [runId, CUSTOMER, new Date(T0)];
    await client.query('begin');
    if (shape === 'merged') {
      await client.query(
        `with locked as materialized (select pg_advisory_xact_lock(7000, ${STRIPE})),
              seen as materialized (${COUNT} and (select count(*) from locked) = 1)
         ${INSERT} from seen where n < 1`,
        values,
      );
    } else {
      await client.query(`select pg_advisory_xact_lock(7000, ${STRIPE})`);
      await client.query(`with seen as materialized (${COUNT}) ${INSERT} from seen where n < 1`, values);
    }
    await client.query('commit');
    client.release();
  }

  it.each<['merged' | 'apart', number]>([
    ['apart', 1],
    ['merged', 2],
  ])('by hand, with lock and count %s, get %i contacts: so the statements stay apart', async (shape, contacts) => {
    await race(
      () => decideByHand('spring', shape),
      () => decideByHand('summer', shape),
    );
    expect((await outcome()).contacts).toHaveLength(contacts);
  });
});
