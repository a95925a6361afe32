/**
 * A gateway whose book is this database (capture, inbox, staff list): the claim that judges a message enters it, in one transaction. A worker
 * that dies at any moment leaves it queued or accepted, and nothing in doubt.
 */
import { MockActivityEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createDeliveryActivities } from '../../activities/delivery.activities.js';
import { DeliveryResults } from '../../src/storage/delivery-results.store.js';
import { DeliveryClaims } from '../../src/storage/delivery.store.js';
import { createPool, type Pool } from '../../src/storage/pool.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { deliveryPorts } from '../support/delivery-ports.js';
import { emptyTables, GATEWAY, seedDecided, sendOnce, SHARD, T0 } from '../support/seed.js';

const TERMS = {
  batchSize: 2,
  timeoutMs: 5_000,
  idempotent: true,
  idempotencyMs: 60_000,
  lookup: true,
  visibilityMs: 0,
  ownBook: true,
};
const JOURNEY = sendOnce('spring');
const AT = { gateway: GATEWAY, shard: SHARD, step: 0, now: T0 + 1_000 };
const CUSTOMERS = ['juno', 'minji', 'sora'];
const slot = (customer: string) => `m/run/send/1/${customer}`;

describe('a gateway whose book is ours', () => {
  let database: TestDatabase;
  let pool: Pool;
  let claims: DeliveryClaims;
  let results: DeliveryResults;

  beforeAll(async () => {
    database = await createDatabase();
    pool = createPool(database.appUrl);
  });
  beforeEach(async () => {
    await emptyTables(database.pool);
    claims = new DeliveryClaims(pool, 'test', async () => JOURNEY);
    results = new DeliveryResults(pool);
    await seedDecided({ database, pool }, JOURNEY, CUSTOMERS);
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  const read = async (sql: string) => (await database.pool.query(sql)).rows;
  const messages = () =>
    read(`select o.id, o.state, o.attempts, c.state as contact, c.at = o.handover_at as counts_then
          from outbox o join contacts c on c.message_id = o.id order by o.id`);
  const counted = () =>
    read(`select measure, reason, sum(n)::int as n from counters
          where node = 'send' and measure in ('queued', 'submitting', 'accepted', 'withheld') group by 1, 2 having sum(n) <> 0 order by 1`);
  const entered = { state: 'accepted', attempts: 1, contact: 'counted', counts_then: true };

  it('has what a claim hands over, though the process ends right after it', async () => {
    const claim = await claims.claim(AT, TERMS, 2);
    expect(claim).toMatchObject({ kind: 'claimed', withheld: 0 });
    // nothing is told of what came of it: the process is gone
    expect(await messages()).toEqual(CUSTOMERS.map((customer) => ({ id: slot(customer), ...entered })));
    expect(await read('select outcome, messages, closed_at is null as open from message_attempts order by id')).toEqual(
      [
        { outcome: 'answered', messages: 2, open: false },
        { outcome: 'answered', messages: 1, open: false },
      ],
    );
    expect(await counted()).toEqual([{ measure: 'accepted', reason: '', n: 3 }]);
    expect(
      await read(`select count(*)::int as n from trace t join decision_contexts x on x.id = t.context_id
                  where x.kind = 'claim' and t.steps like '%message=handed_over'`),
    ).toEqual([{ n: 3 }]);
    // nothing to resolve, ever
    expect(await results.nextInMs(AT)).toBeNull();
    expect((await results.dueLookups(AT, TERMS, 10)).items).toEqual([]);
  });

  it('refuses what the gate refuses in the same transaction', async () => {
    await database.pool.query(
      `update customers set status = 'withdrawn', gate_version = gate_version + 1 where id = 'minji'`,
    );
    await claims.claim(AT, TERMS, 2);
    expect(await messages()).toEqual([
      { id: slot('juno'), ...entered },
      { id: slot('minji'), state: 'withheld', attempts: 0, contact: 'returned', counts_then: null },
      { id: slot('sora'), ...entered },
    ]);
    expect(await counted()).toEqual([
      { measure: 'accepted', reason: '', n: 2 },
      { measure: 'withheld', reason: 'withdrawn', n: 1 },
    ]);
  });

  it('is told what it has, and asked nothing', async () => {
    const told: string[][] = [];
    const gateway = {
      terms: TERMS,
      submit: async (batch: { id: string }[]) => {
        told.push(batch.map(({ id }) => id));
        expect(await messages()).toContainEqual({ id: batch[0]?.id, ...entered });
        return { kind: 'unknown' } as const; // whatever it says
      },
      lookup: () => Promise.reject(new Error('nothing is in doubt')),
    };
    const { deliverMessages, resolveMessages } = createDeliveryActivities(deliveryPorts({ claims, results }, gateway));
    const environment = new MockActivityEnvironment();
    expect(await environment.run(deliverMessages, AT)).toEqual({ step: 0, more: false, done: 3 });
    expect(told.flat().sort()).toEqual(CUSTOMERS.map(slot));
    expect(await environment.run(resolveMessages, AT)).toMatchObject({ done: 0, nextInMs: null });
    expect(await messages()).toEqual(CUSTOMERS.map((customer) => ({ id: slot(customer), ...entered })));
  });
});
