/** The payout provider keeps protocols.md: each status, the book as the truth, look-up, settlement and reversal. */
import { appendFile, readFile } from 'node:fs/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { PaymentLine } from '../../src/simulator/books.js';
import { call, lookUp, pay, payout, reverse, Stage, until } from './harness.js';

const stage = new Stage();
afterEach(() => stage.clear());

describe('a payout', () => {
  it('is paid once, with one line in the book before the reply', async () => {
    const { provider } = await stage.simulator();
    const answer = await pay(provider, 'run-1/n2/1/c-1');
    expect(answer.status).toBe(201);
    expect(answer.json).toMatchObject({ key: 'run-1/n2/1/c-1', status: 'paid' });
    const [line, ...rest] = (await readFile(provider.bookFile, 'utf8')).trimEnd().split('\n');
    expect(rest).toEqual([]);
    expect(JSON.parse(line ?? '')).toMatchObject({
      type: 'payment',
      key: 'run-1/n2/1/c-1',
      reference: answer.json.reference,
      amount: '5000',
      currency: 'KRW',
      customer: 'c-1',
      kind: 'cashback',
      status: 'paid',
      paidAt: answer.json.paidAt,
      act: 1,
      attempt: 1,
    });
    expect(line).not.toContain('110-000-000001');
  });

  it('gives the first result again for the same key, and pays nothing', async () => {
    const { provider } = await stage.simulator();
    const first = await pay(provider, 'k1');
    const second = await pay(provider, 'k1');
    expect(second.status).toBe(200);
    expect(second.json).toEqual(first.json);
    expect(await provider.readBook()).toHaveLength(1);
  });

  it('is refused with 409 for the same key with another body', async () => {
    const { provider } = await stage.simulator();
    await pay(provider, 'k1');
    const other = await pay(provider, 'k1', { amount: { value: '5001', currency: 'KRW' } });
    expect([other.status, other.json]).toEqual([409, { reason: 'key_reused' }]);
    expect(await provider.readBook()).toHaveLength(1);
  });

  it('is truly paid twice by a provider that is not idempotent', async () => {
    const { provider } = await stage.simulator({ providers: [{ idempotent: false }] });
    const answers = [await pay(provider, 'k1'), await pay(provider, 'k1')];
    expect(answers.map((answer) => answer.status)).toEqual([201, 201]);
    const book = (await provider.readBook()) as PaymentLine[];
    expect(book.map(({ type, key, act }) => [type, key, act])).toEqual([
      ['payment', 'k1', 1],
      ['payment', 'k1', 2],
    ]);
    expect(book[0]?.reference).not.toBe(book[1]?.reference);
  });

  it('is paid again once the window of idempotency is over', async () => {
    const { provider } = await stage.simulator({ providers: [{ idempotencyMs: 5_000 }] });
    await pay(provider, 'k1');
    expect((await pay(provider, 'k1')).status).toBe(200);
    await new Promise((resolve) => setTimeout(resolve, 5_100));
    expect((await pay(provider, 'k1')).status).toBe(201);
    expect(await provider.readBook()).toHaveLength(2);
  });

  it('carries a code when it is a coupon, the same one at each asking', async () => {
    const { provider } = await stage.simulator();
    const first = await pay(provider, 'k1', { kind: 'coupon' });
    expect(first.json.code).toMatch(/^[0-9A-F]{12}$/);
    expect((await lookUp(provider, 'k1')).json.code).toBe(first.json.code);
  });

  it.each([
    ['no JSON object', [1], 'not_json'],
    ['a key with a blank', payout('a b'), 'key'],
    ['an unknown kind', payout('k1', { kind: 'gold' }), 'kind'],
    ['no customer', payout('k1', { customer: {} }), 'customer'],
    ['an amount of zero', payout('k1', { amount: { value: '0', currency: 'KRW' } }), 'amount.value'],
    ['an amount that is a number', payout('k1', { amount: { value: 5, currency: 'KRW' } }), 'amount.value'],
    ['a currency in small letters', payout('k1', { amount: { value: '5', currency: 'krw' } }), 'amount.currency'],
    ['a key that is not the header', payout('k2'), 'idempotency_key'],
  ])('with %s is answered by 400 and nothing happens', async (_what, body, reason) => {
    const { provider } = await stage.simulator();
    const answer = await call(provider, 'POST', '/payouts', body, { key: 'k1' });
    expect([answer.status, answer.json.reason]).toEqual([400, reason]);
    expect(await provider.readBook()).toEqual([]);
  });
});

