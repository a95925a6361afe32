/**
 * A call to a provider begins while its claim is surely its own, or not at all: what waited too long for a limit, or is still to come when the worker ends,
 * goes back to where it came from, and nothing is in doubt (laws 1 and 10).
 */
import { MockActivityEnvironment } from '@temporalio/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { isEnding } from '../../activities/heartbeat.js';
import type { SubmitReply } from '../../src/domain/ledger/payout-replies.js';
import { createPool, type Pool } from '../../src/storage/pool.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { endsMeanwhile } from '../support/drained.js';
import { passTransportTime, payoutQueue, queueAt, seedPayouts } from '../support/payouts.js';

const TERMS = { idempotent: false, idempotencyMs: 0, lookup: true, visibilityMs: 0, timeoutMs: 1_000, callsAtOnce: 1 };
const PAID: SubmitReply = {
  kind: 'word',
  word: { status: 'paid', reason: null, reference: 'r', paidAt: null, code: null },
};
/** A claim is its own for 160 s here: 150 calls of a second at most, and ten. */
const TOO_LONG_MS = 160_000;

describe('payouts that are claimed and not sent yet', () => {
  let database: TestDatabase;
  let pool: Pool;
  beforeAll(async () => {
    database = await createDatabase();
    pool = createPool(database.appUrl);
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  /** A line per payout: what went back may be claimed, and go back, once more. */
  const states = async (runId: string) => {
    const { rows } = await database.pool.query<{ state: string; outcome: string }>(
      `select p.state, string_agg(distinct a.outcome, ', ') as outcome from payouts p join payout_attempts a on a.payout_key = p.key
       where p.run_id = $1 group by p.key order by min(a.id)`,
      [runId],
    );
    return rows.map(({ state, outcome }) => `${state} ${outcome}`);
  };

  it('are not sent when their turn comes too late, for the limit was lowered', async () => {
    const scene = await seedPayouts(database.pool, pool, 'slow', 3);
    let [sent, waitedMs] = [0, 0];
    const now = performance.now.bind(performance);
    jest.spyOn(performance, 'now').mockImplementation(() => now() + waitedMs);
    const queue = payoutQueue(
      pool,
      () => ({
        terms: TERMS,
        submit: async () => {
          sent += 1;
          return PAID;
        },
        lookup: async () => ({ kind: 'absent' }),
      }),
      async () => {
        if (sent === 1) waitedMs = TOO_LONG_MS;
      },
    );
    await queue.submit(queueAt(scene));
    expect(sent).toBe(1);
    expect(await states('slow')).toEqual(['paid paid', 'intended not_acted', 'intended not_acted']);
  });

  it('are not sent when the worker ends; what is on its way is waited for', async () => {
    const scene = await seedPayouts(database.pool, pool, 'drained', 3);
    const environment = new MockActivityEnvironment();
    let sent = 0;
    const queue = payoutQueue(pool, () => ({
      terms: TERMS,
      submit: async () => {
        sent += 1;
        environment.cancel('WORKER_SHUTDOWN');
        expect(isEnding()).toBe(true);
        return PAID;
      },
      lookup: async () => ({ kind: 'absent' }),
    }));
    await queue.submit(queueAt(scene), environment);
    expect(sent).toBe(1);
    expect(await states('drained')).toEqual(['paid paid', 'intended not_acted', 'intended not_acted']);
  });

  it('are not sent when the call of another fails; what is on its way is waited for and recorded before the turn fails', async () => {
    const scene = await seedPayouts(database.pool, pool, 'failed', 4);
    let sent = 0;
    const both = Promise.withResolvers<void>();
    const queue = payoutQueue(pool, () => ({
      terms: { ...TERMS, callsAtOnce: 2 },
      submit: async () => {
        sent += 1;
        const isFirst = sent === 1;
        if (sent === 2) both.resolve();
        await both.promise;
        if (isFirst) throw new Error('nobody has thought of that');
        await database.pool.query('select'); // a turn that waits for nobody has failed by then
        return PAID;
      },
      lookup: async () => ({ kind: 'absent' }),
    }));
    await expect(queue.submit(queueAt(scene))).rejects.toThrow('nobody has thought of that');
    expect(sent).toBe(2);
    const left = 'intended not_acted';
    expect(await states('failed')).toEqual(['submitting null', 'paid paid', left, left]); // whose call failed its lease tells
  });

  it('are not sent or asked about when the worker ends while they wait for the limit', async () => {
    const scene = await seedPayouts(database.pool, pool, 'limited', 3);
    let environment = new MockActivityEnvironment();
    let reached = 0;
    let take = endsMeanwhile(environment);
    const queue = payoutQueue(
      pool,
      () => ({
        terms: TERMS,
        submit: async () => {
          reached += 1;
          return { kind: 'unknown' };
        },
        lookup: async () => {
          reached += 1;
          return { kind: 'absent' };
        },
      }),
      (...asked) => take(...asked),
    );
    await queue.submit(queueAt(scene), environment);
    expect(await states('limited')).toEqual(Array.from({ length: 3 }, () => 'intended not_acted'));
    expect(reached).toBe(0);

    take = async () => undefined;
    await queue.submit(queueAt(scene));
    expect(reached).toBe(3);
    await passTransportTime(database.pool, scene.provider, 60_000);
    environment = new MockActivityEnvironment();
    take = endsMeanwhile(environment);
    await queue.resolve(queueAt(scene), environment);
    expect(reached).toBe(3);
    expect(await states('limited')).toEqual(Array.from({ length: 3 }, () => 'ambiguous not_acted, unknown'));
  });
});
