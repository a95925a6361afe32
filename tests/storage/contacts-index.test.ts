/**
 * What counts against a decision is read from the index alone, whatever a policy asks of a contact: a customer's contacts lie far apart in the table.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { contactsSeen } from '../../src/storage/contacts-seen.js';
import { createPool, type Pool } from '../../src/storage/pool.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { listening, looksAt } from '../support/plans.js';
import { T0 } from '../support/seed.js';

const DAY_MS = 86_400_000;
const window = { kind: 'rolling' as const, spanMs: 30 * DAY_MS };
const POLICIES = [
  { kind: 'channel' as const, value: 'push' as const },
  { kind: 'purpose' as const, value: 'advertising' as const },
  { kind: 'product' as const, value: 'card' },
].map((scope) => ({ key: scope.kind, version: 1, cap: 1, lookAheadMs: 0, scope, window, exemptInformation: true }));

describe('contacts', () => {
  let database: TestDatabase;
  let pool: Pool;

  beforeAll(async () => {
    database = await createDatabase();
    pool = createPool(database.appUrl);
    await database.pool.query(
      `insert into contacts (message_id, customer_id, run_id, channel, purpose, product, at, state)
       select 'm' || n, 'c' || n % 4000, 'r', 'push', 'advertising', 'card', $1::timestamptz - n * interval '1 minute', 'counted'
       from generate_series(1, 40000) n`,
      [new Date(T0)],
    );
    await database.pool.query('vacuum analyze contacts');
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  it('are counted for a cohort without a look at their table', async () => {
    const people = Array.from({ length: 100 }, (_, n) => ({ id: `c${n * 7}`, zone: 'Asia/Seoul' }));
    const client = await pool.connect();
    const heard = listening(client);
    const seen = await contactsSeen(heard.client, people, POLICIES, T0);
    const plans = await Promise.all(heard.statements.map((statement) => looksAt(client, 'contacts', statement)));
    client.release();
    expect([...seen.values()]).toEqual(people.map(() => [10, 10, 10]));
    expect(plans.map(({ scans }) => scans)).toEqual([[['Index Only Scan', 'contacts_customer']]]);
  });
});