describe('the signature', () => {
  it('of another secret, or 5 minutes off, or missing, is answered by 401', async () => {
    const { provider } = await stage.simulator();
    const other = `whsec_${Buffer.from('another secret').toString('base64')}`;
    expect((await pay(provider, 'k1', {}, { secret: other })).status).toBe(401);
    expect((await pay(provider, 'k1', {}, { signedAtMs: Date.now() - 302_000 })).status).toBe(401);
    expect((await pay(provider, 'k1', {}, { signedAtMs: Date.now() + 302_000 })).status).toBe(401);
    expect((await fetch(`${provider.url}/payouts/k1`)).status).toBe(401);
    expect(await provider.readBook()).toEqual([]);
    expect(provider.stats().unauthorised).toBe(4);
  });

  it('may be hours off where the tolerance says so', async () => {
    const { provider } = await stage.simulator({ providers: [{ toleranceMs: 26 * 3_600_000 }] });
    expect((await pay(provider, 'k1', {}, { signedAtMs: Date.now() - 25 * 3_600_000 })).status).toBe(201);
  });
});

describe('a look-up', () => {
  it('answers what is known, by a key percent-encoded in the path, and 404 for the rest', async () => {
    const { provider } = await stage.simulator();
    const paid = await pay(provider, 'run:1/n.2/1/c_1');
    expect((await lookUp(provider, 'run:1/n.2/1/c_1')).json).toEqual(paid.json);
    expect((await lookUp(provider, 'other')).status).toBe(404);
    expect((await call(provider, 'GET', '/payouts/%E0%A4%A')).status).toBe(400);
  });

  it('answers 404 until the payment becomes visible', async () => {
    const { provider } = await stage.simulator({ providers: [{ visibilityMs: 3_000 }] });
    await pay(provider, 'k1');
    expect((await lookUp(provider, 'k1')).status).toBe(404);
    await until(async () => (await lookUp(provider, 'k1')).status !== 404);
    expect((await lookUp(provider, 'k1')).json.status).toBe('paid');
  });

  it('does not exist where the provider has none', async () => {
    const { provider } = await stage.simulator({ providers: [{ lookup: false, settlement: false }] });
    await pay(provider, 'k1');
    expect((await lookUp(provider, 'k1')).status).toBe(405);
    expect((await call(provider, 'GET', '/settlements/2026-11-24')).status).toBe(405);
  });
});

describe('a reversal', () => {
  it('takes the money back once, and is told by look-up', async () => {
    const { provider } = await stage.simulator();
    const paid = await pay(provider, 'k/1');
    const first = await reverse(provider, 'k/1');
    expect([first.status, first.json.status, first.json.key]).toEqual([201, 'reversed', 'k/1']);
    const again = await reverse(provider, 'k/1');
    expect([again.status, again.json]).toEqual([200, first.json]);
    expect((await reverse(provider, 'k/1', 1, 'other')).status).toBe(409);
    expect((await reverse(provider, 'k/1', 2)).json).toMatchObject({ status: 'rejected', reason: 'already_reversed' });
    expect((await lookUp(provider, 'k/1')).json.status).toBe('reversed');
    const book = await provider.readBook();
    expect(book.map((line) => line.type)).toEqual(['payment', 'reversal', 'reversal_rejection']);
    expect(book[1]).toMatchObject({ reversalKey: 'k/1/r1', paymentReference: paid.json.reference, amount: '5000' });
  });

  it('of what was never paid is refused, and of another key than its own is malformed', async () => {
    const { provider } = await stage.simulator();
    const unknown = await reverse(provider, 'k1');
    expect([unknown.status, unknown.json.reason]).toEqual([422, 'unknown_payout']);
    expect((await reverse(provider, 'k1')).status).toBe(422);
    provider.setFaults({ reject: 1 });
    await pay(provider, 'k2');
    provider.heal();
    expect((await reverse(provider, 'k2')).json).toMatchObject({ status: 'rejected', reason: 'not_paid' });
    const strange = await call(provider, 'POST', '/payouts/k2/reversals', { reason: 'x' }, { key: 'k9/r1' });
    expect(strange.status).toBe(400);
  });
});

