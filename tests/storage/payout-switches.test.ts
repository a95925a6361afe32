/**
 * The switches that hold payouts back: all, those of a campaign, of a kind, of a provider. Nothing of theirs is submitted, neither for the first time nor
 * again, what else is in the queue goes on, and the queue sleeps meanwhile.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { LookupReply, SubmitReply } from '../../src/domain/ledger/payout-replies.js';
import { ControlsStore } from '../../src/storage/controls.store.js';
import { ControlWork } from '../../src/storage/control-work.store.js';
import { createPool, type Pool } from '../../src/storage/pool.js';
import { expectAskedLater } from '../support/asked-later.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { passTransportTime, payoutQueue, queueAt, seedPayouts } from '../support/payouts.js';
import { emptyTables, T0 } from '../support/seed.js';

const PROVIDER = 'pay';
const TERMS = {
  idempotent: true,
  idempotencyMs: 86_400_000,
  lookup: true,
  visibilityMs: 0,
  timeoutMs: 5_000,
};
const PAID: SubmitReply = {
  kind: 'word',
  word: { status: 'paid', reason: null, reference: 'r', paidAt: null, code: null },
};
const BY = { by: 'operator', now: T0 };

describe('payouts whose switch is off', () => {
  let database: TestDatabase;
  let pool: Pool;
  let submitted: string[];
  let reply: SubmitReply;

  beforeAll(async () => {
    database = await createDatabase();
    pool = createPool(database.appUrl);
  });
  beforeEach(async () => {
    await emptyTables(database.pool);
    [submitted, reply] = [[], PAID];
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  const queue = () =>
    payoutQueue(pool, () => ({
      terms: TERMS,
      submit: async ({ key }) => {
        submitted.push(key);
        return reply;
      },
      lookup: async (): Promise<LookupReply> => ({ kind: 'absent' }),
    }));
  const put = async (scope: string, state: 'paused' | 'running') => {
    await new ControlsStore(pool).switch({ scope, state, reason: 'test', overdue: 'shift' }, BY);
    await new ControlWork(pool).run(scope, () => true);
  };
  /** Two of each: cashback of campaign c-one, coupons of campaign c-two, one queue. */
  const seed = async () => {
    const one = await seedPayouts(database.pool, pool, 'one', 2, PROVIDER);
    const two = await seedPayouts(database.pool, pool, 'two', 2, PROVIDER, { kind: 'coupon' });
    return { at: queueAt(one), one: one.keys, two: two.keys };
  };

  it.each([
    ['payouts', []],
    ['provider/pay', []],
    ['payouts/campaign/c-one', ['two']],
    ['payouts/kind/cashback', ['two']],
    ['payouts/kind/coupon', ['one']],
    ['payouts/campaign/c-three', ['one', 'two']],
    // what has been earned is paid, whatever becomes of the campaign
    ['campaign/c-one', ['one', 'two']],
    ['all', ['one', 'two']],
  ] as const)('%s: the others go on, and when it is on again, these', async (scope, goOn) => {
    const { at, ...seeded } = await seed();
    await put(scope, 'paused');
    await queue().submit(at);
    expect(submitted.toSorted()).toEqual(goOn.flatMap((group) => seeded[group]).toSorted());
    expect(await queue().payouts.nextInMs(at)).toBeNull();
    await put(scope, 'running');
    await queue().submit(at);
    expect(submitted.toSorted()).toEqual([...seeded.one, ...seeded.two].toSorted());
  });

  it.each(['payouts', 'payouts/kind/cashback', 'provider/pay'])(
    '%s: what is ambiguous is asked about now and then, and not submitted again before it is on',
    async (scope) => {
      const scene = await seedPayouts(database.pool, pool, 'one', 1, PROVIDER);
      const at = queueAt(scene);
      reply = { kind: 'unknown' };
      await queue().submit(at);
      reply = PAID;
      await put(scope, 'paused');
      for (let turn = 0; turn < 3; turn += 1) {
        await passTransportTime(database.pool, PROVIDER, 60_000);
        await expectAskedLater(database.pool, 'payouts', async () => {
          await queue().resolve(at);
          return await queue().payouts.nextInMs(at);
        });
      }
      expect(submitted).toHaveLength(1);
      await put(scope, 'running');
      await passTransportTime(database.pool, PROVIDER, 60_000);
      await queue().resolve(at);
      expect(submitted).toHaveLength(2);
      const { rows } = await database.pool.query('select state from payouts');
      expect(rows).toEqual([{ state: 'paid' }]);
    },
  );
});
