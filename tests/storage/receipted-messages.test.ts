/**
 * A receipt settles a message in doubt, whichever comes first (laws 4, 8 and 10): it is accepted, its contact counts, both sums hold; what proves nothing leaves it.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { DeliveryResults } from '../../src/storage/delivery-results.store.js';
import { DeliveryClaims } from '../../src/storage/delivery.store.js';
import { createPool, inTransaction, type Pool } from '../../src/storage/pool.js';
import { recordReceipts, type Receipt } from '../../src/storage/receipts.store.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { onlyCall } from '../support/only-call.js';
import { emptyTables, GATEWAY, seedDecided, sendOnce, SHARD, T0 } from '../support/seed.js';
import { until } from '../support/stack.js';

const TERMS = { batchSize: 100, timeoutMs: 5_000, idempotent: false, idempotencyMs: 0, lookup: false, visibilityMs: 0 };
const JOURNEY = sendOnce('spring');
const AT = { gateway: GATEWAY, shard: SHARD, step: 0, now: T0 };
const idOf = (customer: string) => `m/run/send/1/${customer}`;

describe('a receipt', () => {
  let database: TestDatabase;
  let pool: Pool;
  let results: DeliveryResults;
  let attempt: number;

  beforeAll(async () => {
    database = await createDatabase();
    pool = createPool(database.appUrl);
  });
  beforeEach(async () => {
    await emptyTables(database.pool);
    results = new DeliveryResults(pool);
    await seedDecided({ database, pool }, JOURNEY, ['minji', 'juno']);
    const claim = await new DeliveryClaims(pool, 'test', async () => JOURNEY).claim(AT, TERMS);
    attempt = onlyCall(claim).attemptId;
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  const told = (customer: string, event: Receipt['event'], gateway = GATEWAY) =>
    inTransaction(pool, (client) => recordReceipts(client, gateway, [{ id: idOf(customer), event, at: T0 }], T0));
  const isInDoubt = () => results.record(AT, [{ attemptId: attempt, outcome: { kind: 'unknown' } }], TERMS);

  /** Each message with its contact; both sums of law 4 beside them. */
  async function seen(): Promise<Record<string, string>> {
    const { rows } = await database.pool.query<{ customer: string; state: string; contact: string; proven: boolean }>(
      `select o.customer_id as customer, o.state, c.state as contact, o.decided_by_receipt as proven
       from outbox o join contacts c on c.message_id = o.id`,
    );
    const { rows: counted } = await database.pool.query<{ state: string; n: number }>(
      `select measure as state, sum(n)::int as n from counters where measure in (select state from outbox) group by 1`,
    );
    for (const { state, n } of counted) expect(rows.filter((row) => row.state === state)).toHaveLength(n);
    return Object.fromEntries(
      rows.map(({ customer, state, contact, proven }) => [customer, `${state} ${contact}${proven ? ' proven' : ''}`]),
    );
  }

  it.each(['delivered', 'opened', 'clicked', 'bounced'] as const)('%s settles what was in doubt', async (event) => {
    await isInDoubt();
    await told('minji', event);
    await told('minji', event);
    expect(await seen()).toEqual({ minji: 'accepted counted proven', juno: 'ambiguous reserved' });
    expect((await results.dueLookups(AT, TERMS, 10)).items.map(({ id }) => id)).toEqual([idOf('juno')]);
  });

  it('that came before the doubt settles it with it, also where a lease runs out', async () => {
    await told('minji', 'delivered');
    expect(await seen()).toEqual({ minji: 'submitting reserved', juno: 'submitting reserved' });
    await database.pool.query(`update message_attempts set lease_until = clock_timestamp() - interval '1 second'`);
    expect(await results.expireLeases(AT, TERMS)).toBe(2);
    expect(await seen()).toEqual({ minji: 'accepted counted proven', juno: 'ambiguous reserved' });
  });

  it('that is recorded while the doubt is settles it, too', async () => {
    const other = await pool.connect();
    await other.query('begin');
    await other.query(`select from outbox where id = $1 for update`, [idOf('minji')]);
    const receipt = told('minji', 'delivered');
    await until('it waits', async () => {
      const { rowCount } = await database.pool.query(
        `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
      );
      return rowCount === 1;
    });
    await other.query(`update outbox set state = 'ambiguous', reason = 'no_reply' where id = $1`, [idOf('minji')]);
    await other.query('commit');
    other.release();
    await receipt;
    const { rows } = await database.pool.query('select state from outbox where id = $1', [idOf('minji')]);
    expect(rows).toEqual([{ state: 'accepted' }]);
  });

  it('that proves nothing leaves it: an opt-out, one of another gateway, one of what was not in doubt', async () => {
    await told('juno', 'delivered');
    await results.record(
      AT,
      [
        {
          attemptId: attempt,
          outcome: {
            kind: 'answered',
            results: new Map([[idOf('juno'), { status: 'rejected', reason: 'unknown_address', reference: null }]]),
          },
        },
      ],
      TERMS,
    );
    await told('minji', 'opted_out');
    await told('minji', 'delivered', 'another');
    expect(await seen()).toEqual({ minji: 'ambiguous reserved', juno: 'rejected returned' });
  });
});
