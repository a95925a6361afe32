/**
 * How the auditor reads books: every whole line counts, a torn last one does not, and one that cannot be read ends the audit.
 */
import { createServer, type Server } from 'node:http';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { bookName, BookUnreadable, readMessages, readPayments } from '../../src/auditor/books.js';

const payment = {
  type: 'payment',
  key: 'p/r/n/1/c/1',
  reference: 'ref-1',
  amount: '5000',
  currency: 'KRW',
  kind: 'cashback',
  customer: 'c',
  at: 'x',
  wall: 1,
};
const reversal = { type: 'reversal', key: payment.key, reference: 'ref-2', amount: '5000', currency: 'KRW' };
const message = {
  type: 'message',
  id: 'm/r/n/1/c',
  reference: 'ref-3',
  channel: 'push',
  bodySha256: 'ab',
  meta: { customer: 'c', run: 'r', node: 'n', wave: 1 },
};

async function all<T>(entries: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const entry of entries) list.push(entry);
  return list;
}

describe('reading books', () => {
  let dir: string;
  let server: Server;
  let body = '';
  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'pado-audit-books-'));
    server = createServer((request, reply) => {
      reply.statusCode = request.url === '/book' ? 200 : 404;
      reply.end(body);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  });
  afterAll(async () => {
    await new Promise((resolve) => server.close(resolve));
    rmSync(dir, { recursive: true });
  });
  const book = (text: string): string => {
    const file = join(dir, 'sim-pay.jsonl');
    writeFileSync(file, text);
    return file;
  };
  const lines = (...of: object[]) => of.map((line) => `${JSON.stringify(line)}\n`).join('');

  it('takes payments and reversals in their order and skips every other type', async () => {
    const file = book(lines(payment, { type: 'accepted' }, { type: 'from the future', key: 7 }, reversal));
    expect(await all(readPayments(file))).toEqual([
      {
        type: 'payment',
        key: payment.key,
        reference: 'ref-1',
        amount: '5000',
        currency: 'KRW',
        kind: 'cashback',
        customer: 'c',
      },
      {
        type: 'reversal',
        key: payment.key,
        reference: 'ref-2',
        amount: '5000',
        currency: 'KRW',
        kind: null,
        customer: null,
      },
    ]);
  });

  it('takes messages with what they say about themselves', async () => {
    const file = book(lines(message, { type: 'rejection' }, { ...message, meta: {} }));
    expect(await all(readMessages(file))).toMatchObject([
      { id: message.id, channel: 'push', customer: 'c', run: 'r', node: 'n' },
      { id: message.id, customer: null, run: null, node: null },
    ]);
  });

  it('reads a book over HTTP as it reads a file', async () => {
    body = lines(payment);
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    expect(await all(readPayments(`${url}/book`))).toHaveLength(1);
    await expect(all(readPayments(`${url}/elsewhere`))).rejects.toMatchObject({
      name: 'BookUnreadable',
      missing: true,
    });
  });

  it('tolerates a torn last line, and counts a whole one that only lacks its LF', async () => {
    const whole = JSON.stringify({ ...payment, reference: 'last' });
    expect(await all(readPayments(book(lines(payment) + whole.slice(0, -4))))).toHaveLength(1);
    expect(await all(readPayments(book(lines(payment) + whole)))).toHaveLength(2);
  });

  it('refuses a broken line that has its LF, naming it', async () => {
    await expect(all(readPayments(book(`${lines(payment)}{"type":"pay\n${lines(payment)}`)))).rejects.toThrow('line 2');
    await expect(all(readPayments(book(lines({ ...payment, amount: 5000 }))))).rejects.toThrow(
      'no text `amount` in line 1',
    );
  });

  it('keeps characters whole that chunks tear', async () => {
    const long = Array.from({ length: 40_000 }, (_, n) => ({ ...payment, reference: `참조-${n}` }));
    const references = (await all(readPayments(book(lines(...long))))).map((entry) => entry.reference);
    expect(references).toEqual(long.map((line) => line.reference));
  });

  it('says that a book is missing', async () => {
    await expect(all(readPayments(join(dir, 'nowhere.jsonl')))).rejects.toThrow(BookUnreadable);
  });

  it('knows the system by the name of the book', () => {
    expect(bookName(join('books', 'sim-pay.jsonl'))).toBe('sim-pay');
    expect(bookName('http://127.0.0.1:1/sim-gate.jsonl')).toBe('sim-gate');
  });
});
