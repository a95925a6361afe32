/**
 * A database that was set back, by what gateway and provider can do: what the lost time had handed over is found and never repeated, what it had not
 * goes out, and what nobody can be asked about waits for a person. Nothing leaves before two persons have released it.
 */
import { MockActivityEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createDeliveryActivities, type Submitted } from '../../activities/delivery.activities.js';
import type { PayoutWord } from '../../src/domain/ledger/payout-replies.js';
import { DeliveryResults } from '../../src/storage/delivery-results.store.js';
import { DeliveryClaims } from '../../src/storage/delivery.store.js';
import { createPool, inTransaction, type Pool } from '../../src/storage/pool.js';
import { RestorationReportStore } from '../../src/storage/restoration-report.store.js';
import { RestorationsStore } from '../../src/storage/restorations.store.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { deliveryPorts } from '../support/delivery-ports.js';
import { payoutQueue, queueAt, seePayout, seedPayouts } from '../support/payouts.js';
import { GATEWAY, laneOver, seedCustomers, seedRun, sendOnce, SHARD, T0 } from '../support/seed.js';

interface Cell {
  can: { idempotent: boolean; lookup: boolean; idempotencyMs: number };
  /** Of what the lost time had handed over, and of what it had not: the state in the end, and how often it is in the book. */
  found: [string, number];
  absent: [string, number];
}
const HOUR_MS = 3_600_000;
const can = (idempotent: boolean, lookup: boolean, idempotencyMs = HOUR_MS) => ({ idempotent, lookup, idempotencyMs });
const UNASKED = { payout: 'held', message: 'ambiguous' };
const CELLS = (unasked: string): [string, Cell][] => [
  ['idempotent, look-up', { can: can(true, true), found: ['done', 1], absent: ['done', 1] }],
  ['idempotent, no look-up', { can: can(true, false), found: ['done', 1], absent: ['done', 1] }],
  [
    'idempotent, no look-up, its window over',
    { can: can(true, false, 1_000), found: [unasked, 1], absent: [unasked, 0] },
  ],
  ['look-up alone', { can: can(false, true), found: ['done', 1], absent: ['done', 1] }],
  ['neither', { can: can(false, false), found: [unasked, 1], absent: [unasked, 0] }],
];

