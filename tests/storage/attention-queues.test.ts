/**
 * Queues on the list of what needs a person, each cause made by the engine itself: what nobody hands over or asks about, who refuses or is silent,
 * what nobody knows. After the cure it is gone.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { SubmitReply } from '../../src/domain/ledger/payout-replies.js';
import { ControlsStore } from '../../src/storage/controls.store.js';
import { ControlWork } from '../../src/storage/control-work.store.js';
import { DeliveryResults } from '../../src/storage/delivery-results.store.js';
import { DeliveryClaims } from '../../src/storage/delivery.store.js';
import { QueueAttentionStore, type QueueScope } from '../../src/storage/queue-attention.store.js';
import { inTransaction } from '../../src/storage/pool.js';
import { AttentionDesk, MINUTE_MS } from '../support/attention.js';
import { onlyCall } from '../support/only-call.js';
import { AMOUNT, passTransportTime, payoutQueue, queueAt, seedPayouts } from '../support/payouts.js';
import { GATEWAY, laneOver, seedCustomers, seedRun, sendOnce, SHARD, T0 } from '../support/seed.js';

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
const [JUNO, MINJI] = ['m/run/send/1/juno', 'm/run/send/1/minji'];
const LATE = 61_000;
const UNKNOWN = { kind: 'unknown' as const };
const ACCEPTED = { status: 'accepted' as const, reason: null, reference: 'r' };
const PAID: SubmitReply = {
  kind: 'word',
  word: { status: 'paid', reason: null, reference: 'r', paidAt: null, code: null },
};

describe('the queue of a gateway on the list', () => {
  let desk: AttentionDesk;
  let claims: DeliveryClaims;
  let results: DeliveryResults;

  beforeAll(async () => {
    desk = await AttentionDesk.open();
    claims = new DeliveryClaims(desk.pool, 'test', async () => JOURNEY);
    results = new DeliveryResults(desk.pool);
  });
  beforeEach(async () => {
    await desk.begin();
    await seedCustomers(desk.owner, ['minji', 'juno']);
    await seedRun(desk.owner, 'run', JOURNEY, ['minji', 'juno']);
    await laneOver(desk.pool, { run: JOURNEY })({ runId: 'run' });
    await desk.owner.query(`update runs set state = 'closed', closed_at = $1`, [new Date(T0)]);
  });
  afterAll(() => desk.close());

  const claim = async () => onlyCall(await claims.claim(AT, TERMS));
  const record = async (outcome: Parameters<DeliveryResults['record']>[1][number]['outcome']) => {
    const { attemptId } = await claim();
    await results.record(AT, [{ attemptId, outcome }], TERMS);
  };
  const accepted = () => ({
    kind: 'answered' as const,
    results: new Map(['minji', 'juno'].map((who) => [`m/run/send/1/${who}`, ACCEPTED])),
  });
  const back = (ms: number) =>
    desk.owner.query(
      `with back as (select $1::bigint * interval '1 millisecond' as by), o as (
         update outbox set lookup_at = lookup_at - by, last_attempt_at = last_attempt_at - by from back)
       update message_attempts set lease_until = lease_until - by from back where closed_at is null`,
      [ms],
    );

  it('whose messages nobody hands over is there after a minute; what a switch holds or held until now is not late', async () => {
    expect(await desk.told(LATE - 2_000)).toEqual([]);
    const item = await desk.only('message_overdue', LATE);
    expect(item).toMatchObject({
      subject: 'gateway/gate',
      cause: 'nobody_hands_them_over',
      count: 2,
      firstSeen: T0,
      desk: 'operator',
    });
    expect(item.sample).toEqual(['m/run/send/1/juno']);
    expect(item.cure.what).toContain('gate in PADO_GATEWAYS');

    const controls = new ControlsStore(desk.pool);
    const by = { by: 'o', now: T0 + LATE };
    await controls.switch({ scope: 'gateway/gate', state: 'paused', reason: 'r', overdue: 'send_now' }, by);
    expect(await desk.told(10 * LATE)).toEqual([]);
    await controls.switch({ scope: 'gateway/gate', state: 'running', reason: 'r', overdue: 'send_now' }, by);
    await new ControlWork(desk.pool).run(null, () => true);
    expect(await desk.told(LATE + 59_000)).toEqual([]);
    expect(await desk.told(3 * LATE)).toEqual(['message_overdue gateway/gate nobody_hands_them_over × 2']);

    await record(accepted());
    expect(await desk.told(3 * LATE)).toEqual([]);
  });

  it('that is at work is not late, however much it has', async () => {
    await desk.owner.query(`update outbox set decided_at = decided_at - interval '1 hour'`);
    expect(await desk.told(0)).toEqual(['message_overdue gateway/gate nobody_hands_them_over × 2']);
    await claims.claim(AT, { ...TERMS, batchSize: 1 });
    expect(await desk.told(5_000)).toEqual([]);
    const { lags } = await desk.store.figures({ now: T0 + 5_000, closed: [], elsewhere: [] });
    expect(lags).toEqual([{ queue: 'gateway/gate', since: T0 - 60 * MINUTE_MS }]); // a lag all the same
  });

  it('that an answer has stopped is there at once, with the answer as its cause', async () => {
    await record({ kind: 'refused', status: 418 });
    expect(await desk.told(LATE - 2_000, ['queue_stopped'])).toEqual([]); // each by itself first
    const alone = await claims.claim(AT, TERMS);
    if (alone.kind !== 'claimed') throw new Error(alone.kind);
    expect(alone.calls.map(({ batch }) => batch.map(({ id }) => id))).toEqual([[JUNO], [MINJI]]);
    const told = alone.calls.map(({ attemptId }, n) => ({
      attemptId,
      outcome: n === 0 ? { kind: 'refused' as const, status: 418 } : accepted(),
    }));
    await results.record(AT, told, TERMS);
    const item = await desk.only('queue_stopped', 1_000);
    expect(item).toMatchObject({
      subject: 'gateway/gate',
      cause: 'undocumented answer 418',
      count: 1,
      sample: [JUNO],
    });
    expect(Math.abs(item.firstSeen - T0)).toBeLessThan(MINUTE_MS);
    expect(item.cure.how).toMatch(/^\.\/pado attention clear gateway\/gate /);
    expect(await desk.told(LATE)).toEqual(['queue_stopped gateway/gate undocumented answer 418 × 1']); // and nothing of it is late

    const queues = new QueueAttentionStore(desk.pool);
    const queue: QueueScope = { kind: 'gateway', name: GATEWAY };
    expect(await queues.waiting(queue, [SHARD])).toEqual({ count: 1, totals: [] });
    const asked = { reason: 'their mistake', setAside: true };
    const clear = () => inTransaction(desk.pool, (client) => queues.clear(client, queue, asked, { by: 'o', now: T0 }));
    expect(await clear()).toEqual({ shards: [SHARD], setAside: [JUNO] });
    expect(await clear()).toBeNull();
    expect(await desk.told(1_000)).toEqual([]);
    const { rows } = await desk.owner.query('select actor, action, subject, reason, before, after from audit_log');
    expect(rows).toEqual([
      {
        actor: 'o',
        action: 'queue.clear',
        subject: 'gateway/gate',
        reason: 'their mistake',
        before: { stopped: [{ shard: SHARD, attention: 'undocumented answer 418' }] },
        after: { stopped: [], setAside: [JUNO] },
      },
    ]);
    expect(await claims.claim(AT, TERMS)).toMatchObject({ kind: 'claimed', calls: [], withheld: 1 });
  });

  it('that holds what nobody knows is there: after a minute where it is time to ask and nobody does, after a while where no answer comes', async () => {
    await record(UNKNOWN);
    expect(await desk.told(30_000, ['message_ambiguous', 'lookup_overdue'])).toEqual([]);
    expect(await desk.told(2 * LATE)).toEqual(['lookup_overdue gateway/gate not_asked × 2']);
    const item = await desk.only('message_ambiguous', 16 * MINUTE_MS);
    expect(item).toMatchObject({ subject: 'gateway/gate', cause: 'no_reply', count: 2 });
    const { items } = await results.dueLookups(AT, TERMS, 10);
    await results.recordLookups(
      AT,
      items.map(({ id, settled }) => ({ id, settled, outcome: { kind: 'found' as const, result: ACCEPTED } })),
      TERMS,
    );
    expect(await desk.told(16 * MINUTE_MS)).toEqual([]);
  });

  it('whose attempt died is there when its lease is over for a minute, until somebody closes it', async () => {
    await claim();
    expect(await desk.told(30_000)).toEqual([]);
    expect((await desk.only('lookup_overdue', 3 * MINUTE_MS)).cause).toBe('attempt_not_closed');
    await back(10 * MINUTE_MS);
    await results.expireLeases(AT, TERMS);
    expect(await desk.told(59_000, ['lookup_overdue'])).toEqual([]);
  });
});

describe('the queue of a provider on the list', () => {
  let desk: AttentionDesk;
  let reply: SubmitReply;

  beforeAll(async () => {
    desk = await AttentionDesk.open();
  });
  beforeEach(() => desk.begin());
  afterAll(() => desk.close());

  const queue = () =>
    payoutQueue(desk.pool, () => ({
      terms: { ...TERMS, callsAtOnce: 1, idempotent: false, breaker: { failures: 2, openMs: 15_000 } },
      submit: async () => reply,
      lookup: async () => ({
        kind: 'word' as const,
        word: { status: 'paid' as const, reason: null, reference: 'r', paidAt: null, code: null },
      }),
    }));
  const MINE = ['queue_stopped', 'provider_silent', 'payout_overdue', 'lookup_overdue', 'payout_ambiguous'] as const;
  const seed = async (count: number) => {
    const scene = await seedPayouts(desk.owner, desk.pool, 'run', count, 'pay');
    await desk.owner.query(`update runs set state = 'closed', closed_at = $1`, [new Date(T0)]);
    return scene;
  };

  it('whose payouts nobody submits is there after a minute, outside of its hours not', async () => {
    const scene = await seed(3);
    expect(await desk.told(LATE - 2_000, MINE)).toEqual([]);
    const item = await desk.only('payout_overdue', LATE);
    expect(item).toMatchObject({ subject: 'provider/pay', count: 3, firstSeen: T0, cause: 'nobody_submits_them' });
    expect(await desk.told(LATE, MINE, ['pay'])).toEqual([]);
    reply = PAID;
    await queue().submit(queueAt(scene));
    expect(await desk.told(3 * LATE, MINE)).toEqual([]);
  });

  it('whose payouts wait behind others that were tried lately are there all the same', async () => {
    const { keys } = await seed(300);
    await desk.owner.query(
      `insert into payout_moves (payout_key, from_state, to_state, cause, at) select key, 'submitting', 'intended', 'later', $2 from unnest($1::text[]) as x(key)`,
      [keys.toSorted().slice(0, 250), new Date(T0 + LATE - 1_000)],
    );
    expect(await desk.only('payout_overdue', LATE)).toMatchObject({ count: 300, firstSeen: T0 });
  });

  it('that an answer has stopped, and one that is silent, are there until they answer', async () => {
    const scene = await seed(4);
    reply = { kind: 'refused', status: 402 };
    await queue().submit(queueAt(scene));
    expect(await desk.told(1_000, MINE)).toEqual(['queue_stopped provider/pay undocumented answer 402 × 1']);

    const queues = new QueueAttentionStore(desk.pool);
    const stopped: QueueScope = { kind: 'provider', name: 'pay' };
    expect(await queues.waiting(stopped, [0])).toEqual({ count: 4, totals: [{ currency: 'KRW', total: 4 * AMOUNT }] });
    const key = (await desk.only('queue_stopped', 1_000)).sample[0] as string;
    const asked = { reason: 'r', setAside: false };
    const clear = () =>
      inTransaction(desk.pool, (client) => queues.clear(client, stopped, asked, { by: 'o', now: T0 }));
    expect(await clear()).toEqual({ shards: [0], setAside: [] });
    await queue().submit(queueAt(scene));
    asked.setAside = true;
    expect((await clear())?.setAside).toContain(key);
    expect(await desk.only('payout_held', 1_000)).toMatchObject({ cause: 'by_person' });
    reply = { kind: 'unknown' };
    await queue().submit(queueAt(scene));
    expect(await desk.only('provider_silent', 1_000)).toMatchObject({
      subject: 'provider/pay',
      cause: 'does_not_answer',
    });
    expect(await desk.only('payout_ambiguous', 16 * MINUTE_MS)).toMatchObject({ cause: 'no_reply', desk: 'finance' });

    await passTransportTime(desk.owner, 'pay', 16_000);
    reply = PAID;
    await queue().submit(queueAt(scene));
    await queue().resolve(queueAt(scene));
    await queue().submit(queueAt(scene));
    expect(await desk.told(20 * MINUTE_MS, MINE)).toEqual([]);
  });
});
