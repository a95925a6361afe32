/**
 * Reversals through the queue's real activities: taken back once under their own key, whatever answer is lost; what nobody can know waits for a person; and
 * the books follow the payout.
 */
import { MockActivityEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { PayoutPorts } from '../../activities/payout-ports.js';
import type { PayoutResolveResult } from '../../activities/payout.activities.js';
import type { LookupReply, PayoutWord, SubmitReply } from '../../src/domain/ledger/payout-replies.js';
import type { ReversalReply } from '../../src/domain/ledger/reversals.js';
import { ControlsStore } from '../../src/storage/controls.store.js';
import { ControlWork } from '../../src/storage/control-work.store.js';
import { PayoutDecisions } from '../../src/storage/payout-decisions.store.js';
import { reversalsOf } from '../../src/storage/payout-reversals.js';
import { createPool, inTransaction, type Pool } from '../../src/storage/pool.js';
import { SweepStore } from '../../src/storage/sweep.store.js';
import { endsMeanwhile } from '../support/drained.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { AMOUNT, payoutQueue, queueAt, seedPayouts, type PayoutScene } from '../support/payouts.js';
import { proposedFor } from '../support/proposals.js';
import { emptyTables, T0 } from '../support/seed.js';

const word = (status: PayoutWord['status']): PayoutWord => ({
  status,
  reason: null,
  reference: `${status}-1`,
  paidAt: null,
  code: null,
});
const PAID: SubmitReply = { kind: 'word', word: word('paid') };
const REVERSED: ReversalReply = { kind: 'word', word: { status: 'reversed', reason: null, reference: 'back-1' } };
const TERMS = { idempotent: true, idempotencyMs: 86_400_000, lookup: true, visibilityMs: 0, timeoutMs: 5_000 };
const REASON = 'paid by mistake';

describe('a payment that is taken back', () => {
  let database: TestDatabase;
  let pool: Pool;
  let scene: PayoutScene;
  let key: string;
  let terms: typeof TERMS;
  let take: PayoutPorts['throttle']['take'] | undefined;
  /** What the provider answers, and what it was sent. */
  let replies: ReversalReply[];
  let sent: string[];
  let says: LookupReply;

  beforeAll(async () => {
    database = await createDatabase();
    pool = createPool(database.appUrl);
  });
  beforeEach(async () => {
    await emptyTables(database.pool);
    [terms, replies, sent, says] = [TERMS, [REVERSED], [], { kind: 'word', word: word('paid') }];
    take = undefined;
    scene = await seedPayouts(database.pool, pool, 'run', 1, 'pay');
    [key] = scene.keys as [string];
    await queue().submit(queueAt(scene));
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  const provider = (): ReturnType<PayoutPorts['provider']> => ({
    terms,
    submit: async () => PAID,
    lookup: async () => says,
    reverse: async ({ key: of, n, reason, attempt }) => {
      sent.push(`${of}/r${n} ${reason} ${attempt}`);
      return replies.shift() ?? { kind: 'unknown' };
    },
  });
  const queue = () => payoutQueue(pool, provider, take);
  const turn = async (environment?: MockActivityEnvironment) =>
    (await queue().resolve(queueAt(scene), environment)) as PayoutResolveResult;
  const decide = (work: (decisions: PayoutDecisions, client: Parameters<PayoutDecisions['confirm']>[0]) => unknown) =>
    inTransaction(pool, async (client) => work(new PayoutDecisions(), client));
  const propose = (kind: 'reverse' | 'settle_reversal', said: 'reversed' | 'rejected' | null = null) =>
    decide((decisions, client) =>
      decisions.propose(client, key, { kind, reason: REASON, word: said, reference: null }, { by: 'one', now: T0 }),
    );
  const confirm = (kind: 'reverse' | 'settle_reversal', by = 'two') =>
    decide(async (decisions, client) => {
      const seen = await proposedFor(pool, key, client);
      return await decisions.confirm(client, key, { kind, seen }, { by, now: T0 });
    });
  const ask = async () => {
    await propose('reverse');
    return await confirm('reverse');
  };
  const state = async () => {
    const { rows } = await pool.query<{ state: string }>('select state from payouts where key = $1', [key]);
    const reversals = await reversalsOf(pool, key);
    return [rows[0]?.state, ...reversals.map((one) => one.state)];
  };
  const balances = async () => {
    const { rows } = await pool.query<{ key: string; balance: number }>(
      'select key, balance from accounts order by key',
    );
    return Object.fromEntries(rows.map((row) => [row.key, row.balance]));
  };
  const soon = () =>
    database.pool.query(
      `update payout_reversals set next_at = next_at - interval '1 hour', last_attempt_at = last_attempt_at - interval '1 hour'`,
    );

  it('by two persons only, once, and the budget has its money again', async () => {
    expect(await confirm('reverse')).toEqual({ kind: 'refused', why: 'no_proposal' });
    await propose('reverse');
    expect(await confirm('reverse', 'one')).toEqual({ kind: 'refused', why: 'own_proposal' });
    expect(await confirm('reverse')).toMatchObject({ kind: 'done' });
    expect(await propose('reverse')).toEqual({ kind: 'refused', why: 'reversal_open' });
    const before = await balances();
    await turn();
    await turn();
    expect(sent).toEqual([`${key}/r1 ${REASON} 1`]);
    expect(await state()).toEqual(['reversed', 'reversed']);
    expect(await reversalsOf(pool, key)).toMatchObject([
      { n: 1, attempts: 1, reference: 'back-1', proposedBy: 'one', approvedBy: 'two', decidedAt: new Date(T0) },
    ]);
    const { rows } = await pool.query('select reference from payouts where key = $1', [key]);
    expect(rows).toEqual([{ reference: 'paid-1' }]); // of the payment, as its settlement has it
    const after = await balances();
    expect(after['budget:b-run']).toBe((before['budget:b-run'] ?? 0) + AMOUNT);
    expect(after['clearing:pay']).toBe((before['clearing:pay'] ?? 0) - AMOUNT);
    expect(await propose('reverse')).toEqual({ kind: 'refused', why: 'not_paid' });
  });

  it('not, when the provider refuses; it may be asked for again, under the next key', async () => {
    replies = [{ kind: 'word', word: { status: 'rejected', reason: 'spent', reference: null } }, REVERSED];
    await ask();
    await turn();
    expect(await state()).toEqual(['paid', 'rejected']);
    expect(await reversalsOf(pool, key)).toMatchObject([{ told: 'spent' }]);
    await ask();
    await turn();
    expect(sent).toEqual([`${key}/r1 ${REASON} 1`, `${key}/r2 ${REASON} 1`]);
    expect(await state()).toEqual(['reversed', 'rejected', 'reversed']);
  });

  it('later, when the provider says so, and not earlier; its queue sleeps until then', async () => {
    terms = { ...TERMS, idempotent: false, idempotencyMs: 0 };
    replies = [{ kind: 'later', retryAfterMs: 60_000 }, REVERSED];
    await ask();
    const { nextInMs } = await turn();
    expect(nextInMs).toBeGreaterThan(50_000);
    await turn();
    expect(sent).toHaveLength(1);
    expect(await state()).toEqual(['paid', 'requested']);
    await soon();
    await database.pool.query('update queues set blocked_until = null');
    await turn();
    expect(await state()).toEqual(['reversed', 'reversed']);
  });

  it('stops the queue at an answer that the protocol does not know', async () => {
    replies = [{ kind: 'refused', status: 418 }];
    await ask();
    await turn();
    await soon();
    expect((await turn()).nextInMs).toBeNull();
    const { rows } = await pool.query('select attention from queues');
    expect(rows).toEqual([{ attention: 'undocumented answer 418' }]);
    expect(sent).toHaveLength(1);
  });

  it('without a reply: asks, and learns that it is done', async () => {
    replies = [{ kind: 'unknown' }];
    await ask();
    await turn();
    expect(await state()).toEqual(['paid', 'ambiguous']);
    says = { kind: 'word', word: word('reversed') };
    await soon();
    await turn();
    expect(sent).toHaveLength(1);
    expect(await state()).toEqual(['reversed', 'reversed']);
  });

  it('without a reply and still paid: sends it again under its key, where that is safe', async () => {
    replies = [{ kind: 'unknown' }, REVERSED];
    await ask();
    await turn();
    await soon();
    await turn();
    expect(sent).toEqual([`${key}/r1 ${REASON} 1`, `${key}/r1 ${REASON} 2`]);
    expect(await state()).toEqual(['reversed', 'reversed']);
  });

  it('is neither sent nor asked about when the worker ends while it waits for the limit', async () => {
    const drained = async () => {
      const environment = new MockActivityEnvironment();
      take = endsMeanwhile(environment);
      await turn(environment);
      take = undefined;
    };
    replies = [{ kind: 'unknown' }, REVERSED];
    await ask();
    await drained();
    expect(sent).toEqual([]);
    await soon();
    await turn();
    expect(await state()).toEqual(['paid', 'ambiguous']);
    says = { kind: 'word', word: word('reversed') };
    await soon();
    await drained();
    expect(await state()).toEqual(['paid', 'ambiguous']); // nobody has asked
    await soon();
    await turn();
    expect(await state()).toEqual(['reversed', 'reversed']);
    expect(sent).toHaveLength(1);
  });

  it.each([
    ['still_paid', { idempotent: false }],
    ['no_lookup', { idempotent: false, lookup: false }],
  ] as const)('without a reply, and %s: waits for a person, who settles it by the owner’s word', async (told, over) => {
    terms = { ...TERMS, ...over };
    replies = [{ kind: 'unknown' }];
    await ask();
    await turn();
    await soon();
    expect((await turn()).nextInMs).toBeNull();
    expect(await reversalsOf(pool, key)).toMatchObject([{ state: 'ambiguous', told }]);
    expect(await propose('reverse')).toEqual({ kind: 'refused', why: 'reversal_open' });
    await propose('settle_reversal', 'rejected');
    expect(await confirm('settle_reversal', 'one')).toEqual({ kind: 'refused', why: 'own_proposal' });
    await confirm('settle_reversal');
    expect(await state()).toEqual(['paid', 'rejected']);
    expect(await propose('settle_reversal', 'reversed')).toEqual({ kind: 'refused', why: 'no_unsure_reversal' });
  });

  it('is ambiguous when its worker died, and a person may say that it was done', async () => {
    await ask();
    const lost = queue();
    await pool.query(
      `update payout_reversals set state = 'submitting', attempts = 1, first_attempt_at = now(), last_attempt_at = now()`,
    );
    terms = { ...TERMS, idempotent: false };
    await soon();
    await lost.resolve(queueAt(scene));
    expect(sent).toEqual([]);
    expect(await state()).toEqual(['paid', 'ambiguous']);
    await propose('settle_reversal', 'reversed');
    await confirm('settle_reversal');
    expect(await state()).toEqual(['reversed', 'reversed']);
  });

  it('believes the provider later than a person, and tells finance of it', async () => {
    await ask();
    const [order] = (await queue().reversals.claim(queueAt(scene), [], 10, 1)).orders;
    if (!order) throw new Error('nothing was claimed');
    await new Promise((resolve) => setTimeout(resolve, 20));
    terms = { ...TERMS, idempotent: false };
    await turn();
    await propose('settle_reversal', 'rejected');
    await confirm('settle_reversal');
    await queue().reversals.record(queueAt(scene), [{ order, reply: REVERSED }], terms);
    expect(await state()).toEqual(['reversed', 'rejected']);
    const { rows } = await pool.query('select key, kind, detail from breaks');
    expect(rows).toEqual([{ key, kind: 'contradiction', detail: { had: 'rejected', said: 'reversed' } }]);
  });

  it('waits while its provider or all payouts are paused, and the sweep finds it afterwards', async () => {
    const put = async (scope: string, to: 'paused' | 'running') => {
      await new ControlsStore(pool).switch(
        { scope, state: to, reason: 'test', overdue: 'shift' },
        { by: 'operator', now: T0 },
      );
      await new ControlWork(pool).run(scope, () => true);
    };
    const sweep = new SweepStore(pool, [], [{ name: 'pay', shard: 0 }]);
    await ask();
    for (const scope of ['payouts', 'provider/pay']) {
      await put(scope, 'paused');
      expect((await turn()).nextInMs).toBeNull();
      expect(sent).toEqual([]);
      await put(scope, 'running');
    }
    expect((await sweep.overdue(T0)).payouts).toEqual([{ name: 'pay', shard: 0 }]);
    await turn();
    expect(await state()).toEqual(['reversed', 'reversed']);
    expect((await sweep.overdue(T0)).payouts).toEqual([]);
  });
});
