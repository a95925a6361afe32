/**
 * The set SQL that counts contacts for a whole cohort against the pure function that says what counts (law 5): two witnesses on random
 * histories and random policies, on a real database.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { countSeen, type ContactPolicy, type PolicyScope } from '../../src/domain/contact-policy/policy.js';
import { contactsSeen } from '../../src/storage/cohort-facts.js';
import { createPool, type Pool } from '../../src/storage/pool.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { T0 } from '../support/seed.js';
import { seeded } from './seeded.js';

const DAY = 86_400_000;
const CUSTOMERS = ['a', 'b', 'c'] as const;

const span = fc.oneof(fc.constantFrom(1, 1_000, DAY, 7 * DAY, 30 * DAY), fc.integer({ min: 1, max: 40 * DAY }));
const channel = fc.constantFrom<'push' | 'sms' | 'email'>('push', 'sms', 'email');
const purpose = fc.constantFrom<'advertising' | 'information'>('advertising', 'information');
const product = fc.constantFrom('card', 'loan');

const scope: fc.Arbitrary<PolicyScope> = fc.oneof(
  fc.constant({ kind: 'all' as const }),
  channel.map((value) => ({ kind: 'channel' as const, value })),
  purpose.map((value) => ({ kind: 'purpose' as const, value })),
  product.map((value) => ({ kind: 'product' as const, value })),
);
const policies = fc.array(
  fc
    .record({ scope, spanMs: span, exemptInformation: fc.boolean() })
    .map(({ scope, spanMs, exemptInformation }): ContactPolicy => ({
      key: 'p',
      version: 1,
      scope,
      window: { kind: 'rolling', spanMs },
      cap: 1,
      exemptInformation,
    })),
  { minLength: 1, maxLength: 4 },
);

/** Times near the edges of the usual windows; a reservation lives at most 7 days, and a rival's now may be ahead of ours. */
const age = fc.oneof(
  fc
    .tuple(fc.constantFrom(0, 1, 1_000, DAY, 7 * DAY, 30 * DAY), fc.integer({ min: -2, max: 2 }))
    .map(([a, b]) => a + b),
  fc.integer({ min: -60_000, max: 45 * DAY }),
);
const contact = fc
  .record({
    customer: fc.constantFrom(...CUSTOMERS),
    channel,
    purpose,
    product: fc.option(product),
    age,
    state: fc.constantFrom('reserved', 'counted', 'returned'),
  })
  .filter(({ state, age }) => state !== 'reserved' || age < 7 * DAY);
type Contact = typeof contact extends fc.Arbitrary<infer T> ? T : never;

describe('the contacts that count, by SQL and by the domain,', () => {
  let database: TestDatabase;
  let pool: Pool;

  beforeAll(async () => {
    database = await createDatabase();
    pool = createPool(database.appUrl);
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  /** What SQL sees of a history, in a transaction that leaves nothing. */
  async function bySql(history: Contact[], inForce: ContactPolicy[]): Promise<Map<string, number[]>> {
    const client = await pool.connect();
    try {
      await client.query('begin');
      await client.query(
        `insert into contacts (message_id, customer_id, run_id, channel, purpose, product, at, state)
         select no::text, customer, 'run', channel, purpose, product, at, state from json_to_recordset($1::json)
           as x(no int, customer text, channel text, purpose text, product text, at timestamptz, state text)`,
        [JSON.stringify(history.map((c, no) => ({ ...c, no, at: new Date(T0 - c.age).toISOString() })))],
      );
      return await contactsSeen(client, [...CUSTOMERS], inForce, T0);
    } finally {
      await client.query('rollback');
      client.release();
    }
  }

  it('are as many for every policy and customer of random histories', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(contact, { maxLength: 25 }), policies, async (history, inForce) => {
        const sql = await bySql(history, inForce);
        for (const customer of CUSTOMERS) {
          const seen = history
            .filter((c) => c.customer === customer && c.state !== 'returned')
            .map((c) => ({ ...c, at: T0 - c.age, reserved: c.state === 'reserved' }));
          const pure = inForce.map((policy) => countSeen(policy, seen, T0));
          expect({ customer, seen: sql.get(customer) ?? inForce.map(() => 0) }).toEqual({ customer, seen: pure });
        }
      }),
      { seed: seeded('contacts seen'), numRuns: 300 },
    );
  });

  it('include a reservation for as long as its message may go out: until seven days after the decision', async () => {
    const all: ContactPolicy = {
      key: 'daily',
      version: 1,
      scope: { kind: 'all' },
      window: { kind: 'rolling', spanMs: DAY },
      cap: 1,
      exemptInformation: false,
    };
    const reserved = (age: number): Contact => ({
      customer: 'a',
      channel: 'push',
      purpose: 'advertising',
      product: null,
      age,
      state: 'reserved',
    });
    expect((await bySql([reserved(7 * DAY - 1)], [all])).get('a')).toEqual([1]);
    expect((await bySql([{ ...reserved(DAY), state: 'counted' }], [all])).get('a') ?? [0]).toEqual([0]);
  });
});
