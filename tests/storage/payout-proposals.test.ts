/**
 * What is proposed about payouts and waits for a second person: each kind as long as it could be carried out, the oldest first, and nothing is approved or refused
 * but what was seen.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { PayoutPorts } from '../../activities/payout-ports.js';
import type { ProposalKind } from '../../src/domain/ledger/payout-decisions.js';
import type { SubmitReply } from '../../src/domain/ledger/payout-replies.js';
import { OwedItemsStore } from '../../src/storage/owed-items.store.js';
import { PayoutDecisions } from '../../src/storage/payout-decisions.store.js';
import { movePayouts, type PayoutMove } from '../../src/storage/payout-moves.js';
import { PayoutProposalsStore, type Proposal } from '../../src/storage/payout-proposals.store.js';
import { createPool, inTransaction, type Client, type Pool } from '../../src/storage/pool.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { passTransportTime, payoutQueue, queueAt, seedPayouts, type PayoutScene } from '../support/payouts.js';
import { proposedFor } from '../support/proposals.js';
import { emptyTables, T0 } from '../support/seed.js';

const said = (status: 'paid' | 'rejected'): SubmitReply => ({
  kind: 'word',
  word: { status, reason: null, reference: null, paidAt: null, code: null },
});
const TERMS = { idempotent: false, idempotencyMs: 0, lookup: false, visibilityMs: 0, timeoutMs: 1_000 };
/** What becomes of the first, the second … payout: held unsubmitted, held in doubt, owed, paid, paid. */
const REPLIES: readonly SubmitReply[] = [
  said('paid'),
  { kind: 'unknown' },
  said('rejected'),
  said('paid'),
  said('paid'),
];
const KINDS = ['cancel', 'settle', 'waive', 'reverse', 'settle_reversal'] as const;
const WORDS: Partial<Record<ProposalKind, Proposal['word']>> = { settle: 'paid', settle_reversal: 'reversed' };

