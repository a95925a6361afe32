/**
 * Payouts that are tried again, many at once, by the rules for one: what is owed is reissued once, what is held is approved or asked about where it may be,
 * and of all else nothing becomes, with the reason.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { AMOUNT, seedPayouts, type PayoutScene } from '../support/payouts.js';
import { movePayouts, type PayoutMove } from '../../src/storage/payout-moves.js';
import { createPool, inTransaction, type Pool } from '../../src/storage/pool.js';
import { RetriesStore } from '../../src/storage/retries.store.js';
import { RetryPlanner } from '../../src/storage/retry-plan.store.js';
import { RetryWork } from '../../src/storage/retry-work.store.js';
import { totalsOf } from '../../src/domain/retry/effect.js';
import type { PlainSelector } from '../../src/domain/retry/selector.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { emptyTables, T0 } from '../support/seed.js';

const NO_PEOPLE = {
  of: () => Promise.reject(new Error('nobody is put back')),
  journeyOf: () => Promise.reject(new Error('nobody is put back')),
};
const askable = { gateways: new Set<string>(['gate']), providers: new Set(['pay-run']) };

describe('payouts that are tried again', () => {
  let database: TestDatabase;
  let pool: Pool;
  let scene: PayoutScene;

  beforeAll(async () => {
    database = await createDatabase();
    pool = createPool(database.appUrl);
  });
  beforeEach(async () => {
    await emptyTables(database.pool);
    scene = await seedPayouts(database.pool, pool, 'run', 4);
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  const list = async (sql: string) => (await database.pool.query<{ text: string }>(sql)).rows.map(({ text }) => text);
  const states = () => list(`select key || ' ' || state as text from payouts order by 1`);
  const own = (n: number) => scene.keys[n] as string;
  const of = (...ns: number[]) => ns.map((n) => own(n).replace(/\/1$/, ''));

  /** Submitted, and what became of it. */
  async function submitted(n: number, to: PayoutMove['to'], reason: string | null, outcome = 'unknown') {
    const move = (one: PayoutMove) =>
      inTransaction(pool, (client) => movePayouts(client, [one], { now: T0, cause: 'reply' }));
    await database.pool.query(
      `insert into payout_attempts (payout_key, attempt, provider, shard, step, context_id, now, customer_status,
         gate_version, lease_until, closed_at, outcome)
       values ($1, 1, 'pay-run', 0, 1, 1, $2, 'active', 1, $2, $2, $3)`,
      [own(n), new Date(T0), outcome],
    );
    await move({ key: own(n), to: 'submitting' });
    await move({ key: own(n), to, reason, lookupInMs: 3_600_000 });
  }
  const held = (n: number, reason: string) =>
    inTransaction(pool, (client) =>
      movePayouts(client, [{ key: own(n), to: 'held', reason }], { now: T0, cause: 'gate' }),
    );

  async function retry(selector: PlainSelector, by = 'o', asked = askable) {
    const retries = new RetriesStore(pool);
    const authored = { by, now: T0 + 1_000 };
    const found = await new RetryPlanner(pool, NO_PEOPLE, asked).find(selector, authored);
    const plan = { selector, reason: 'told by them', ...found };
    const no = await inTransaction(pool, (client) =>
      retries.plan(client, plan, { items: 100, minor: 1_000_000 }, authored),
    );
    const totals = totalsOf(found.items);
    const begun = await inTransaction(pool, (client) =>
      retries.begin(client, no, { alone: true, current: totals }, authored),
    );
    const work = new RetryWork(pool, 'test', asked, 2);
    for (let at = T0 + 2_000; await work.batch(at, no); at += 1) expect(at).toBeLessThan(T0 + 2_100);
    const items = await retries.items(no, { after: 0, limit: 100 });
    return { totals, begun, outcomes: items.map(({ outcome, detail, why }) => detail ?? outcome ?? why) };
  }

  it('that are owed are reissued as their next generation, once, each with its line of the audit log', async () => {
    for (const n of [0, 1, 2]) await submitted(n, 'rejected', n === 2 ? 'closed_account' : 'blocked', 'rejected');
    const owed: PlainSelector = { what: 'payouts', state: 'owed', provider: 'pay-run', cause: 'blocked' };
    const { totals, outcomes } = await retry(owed);
    expect(totals).toMatchObject({
      acts: 2,
      would: { reissue: 2 },
      pays: [{ currency: 'KRW', count: 2, minor: 2 * AMOUNT }],
    });
    expect(outcomes).toEqual(of(0, 1).map((slot) => `${slot}/2`));
    expect(await states()).toEqual(
      [0, 1, 2, 3].flatMap((n) => [
        `${own(n)} ${n === 3 ? 'intended' : 'rejected'}`,
        ...(n < 2 ? [`${of(n)[0]}/2 intended`] : []),
      ]),
    );
    expect(
      await list(
        `select action || ' ' || subject || ' ' || actor as text from audit_log where action = 'payout.reissue' order by 1`,
      ),
    ).toEqual([0, 1].map((n) => `payout.reissue payout/${own(n)} o`));
    expect(await retry(owed)).toMatchObject({ begun: 'nothing', outcomes: [] });
    const again = await retry({ ...owed, cause: undefined, payouts: [own(0), own(2), 'p/none'] });
    expect(again.outcomes).toEqual(['not_open', `${of(2)[0]}/2`, 'not_selected']);
    expect(await list(`select max(generation)::text as text from payouts group by slot_key order by slot_key`)).toEqual(
      ['2', '2', '2', '1'],
    );
    expect(await list(`select balance::text as text from accounts where key = 'reserved:b-run'`)).toEqual([
      String(4 * AMOUNT),
    ]);
  });

  it('that a budget funds only in part are reissued as far as it does, and the others say so', async () => {
    for (const n of [0, 1, 2]) await submitted(n, 'rejected', 'blocked', 'rejected');
    await database.pool.query(`update accounts set balance = $1 where key = 'budget:b-run'`, [AMOUNT + 1]);
    const { outcomes } = await retry({ what: 'payouts', state: 'owed', run: 'run' });
    expect(outcomes.filter((text) => text === 'no_budget')).toHaveLength(2);
    expect(await list(`select count(*)::text as text from owed_items where state = 'open'`)).toEqual(['2']);
  });

  it('that are held are approved, or asked about where an attempt may have paid; else nothing becomes of them', async () => {
    await held(0, 'by_person');
    await submitted(1, 'held', 'no_lookup');
    await held(2, 'incident');
    await database.pool.query(`update customers set status = 'incident' where id = 'run-c2'`);
    await held(3, 'approval');
    const { totals, outcomes } = await retry({ what: 'payouts', state: 'held' });
    expect(totals).toMatchObject({ would: { approve: 1, ask: 1 }, nothing: { incident: 1 } });
    expect(outcomes).toEqual(['done', 'done', 'incident']);
    expect(await states()).toEqual([`${own(0)} approved`, `${own(1)} held`, `${own(2)} held`, `${own(3)} held`]);
    expect(await list(`select key as text from payouts where lookup_at <= clock_timestamp()`)).toEqual([own(1)]);
    const nobody = { gateways: new Set<string>(), providers: new Set<string>() };
    expect((await retry({ what: 'payouts', state: 'held' }, 'o', nobody)).outcomes).toEqual([
      'cannot_be_asked',
      'incident',
    ]);
  });

  it('that wait for an approval are approved by somebody else than who launched the campaign or opened the run', async () => {
    for (const n of [0, 1]) await held(n, 'approval');
    await database.pool.query(
      `alter table campaign_versions disable trigger user;
       update campaign_versions set definition = '{"campaign": {"payoutApproval": "always"}}';
       alter table campaign_versions enable trigger user;
       update runs set opened_by = 'n'`,
    );
    const waiting: PlainSelector = { what: 'payouts', state: 'unapproved', run: 'run' };
    for (const opener of ['m', 'n'])
      expect(await retry(waiting, opener)).toMatchObject({ begun: 'nothing', outcomes: ['own_launch', 'own_launch'] });
    expect((await retry(waiting, 'f')).outcomes).toEqual(['done', 'done']);
    expect((await states()).slice(0, 2)).toEqual([`${own(0)} approved`, `${own(1)} approved`]);
    expect(await list(`select actor as text from audit_log where action = 'payout.approved'`)).toEqual(['f', 'f']);
  });

  it('of which nobody knows are asked about at once, and nothing is submitted by that', async () => {
    await submitted(0, 'ambiguous', 'no_reply');
    expect(await list(`select key as text from payouts where lookup_at <= clock_timestamp()`)).toEqual([]);
    const { totals, outcomes } = await retry({ what: 'payouts', state: 'ambiguous', provider: 'pay-run' });
    expect([totals.acts, outcomes]).toEqual([0, ['done']]);
    expect(await list(`select key || ' ' || state as text from payouts where lookup_at <= clock_timestamp()`)).toEqual([
      `${own(0)} ambiguous`,
    ]);
  });

  it('messages of which nobody knows are asked about, one that was rejected is not sent again; queues and lanes are nudged', async () => {
    await database.pool.query(
      `insert into outbox (id, run_id, node, visit, customer_id, lane, wave, channel, purpose, advertising, gateway, shard, state, template, body,
         decided_at, not_after)
       select 'm/' || n, 'run', 'send', n, 'run-c0', 0, 1, 'push', 'information', false, case n when 2 then 'mute' else 'gate' end, 0,
         case n when 3 then 'rejected' else 'ambiguous' end, 't@1', '', $1, $1 from generate_series(1, 3) n`,
      [new Date(T0)],
    );
    expect((await retry({ what: 'messages', state: 'ambiguous' })).outcomes).toEqual(['done', 'cannot_be_asked']);
    expect(await list(`select id as text from outbox where lookup_at <= clock_timestamp()`)).toEqual(['m/1']);
    expect((await retry({ what: 'messages', state: 'rejected', run: 'run' })).outcomes).toEqual(['rejected_for_good']);
    expect((await retry({ what: 'lanes', run: 'run' })).outcomes).toEqual(['done', 'done']);
    await database.pool.query(
      `insert into queues (kind, name, shard, attention) values ('payout', 'pay-run', 0, null), ('payout', 'pay-run', 1, '418')`,
    );
    expect((await retry({ what: 'queues', kind: 'provider', name: 'pay-run' })).outcomes).toEqual(['done', 'stopped']);
  });
});
