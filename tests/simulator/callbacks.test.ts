/** Callbacks of the provider: decided later and told, early, late, twice, lost, unknown, contradicting, retried, restarted. */
import { afterEach, describe, expect, it } from '@jest/globals';
import type { FaultSettings, Simulator } from '../../src/simulator/index.js';
import { lookUp, pay, reverse, Stage, until, type Receiver } from './harness.js';

const stage = new Stage();
afterEach(() => stage.clear());

async function told(
  faults: Partial<FaultSettings>,
  books?: string,
): Promise<{ simulator: Simulator; receiver: Receiver }> {
  const providers = [{ faults: { callbackDelayMs: 10, ...faults } }];
  const simulator = await stage.simulator({ providers, ...(books ? { books } : {}) });
  const receiver = await stage.receiver(() => simulator.provider.secret);
  simulator.setCallbackUrl(receiver.url);
  return { simulator, receiver };
}

const types = async (simulator: Simulator): Promise<string[]> =>
  (await simulator.provider.readBook()).map((line) => line.type);

describe('an accepted payout', () => {
  it('is decided later, paid in the book then, and told by callback and look-up', async () => {
    const { simulator, receiver } = await told({ acceptThenCallback: 1, callbackDelayMs: [3_000, 3_100] });
    const { provider } = simulator;
    const answer = await pay(provider, 'k/1', { kind: 'coupon' });
    expect([answer.status, answer.json.status]).toEqual([201, 'accepted']);
    expect((await lookUp(provider, 'k/1')).json.status).toBe('accepted');
    expect(await types(simulator)).toEqual(['accepted']);
    await until(() => receiver.received.length === 1);
    expect(receiver.received[0]?.path).toBe('/v1/provider-callbacks/sim-pay');
    const result = (await lookUp(provider, 'k/1')).json;
    expect(result).toMatchObject({ key: 'k/1', reference: answer.json.reference, status: 'paid' });
    expect(result.code).toMatch(/^[0-9A-F]{12}$/);
    expect(receiver.received[0]?.body).toEqual(result);
    expect((await pay(provider, 'k/1', { kind: 'coupon' })).json).toEqual(answer.json);
    await until(async () => (await types(simulator)).length === 3);
    expect(await types(simulator)).toEqual(['accepted', 'payment', 'callback']);
  });

  it('may end rejected, and then no money left', async () => {
    const { simulator, receiver } = await told({ acceptThenCallback: 1, decideRejected: 1 });
    await pay(simulator.provider, 'k1');
    await until(() => receiver.received.length === 1);
    expect(receiver.received[0]?.body).toMatchObject({ key: 'k1', status: 'rejected', reason: 'account_closed' });
    expect((await types(simulator)).slice(0, 2)).toEqual(['accepted', 'rejection']);
  });

  it('is told by look-up alone when its callback is lost', async () => {
    const { simulator, receiver } = await told({ acceptThenCallback: 1, callbackLost: 1 });
    await pay(simulator.provider, 'k1');
    await until(async () => (await lookUp(simulator.provider, 'k1')).json.status === 'paid');
    expect(simulator.provider.stats().callbacks.pending).toBe(0);
    expect(receiver.received).toEqual([]);
  });

  it('is told late, long after it was paid', async () => {
    const { simulator, receiver } = await told({ acceptThenCallback: 1, callbackLate: 1, callbackLateMs: 150 });
    await pay(simulator.provider, 'k1');
    await until(() => receiver.received.length === 1);
    const payment = (await simulator.provider.readBook()).find(({ type }) => type === 'payment');
    // by the wall clock, as the receiver's is
    expect((receiver.received[0]?.atMs ?? 0) - Number(payment?.wall)).toBeGreaterThanOrEqual(149);
  });

  it('is told early, before the reply that still says accepted', async () => {
    const { simulator, receiver } = await told({ acceptThenCallback: 1, callbackEarly: 1 });
    const answer = await pay(simulator.provider, 'k1');
    expect(answer.json.status).toBe('accepted');
    expect(receiver.received.map(({ body }) => body.status)).toEqual(['paid']);
    expect(await types(simulator)).toEqual(['accepted', 'payment', 'callback']);
  });

  it('is decided and told after a restart, once, when the provider died before', async () => {
    const books = await stage.folder();
    const first = await stage.simulator({ books, providers: [{ faults: { acceptThenCallback: 1 } }] });
    first.provider.setFaults({ callbackDelayMs: 60_000 });
    await pay(first.provider, 'k1');
    await first.close();
    const { simulator, receiver } = await told({}, books);
    await until(() => receiver.received.length === 1);
    await until(async () => (await types(simulator)).length === 3);
    expect(await types(simulator)).toEqual(['accepted', 'payment', 'callback']);
    await simulator.close();
    const last = await told({}, books);
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(last.receiver.received).toEqual([]);
    expect(last.simulator.provider.stats().callbacks.pending).toBe(0);
  });

  it('is told after a restart under the same webhook-id when it was paid but not acknowledged', async () => {
    const books = await stage.folder();
    const { simulator, receiver } = await told({ acceptThenCallback: 1 }, books);
    receiver.statuses = Array.from({ length: 50 }, () => 500);
    await pay(simulator.provider, 'k1');
    await until(() => receiver.received.length >= 1);
    await simulator.close();
    const after = await told({}, books);
    await until(() => after.receiver.received.length === 1);
    expect(after.receiver.received[0]).toMatchObject({
      id: receiver.received[0]?.id,
      body: receiver.received[0]?.body,
    });
    await until(async () => (await types(after.simulator)).length === 3);
    expect(await types(after.simulator)).toEqual(['accepted', 'payment', 'callback']);
  });
});