describe('what is proposed about payouts', () => {
  let database: TestDatabase;
  let pool: Pool;
  let scene: PayoutScene;
  const decisions = new PayoutDecisions();

  beforeAll(async () => {
    database = await createDatabase();
    pool = createPool(database.appUrl);
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });
  beforeEach(async () => {
    await emptyTables(database.pool);
    scene = await seedPayouts(database.pool, pool, 'run', KINDS.length, 'pay');
    await decide((client) => decisions.hold(client, keyOf('cancel'), 'why', { by: 'ann', now: T0 }));
    const provider: ReturnType<PayoutPorts['provider']> = {
      terms: TERMS,
      submit: async ({ key }) => REPLIES[scene.keys.indexOf(key)] ?? { kind: 'unknown' },
      lookup: async () => ({ kind: 'unknown' }),
      reverse: async () => ({ kind: 'unknown' }),
    };
    const queue = payoutQueue(pool, () => provider);
    await queue.submit(queueAt(scene));
    await passTransportTime(database.pool, 'pay', 60_000);
    await queue.resolve(queueAt(scene));
    expect(await propose('reverse', 0, keyOf('settle_reversal'))).toMatchObject({ kind: 'done' });
    expect(await confirm('reverse', undefined, keyOf('settle_reversal'))).toMatchObject({ kind: 'done' });
    await queue.resolve(queueAt(scene));
  });

  const keyOf = (kind: ProposalKind) => scene.keys[KINDS.indexOf(kind)] as string;
  const decide = <T>(work: (client: Client) => Promise<T>) => inTransaction(pool, work);
  const propose = (kind: ProposalKind, seconds = 0, key = keyOf(kind), reason = 'case 7') =>
    decide((client) =>
      decisions.propose(
        client,
        key,
        { kind, reason, word: WORDS[kind] ?? null, reference: null },
        { by: 'ann', now: T0 + seconds * 1_000 },
      ),
    );
  const confirm = async (kind: ProposalKind, tag?: string, key = keyOf(kind)) => {
    const seen = tag ?? (await proposedFor(pool, key));
    return await decide((client) => decisions.confirm(client, key, { kind, seen }, { by: 'bob', now: T0 }));
  };
  const store = () => new PayoutProposalsStore(pool);
  const listed = async () => (await store().list(null, 100)).map(({ kind }) => kind);
  const move = (one: PayoutMove) => decide((client) => movePayouts(client, [one], { now: T0, cause: 'provider' }));
  /** The oldest last. */
  const proposeAll = async () => {
    for (const [n, kind] of KINDS.entries()) {
      expect([kind, await propose(kind, 10 - n)]).toMatchObject([kind, { kind: 'done' }]);
    }
  };

  it('is listed by its age, a page at a time, with what it is about', async () => {
    expect(await listed()).toEqual([]);
    await proposeAll();
    expect(await listed()).toEqual(KINDS.toReversed());
    const [first, second, third, ...more] = await store().list(null, 2);
    expect(more).toEqual([]);
    expect([first?.kind, second?.kind, third?.kind]).toEqual(['settle_reversal', 'reverse', 'waive']);
    const place = { at: second?.at.getTime() ?? 0, payout: second?.payout ?? '' };
    const rest = await store().list(place, 2);
    expect(rest.map(({ kind }) => kind)).toEqual(['waive', 'settle', 'cancel']);
    const stands = await store().find(keyOf('settle'));
    expect(rest[1]).toEqual({
      ...stands,
      payout: keyOf('settle'),
      state: 'held',
      amount: 5_000,
      currency: 'KRW',
      customerId: expect.any(String),
      campaign: expect.any(String),
      provider: 'pay',
    });
    expect(stands).toEqual({
      kind: 'settle',
      word: 'paid',
      reference: null,
      reason: 'case 7',
      by: 'ann',
      at: new Date(T0 + 9_000),
      tag: rest[1]?.tag,
    });
  });

  it('is gone when another person has approved it', async () => {
    await proposeAll();
    for (const kind of KINDS) expect([kind, await confirm(kind)]).toMatchObject([kind, { kind: 'done' }]);
    expect(await listed()).toEqual([]);
    for (const key of scene.keys) expect(await store().find(key)).toBeNull();
  });

  it('falls when the payout goes on by itself, and nobody is shown what could not be carried out', async () => {
    await proposeAll();
    const provider = { reason: null, reference: null };
    await decide((client) => decisions.approve(client, keyOf('cancel'), 'go', { by: 'bob', now: T0 }));
    await move({ key: keyOf('settle'), to: 'paid', ...provider });
    await decide((client) => new OwedItemsStore(pool).reissue(client, keyOf('waive'), 'why', { by: 'bob', now: T0 }));
    expect(await listed()).toEqual(['settle_reversal', 'reverse']);
    await move({ key: keyOf('reverse'), to: 'reversed', ...provider });
    await move({ key: keyOf('settle_reversal'), to: 'reversed', ...provider });
    expect(await listed()).toEqual([]);
    for (const kind of KINDS) {
      expect(await store().find(keyOf(kind))).toBeNull();
      expect([kind, await propose(kind)]).toMatchObject([kind, { kind: 'refused' }]);
      expect([kind, await confirm(kind)]).toMatchObject([kind, { kind: 'refused' }]);
    }
  });

  it.each(KINDS)('is approved and refused just as it was seen: %s', async (kind) => {
    await propose(kind);
    const seen = await proposedFor(pool, keyOf(kind));
    await propose(kind, 0, keyOf(kind), 'case 8');
    const now = await proposedFor(pool, keyOf(kind));
    expect(now).not.toBe(seen);
    const refuse = (tag: string) =>
      decide((client) =>
        decisions.refuse(client, keyOf(kind), { kind, seen: tag }, 'not that', { by: 'ann', now: T0 }),
      );
    for (const stale of [seen, '', '*']) {
      expect(await confirm(kind, stale)).toEqual({ kind: 'refused', why: 'stale' });
      expect(await refuse(stale)).toEqual({ kind: 'refused', why: 'stale' });
    }
    expect(await listed()).toEqual([kind]);
    expect(await refuse(now)).toMatchObject({ kind: 'done' });
    expect(await listed()).toEqual([]);
    expect(await confirm(kind, now)).toEqual({ kind: 'refused', why: 'no_proposal' });
    expect(await refuse(now)).toEqual({ kind: 'refused', why: 'no_proposal' });
  });

  it('has another tag whatever of it is another', async () => {
    const tags = new Set<string>();
    const proposals: Proposal[] = [
      { kind: 'settle', word: 'paid', reference: null, reason: 'r' },
      { kind: 'settle', word: 'rejected', reference: null, reason: 'r' },
      { kind: 'settle', word: 'paid', reference: 'r', reason: 'r' },
      { kind: 'settle', word: 'paid', reference: null, reason: 's' },
    ];
    for (const by of ['ann', 'bob'])
      for (const proposal of proposals)
        for (const now of [T0, T0 + 1]) {
          await decide((client) => decisions.propose(client, keyOf('settle'), proposal, { by, now }));
          tags.add(await proposedFor(pool, keyOf('settle')));
        }
    expect(tags.size).toBe(16);
  });
});
