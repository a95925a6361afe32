/**
 * Law 6: what the cohort decided is judged again by the claim that hands it over, on the facts of that moment; what fails is withheld with
 * its reason, and the contact is given back.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { marksOf } from '../../src/domain/eligibility/policy-pack.js';
import { DeliveryClaims } from '../../src/storage/delivery.store.js';
import { createPool, type Pool } from '../../src/storage/pool.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import {
  emptyTables,
  GATEWAY,
  laneOver,
  seedDecided,
  seedPolicy,
  seedRun,
  sendOnce,
  SHARD,
  T0,
} from '../support/seed.js';
import { onlyCall } from '../support/only-call.js';

const HOUR = 3_600_000;
const TERMS = { batchSize: 100, timeoutMs: 5_000, idempotencyMs: 60_000 };
const JOURNEY = sendOnce('spring');
const AT = { gateway: GATEWAY, shard: SHARD, step: 0 };

describe('the claim that hands messages over', () => {
  let database: TestDatabase;
  let pool: Pool;
  let claims: DeliveryClaims;

  beforeAll(async () => {
    database = await createDatabase();
    pool = createPool(database.appUrl);
  });
  beforeEach(async () => {
    await emptyTables(database.pool);
    claims = new DeliveryClaims(pool, 'test', async () => JOURNEY);
    await seedDecided({ database, pool }, JOURNEY, ['minji', 'juno']);
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  const change = (set: string) =>
    database.pool.query(`update customers set ${set}, gate_version = gate_version + 1 where id = 'minji'`);
  const control = (scope: string, state: string) =>
    database.pool.query(`insert into controls (scope, state, reason, actor, at) values ($1, $2, 'test', 'o', $3)`, [
      scope,
      state,
      new Date(T0),
    ]);

  async function message(customer: string) {
    const { rows } = await database.pool.query(
      `select o.state, o.reason, c.state as contact, c.at from outbox o join contacts c on c.message_id = o.id where o.customer_id = $1`,
      [customer],
    );
    return { state: rows[0].state, reason: rows[0].reason, contact: rows[0].contact, at: rows[0].at.getTime() };
  }
  async function counters() {
    const { rows } = await database.pool.query(
      `select measure || case when reason = '' then '' else ':' || reason end as measure, sum(n)::int as n from counters
       where node = 'send' and measure in ('decided', 'queued', 'submitting', 'withheld', 'suppressed') group by 1 having sum(n) <> 0`,
    );
    return Object.fromEntries(rows.map((row) => [row.measure, row.n])) as Record<string, number>;
  }

  it('takes what still passes, and the contact has the hand-over’s now, reserved until the result is known', async () => {
    const now = T0 + HOUR;
    const claim = await claims.claim({ ...AT, now }, TERMS);
    expect(claim).toMatchObject({ kind: 'claimed', withheld: 0 });
    expect(onlyCall(claim).batch).toMatchObject([
      { id: 'm/run/send/1/juno', to: 'token-juno', meta: { customer: 'juno', run: 'run', node: 'send', wave: 1 } },
      { id: 'm/run/send/1/minji', to: 'token-minji' },
    ]);
    expect(await message('minji')).toEqual({ state: 'submitting', reason: null, contact: 'reserved', at: now });
    expect(await counters()).toEqual({ decided: 2, submitting: 2 });
  });

  it.each([
    ['status', 'incident', `status = 'incident'`],
    ['status', 'withdrawn', `status = 'withdrawn'`],
    ['consent', 'consent_refused', `consents = '{"push:advertising": {"granted": false}}'`],
    ['consent', 'no_consent', `consents = '{}'`],
    ['address', 'no_address', `addresses = '{}'`],
  ])(
    're-reads the %s: %s since the decision is withheld, the contact given back, the other one goes',
    async (_, reason, set) => {
      await change(set);
      const claim = await claims.claim({ ...AT, now: T0 + HOUR }, TERMS);
      expect(claim).toMatchObject({ kind: 'claimed', withheld: 1, calls: [{ batch: [{ id: 'm/run/send/1/juno' }] }] });
      expect(await message('minji')).toMatchObject({ state: 'withheld', reason, contact: 'returned' });
      expect(await counters()).toEqual({ decided: 2, submitting: 1, [`withheld:${reason}`]: 1 });
      const { rows } = await database.pool.query(
        `select gate_version, steps from trace where customer_id = 'minji' order by no desc limit 1`,
      );
      expect(rows[0]).toMatchObject({ gate_version: 2 });
      expect(rows[0].steps).toContain(`message=withheld:${reason}`);
    },
  );

  it('withholds advertising that lacks a mark of its campaign’s policy pack', async () => {
    const pack = {
      pack: 'korea' as const,
      sender: '파도은행',
      contact: '1588-0000',
      optOut: '무료수신거부 080-000-0000',
    };
    await database.pool.query(`update outbox set body = $1 where customer_id = 'juno'`, [
      `(광고) 소식\n${marksOf(pack)}`,
    ]);
    const packed = new DeliveryClaims(pool, 'test', async () => ({ ...JOURNEY, pack }));
    const claim = await packed.claim({ ...AT, now: T0 + HOUR }, TERMS);
    expect(claim).toMatchObject({ kind: 'claimed', withheld: 1, calls: [{ batch: [{ id: 'm/run/send/1/juno' }] }] });
    expect(await message('minji')).toMatchObject({ state: 'withheld', reason: 'unmarked', contact: 'returned' });
    const { rows } = await database.pool.query(
      `select steps from trace where customer_id = 'juno' order by no desc limit 1`,
    );
    expect(rows[0].steps).toContain('pack=kept,message=handed_over');
  });

  it('sends to the address of that moment', async () => {
    await change(`addresses = '{"push": "new-token"}'`);
    const claim = await claims.claim({ ...AT, now: T0 + HOUR }, TERMS);
    expect(onlyCall(claim).batch.map(({ to }) => to)).toEqual(['token-juno', 'new-token']);
  });

  it('judges quiet hours by each customer’s zone at the hand-over’s now', async () => {
    await database.pool.query(`update customers set zone = 'Europe/Berlin' where id = 'juno'`);
    await database.pool.query('update outbox set not_after = $1', [new Date(T0 + 24 * HOUR)]);
    await claims.claim({ ...AT, now: T0 + 12 * HOUR }, TERMS); // 22:00 in Seoul, 14:00 in Berlin
    expect(await message('minji')).toMatchObject({ state: 'withheld', reason: 'quiet_hours', contact: 'returned' });
    expect(await message('juno')).toMatchObject({ state: 'submitting' });
  });

  it.each([
    ['just before', -1, { state: 'submitting', reason: null, contact: 'reserved' }],
    ['at', 0, { state: 'withheld', reason: 'expired', contact: 'returned' }],
  ])('%s a message’s notAfter: %i ms', async (_, off, expected) => {
    await claims.claim({ ...AT, now: T0 + 6 * HOUR + off }, TERMS);
    expect(await message('minji')).toMatchObject(expected);
  });

  it.each(['run/run', 'campaign/spring', 'channel/push'])('withholds what %s stopped', async (scope) => {
    await control(scope, 'stopped');
    expect(await claims.claim({ ...AT, now: T0 }, TERMS)).toMatchObject({ kind: 'claimed', calls: [], withheld: 2 });
    expect(await message('minji')).toMatchObject({ state: 'withheld', reason: 'stopped', contact: 'returned' });
    expect(await counters()).toEqual({ decided: 2, 'withheld:stopped': 2 });
  });

  it.each(['run/run', 'campaign/spring', 'channel/push', 'all', `gateway/${GATEWAY}`])(
    'leaves queued what %s pauses, reserved, and takes it when the pause is over',
    async (scope) => {
      await control(scope, 'paused');
      const claim = await claims.claim({ ...AT, now: T0 }, TERMS);
      expect(['empty', 'blocked']).toContain(claim.kind);
      expect(await message('minji')).toEqual({ state: 'queued', reason: null, contact: 'reserved', at: T0 });
      await database.pool.query(`update controls set state = 'running'`);
      expect(await claims.claim({ ...AT, now: T0 }, TERMS)).toMatchObject({ kind: 'claimed', withheld: 0 });
    },
  );

  it('takes the messages of other runs past those of a paused one', async () => {
    const other = { ...JOURNEY, campaign: 'summer' };
    await seedRun(database.pool, 'other', other, ['minji']);
    await laneOver(pool, { other })({ runId: 'other', now: T0 + HOUR });
    await control('run/run', 'paused');
    expect(await claims.claim({ ...AT, now: T0 + HOUR }, { ...TERMS, batchSize: 1 })).toMatchObject({
      kind: 'claimed',
      calls: [{ batch: [{ id: 'm/other/send/1/minji' }] }],
    });
  });

  it('gives each message to one of several claims at once', async () => {
    const results = await Promise.all(
      Array.from({ length: 6 }, () => claims.claim({ ...AT, now: T0 }, { ...TERMS, batchSize: 1 })),
    );
    const ids = results.flatMap((result) =>
      result.kind === 'claimed' ? onlyCall(result).batch.map(({ id }) => id) : [],
    );
    expect(ids.sort()).toEqual(['m/run/send/1/juno', 'm/run/send/1/minji']);
  });

  it('leaves what was decided after its own now to a later claim', async () => {
    expect(await claims.claim({ ...AT, now: T0 - 1 }, TERMS)).toEqual({ kind: 'empty' });
    expect(await message('minji')).toMatchObject({ state: 'queued', contact: 'reserved' });
  });

  it('leaves a trace of every hand-over, with the versions of the facts it saw', async () => {
    await change(`addresses = '{"push": "new-token"}'`);
    await claims.claim({ ...AT, now: T0 }, TERMS);
    const { rows } = await database.pool.query(
      `select t.gate_version, t.steps, d.kind from trace t join decision_contexts d on d.id = t.context_id
       where customer_id = 'minji' order by no desc limit 1`,
    );
    expect(rows[0]).toMatchObject({ gate_version: 2, kind: 'claim' });
    expect(rows[0].steps).toContain('message=handed_over');
  });

  it('lets the contact that a withheld message gave back be used by another campaign', async () => {
    await seedPolicy(database.pool, 1);
    await change(`status = 'incident'`);
    await claims.claim({ ...AT, now: T0 }, TERMS);
    await change(`status = 'active'`);
    const other = { ...JOURNEY, campaign: 'summer' };
    await seedRun(database.pool, 'other', other, ['minji', 'juno']);
    await laneOver(pool, { other })({ runId: 'other', now: T0 + HOUR });
    const { rows } = await database.pool.query(`select customer_id from outbox where run_id = 'other'`);
    expect(rows).toEqual([{ customer_id: 'minji' }]);
  });

  it('refuses a smaller step with the newest one, and allows the same again', async () => {
    expect(await claims.claim({ ...AT, step: 4, now: T0 }, { ...TERMS, batchSize: 1 })).toMatchObject({
      kind: 'claimed',
    });
    expect(await claims.claim({ ...AT, step: 3, now: T0 }, TERMS)).toEqual({ kind: 'stale', step: 4 });
    expect(await claims.claim({ ...AT, step: 4, now: T0 }, TERMS)).toMatchObject({ kind: 'claimed' });
    expect(await claims.claim({ ...AT, step: 4, now: T0 }, TERMS)).toEqual({ kind: 'empty' });
  });
});
