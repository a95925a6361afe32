/**
 * Breaks on the real tables as persons work them off: one proposes, another approves; money is booked by a transfer of its own, and booked back
 * where the break is explained later.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Resolution } from '../../src/domain/ledger/settlement.js';
import { BooksStore } from '../../src/storage/books.store.js';
import { inTransaction, type Pool } from '../../src/storage/pool.js';
import { toldAt } from '../support/attention.js';
import { MatchDesk } from '../support/match-desk.js';
import { proposedForBreak } from '../support/proposals.js';
import { agreed, AMOUNT, AUTHOR, DAY, payAll, PROVIDER, seedEarned, settlementOf } from '../support/settlements.js';

const DAY_MS = 86_400_000;
const LATER = AUTHOR.now + DAY_MS;

describe('a break', () => {
  let desk: MatchDesk;
  let pool: Pool;
  let keys: string[];
  beforeAll(async () => {
    desk = await MatchDesk.open();
    pool = desk.pool;
  });
  beforeEach(async () => {
    await desk.empty();
    keys = await seedEarned(desk.owner, pool, 2);
    await payAll(pool, keys);
  });
  afterAll(() => desk.close());

  const propose = (id: string, resolution: Resolution, by = 'finance') =>
    inTransaction(pool, (client) =>
      desk.breaks.propose(client, id, { resolution, reason: 'case 7' }, { by, now: LATER }),
    );
  const approve = async (id: string, by = 'second', seen?: string) => {
    const tag = seen ?? (await proposedForBreak(pool, id));
    return await inTransaction(pool, (client) => desk.breaks.approve(client, id, tag, { by, now: LATER }));
  };
  const resolve = async (id: string, resolution: Resolution) => {
    expect(await propose(id, resolution)).toBe('done');
    expect(await approve(id)).toBe('done');
  };
  /** Debits minus credits by account of the provider. */
  const balances = async () => {
    const totals = await new BooksStore(pool).totals({ by: 'booked', from: null, to: null });
    const sum = totals.reduce((all, { debits, credits }) => all + debits - credits, 0);
    expect(sum).toBe(0);
    const own = totals.filter(({ account }) => account.endsWith(`:${PROVIDER}`));
    return Object.fromEntries(own.map(({ account, debits, credits }) => [account.split(':')[0], debits - credits]));
  };
  const matchOf = async (rows: Parameters<typeof settlementOf>[1]) => {
    await settlementOf(pool, rows);
    return await desk.match();
  };

  it('is resolved by one person with another one’s approval, and stays so while it says the same', async () => {
    await matchOf(agreed(keys).map((row, n) => ({ ...row, reference: n === 0 ? 'swapped' : row.reference })));
    const { id } = await desk.only();
    const attention = () => toldAt(pool, LATER, ['settlement_break']);
    expect(await attention()).toEqual([`settlement_break provider/${PROVIDER} reference × 1`]);
    expect(await approve(id)).toBe('no_proposal');
    expect(await propose(id, 'compensate')).toBe('no_money');
    expect(await propose('none', 'accept')).toBe('unknown');
    expect(await propose(id, 'accept')).toBe('done');
    expect(await approve(id, 'finance')).toBe('own_proposal');
    expect((await desk.only()).proposed).toMatchObject({ resolution: 'accept', by: 'finance', reason: 'case 7' });
    expect(await approve(id)).toBe('done');
    expect(await approve(id)).toBe('no_proposal');
    expect(await propose(id, 'accept')).toBe('not_open');
    expect(await desk.only()).toMatchObject({
      state: 'resolved',
      resolution: 'accept',
      proposedBy: 'finance',
      approvedBy: 'second',
      resolvedAt: new Date(LATER),
      proposed: null,
    });
    // what was accepted confirms its payout
    expect(await desk.match()).toMatchObject({ changed: false, open: 0, settled: 1 });
    expect(await attention()).toEqual([]);
    const { rows } = await pool.query(
      `select actor, action, reason, before, after from audit_log where subject = $1 order by no`,
      [`settlement-break/${id}`],
    );
    expect(rows).toEqual([
      {
        actor: 'finance',
        action: 'settlement-break.resolve.propose',
        reason: 'case 7',
        before: null,
        after: { proposed: 'accept', difference: null, currency: null },
      },
      {
        actor: 'second',
        action: 'settlement-break.resolve',
        reason: 'case 7',
        before: { state: 'open', proposedBy: 'finance' },
        after: { resolution: 'accept' },
      },
    ]);
  });

  it('is open again when it says something else, and what was proposed about it before is void', async () => {
    await matchOf(agreed(keys).map((row) => (row.key === keys[0] ? { ...row, amount: 1 } : row)));
    const { id, openedAt } = await desk.only();
    await propose(id, 'accept');
    const seen = await proposedForBreak(pool, id);
    await matchOf(agreed(keys).map((row) => (row.key === keys[0] ? { ...row, amount: 2 } : row)));
    expect(await desk.only()).toMatchObject({ id, state: 'open', openedAt, difference: 2 - AMOUNT, proposed: null });
    expect(await approve(id, 'second', seen)).toBe('no_proposal');
    // by the same words at the same time, and about other money
    await propose(id, 'accept');
    expect(await approve(id, 'second', seen)).toBe('stale');
    expect(await desk.only()).toMatchObject({ state: 'open' });
    await resolve(id, 'accept');
    await matchOf(agreed(keys).map((row) => (row.key === keys[0] ? { ...row, amount: 3 } : row)));
    expect(await desk.only()).toMatchObject({ id, state: 'open', difference: 3 - AMOUNT });
  });

  it.each<[string, (rows: ReturnType<typeof agreed>) => ReturnType<typeof agreed>, Record<string, number>]>([
    ['less was paid', (rows) => rows.slice(1), { clearing: 0, settled: AMOUNT, suspense: AMOUNT }],
    [
      'more was paid',
      (rows) => [...rows, ...rows.slice(0, 1)],
      { clearing: AMOUNT, settled: 2 * AMOUNT, suspense: -AMOUNT },
    ],
    [
      'another amount was paid',
      (rows) => rows.map((row, n) => (n === 0 ? { ...row, amount: AMOUNT + 70 } : row)),
      { clearing: AMOUNT + 70, settled: AMOUNT, suspense: -70 },
    ],
  ])(
    'is compensated where %s: clearing and settled together are what the settlement says',
    async (_, damage, wanted) => {
      const rows = damage(agreed(keys));
      await matchOf(rows);
      const { id } = await desk.only();
      await resolve(id, 'compensate');
      const sums = await balances();
      expect(sums).toEqual(wanted);
      expect((sums['clearing'] ?? 0) + (sums['settled'] ?? 0)).toBe(rows.reduce((sum, { amount }) => sum + amount, 0));
      expect(await desk.match()).toMatchObject({ changed: false, open: 0, settled: 0 });
      const [, moved] = await desk.breaks.moves(id);
      expect(moved).toMatchObject({
        to: 'resolved',
        cause: 'person:second',
        transfer: expect.stringContaining(`${id}#write_`),
      });
    },
  );

  it('that was compensated and is explained later is compensated back', async () => {
    await matchOf(agreed(keys).slice(1));
    const { id } = await desk.only();
    await resolve(id, 'compensate');
    expect(await matchOf(agreed(keys))).toMatchObject({ open: 1, settled: 1, match: { opened: 1, explained: 0 } });
    expect(await desk.only()).toMatchObject({ state: 'open', facts: {}, difference: 0, compensated: -AMOUNT });
    expect(await propose(id, 'accept')).toBe('compensated');
    await resolve(id, 'compensate');
    expect(await balances()).toEqual({ clearing: 0, settled: 2 * AMOUNT, suspense: 0 });
    expect(await desk.match()).toMatchObject({ open: 0, match: { explained: 1 } });
    expect(await desk.only()).toMatchObject({ state: 'explained', compensated: 0 });
    // and it comes back
    expect(await matchOf(agreed(keys).slice(1))).toMatchObject({ open: 1 });
    expect(await desk.only()).toMatchObject({ id, state: 'open', difference: -AMOUNT, compensated: 0 });
  });

  it('in another currency than the provider’s accounts is not booked', async () => {
    const [row] = agreed(keys);
    await matchOf([...agreed(keys), { ...row, key: 'x', currency: 'USD' } as never]);
    const { id, currency } = await desk.only();
    expect(currency).toBe('USD');
    expect(await propose(id, 'compensate')).toBe('other_currency');
    await resolve(id, 'accept');
  });

  it('is compensated into the open period when its day is closed', async () => {
    await matchOf(agreed(keys).slice(1));
    await desk.owner.query(
      `insert into ledger_closings (month, kind, reason, proposed_by, approved_by, at) values ('2026-03-01', 'close', 'r', 'f', 'a', '2026-04-02')`,
    );
    const { id } = await desk.only();
    await resolve(id, 'compensate');
    const { rows } = await pool.query(
      `select business_on::text as day, posted_on::text as posted from ledger_transfers where kind = 'write_off'`,
    );
    expect(rows).toEqual([{ day: '2026-03-05', posted: '2026-04-01' }]);
  });

  it('is approved by one of two at once', async () => {
    await matchOf(agreed(keys).slice(1));
    const { id } = await desk.only();
    await propose(id, 'compensate');
    const both = await Promise.all([approve(id, 'second'), approve(id, 'third')]);
    expect(both.sort()).toEqual(['done', 'no_proposal']);
    expect((await balances())['suspense']).toBe(AMOUNT);
  });

  it('is kept by the database: nobody resolves one alone, whoever writes', async () => {
    await matchOf(agreed(keys).slice(1));
    const alone = `update settlement_breaks set state = 'resolved', resolution = 'accept', reason = 'r', proposed_by = 'f', approved_by = 'f', resolved_at = '2026-03-05'`;
    for (const by of [pool, desk.owner]) await expect(by.query(alone)).rejects.toThrow('settlement_breaks_two_persons');
  });

  it('is somebody’s, and is found by whose, class, provider, day and state, the oldest first', async () => {
    await matchOf(agreed(keys).map((row) => ({ ...row, reference: 'swapped' })));
    const [first, second] = await desk.breaks.list({ after: null, limit: 10 });
    if (!first || !second) throw new Error('no breaks');
    const assign = (assignee: string | null) =>
      inTransaction(pool, (client) => desk.breaks.assign(client, first.id, assignee, { by: 'finance', now: LATER }));
    expect(await assign('kim')).toBe('done');
    expect(await desk.seen({ assignee: 'kim' })).toEqual([['reference', first.key, 'open']]);
    expect(await desk.seen({ class: 'reference', provider: PROVIDER, day: DAY, state: 'open' })).toHaveLength(2);
    for (const none of [{ class: 'date' }, { provider: 'x' }, { day: '2026-03-04' }, { state: 'resolved' }] as const)
      expect(await desk.seen(none)).toEqual([]);
    const after = { openedAt: first.openedAt.getTime(), id: first.id };
    expect(await desk.seen({ after })).toEqual([['reference', second.key, 'open']]);
    expect(await assign(null)).toBe('done');
    expect(await desk.seen({ assignee: 'kim' })).toEqual([]);
    await resolve(first.id, 'accept');
    expect(await assign('kim')).toBe('not_open');
  });
});
