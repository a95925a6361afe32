/**
 * Switches and what is queued or handed over: a pause moves the end of a message, a skip withholds it, a stop of any scope withholds it and
 * gives the contact back; and a switch holds only when no attempt that had not seen it is alive.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ControlReadiness } from '../../src/storage/control-readiness.store.js';
import { ControlWork } from '../../src/storage/control-work.store.js';
import { ControlsStore, type Overdue } from '../../src/storage/controls.store.js';
import { DeliveryResults } from '../../src/storage/delivery-results.store.js';
import { DeliveryClaims } from '../../src/storage/delivery.store.js';
import { createPool, type Pool } from '../../src/storage/pool.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import {
  emptyTables,
  GATEWAY,
  holdLocks,
  laneOver,
  seedDecided,
  seedRun,
  sendOnce,
  SHARD,
  T0,
} from '../support/seed.js';
import { onlyCall } from '../support/only-call.js';

const HOUR = 3_600_000;
const AT = { gateway: GATEWAY, shard: SHARD, step: 0 };
const TERMS = { batchSize: 100, timeoutMs: 5_000, idempotencyMs: 60_000 };
const RESULT_TERMS = { idempotent: true, idempotencyMs: HOUR, lookup: true, visibilityMs: 0 };
const JOURNEY = sendOnce('spring', { quiet: null });
const SCOPES = ['run/run', 'campaign/spring', 'channel/push', `gateway/${GATEWAY}`, 'all'];
/** A run closes when everybody is decided about: its messages may wait for hours after that. */
const BOTH = ['running', 'closed'].flatMap((state) => SCOPES.map((scope) => [scope, state] as const));

