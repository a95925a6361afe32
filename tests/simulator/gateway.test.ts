/** The message gateway keeps protocols.md: per-message results, repeats, notAfter, partial batches, receipts. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { GatewayLine, MessageLine } from '../../src/simulator/books.js';
import { call, message, sendMessages, Stage, until, type Json, type Received } from './harness.js';

const stage = new Stage();
afterEach(() => stage.clear());

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const results = (json: Json): Json[] => json.results as Json[];
const ids = (lines: readonly GatewayLine[]): string[] => lines.map((line) => line.id);
const events = (received: readonly Received[]): string[] =>
  received.flatMap(({ body }) =>
    (body.receipts as Json[]).map((receipt) => `${String(receipt.id)} ${String(receipt.event)}`),
  );

describe('a batch', () => {
  it('is accepted message by message, each with a line in the book that holds no address', async () => {
    const { gateway } = await stage.simulator();
    const body = message('run-1/n1/1/c-1', { notAfter: '2099-01-01T00:00:00Z', template: 'T1', title: 'Hi' });
    const answer = await sendMessages(gateway, [body, message('m2')]);
    expect(answer.status).toBe(200);
    expect(results(answer.json).map(({ id, status }) => [id, status])).toEqual([
      ['run-1/n1/1/c-1', 'accepted'],
      ['m2', 'accepted'],
    ]);
    expect((await gateway.readBook())[0]).toMatchObject({
      type: 'message',
      status: 'accepted',
      channel: 'sms',
      to: sha256('+821000000001'),
      bodySha256: sha256('Hello run-1/n1/1/c-1'),
      advertising: true,
      template: 'T1',
      notAfter: '2099-01-01T00:00:00Z',
      meta: { customer: 'c-1', run: 'run-1', node: 'n1', wave: 1 },
    });
    expect(await readFile(gateway.bookFile, 'utf8')).not.toContain('21000000001');
  });

  it('answers a repeated id with the first result and sends nothing again, also within one batch', async () => {
    const { gateway } = await stage.simulator();
    const first = await sendMessages(gateway, [message('m1'), message('m1')]);
    const again = await sendMessages(gateway, [message('m1', { body: 'other' })]);
    expect(results(first.json)[1]).toEqual(results(first.json)[0]);
    expect(results(again.json)).toEqual([results(first.json)[0]]);
    expect(ids(await gateway.readBook())).toEqual(['m1']);
  });

  it('is truly sent twice by a gateway that is not idempotent', async () => {
    const { gateway } = await stage.simulator({ gateways: [{ idempotent: false }] });
    await sendMessages(gateway, [message('m1')]);
    await sendMessages(gateway, [message('m1')]);
    const book = (await gateway.readBook()) as MessageLine[];
    expect(book.map(({ type, id, act }) => [type, id, act])).toEqual([
      ['message', 'm1', 1],
      ['message', 'm1', 2],
    ]);
  });

  it('larger than agreed, or with one malformed message, is refused whole', async () => {
    const { gateway } = await stage.simulator({ gateways: [{ batchSize: 2 }] });
    expect(
      (
        await sendMessages(
          gateway,
          ['a', 'b', 'c'].map((id) => message(id)),
        )
      ).status,
    ).toBe(413);
    expect((await sendMessages(gateway, [])).status).toBe(400);
    const malformed: Json[] = [
      { id: 'a b' },
      { channel: 'fax' },
      { advertising: 'yes' },
      { notAfter: 'soon' },
      { meta: 1 },
    ];
    for (const change of malformed) {
      expect((await sendMessages(gateway, [message('m1'), message('m2', change)])).status).toBe(400);
    }
    expect(await gateway.readBook()).toEqual([]);
  });

  it('rejects a channel that the gateway has not, and an empty address', async () => {
    const { gateway } = await stage.simulator({ gateways: [{ channels: ['sms'] }] });
    const answer = await sendMessages(gateway, [message('m1', { channel: 'push' }), message('m2', { to: '' })]);
    expect(results(answer.json).map(({ status, reason }) => [status, reason])).toEqual([
      ['rejected', 'unsupported_channel'],
      ['rejected', 'invalid_address'],
    ]);
    expect((await gateway.readBook()).map((line) => line.type)).toEqual(['rejection', 'rejection']);
  });
});

describe('notAfter', () => {
  it('is kept by the business clock, also when that is moved while requests are held', async () => {
    const noon = Date.parse('2026-11-24T12:00:00Z');
    const simulator = await stage.simulator({ clock: { epochMs: noon, baseMs: Date.now() } });
    const { gateway } = simulator;
    const until21 = { notAfter: '2026-11-24T21:00:00+09:00' };
    simulator.setClock({ epochMs: noon - 60_000, baseMs: Date.now() });
    expect(results((await sendMessages(gateway, [message('m1', until21)])).json)[0]?.status).toBe('accepted');
    gateway.hold();
    const held = sendMessages(gateway, [message('m2', until21)]);
    await until(() => gateway.stats().requests === 2);
    simulator.setClock({ epochMs: noon + 1, baseMs: Date.now() });
    gateway.release();
    expect(results((await held).json)[0]).toMatchObject({ id: 'm2', status: 'rejected', reason: 'expired' });
    expect((await gateway.readBook()).map(({ id, type }) => [id, type])).toEqual([
      ['m1', 'message'],
      ['m2', 'rejection'],
    ]);
  });
});

describe('a partial batch', () => {
  it('leaves ids without a result, some of them sent and some not, and a look-up tells which', async () => {
    const { gateway } = await stage.simulator({ gateways: [{ faults: { partialBatch: 1 } }] });
    const batch = Array.from({ length: 40 }, (_, index) => message(`m${index}`));
    expect(results((await sendMessages(gateway, batch)).json)).toEqual([]);
    const sent = ids(await gateway.readBook());
    expect(sent.length).toBeGreaterThan(5);
    expect(sent.length).toBeLessThan(35);
    for (const { id } of batch.slice(0, 10)) {
      const found = await call(gateway, 'GET', `/messages/${String(id)}`);
      expect(found.status).toBe(sent.includes(String(id)) ? 200 : 404);
    }
    gateway.heal();
    expect(results((await sendMessages(gateway, batch)).json)).toHaveLength(40);
    expect(new Set(ids(await gateway.readBook())).size).toBe(40);
    expect(await gateway.readBook()).toHaveLength(40);
  });
});

describe('a look-up', () => {
  it('answers 404 until the message becomes visible, and does not exist where the gateway has none', async () => {
    const simulator = await stage.simulator({ gateways: [{ visibilityMs: 3_000 }, { name: 'blind', lookup: false }] });
    const [seeing, blind] = simulator.gateways;
    await sendMessages(simulator.gateway, [message('a/1')]);
    expect((await call(simulator.gateway, 'GET', '/messages/a%2F1')).status).toBe(404);
    await until(async () => (await call(simulator.gateway, 'GET', '/messages/a%2F1')).status !== 404);
    expect((await call(simulator.gateway, 'GET', '/messages/a%2F1')).json).toMatchObject({
      id: 'a/1',
      status: 'accepted',
    });
    expect(seeing?.name).toBe('sim-gate');
    if (!blind) throw new Error('The second gateway is missing');
    expect((await call(blind, 'GET', '/messages/a%2F1')).status).toBe(405);
  });
});

describe('the book', () => {
  it('is gone on from after a restart', async () => {
    const books = await stage.folder();
    const before = await stage.simulator({ books });
    const first = await sendMessages(before.gateway, [message('m1')]);
    await before.close();
    const { gateway } = await stage.simulator({ books });
    expect((await sendMessages(gateway, [message('m1'), message('m2')])).json.results).toContainEqual(
      results(first.json)[0],
    );
    expect(ids(await gateway.readBook())).toEqual(['m1', 'm2']);
  });

  it('tells listeners of each message that went out, and of no rejected one', async () => {
    const { gateway } = await stage.simulator();
    const heard: MessageLine[] = [];
    const stop = gateway.onAccepted((line) => heard.push(line));
    await sendMessages(gateway, [message('m1'), message('m2', { to: ' ' }), message('m3')]);
    stop();
    await sendMessages(gateway, [message('m4')]);
    expect(ids(heard)).toEqual(['m1', 'm3']);
    expect(heard[0]?.meta).toMatchObject({ customer: 'c-1', wave: 1 });
  });
});

describe('receipts', () => {
  const setup = { delivered: 1, opened: 1, clicked: 1, opted_out: 1 };
  const faults = { callbackDelayMs: 10 };

  it('come for each message that went out, signed, and not for rejected ones', async () => {
    const simulator = await stage.simulator({ gateways: [{ receipts: setup, faults }] });
    const receiver = await stage.receiver(() => simulator.gateway.secret);
    simulator.setCallbackUrl(receiver.url);
    await sendMessages(simulator.gateway, [message('m1'), message('m2', { to: '' })]);
    await until(() => events(receiver.received).length >= 4);
    expect(receiver.received[0]?.path).toBe('/v1/receipts/sim-gate');
    expect(events(receiver.received).sort()).toEqual(['m1 clicked', 'm1 delivered', 'm1 opened', 'm1 opted_out']);
    expect(receiver.refused).toEqual([]);
    await until(() => simulator.gateway.stats().callbacks.pending === 0);
    expect(simulator.gateway.stats().callbacks).toMatchObject({ failedTries: 0, givenUp: 0 });
  });

  it('may bounce, be lost, or not be asked for', async () => {
    const bouncing = { receipts: { delivered: 0, bounced: 1 }, faults };
    const losing = { name: 'losing', receipts: setup, faults: { ...faults, callbackLost: 1 } };
    const simulator = await stage.simulator({ gateways: [bouncing, losing, { name: 'silent' }] });
    const receiver = await stage.receiver(() => simulator.gateway.secret);
    simulator.setCallbackUrl(receiver.url);
    for (const gateway of simulator.gateways) await sendMessages(gateway, [message('m1')]);
    await until(() => receiver.received.length > 0);
    expect(events(receiver.received)).toEqual(['m1 bounced']);
    await until(() => simulator.gateways.every((gateway) => gateway.stats().callbacks.pending === 0));
    expect(simulator.gateways.map((gateway) => gateway.stats().callbacks.told)).toEqual([1, 0, 0]);
  });

  it('may come before the reply, and again with the same webhook-id and with another', async () => {
    const wild = { callbackDelayMs: 10, callbackEarly: 1, callbackDuplicate: 1 };
    const simulator = await stage.simulator({ gateways: [{ receipts: {}, faults: wild }] });
    const receiver = await stage.receiver(() => simulator.gateway.secret);
    simulator.setCallbackUrl(receiver.url);
    await sendMessages(simulator.gateway, [message('m1')]);
    expect(receiver.received.length).toBeGreaterThan(0);
    await until(() => receiver.received.length === 3);
    expect(events(receiver.received)).toEqual(['m1 delivered', 'm1 delivered', 'm1 delivered']);
    expect(new Set(receiver.received.map(({ id }) => id)).size).toBe(2);
  });
});
