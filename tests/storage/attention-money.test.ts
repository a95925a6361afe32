/**
 * Money on the list of what needs a person: what finance decides, what waits to be told or sealed, and books that do not add up. After the cure it is gone.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { BudgetsStore } from '../../src/storage/budgets.store.js';
import { LedgerSealsStore } from '../../src/storage/ledger-seals.store.js';
import { OwedItemsStore } from '../../src/storage/owed-items.store.js';
import { PayoutDecisions } from '../../src/storage/payout-decisions.store.js';
import { PayoutEventsStore } from '../../src/storage/payout-events.store.js';
import { movePayouts, type PayoutMove } from '../../src/storage/payout-moves.js';
import { PayoutReleases } from '../../src/storage/payout-releases.store.js';
import { inTransaction } from '../../src/storage/pool.js';
import { AttentionDesk, MINUTE_MS } from '../support/attention.js';
import { AMOUNT, seedPayouts } from '../support/payouts.js';
import { ingestionOver, sendOnce, T0 } from '../support/seed.js';

const DECIDED = ['payout_held', 'payout_unapproved', 'payout_owed'] as const;

describe('payouts on the list', () => {
  let desk: AttentionDesk;
  let keys: string[];
  const BY = { by: 'finance', now: T0 + MINUTE_MS };

  beforeAll(async () => {
    desk = await AttentionDesk.open();
  });
  beforeEach(async () => {
    await desk.begin();
    ({ keys } = await seedPayouts(desk.owner, desk.pool, 'run', 4, 'pay'));
  });
  afterAll(() => desk.close());

  const move = (...moves: PayoutMove[]) =>
    inTransaction(desk.pool, (client) => movePayouts(client, moves, { now: T0 + 5_000, cause: 'reply' }));
  const decisions = () => new PayoutDecisions();
  const told = () => desk.told(MINUTE_MS, DECIDED);

  it('that are held are there by why, with what it takes to let them go', async () => {
    const [incident = '', byPerson = ''] = keys;
    await move({ key: incident, to: 'held', reason: 'incident' });
    await inTransaction(desk.pool, (client) => decisions().hold(client, byPerson, 'wait', BY));
    expect(await told()).toEqual(['payout_held provider/pay by_person × 1', 'payout_held provider/pay incident × 1']);
    const items = await desk.store.list({ now: T0 + MINUTE_MS, closed: [], elsewhere: [] }, ['payout_held'], {
      after: null,
      limit: 5,
    });
    expect(items.map(({ cause, sample, firstSeen }) => [cause, sample, firstSeen])).toEqual([
      ['by_person', [byPerson], BY.now],
      ['incident', [incident], T0 + 5_000],
    ]);
    for (const key of [incident, byPerson]) {
      const decided = await inTransaction(desk.pool, (client) => decisions().approve(client, key, 'over', BY));
      expect(decided.kind).toBe('done');
    }
    expect(await told()).toEqual([]);
  });

  it('that their campaign wants approved are there by run, until they are', async () => {
    await move(...keys.map((key) => ({ key, to: 'held' as const, reason: 'approval' })));
    expect(await desk.only('payout_unapproved', MINUTE_MS)).toMatchObject({
      subject: 'run/run',
      count: 4,
      firstSeen: T0,
      desk: 'finance',
    });
    const all = { count: 4, total: 4 * AMOUNT, currency: 'KRW' };
    const released = await inTransaction(desk.pool, (client) =>
      new PayoutReleases(desk.pool).approve(client, 'run', all, 'r', BY),
    );
    expect(released.kind).toBe('done');
    expect(await told()).toEqual([]);
  });

  it('that were rejected are owed, until they are reissued', async () => {
    const [key = ''] = keys;
    await move({ key, to: 'submitting' });
    await move({ key, to: 'rejected', reason: 'account_closed' });
    expect(await desk.only('payout_owed', MINUTE_MS)).toMatchObject({
      subject: 'provider/pay',
      cause: 'account_closed',
      count: 1,
    });
    const reissued = await inTransaction(desk.pool, (client) =>
      new OwedItemsStore(desk.pool).reissue(client, key, 'r', BY),
    );
    expect(reissued.kind).toBe('reissued');
    expect(await told()).toEqual([]);
  });

  it('that have something to tell their wait are there after a minute, until it is told', async () => {
    await desk.owner.query(
      `insert into listeners (event_name, run_id, node, span_ms) values ('payout.held', 'run', 'wait', 1000)`,
    );
    await move({ key: keys[0] as string, to: 'held', reason: 'incident' });
    expect(await desk.told(50_000, ['event_backlog'])).toEqual([]);
    expect(await desk.told(2 * MINUTE_MS, ['event_backlog'])).toEqual(['event_backlog events/payouts not_told × 1']);
    const events = new PayoutEventsStore(desk.pool, ingestionOver(desk.pool, { run: sendOnce('c-run') }));
    await events.tell({ provider: 'pay', shard: 0, now: T0 + 6_000 }, 10);
    expect(await desk.told(2 * MINUTE_MS, ['event_backlog'])).toEqual([]);
  });
});

describe('the books on the list', () => {
  let desk: AttentionDesk;

  beforeAll(async () => {
    desk = await AttentionDesk.open();
  });
  beforeEach(async () => {
    await desk.begin();
    const budgets = new BudgetsStore(desk.pool);
    const by = { by: 'finance', now: T0 };
    await budgets.put({ key: 'main', name: 'main', currency: 'KRW' }, by);
    const funding = { budget: 'main', reference: 'r-1', amount: { minor: 5_000, currency: 'KRW' } };
    await inTransaction(desk.pool, (client) => budgets.fund(client, funding, by));
  });
  afterAll(() => desk.close());

  it('are balanced as long as nobody changes an account by hand', async () => {
    expect(await desk.told(0, ['ledger_unbalanced'])).toEqual([]);
    await desk.owner.query(`update accounts set balance = balance + 1 where key = 'budget:main'`);
    expect(await desk.told(0, ['ledger_unbalanced'])).toEqual([
      'ledger_unbalanced account/budget:main account_and_entries_differ × 1',
      'ledger_unbalanced ledger/KRW debits_and_credits_differ × 3',
    ]);
    await desk.owner.query(`update accounts set balance = balance - 1 where key = 'budget:main'`);
    expect(await desk.told(0, ['ledger_unbalanced'])).toEqual([]);
  });

  it('that nobody seals are there after a minute and a half', async () => {
    expect(await desk.told(60_000, ['ledger_unsealed'])).toEqual([]);
    expect(await desk.only('ledger_unsealed', 2 * MINUTE_MS)).toMatchObject({
      subject: 'ledger',
      count: 1,
      sample: ['main#fund/r-1'],
    });
    await new LedgerSealsStore(desk.pool).sealBatch();
    expect(await desk.told(2 * MINUTE_MS, ['ledger_unsealed'])).toEqual([]);
  });
});