describe('a switch and the messages', () => {
  let database: TestDatabase;
  let pool: Pool;
  let controls: ControlsStore;
  let claims: DeliveryClaims;
  let readiness: ControlReadiness;

  beforeAll(async () => {
    database = await createDatabase();
    pool = createPool(database.appUrl);
    controls = new ControlsStore(pool);
    readiness = new ControlReadiness(pool);
    claims = new DeliveryClaims(pool, 'test', async () => JOURNEY);
  });
  beforeEach(async () => {
    await emptyTables(database.pool);
    await seedDecided({ database, pool }, JOURNEY, ['minji', 'juno']);
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  const to = (scope: string, state: 'running' | 'paused' | 'stopped', now: number, overdue: Overdue = 'shift') =>
    controls.switch({ scope, state, overdue, reason: 'test' }, { by: 'o', now });
  const work = () => new ControlWork(pool, 1).run(null, () => true);
  const claim = (now: number) => claims.claim({ ...AT, now }, TERMS);
  const rows = async (sql: string) => (await database.pool.query(sql)).rows;
  const messages = () =>
    rows(`select distinct o.state, o.reason, c.state as contact from outbox o join contacts c on c.message_id = o.id`);
  const become = (state: string) =>
    database.pool.query(`update runs set state = $1, closed_at = case $1 when 'closed' then $2::timestamptz end`, [
      state,
      new Date(T0),
    ]);
  async function pause(scope: string, hours: number, overdue: Overdue): Promise<number> {
    await to(scope, 'paused', T0 + HOUR);
    const resumed = T0 + HOUR + hours * HOUR;
    await to(scope, 'running', resumed, overdue);
    expect((await claim(resumed)).kind).not.toBe('claimed');
    expect(await work()).toBe(true);
    return resumed;
  }

  it.each(BOTH)(
    'shift after %s, of a %s run: each message may go out for as long as it still had',
    async (scope, is) => {
      await become(is);
      const resumed = await pause(scope, 30, 'shift');
      const end = T0 + 36 * HOUR;
      expect(await rows('select distinct not_after from outbox')).toEqual([{ not_after: new Date(end) }]);
      expect(await claim(resumed)).toMatchObject({ kind: 'claimed', withheld: 0 });
    },
  );

  it('shift: no message goes out later than seven days after its decision', async () => {
    await pause('run/run', 24 * 30, 'shift');
    expect(await claim(T0 + 24 * 31 * HOUR)).toMatchObject({ kind: 'claimed', calls: [], withheld: 2 });
    expect(await messages()).toEqual([{ state: 'withheld', reason: 'expired', contact: 'returned' }]);
    expect(await rows('select distinct not_after from outbox')).toEqual([{ not_after: new Date(T0 + 168 * HOUR) }]);
  });

  it.each([
    ['channel/push', 'run/run'],
    ['run/run', 'channel/push'],
  ])('shift: of %s with a pause of %s inside, the time counts once', async (outer, inner) => {
    await to(outer, 'paused', T0 + HOUR);
    await to(inner, 'paused', T0 + 2 * HOUR);
    await to(inner, 'running', T0 + 3 * HOUR);
    await work();
    await to(outer, 'running', T0 + 11 * HOUR);
    await work();
    expect(await rows('select distinct not_after from outbox')).toEqual([{ not_after: new Date(T0 + 16 * HOUR) }]);
  });

  it.each(BOTH)(
    'skip after %s, of a %s run: what was queued is withheld `skipped`, and the contact is given back',
    async (scope, is) => {
      await become(is);
      const resumed = await pause(scope, 1, 'skip');
      expect(await claim(resumed)).toMatchObject({ kind: 'claimed', calls: [], withheld: 2 });
      expect(await messages()).toEqual([{ state: 'withheld', reason: 'skipped', contact: 'returned' }]);
    },
  );

  it('send_now: what is still in time goes, what is not has expired', async () => {
    await database.pool.query(`update outbox set not_after = $1 where customer_id = 'juno'`, [
      new Date(T0 + 24 * HOUR),
    ]);
    const resumed = await pause('run/run', 10, 'send_now');
    expect(await claim(resumed)).toMatchObject({
      kind: 'claimed',
      calls: [{ batch: [{ id: 'm/run/send/1/juno' }] }],
      withheld: 1,
    });
  });

  it.each(['run/run', 'campaign/spring'])(
    '%s closed and paused keeps nobody else waiting, however much it has queued',
    async (scope) => {
      await become('closed');
      await to(scope, 'paused', T0 + 1);
      await seedRun(database.pool, 'second', sendOnce('summer', { quiet: null }), ['juno']);
      await laneOver(pool, { second: sendOnce('summer', { quiet: null }) })({ runId: 'second' });
      const claimed = await claims.claim({ ...AT, now: T0 + 1 }, { ...TERMS, batchSize: 1 });
      expect(onlyCall(claimed).batch).toMatchObject([{ id: 'm/second/send/1/juno' }]);
    },
  );

  it.each(BOTH)(
    'stop of %s, of a %s run: what is queued is withheld `stopped`, and the contact is given back',
    async (scope, is) => {
      await become(is);
      await to(scope, 'stopped', T0 + 1);
      await work();
      expect(await claim(T0 + 1)).toMatchObject({ kind: 'claimed', calls: [], withheld: 2 });
      expect(await messages()).toEqual([{ state: 'withheld', reason: 'stopped', contact: 'returned' }]);
    },
  );

  it.each(SCOPES)(
    'a pause of %s is held up by an attempt that was opened before, until it has a result',
    async (scope) => {
      const claimed = await claim(T0);
      await to(scope, 'paused', T0 + 1);
      expect(await readiness.drain(scope, 1_000)).toBe(true);
      expect(await readiness.liveAttempts(scope)).toBe(1);
      expect(await readiness.liveAttempts('run/other')).toBe(0);
      expect(await readiness.liveAttempts('channel/sms')).toBe(0);
      await new DeliveryResults(pool).record(
        { ...AT, now: T0 },
        [{ attemptId: onlyCall(claimed).attemptId, outcome: { kind: 'unknown' } }],
        RESULT_TERMS,
      );
      expect(await readiness.liveAttempts(scope)).toBe(0);
      expect(await controls.ambiguous(scope)).toEqual({ messages: 2, payouts: 0 }); // said, and no hindrance
      expect(await controls.ambiguous('channel/sms')).toEqual({ messages: 0, payouts: 0 });
    },
  );

  it('a lease that ran out holds up nothing', async () => {
    await claim(T0);
    await to('run/run', 'paused', T0 + 1);
    await database.pool.query(`update message_attempts set lease_until = now() - interval '1 second'`);
    expect(await readiness.liveAttempts('run/run')).toBe(0);
  });

  it('is not acknowledged while a transaction that had not seen it is open', async () => {
    await to('run/run', 'paused', T0);
    const held = await holdLocks(database.pool, `select pg_advisory_xact_lock_shared(7001, hashtext('run/run'))`);
    expect(await readiness.drain('run/run', 50)).toBe(false);
    expect(await readiness.drain('run/other', 50)).toBe(true);
    await held.release();
    expect(await readiness.drain('run/run', 50)).toBe(true);
    expect(await readiness.acknowledged('run/run')).toBe(false);
    await readiness.acknowledge('run/run');
    expect(await readiness.acknowledged('run/run')).toBe(true);
  });
});