describe('the settlement', () => {
  it('lists the day of the zone, every payment and each reversal as a negative row', async () => {
    // 2026-11-24 23:59:02 in Seoul, and on into the next day.
    const epochMs = Date.parse('2026-11-24T14:59:02Z');
    const simulator = await stage.simulator({ clock: { epochMs, baseMs: Date.now() } });
    const { provider } = simulator;
    const paid = await pay(provider, 'k1');
    const taken = await reverse(provider, 'k1');
    simulator.setClock({ epochMs: epochMs + 60_000, baseMs: Date.now() });
    const next = await pay(provider, 'k2');
    const today = await call(provider, 'GET', '/settlements/2026-11-24');
    expect(today.headers.get('content-type')).toContain('text/csv');
    const rows = today.text.trimEnd().split('\n');
    expect(rows).toHaveLength(3);
    expect(rows[0]).toBe('key,reference,amount,currency,paid_at');
    expect(rows[1]).toBe(`k1,${String(paid.json.reference)},5000,KRW,${String(paid.json.paidAt)}`);
    expect(rows[2]).toMatch(new RegExp(`^k1,${String(taken.json.reference)},-5000,KRW,2026-11-24T14:59:`));
    const tomorrow = await call(provider, 'GET', '/settlements/2026-11-25');
    expect(tomorrow.text.split('\n')[1]).toBe(`k2,${String(next.json.reference)},5000,KRW,${String(next.json.paidAt)}`);
    expect((await call(provider, 'GET', '/settlements/2026-02-30')).status).toBe(400);
  });
});

describe('the book', () => {
  it('is read without a signature, whole or from where the reader was', async () => {
    const { provider } = await stage.simulator();
    await pay(provider, 'k1');
    const whole = await fetch(`${provider.url}/book`);
    expect(await whole.text()).toBe(await readFile(provider.bookFile, 'utf8'));
    await pay(provider, 'k2');
    const rest = await fetch(`${provider.url}/book?after=${whole.headers.get('pado-book-end')}`);
    expect(
      (await rest.text())
        .trimEnd()
        .split('\n')
        .map((line) => (JSON.parse(line) as PaymentLine).key),
    ).toEqual(['k2']);
    const end = rest.headers.get('pado-book-end');
    expect(await (await fetch(`${provider.url}/book?after=${end}`)).text()).toBe('');
    expect((await fetch(`${provider.url}/book?after=9999999`)).status).toBe(400);
  });

  it('is gone on from after a restart: repeats, 409, look-ups and reversals know what was done', async () => {
    const books = await stage.folder();
    const before = await stage.simulator({ books });
    const first = await pay(before.provider, 'k1');
    before.setFaults({ reject422: 1 });
    await pay(before.provider, 'k2');
    await before.close();
    const { provider } = await stage.simulator({ books });
    expect((await pay(provider, 'k1')).json).toEqual(first.json);
    expect((await pay(provider, 'k1', { memo: 'other' })).status).toBe(409);
    expect((await pay(provider, 'k2')).status).toBe(422);
    expect((await lookUp(provider, 'k2')).json.status).toBe('rejected');
    expect((await reverse(provider, 'k1')).json.status).toBe('reversed');
    expect((await provider.readBook()).map((line) => line.type)).toEqual(['payment', 'rejection', 'reversal']);
  });

  it('loses a torn last line at a restart and keeps one that only lacks its end', async () => {
    const books = await stage.folder();
    const before = await stage.simulator({ books });
    await pay(before.provider, 'k1');
    const { bookFile } = before.provider;
    await before.close();
    const [line = ''] = (await readFile(bookFile, 'utf8')).split('\n');
    await appendFile(bookFile, line.replaceAll('k1', 'k2'));
    const between = await stage.simulator({ books });
    expect((await lookUp(between.provider, 'k2')).json.status).toBe('paid');
    await between.close();
    await appendFile(bookFile, line.replaceAll('k1', 'k3').slice(0, 70));
    const { provider } = await stage.simulator({ books });
    expect((await lookUp(provider, 'k3')).status).toBe(404);
    expect((await pay(provider, 'k3')).status).toBe(201);
    expect((await provider.readBook()).map((entry) => entry.key)).toEqual(['k1', 'k2', 'k3']);
  });

  it('with a broken line in its middle is refused', async () => {
    const books = await stage.folder();
    const before = await stage.simulator({ books });
    await before.close();
    await appendFile(before.provider.bookFile, '{"type":\n{}\n');
    await expect(stage.simulator({ books })).rejects.toThrow('line 1 is not a line of a book');
  });
});