describe('a callback', () => {
  it('is tried again with the same webhook-id until it is acknowledged', async () => {
    const { simulator, receiver } = await told({ acceptThenCallback: 1 });
    receiver.statuses = [500, 401];
    await pay(simulator.provider, 'k1');
    await until(() => receiver.received.length === 3);
    expect(new Set(receiver.received.map(({ id }) => id)).size).toBe(1);
    await until(() => simulator.provider.stats().callbacks.told === 1);
    expect(simulator.provider.stats().callbacks).toMatchObject({ failedTries: 2, givenUp: 0, pending: 0 });
  });

  it('comes again when duplicated, with the same webhook-id and with another', async () => {
    const { simulator, receiver } = await told({ acceptThenCallback: 1, callbackDuplicate: 1 });
    await pay(simulator.provider, 'k1');
    await until(() => receiver.received.length === 3);
    expect(new Set(receiver.received.map(({ id }) => id)).size).toBe(2);
    expect(new Set(receiver.received.map(({ body }) => JSON.stringify(body))).size).toBe(1);
    expect((await types(simulator)).filter((type) => type === 'payment')).toHaveLength(1);
  });

  it('may be for a key that nobody sent, and may contradict the one before; the book holds neither', async () => {
    const { simulator, receiver } = await told({ acceptThenCallback: 1, callbackUnknown: 1, callbackContradict: 1 });
    await pay(simulator.provider, 'k1');
    await until(() => receiver.received.length === 3);
    const told3 = receiver.received.map(({ body }) => `${String(body.key).split('/')[0]} ${String(body.status)}`);
    expect(told3.sort()).toEqual(['k1 paid', 'k1 rejected', 'unknown paid']);
    expect((await types(simulator)).filter((type) => type === 'payment')).toHaveLength(1);
    expect((await types(simulator)).filter((type) => type === 'rejection')).toHaveLength(0);
  });

  it('may go ahead of the reply to a payout paid at once, and to a reversal', async () => {
    const { simulator, receiver } = await told({ callbackEarly: 1 });
    const paid = await pay(simulator.provider, 'k1');
    expect(receiver.received[0]?.body).toEqual(paid.json);
    const reversed = await reverse(simulator.provider, 'k1');
    expect(receiver.received[1]?.body).toEqual(reversed.json);
    expect(receiver.refused).toEqual([]);
  });

  it('waits until there is somebody to tell', async () => {
    const simulator = await stage.simulator({ providers: [{ faults: { acceptThenCallback: 1, callbackDelayMs: 1 } }] });
    await pay(simulator.provider, 'k1');
    await until(async () => (await types(simulator)).includes('payment'));
    expect(simulator.provider.stats().callbacks).toMatchObject({ told: 0, pending: 1 });
    const receiver = await stage.receiver(() => simulator.provider.secret);
    simulator.setCallbackUrl(receiver.url);
    await until(() => receiver.received.length === 1);
  });
});
