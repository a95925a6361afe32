/**
 * Law 5 over the border of a calendar period: a contact that is not definitely over counts for every decision, so that however late it is
 * handed over, no day, week or month of the customer gets more than its cap.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { DeliveryResults } from '../../src/storage/delivery-results.store.js';
import { DeliveryClaims } from '../../src/storage/delivery.store.js';
import { createPool, type Pool } from '../../src/storage/pool.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { emptyTables, GATEWAY, laneOver, putPolicy, seedCustomers, seedRun, sendOnce, SHARD } from '../support/seed.js';
import { onlyCall } from '../support/only-call.js';

const TERMS = { batchSize: 10, timeoutMs: 5_000, idempotent: true, idempotencyMs: 1e9, lookup: true, visibilityMs: 0 };
const awake = { quiet: null };
const JOURNEYS = {
  spring: sendOnce('spring', awake),
  summer: sendOnce('summer', awake),
  autumn: sendOnce('autumn', { quiet: null, product: 'loan' }, { channel: 'email' }),
};
type RunId = keyof typeof JOURNEYS;
const CALENDAR = (unit: string) => ({ kind: 'calendar', unit });

describe('a cap per calendar period', () => {
  let database: TestDatabase;
  let pool: Pool;
  let claims: DeliveryClaims;
  let results: DeliveryResults;

  beforeAll(async () => {
    database = await createDatabase();
    pool = createPool(database.appUrl);
    claims = new DeliveryClaims(pool, 'test', async (runId) => JOURNEYS[runId as RunId]);
    results = new DeliveryResults(pool);
  });
  beforeEach(async () => {
    await emptyTables(database.pool);
    await seedCustomers(database.pool, ['minji']);
    await database.pool.query(
      `update customers set consents = consents || '{"email:advertising": {"granted": true}}', addresses = addresses || '{"email": "m@example.com"}'`,
    );
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  const at = (time: string) => ({ gateway: GATEWAY, shard: SHARD, step: 0, now: Date.parse(time) });
  /** The run's send to minji is decided at this time. */
  async function decide(runId: RunId, time: string): Promise<string> {
    await seedRun(database.pool, runId, JOURNEYS[runId], ['minji']);
    await database.pool.query('update participants set due_at = $2 where run_id = $1', [runId, new Date(time)]);
    await laneOver(pool, JOURNEYS)({ runId, now: Date.parse(time) });
    const { rows } = await database.pool.query('select steps from trace where run_id = $1 order by no desc limit 1', [
      runId,
    ]);
    return /message=([a-z_:]+)/.exec(rows[0].steps)?.[1] as string;
  }
  async function handOver(time: string): Promise<number> {
    const claim = await claims.claim(at(time), TERMS);
    return onlyCall(claim).attemptId;
  }
  async function send(time: string, status: 'accepted' | 'rejected' = 'accepted'): Promise<void> {
    const attempt = await handOver(time);
    const { rows } = await database.pool.query(`select id from outbox where state = 'submitting'`);
    const answers = new Map(rows.map(({ id }) => [id as string, { status, reason: null, reference: null }]));
    await results.record(at(time), [{ attemptId: attempt, outcome: { kind: 'answered', results: answers } }], TERMS);
  }
  const outOn = async (day: string) =>
    (
      await database.pool.query(
        `select from outbox where handover_at is not null and (handover_at at time zone 'Asia/Seoul')::date = $1::date`,
        [day],
      )
    ).rowCount;

  it.each([
    ['day', '2026-03-03T23:59:59.999+09:00', '2026-03-04T00:00:00+09:00'],
    ['week', '2026-03-08T23:59:59.999+09:00', '2026-03-09T00:00:00+09:00'],
    ['month', '2026-03-31T23:59:59.999+09:00', '2026-04-01T00:00:00+09:00'],
    ['month', '2028-02-29T23:59:59.999+09:00', '2028-03-01T00:00:00+09:00'],
  ])('is used up until the %s is over, to the millisecond', async (unit, last, first) => {
    await putPolicy(database.pool, { key: 'cap', window: CALENDAR(unit), cap: 1 });
    await decide('spring', last);
    await send(last);
    expect(await decide('summer', last)).toBe('suppressed:capped');
    expect(await decide('autumn', first)).toBe('queued');
  });

  it('begins its day where the customer is', async () => {
    await database.pool.query(`update customers set zone = 'America/New_York'`);
    await putPolicy(database.pool, { key: 'cap', window: CALENDAR('day'), cap: 1 });
    await decide('spring', '2026-03-08T00:30:00-05:00'); // clocks go forward later that night
    await send('2026-03-08T00:30:00-05:00');
    expect(await decide('summer', '2026-03-08T23:30:00-04:00')).toBe('suppressed:capped');
    expect(await decide('autumn', '2026-03-09T00:00:00-04:00')).toBe('queued');
  });

  it('counts what was decided yesterday and is handed over today', async () => {
    await putPolicy(database.pool, { key: 'cap', window: CALENDAR('day'), cap: 1 });
    await decide('spring', '2026-03-03T23:59:00+09:00');
    expect(await decide('summer', '2026-03-04T00:01:00+09:00')).toBe('suppressed:capped');
    await send('2026-03-04T00:02:00+09:00');
    expect(await outOn('2026-03-04')).toBe(1);
  });

  it.each([
    ['not acted on', { kind: 'later' as const, retryAfterMs: 0 }],
    ['ambiguous', { kind: 'unknown' as const }],
  ])('counts what was in flight at midnight and turns out %s', async (_, outcome) => {
    await putPolicy(database.pool, { key: 'cap', window: CALENDAR('day'), cap: 1 });
    await decide('spring', '2026-03-03T23:59:00+09:00');
    const attempt = await handOver('2026-03-03T23:59:58+09:00');
    // Today has begun, and nobody knows yet what became of yesterday's.
    expect(await decide('summer', '2026-03-04T00:00:03+09:00')).toBe('suppressed:capped');
    await results.record(at('2026-03-04T00:00:05+09:00'), [{ attemptId: attempt, outcome }], TERMS);
    if (outcome.kind === 'later') await handOver('2026-03-04T00:00:08+09:00');
    else await claims.reclaim(at('2026-03-04T00:00:08+09:00'), TERMS, ['m/spring/send/1/minji']);
    expect(await outOn('2026-03-04')).toBe(1);
  });

  it('gives the slot back when the gateway definitely rejects', async () => {
    await putPolicy(database.pool, { key: 'cap', window: CALENDAR('day'), cap: 1 });
    await decide('spring', '2026-03-03T10:00:00+09:00');
    expect(await decide('summer', '2026-03-03T10:01:00+09:00')).toBe('suppressed:capped');
    await send('2026-03-03T10:02:00+09:00', 'rejected');
    expect(await decide('autumn', '2026-03-03T10:03:00+09:00')).toBe('queued');
  });

  it('gives the slot back when the hand-over withholds', async () => {
    await putPolicy(database.pool, { key: 'cap', window: CALENDAR('week'), cap: 1 });
    await decide('spring', '2026-03-03T10:00:00+09:00');
    const refuse = (granted: boolean) =>
      database.pool.query(
        `update customers set gate_version = gate_version + 1, consents = jsonb_set(consents, '{push:advertising,granted}', $1::text::jsonb)`,
        [String(granted)],
      );
    await refuse(false);
    expect(await claims.claim(at('2026-03-03T10:01:00+09:00'), TERMS)).toMatchObject({ kind: 'claimed', withheld: 1 });
    await refuse(true);
    expect(await decide('summer', '2026-03-03T10:02:00+09:00')).toBe('queued');
  });

  it('holds beside others: the first policy that is used up stops it, and those of another scope do not', async () => {
    await putPolicy(database.pool, { key: 'a-week', window: CALENDAR('week'), cap: 2 });
    await putPolicy(database.pool, {
      key: 'b-push',
      scope: { kind: 'channel', value: 'push' },
      window: CALENDAR('day'),
      cap: 1,
    });
    await putPolicy(database.pool, {
      key: 'c-loan',
      scope: { kind: 'product', value: 'loan' },
      window: { kind: 'rolling', spanMs: 3_600_000 },
      cap: 0,
    });
    const morning = '2026-03-03T10:00:00+09:00';
    expect(await decide('spring', morning)).toBe('queued');
    expect(await decide('summer', morning)).toBe('suppressed:capped');
    expect(await decide('autumn', morning)).toBe('suppressed:capped');
    const { rows } = await database.pool.query('select run_id, steps from trace order by run_id');
    const policies = rows.map(({ run_id, steps }) => [run_id, (steps as string).match(/policy=[^,|]+/g)]);
    expect(policies).toEqual([
      ['autumn', ['policy=a-week@1:1/2', 'policy=c-loan@1:0/0']],
      ['spring', ['policy=a-week@1:0/2', 'policy=b-push@1:0/1']],
      ['summer', ['policy=a-week@1:1/2', 'policy=b-push@1:1/1']],
    ]);
  });
});
