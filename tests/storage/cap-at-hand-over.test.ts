/**
 * Laws 5 and 6 where the policy changes between decision and hand-over: the claim judges by the policies in force at its now, under the
 * customers' stripes, withholds with `cap_at_handover` and gives the contact back. Where nothing changed it takes no stripe.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { bucketOf, stripeOf } from '../../src/domain/base/hash.js';
import { DeliveryResults } from '../../src/storage/delivery-results.store.js';
import { DeliveryClaims, type ClaimResult } from '../../src/storage/delivery.store.js';
import { judgeCaps } from '../../src/storage/hand-over-cap.js';
import { policiesInForce } from '../../src/storage/policies-in-force.js';
import { createPool, type Pool } from '../../src/storage/pool.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import {
  emptyTables,
  GATEWAY,
  holdLocks,
  laneOver,
  putPolicy,
  seedCustomers,
  seedRun,
  sendOnce,
  SHARD,
  T0,
  untilBlocked,
} from '../support/seed.js';
import { onlyCall } from '../support/only-call.js';

const HOUR = 3_600_000;
const OTHER_GATEWAY = 'other-gate';
const TERMS = { batchSize: 10, timeoutMs: 5_000, idempotent: true, idempotencyMs: 1e9, lookup: true, visibilityMs: 0 };
const JOURNEYS = {
  spring: sendOnce('spring', {}, { notAfterMs: 48 * HOUR }),
  summer: sendOnce('summer', {}, { gateway: OTHER_GATEWAY }),
  winter: sendOnce('winter', {}, { notAfterMs: 48 * HOUR }),
};
type RunId = keyof typeof JOURNEYS;
const STRIPE = stripeOf(bucketOf('minji'));
const DAY = { kind: 'calendar', unit: 'day' };

describe('the contact policy at the hand-over', () => {
  let database: TestDatabase;
  let pool: Pool;
  let claims: DeliveryClaims;

  beforeAll(async () => {
    database = await createDatabase();
    pool = createPool(database.appUrl);
    claims = new DeliveryClaims(pool, 'test', async (runId) => JOURNEYS[runId as RunId]);
  });
  beforeEach(async () => {
    await emptyTables(database.pool);
    await seedCustomers(database.pool, ['minji']);
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  const at = (now = T0, gateway = GATEWAY) => ({ gateway, shard: SHARD, step: 0, now });
  async function decide(...runs: RunId[]): Promise<void> {
    for (const runId of runs) {
      await seedRun(database.pool, runId, JOURNEYS[runId], ['minji']);
      await laneOver(pool, JOURNEYS)({ runId });
    }
  }
  async function messages() {
    const { rows } = await database.pool.query(
      `select o.run_id, o.state || coalesce(':' || o.reason, '') as state, c.state as contact
       from outbox o join contacts c on c.message_id = o.id order by o.run_id`,
    );
    return Object.fromEntries(rows.map((row) => [row.run_id, [row.state, row.contact]])) as Partial<
      Record<RunId, string[]>
    >;
  }
  const sent = (claim: ClaimResult) =>
    claim.kind === 'claimed' ? claim.calls.flatMap(({ batch }) => batch.map(({ meta }) => meta.run)) : claim.kind;
  const tighten = () => putPolicy(database.pool, { key: 'daily', version: 2, window: DAY, cap: 1 });

  it('that has been tightened lets no more through than it says, and the rest is withheld and given back', async () => {
    await putPolicy(database.pool, { key: 'daily', window: DAY, cap: 3 });
    await decide('spring', 'winter');
    await tighten();
    expect(sent(await claims.claim(at(), TERMS))).toEqual(['spring']);
    expect(await messages()).toEqual({
      spring: ['submitting', 'reserved'],
      winter: ['withheld:cap_at_handover', 'returned'],
    });
    const { rows: trace } = await database.pool.query(
      `select t.steps, d.versions from trace t join decision_contexts d on d.id = t.context_id where t.run_id = 'winter' and d.kind = 'claim'`,
    );
    expect(trace[0].steps).toContain('policy=daily@2:1/1,message=withheld:cap_at_handover');
    expect(trace[0].versions).toEqual({ policies: ['daily@2'] });
    const { rows: counters } = await database.pool.query(
      `select measure, reason, sum(n)::int as n from counters where run_id = 'winter' and node = 'send' and measure in ('decided', 'queued', 'withheld')
       group by 1, 2 having sum(n) <> 0 order by 1`,
    );
    expect(counters).toEqual([
      { measure: 'decided', reason: '', n: 1 },
      { measure: 'withheld', reason: 'cap_at_handover', n: 1 },
    ]);
  });

  it.each([
    ['accepted', { kind: 'answered' as const }],
    ['ambiguous', { kind: 'unknown' as const }],
  ])('that is new counts what went out before it: a message that is %s', async (state, outcome) => {
    await decide('spring');
    const claim = await claims.claim(at(), TERMS);
    const accepted = { status: 'accepted' as const, reason: null, reference: null };
    const reply =
      outcome.kind === 'unknown' ? outcome : { ...outcome, results: new Map([['m/spring/send/1/minji', accepted]]) };
    await new DeliveryResults(pool).record(at(), [{ attemptId: onlyCall(claim).attemptId, outcome: reply }], TERMS);
    expect((await messages()).spring?.[0]).toMatch(state);
    await decide('winter');
    await putPolicy(database.pool, { key: 'daily', window: DAY, cap: 1 });
    expect(sent(await claims.claim(at(), TERMS))).toEqual([]);
    expect((await messages()).winter).toEqual(['withheld:cap_at_handover', 'returned']);
  });

  it('does not count what is only queued, nor what is of another day', async () => {
    await decide('spring', 'summer');
    await claims.claim(at(), TERMS);
    await decide('winter');
    await putPolicy(database.pool, { key: 'daily', window: DAY, cap: 1 });
    expect(sent(await claims.claim(at(T0 + 24 * HOUR), TERMS))).toEqual(['winter']);
    expect((await messages()).summer).toEqual(['queued', 'reserved']);
  });

  it('is judged in the zone of that moment, where the customer has moved since the decision', async () => {
    await putPolicy(database.pool, { key: 'daily', window: DAY, cap: 1 });
    await database.pool.query(`update customers set zone = 'Asia/Tokyo'`);
    const evening = Date.parse('2026-03-03T20:59:00+09:00');
    await decide('spring');
    const claim = await claims.claim(at(evening), TERMS);
    const accepted = { status: 'accepted' as const, reason: null, reference: null };
    const results = new Map([['m/spring/send/1/minji', accepted]]);
    await new DeliveryResults(pool).record(
      at(),
      [{ attemptId: onlyCall(claim).attemptId, outcome: { kind: 'answered', results } }],
      TERMS,
    );
    const morning = Date.parse('2026-03-04T08:00:00+09:00');
    await seedRun(database.pool, 'winter', JOURNEYS.winter, ['minji']);
    await laneOver(pool, JOURNEYS)({ runId: 'winter', now: morning });
    expect((await messages()).winter).toEqual(['queued', 'reserved']); // another day in Tokyo
    await database.pool.query(`update customers set zone = 'America/New_York', gate_version = gate_version + 1`);
    expect(sent(await claims.claim(at(morning), TERMS))).toEqual([]); // 06:59 and 18:00 of the same day
    expect((await messages()).winter).toEqual(['withheld:cap_at_handover', 'returned']);
  });

  it('keeps an ambiguous message ambiguous that may not be submitted again', async () => {
    await decide('spring', 'summer');
    const claim = await claims.claim(at(), TERMS);
    await new DeliveryResults(pool).record(
      at(),
      [{ attemptId: onlyCall(claim).attemptId, outcome: { kind: 'unknown' } }],
      TERMS,
    );
    await claims.claim(at(T0, OTHER_GATEWAY), TERMS);
    await putPolicy(database.pool, { key: 'daily', window: DAY, cap: 1 });
    expect(sent(await claims.reclaim(at(), TERMS, ['m/spring/send/1/minji']))).toEqual([]);
    expect((await messages()).spring?.[0]).toMatch(/^ambiguous/);
  });

  it('takes no stripe where nothing has changed since the decision, and waits for it where something has', async () => {
    await putPolicy(database.pool, { key: 'daily', window: DAY, cap: 3 });
    await decide('spring', 'winter');
    const held = await holdLocks(database.pool, `select pg_advisory_xact_lock(7000, ${STRIPE})`);
    const [first, ...others] = sent(await claims.claim(at(), { ...TERMS, batchSize: 1 }));
    expect([['spring', 'winter'].includes(first as string), others]).toEqual([true, []]); // which, is drawn
    await tighten();
    const waiting = claims.claim(at(), TERMS);
    await untilBlocked(database.pool, 1);
    await held.release();
    expect(sent(await waiting)).toEqual([]);
  });

  it.each([
    [GATEWAY, OTHER_GATEWAY],
    [OTHER_GATEWAY, GATEWAY],
  ])('is judged by one claim after the other: %s before %s', async (first, second) => {
    await putPolicy(database.pool, { key: 'daily', window: DAY, cap: 2 });
    await decide('spring', 'summer');
    await tighten();
    const held = await holdLocks(database.pool, `select pg_advisory_xact_lock(7000, ${STRIPE})`);
    const running = [claims.claim(at(T0, first), TERMS)];
    await untilBlocked(database.pool, 1);
    running.push(claims.claim(at(T0, second), TERMS));
    await untilBlocked(database.pool, 2);
    await held.release();
    const [won, lost] = await Promise.all(running);
    expect([sent(won as ClaimResult).length, sent(lost as ClaimResult).length]).toEqual([1, 0]);
    const [winner, loser] = first === GATEWAY ? (['spring', 'summer'] as const) : (['summer', 'spring'] as const);
    expect(await messages()).toEqual({
      [winner]: ['submitting', 'reserved'],
      [loser]: ['withheld:cap_at_handover', 'returned'],
    });
  });

  it('leaves for the next claim whoever turns out to need a stripe that is not held', async () => {
    await putPolicy(database.pool, { key: 'daily', window: DAY, cap: 1 });
    const client = await pool.connect();
    const row = {
      id: 'm',
      customer_id: 'minji',
      bucket: bucketOf('minji'),
      zone: 'Asia/Seoul',
      outdated: true,
    };
    const one = { row, contact: { channel: 'push' as const, purpose: 'advertising' as const, product: null } };
    const policies = await policiesInForce(client);
    const judge = (held: number[]) => judgeCaps(client, [one], policies, new Set(held), { now: T0, mayBeOut: false });
    expect((await judge([])).get('m')).toEqual({ kind: 'leave' });
    expect((await judge([STRIPE])).get('m')).toEqual({ kind: 'go' });
    client.release();
  });
});