describe('a database that was set back', () => {
  let database: TestDatabase;
  let pool: Pool;
  let restorations: RestorationsStore;
  let runs = 0;
  const freshRun = () => `run-${(runs += 1)}`;
  beforeAll(async () => {
    database = await createDatabase();
    pool = createPool(database.appUrl);
    restorations = new RestorationsStore(pool);
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  /** What is in the book of the other side, how often; `lost` is there already. */
  const bookOf = (lost: string[]) => new Map(lost.map((key) => [key, 1]));
  const act = (book: Map<string, number>, key: string, idempotent: boolean) => {
    const times = book.get(key) ?? 0;
    book.set(key, times > 0 && idempotent ? times : times + 1);
  };
  const begin = () => restorations.begin(T0, 'the disk was lost', { by: 'o', now: T0 });
  const release = async (no: number) => {
    const decide = (by: string, what: 'propose' | 'release') =>
      inTransaction(pool, (client) =>
        what === 'propose'
          ? restorations.propose(client, no, 'asked', { by, now: T0 })
          : restorations.release(client, no, { by, now: T0 }),
      );
    expect(await decide('b', 'release')).toBe('no_proposal');
    expect(await decide('a', 'propose')).toBe('done');
    expect(await decide('a', 'release')).toBe('own_proposal');
    expect(await decide('b', 'release')).toBe('done');
    expect(await decide('c', 'release')).toBe('released');
    const { rows } = await pool.query<{ actor: string; action: string }>(
      `select actor, action from audit_log where subject = 'restoration/' || $1::text order by no`,
      [no],
    );
    expect(rows.map(({ actor, action }) => `${actor} ${action}`)).toEqual([
      'o restoration.begin',
      'a restoration.propose',
      'b restoration.release',
    ]);
  };
  /** What was not found is asked about again after a while. */
  const whileLater = () =>
    database.pool.query(
      `with o as (update outbox set lookup_at = lookup_at - interval '1 minute')
       update payouts set lookup_at = lookup_at - interval '1 minute'`,
    );

  it.each(CELLS(UNASKED.payout))('payouts at a provider that is: %s', async (_, { can: terms, found, absent }) => {
    const scene = await seedPayouts(database.pool, pool, freshRun(), 2);
    const [known, unknown] = scene.keys as [string, string];
    const book = bookOf([known]);
    const word: PayoutWord = { status: 'paid', reason: null, reference: 'r', paidAt: null, code: null };
    const queue = payoutQueue(pool, () => ({
      terms: { ...terms, visibilityMs: 0, timeoutMs: 1_000 },
      submit: async ({ key }) => {
        act(book, key, terms.idempotent);
        return { kind: 'word', word };
      },
      lookup: async (key) => (book.has(key) ? { kind: 'word', word } : { kind: 'absent' }),
    }));
    const turn = async () => {
      await queue.submit(queueAt(scene));
      await queue.resolve(queueAt(scene));
      await whileLater();
    };
    const { no } = await begin();
    expect((await begin()).no).toBe(no);
    await turn();
    await turn();
    expect(book).toEqual(bookOf([known]));
    await release(no);
    await turn();
    await turn();
    const seen = async (key: string) => {
      const { state } = await seePayout(database.pool, key);
      return [state === 'paid' ? 'done' : state, book.get(key) ?? 0];
    };
    expect({ found: await seen(known), absent: await seen(unknown) }).toEqual({ found, absent });
  });

  const MESSAGES = CELLS(UNASKED.message).flatMap(([what, cell]) => [
    [what, { ...cell, pushesBack: 0 }] as const,
    [`${what}, and pushes back at first`, { ...cell, pushesBack: 2 }] as const,
  ]);
  it.each(MESSAGES)('messages at a gateway that is: %s', async (_, { can: terms, found, absent, pushesBack }) => {
    const reported = async () => {
      const { messages } = await new RestorationReportStore(pool).read();
      return messages.reduce((sum, { n }) => sum + n, 0);
    };
    const before = await reported();
    const run = freshRun();
    const journey = sendOnce(run);
    const [minji, jisu] = [`minji-${run}`, `jisu-${run}`];
    await seedCustomers(database.pool, [minji, jisu]);
    await seedRun(database.pool, run, journey, [minji, jisu]);
    await laneOver(pool, { [run]: journey })({ runId: run });
    const id = (customer: string) => `m/${run}/send/1/${customer}`;
    const book = bookOf([id(minji)]);
    let left = pushesBack;
    const accepted = { status: 'accepted' as const, reason: null, reference: 'r' };
    const claims = new DeliveryClaims(pool, 'test', async () => journey);
    const gateway = {
      terms: { ...terms, batchSize: 10, visibilityMs: 0, timeoutMs: 1_000 },
      submit: async (batch: { id: string }[]): Promise<Submitted> => {
        if ((left -= 1) >= 0) return { kind: 'later', retryAfterMs: 0 };
        for (const message of batch) act(book, message.id, terms.idempotent);
        return { kind: 'answered', results: new Map(batch.map((message) => [message.id, accepted])) };
      },
      lookup: async (key: string) =>
        book.has(key) ? { kind: 'found' as const, result: accepted } : { kind: 'absent' as const },
    };
    const activities = createDeliveryActivities(deliveryPorts({ claims, results: new DeliveryResults(pool) }, gateway));
    const turn = async () => {
      const at = { gateway: GATEWAY, shard: SHARD, step: 0, now: T0 };
      await new MockActivityEnvironment().run(activities.deliverMessages, at);
      await new MockActivityEnvironment().run(activities.resolveMessages, at);
      await whileLater();
    };
    const { no } = await begin();
    await turn();
    await turn();
    expect(book).toEqual(bookOf([id(minji)]));
    expect(await reported()).toBe(before + 2);
    await release(no);
    for (let n = 0; n < 2 + pushesBack; n += 1) await turn();
    const seen = async (key: string) => {
      const { rows } = await database.pool.query<{ state: string }>('select state from outbox where id = $1', [key]);
      return [rows[0]?.state === 'accepted' ? 'done' : rows[0]?.state, book.get(key) ?? 0];
    };
    expect({ found: await seen(id(minji)), absent: await seen(id(jisu)) }).toEqual({ found, absent });
  });

  it('a payout that nobody had approved is not approved by the doubt', async () => {
    const scene = await seedPayouts(database.pool, pool, freshRun(), 1);
    const [key] = scene.keys as [string];
    await database.pool.query(`alter table campaign_versions disable trigger all`);
    await database.pool.query(
      `update campaign_versions set definition = jsonb_set(definition, '{campaign,payoutApproval}', '"always"')`,
    );
    const queue = payoutQueue(pool, () => ({
      terms: { ...can(false, true), visibilityMs: 0, timeoutMs: 1_000 },
      submit: async () => {
        throw new Error('submitted');
      },
      lookup: async () => ({ kind: 'absent' }),
    }));
    const { no } = await begin();
    await release(no);
    await queue.submit(queueAt(scene));
    await queue.resolve(queueAt(scene));
    expect(await seePayout(database.pool, key)).toMatchObject({ state: 'held', attempts: 1 });
  });
});
