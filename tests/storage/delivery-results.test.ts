/**
 * What came of hand-overs (law 10): an item that the gateway may or may not have taken is ambiguous until it is asked by its key; a result
 * counts for its own attempt only, and what has been decided is never moved again.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Submitted } from '../../activities/delivery.activities.js';
import { DeliveryResults } from '../../src/storage/delivery-results.store.js';
import { DeliveryClaims } from '../../src/storage/delivery.store.js';
import { createPool, type Pool } from '../../src/storage/pool.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { emptyTables, GATEWAY, seedDecided, sendOnce, SHARD, T0 } from '../support/seed.js';
import { onlyCall } from '../support/only-call.js';

const TERMS = {
  batchSize: 100,
  timeoutMs: 5_000,
  idempotent: true,
  idempotencyMs: 3_600_000,
  lookup: true,
  visibilityMs: 0,
};
const JOURNEY = sendOnce('spring');
const AT = { gateway: GATEWAY, shard: SHARD, step: 0, now: T0 };
const MINJI = 'm/run/send/1/minji';
const JUNO = 'm/run/send/1/juno';

type Result = { status: 'accepted' | 'rejected'; reason: string | null; reference: string | null };
const accepted = (reference = 'r1'): Result => ({ status: 'accepted', reason: null, reference });
const rejected = (reason: string): Result => ({ status: 'rejected', reason, reference: null });
const answered = (results: Record<string, Result>) => ({
  kind: 'answered' as const,
  results: new Map(Object.entries(results)),
});
const told = (attemptId: number, outcome: Submitted) => [{ attemptId, outcome }];

describe('the results of a hand-over', () => {
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
    await seedDecided({ database, pool }, JOURNEY, ['minji', 'juno']);
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  async function handOver(): Promise<number> {
    const claim = await claims.claim(AT, TERMS);
    return onlyCall(claim).attemptId;
  }
  /** By how many whole minutes after its attempt it may go again. */
  async function minutesPutOff(id: string): Promise<number> {
    const { rows } = await database.pool.query<{ minutes: number }>(
      `select floor(extract(epoch from o.not_before - a.closed_at) / 60)::int as minutes
       from outbox o join message_attempts a on a.id = o.attempt_id where o.id = $1`,
      [id],
    );
    return rows[0]?.minutes ?? 0;
  }
  const dueIds = async () => (await results.dueLookups(AT, TERMS, 10)).items;

  async function message(id: string) {
    const { rows } = await database.pool.query(
      `select o.state, o.reason, o.reference, o.attempts, c.state as contact from outbox o join contacts c on c.message_id = o.id where o.id = $1`,
      [id],
    );
    return rows[0] as {
      state: string;
      reason: string | null;
      reference: string | null;
      attempts: number;
      contact: string;
    };
  }
  /** Law 4: decided is the sum of all the others, after every test. */
  async function messagesAddUp(): Promise<Record<string, number>> {
    const { rows } = await database.pool.query(
      `select measure, sum(n)::int as n from counters where node = 'send' and measure not in ('entered', 'here', 'moved', 'ended', 'responded')
       group by 1 having sum(n) <> 0`,
    );
    const { decided = 0, ...rest } = Object.fromEntries(rows.map((row) => [row.measure, row.n])) as Record<
      string,
      number
    >;
    expect(Object.values(rest).reduce((a, b) => a + b, 0)).toBe(decided);
    const { rows: states } = await database.pool.query('select state, count(*)::int as n from outbox group by 1');
    expect(rest).toEqual(Object.fromEntries(states.map((row) => [row.state, row.n])));
    return rest;
  }

  it('are kept per message: accepted with its reference, rejected with its reason and the contact given back', async () => {
    await results.record(
      AT,
      told(await handOver(), answered({ [MINJI]: accepted('ref-9'), [JUNO]: rejected('unknown_address') })),
      TERMS,
    );
    expect(await message(MINJI)).toMatchObject({ state: 'accepted', reference: 'ref-9', contact: 'counted' });
    expect(await message(JUNO)).toMatchObject({ state: 'rejected', reason: 'unknown_address', contact: 'returned' });
    expect(await messagesAddUp()).toEqual({ accepted: 1, rejected: 1 });
  });

  it('leave a message ambiguous that the answer does not name, its contact reserved: it may still go out', async () => {
    await results.record(AT, told(await handOver(), answered({ [MINJI]: accepted() })), TERMS);
    expect(await message(JUNO)).toMatchObject({ state: 'ambiguous', reason: 'no_result', contact: 'reserved' });
    expect(await messagesAddUp()).toEqual({ accepted: 1, ambiguous: 1 });
  });

  it('that never came leave all of the batch ambiguous, to be looked up', async () => {
    await results.record(AT, told(await handOver(), { kind: 'unknown' }), TERMS);
    expect((await dueIds()).map(({ id }) => id).sort()).toEqual([JUNO, MINJI]);
    expect(await messagesAddUp()).toEqual({ ambiguous: 2 });
  });

  it('of a gateway that did not act put the messages back, reserved, and block the queue until later', async () => {
    await results.record(AT, told(await handOver(), { kind: 'later', retryAfterMs: 60_000 }), TERMS);
    expect(await message(MINJI)).toMatchObject({ state: 'queued', contact: 'reserved' });
    expect(await messagesAddUp()).toEqual({ queued: 2 });
    expect(await claims.claim(AT, TERMS)).toEqual({ kind: 'blocked' });
  });

  it('of an undocumented kind let each message go by itself, and stop the queue when one alone gets it, until a person looks', async () => {
    await results.record(AT, told(await handOver(), { kind: 'refused', status: 418 }), TERMS);
    const alone = await claims.claim(AT, TERMS);
    if (alone.kind !== 'claimed') throw new Error(alone.kind);
    expect(alone.calls.map(({ batch }) => batch.length)).toEqual([1, 1]);
    await results.record(
      AT,
      alone.calls.map(({ attemptId }) => ({ attemptId, outcome: { kind: 'refused' as const, status: 418 } })),
      TERMS,
    );
    expect(await claims.claim(AT, TERMS)).toEqual({ kind: 'blocked' });
    const { rows } = await database.pool.query(`select attention from queues where kind = 'delivery'`);
    expect(rows[0].attention).toContain('418');
    expect(await messagesAddUp()).toEqual({ queued: 2 });
  });

  it('are ambiguous when a lease runs out, not before', async () => {
    await handOver();
    expect(await results.expireLeases(AT, TERMS)).toBe(0);
    await database.pool.query(`update message_attempts set lease_until = clock_timestamp() - interval '1 second'`);
    expect(await results.expireLeases(AT, TERMS)).toBe(2);
    expect(await message(MINJI)).toMatchObject({ state: 'ambiguous', reason: 'no_reply' });
    expect(await messagesAddUp()).toEqual({ ambiguous: 2 });
  });

  it('count when they come after their attempt was closed, while nothing newer is under way', async () => {
    const attempt = await handOver();
    await database.pool.query(`update message_attempts set lease_until = clock_timestamp() - interval '1 second'`);
    await results.expireLeases(AT, TERMS);
    await results.record(AT, told(attempt, answered({ [MINJI]: accepted(), [JUNO]: rejected('blocked') })), TERMS);
    expect(await message(MINJI)).toMatchObject({ state: 'accepted' });
    expect(await message(JUNO)).toMatchObject({ state: 'rejected', contact: 'returned' });
    expect(await messagesAddUp()).toEqual({ accepted: 1, rejected: 1 });
  });

  it.each([
    ['a not-acted answer', { kind: 'later' as const, retryAfterMs: 1 }],
    ['a second word without results', answered({})],
  ])('never take an ambiguous message back to the queue: %s after the lease', async (_, late) => {
    const attempt = await handOver();
    await database.pool.query(`update message_attempts set lease_until = clock_timestamp() - interval '1 second'`);
    await results.expireLeases(AT, TERMS);
    await results.record(AT, told(attempt, late), TERMS);
    expect(await messagesAddUp()).toEqual({ ambiguous: 2 });
  });

  it('of a second submission that was not acted on leave its message ambiguous, as it was before', async () => {
    await results.record(AT, told(await handOver(), { kind: 'unknown' }), TERMS);
    const again = await claims.reclaim(AT, TERMS, [MINJI]);
    await results.record(AT, told(onlyCall(again).attemptId, { kind: 'later', retryAfterMs: 1 }), TERMS);
    expect(await message(MINJI)).toMatchObject({ state: 'ambiguous', attempts: 2, contact: 'reserved' });
    expect(await messagesAddUp()).toEqual({ ambiguous: 2 });
  });

  it('of an older attempt do not touch what a newer one has in hand', async () => {
    const old = await handOver();
    await results.record(AT, told(old, { kind: 'unknown' }), TERMS);
    expect(await claims.reclaim(AT, TERMS, [MINJI])).toMatchObject({
      kind: 'claimed',
      calls: [{ batch: [{ id: MINJI }] }],
    });
    await results.record(AT, told(old, answered({ [MINJI]: rejected('late_word') })), TERMS);
    expect(await message(MINJI)).toMatchObject({ state: 'submitting', attempts: 2, contact: 'reserved' });
  });

  it('never move what has been decided', async () => {
    const attempt = await handOver();
    await results.record(AT, told(attempt, answered({ [MINJI]: accepted(), [JUNO]: accepted() })), TERMS);
    await results.record(AT, told(attempt, answered({ [MINJI]: rejected('contradiction') })), TERMS);
    await results.recordLookups(
      AT,
      [{ id: MINJI, outcome: { kind: 'found', result: rejected('x') }, settled: true }],
      TERMS,
    );
    expect(await message(MINJI)).toMatchObject({ state: 'accepted', contact: 'counted' });
    expect(await messagesAddUp()).toEqual({ accepted: 2 });
  });

  it('of a look-up decide the ambiguous: found is what the gateway says', async () => {
    await results.record(AT, told(await handOver(), { kind: 'unknown' }), TERMS);
    await results.recordLookups(
      AT,
      [
        { id: MINJI, outcome: { kind: 'found', result: accepted('seen') }, settled: true },
        { id: JUNO, outcome: { kind: 'found', result: rejected('blocked') }, settled: true },
      ],
      TERMS,
    );
    expect(await message(MINJI)).toMatchObject({ state: 'accepted', reference: 'seen' });
    expect(await message(JUNO)).toMatchObject({ state: 'rejected', contact: 'returned' });
    expect(await messagesAddUp()).toEqual({ accepted: 1, rejected: 1 });
  });

  it.each([
    ['an idempotent gateway inside its window', {}, true],
    ['an idempotent gateway whose window is over', { idempotencyMs: 0 }, false],
    ['a gateway that is not idempotent', { idempotent: false }, false],
  ])('of a settled absence may be followed by a second submission: %s', async (_, terms, mayResubmit) => {
    await results.record(AT, told(await handOver(), { kind: 'unknown' }), TERMS);
    const { items } = await results.dueLookups(AT, { ...TERMS, ...terms }, 10);
    expect(items).toHaveLength(2);
    for (const item of items) expect(item).toMatchObject({ mayResubmit, settled: true });
  });

  it('of an absence are not settled before the gateway’s visibility has passed', async () => {
    const slow = { ...TERMS, visibilityMs: 600_000 };
    await results.record(AT, told(await handOver(), { kind: 'unknown' }), slow);
    await database.pool.query('update outbox set lookup_at = clock_timestamp()');
    for (const item of (await results.dueLookups(AT, slow, 10)).items) expect(item.settled).toBe(false);
  });

  it('of a settled absence that may not be resubmitted stay ambiguous, for a person, and are not asked again', async () => {
    await results.record(AT, told(await handOver(), { kind: 'unknown' }), TERMS);
    await results.recordLookups(AT, [{ id: MINJI, outcome: { kind: 'absent' }, settled: true }], TERMS);
    expect((await dueIds()).map(({ id }) => id)).toEqual([JUNO]);
    expect(await messagesAddUp()).toEqual({ ambiguous: 2 });
  });

  it('are gated again before a second submission; what fails stays ambiguous, because it may have gone out', async () => {
    await results.record(AT, told(await handOver(), { kind: 'unknown' }), TERMS);
    await database.pool.query(`update customers set status = 'incident', gate_version = 2 where id = 'minji'`);
    const again = await claims.reclaim(AT, TERMS, [MINJI, JUNO]);
    expect(again).toMatchObject({ kind: 'claimed', calls: [{ batch: [{ id: JUNO }] }] });
    expect(await message(MINJI)).toMatchObject({ state: 'ambiguous', contact: 'reserved', attempts: 1 });
    expect(await message(JUNO)).toMatchObject({ state: 'submitting', attempts: 2 });
    expect(await dueIds()).toEqual([]);
    expect(await messagesAddUp()).toEqual({ ambiguous: 1, submitting: 1 });
  });

  it('of several calls of one claim are each told by its own attempt', async () => {
    const claim = await claims.claim(AT, { ...TERMS, batchSize: 1 }, 2);
    if (claim.kind !== 'claimed') throw new Error(claim.kind);
    const [first, second] = claim.calls;
    expect(claim.calls.map(({ batch }) => batch.map(({ id }) => id))).toEqual([[JUNO], [MINJI]]);
    expect(second?.attemptId).toBeGreaterThan(first?.attemptId as number);
    const outcomes = [answered({ [JUNO]: accepted() }), { kind: 'later' as const, retryAfterMs: 60_000 }];
    const answers = claim.calls.map(({ attemptId }, n) => ({ attemptId, outcome: outcomes[n] as Submitted }));
    await results.record(AT, answers, TERMS);
    expect(await messagesAddUp()).toEqual({ accepted: 1, queued: 1 });
    const { rows } = await database.pool.query('select outcome, messages from message_attempts order by id');
    expect(rows).toEqual([
      { outcome: 'answered', messages: 1 },
      { outcome: 'not_acted', messages: 1 },
    ]);
    expect(await claims.claim(AT, TERMS)).toEqual({ kind: 'blocked' });
  });

  it('put one message off by itself: the others go on, it comes back when its time is over, and meanwhile nobody is late', async () => {
    const one = await claims.claim(AT, { ...TERMS, batchSize: 1 });
    const [put] = onlyCall(one).batch.map(({ id }) => id);
    await results.record(AT, told(onlyCall(one).attemptId, { kind: 'delayed', retryAfterMs: 60_000 }), TERMS);
    expect(await message(put as string)).toMatchObject({ state: 'queued', attempts: 1, contact: 'reserved' });
    expect(await results.nextInMs(AT)).toBe(0); // the other one
    const others = [MINJI, JUNO].filter((id) => id !== put);
    const other = await claims.claim(AT, TERMS);
    expect(onlyCall(other).batch.map(({ id }) => id)).toEqual(others);
    await results.record(AT, told(onlyCall(other).attemptId, answered({ [others[0] as string]: accepted() })), TERMS);
    expect(await claims.claim(AT, TERMS)).toEqual({ kind: 'empty' });
    expect((await results.nextInMs(AT)) ?? 0).toBeGreaterThan(0);
    expect(await minutesPutOff(put as string)).toBe(1);
    await database.pool.query(`update outbox set not_before = clock_timestamp() where id = $1`, [put]);
    expect(await results.nextInMs(AT)).toBe(0);
    const again = await claims.claim(AT, TERMS);
    expect(onlyCall(again).batch.map(({ id }) => id)).toEqual([put]);
    await results.record(AT, told(onlyCall(again).attemptId, { kind: 'delayed', retryAfterMs: 60_000 }), TERMS);
    expect(await minutesPutOff(put as string)).toBe(2);
  });
});
