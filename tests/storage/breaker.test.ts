/**
 * The breaker on its real tables, under the queue's real activities: a provider that does not answer is left alone by all queues and workers together,
 * is tried by one payout at a time, and what is unsure is asked about all the while.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { LookupReply, SubmitReply } from '../../src/domain/ledger/payout-replies.js';
import { createPool, type Pool } from '../../src/storage/pool.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { passTransportTime, payoutQueue, queueAt, seedPayouts, type PayoutScene } from '../support/payouts.js';
import { emptyTables } from '../support/seed.js';

const PROVIDER = 'pay';
const OPEN_MS = 15_000;
const FAILURES = 3;
const TERMS = {
  idempotent: false,
  idempotencyMs: 86_400_000,
  lookup: true,
  visibilityMs: 0,
  timeoutMs: 1_000,
  callsAtOnce: 1,
  breaker: { failures: FAILURES, openMs: OPEN_MS },
};
const PAID: SubmitReply = {
  kind: 'word',
  word: { status: 'paid', reason: null, reference: 'r', paidAt: null, code: null },
};
const SILENT: SubmitReply = { kind: 'unknown' };
const DOWN: SubmitReply = { kind: 'later', retryAfterMs: 0, why: 'unavailable' };
const BUSY: SubmitReply = { kind: 'later', retryAfterMs: 0, why: 'busy' };

describe('a provider that does not answer', () => {
  let database: TestDatabase;
  let pool: Pool;
  let submitted: string[];
  /** Those of them that went while the provider was left alone. */
  let tried: string[];
  let looked: string[];
  let reply: SubmitReply;

  beforeAll(async () => {
    database = await createDatabase();
    pool = createPool(database.appUrl);
  });
  beforeEach(async () => {
    await emptyTables(database.pool);
    [submitted, tried, looked, reply] = [[], [], [], SILENT];
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  const queue = (over: object = {}) =>
    payoutQueue(pool, () => ({
      terms: { ...TERMS, ...over },
      submit: async ({ key }) => {
        submitted.push(key);
        if ((await breaker())?.open) tried.push(key);
        return reply;
      },
      lookup: async (key): Promise<LookupReply> => {
        looked.push(key);
        return { kind: 'unknown' };
      },
    }));
  const pass = (ms: number) => passTransportTime(database.pool, PROVIDER, ms);
  const states = async ({ runId }: PayoutScene) =>
    (
      await database.pool.query<{ state: string }>('select state from payouts where run_id = $1 order by key', [runId])
    ).rows.map(({ state }) => state);
  const breaker = async () => {
    const { rows } = await database.pool.query(
      'select failures, opened_at is not null as open, probe is not null as tried from provider_breakers where provider = $1',
      [PROVIDER],
    );
    return rows[0] as { failures: number; open: boolean; tried: boolean } | undefined;
  };
  /** Ten payouts, of which the first ones were not answered. */
  async function opened(over: object = {}) {
    const scene = await seedPayouts(database.pool, pool, 'run', 10, PROVIDER);
    await queue(over).submit(queueAt(scene));
    const sent = submitted.splice(0);
    tried.splice(0);
    // two claims at once may each have a call under way when the last one fails
    expect(sent.length).toBeGreaterThanOrEqual(FAILURES);
    expect(sent.length).toBeLessThan(FAILURES + 2);
    expect(await breaker()).toEqual({ failures: expect.any(Number), open: true, tried: false });
    return { scene, at: queueAt(scene), sent };
  }

  it('is sent nothing more for a while; what is unsure is asked about, and the queue sleeps until then', async () => {
    const { scene, at, sent } = await opened();
    await queue().submit(at);
    await queue().submit({ ...at, shard: 1 });
    expect(submitted).toEqual([]);
    expect((await states(scene)).filter((state) => state === 'intended')).toHaveLength(10 - sent.length);
    await queue().resolve(at);
    expect(looked.sort()).toEqual(sent.sort());
    await database.pool.query('update payouts set lookup_at = null');
    const ms = (await queue().payouts.nextInMs(at)) ?? 0;
    expect(ms).toBeGreaterThan(OPEN_MS - 5_000);
    expect(ms).toBeLessThanOrEqual(OPEN_MS);
  });

  it('is tried by one payout, whoever asks at once; its answer lets all the others go', async () => {
    const { scene, at } = await opened();
    const other = await seedPayouts(database.pool, pool, 'other', 5, PROVIDER, { shard: 1 });
    await pass(OPEN_MS);
    const claims = await Promise.all(
      [0, 1, 0, 1, 0, 1].map((shard) => queue().claims.claim({ ...at, shard }, 10, 20_000)),
    );
    const [probe, ...more] = claims.flatMap((claim) => (claim.kind === 'claimed' ? claim.orders : []));
    expect(more).toEqual([]);
    expect(await breaker()).toMatchObject({ open: true, tried: true });
    await queue().submit(at);
    expect(submitted).toEqual([]);

    const result = { key: probe?.key as string, attemptId: probe?.attemptId as number, reply: PAID };
    await database.pool.query(
      `insert into queues (kind, name, shard) values ('payout', $1, 1) on conflict do nothing`,
      [PROVIDER],
    );
    expect(await queue().payouts.record(at, [result], TERMS)).toEqual(
      [0, 1].map((shard) => ({ name: PROVIDER, shard })),
    );
    expect(await breaker()).toEqual({ failures: 0, open: false, tried: false });
    reply = PAID;
    await queue().submit(at);
    await queue().submit({ ...at, shard: 1 });
    expect(await states(other)).toEqual(Array(5).fill('paid'));
    expect((await states(scene)).filter((state) => state === 'intended')).toEqual([]);
  });

  it('is left alone again where the payout that tried it was not answered either, or its worker died', async () => {
    const { scene, at } = await opened();
    await pass(OPEN_MS);
    await queue().submit(at);
    expect(submitted).toHaveLength(1);
    await queue().submit(at);
    expect(submitted).toHaveLength(1);
    await pass(OPEN_MS);
    // far from both ends, for a machine that is busy with other things
    const lost = await queue().claims.claim(at, 10, 120_000);
    expect(lost.kind === 'claimed' && lost.orders).toHaveLength(1);
    await pass(60_000);
    await queue().submit(at);
    expect(submitted).toHaveLength(1);
    await pass(60_001);
    reply = PAID;
    await queue().submit(at);
    // its second claim was told "not now", or asked after the answer and took the others
    expect(tried).toEqual(submitted.slice(0, 2));
    expect(await breaker()).toMatchObject({ open: false });
    await queue().submit(at);
    expect(tried).toHaveLength(2);
    expect((await states(scene)).filter((state) => state === 'intended')).toEqual([]);
  });

  it('is not believed by what was sent before it was left alone', async () => {
    const { at } = await opened();
    await pass(OPEN_MS);
    const claim = await queue().claims.claim(at, 10, 20_000);
    const [order] = claim.kind === 'claimed' ? claim.orders : [];
    const before = { key: order?.key as string, attemptId: (order?.attemptId as number) - 1, reply: PAID };
    expect(await queue().payouts.record(at, [before], TERMS)).toEqual([]);
    expect(await breaker()).toMatchObject({ open: true, tried: true });
  });

  it('gets no repeats either of what it may have acted on', async () => {
    const terms = { idempotent: true, lookup: false };
    const { at, sent } = await opened(terms);
    await pass(5_000);
    await queue(terms).resolve(at);
    expect(submitted).toEqual([]);
    await pass(OPEN_MS);
    reply = PAID;
    await queue(terms).resolve(at);
    expect(submitted).toHaveLength(1);
    expect(sent).toContain(submitted[0]);
    expect(await breaker()).toMatchObject({ open: false });
  });

  it('is one that is not there, too, but never one that is busy', async () => {
    const scene = await seedPayouts(database.pool, pool, 'run', 2, PROVIDER);
    reply = BUSY;
    for (let n = 0; n < 5; n += 1) await queue().submit(queueAt(scene));
    expect(await breaker()).toBeUndefined();
    reply = DOWN;
    for (let n = 0; n < FAILURES; n += 1) await queue().submit(queueAt(scene));
    expect(await breaker()).toMatchObject({ open: true });
    expect(await states(scene)).toEqual(['intended', 'intended']);
  });
});
