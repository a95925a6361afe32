/**
 * Reading the books of providers and gateways: JSON Lines at a path or a URL. Every whole line counts; types that are not known are
 * skipped; a line that cannot be read ends the audit, except a torn last one, which has no LF yet.
 */
import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import { isFolder, readResultFiles } from './result-files.js';

/** A book that is not there, or that no verdict can rest on. */
export class BookUnreadable extends Error {
  override readonly name = 'BookUnreadable';

  constructor(
    readonly place: string,
    why: string,
    /** There is no such file, or nobody answers. */
    readonly missing: boolean,
    options?: ErrorOptions,
  ) {
    super(`the book ${place} ${why}`, options);
  }
}

/** Money that left, or came back. */
export interface PaymentEntry {
  type: 'payment' | 'reversal';
  key: string;
  reference: string;
  /** Integer minor units, as written. */
  amount: string;
  currency: string;
  kind: string | null;
  customer: string | null;
}

/** A message that went out. */
export interface MessageEntry {
  id: string;
  reference: string;
  channel: string;
  bodySha256: string;
  customer: string | null;
  run: string | null;
  node: string | null;
  /** Business time, where the book tells it. */
  at: string | null;
}

const LF = 0x0a;

/** The name of a system by its book's file, where it is one. */
export function bookName(place: string): string {
  const path = isUrl(place) ? new URL(place).pathname : place;
  return basename(path, '.jsonl');
}

const isUrl = (place: string): boolean => /^https?:\/\//i.test(place);

/** Payments and reversals in the order of the book, which of a partner without an API is a folder, named as it is. Errors: BookUnreadable. */
export async function* readPayments(place: string): AsyncGenerator<PaymentEntry> {
  if (!isUrl(place) && (await isFolder(place))) {
    for await (const payment of readResultFiles(place)) yield { type: 'payment', ...payment };
    return;
  }
  for await (const { line, text } of readLines(place)) {
    const { type } = line;
    if (type !== 'payment' && type !== 'reversal') continue;
    yield {
      type,
      key: text('key'),
      reference: text('reference'),
      amount: text('amount'),
      currency: text('currency'),
      kind: type === 'payment' ? text('kind') : null,
      customer: type === 'payment' ? text('customer') : null,
    };
  }
}

/** Messages in the order of the book. Errors: BookUnreadable. */
export async function* readMessages(place: string): AsyncGenerator<MessageEntry> {
  for await (const { line, text } of readLines(place)) {
    if (line['type'] !== 'message') continue;
    const meta = isObject(line['meta']) ? line['meta'] : {};
    const of = (name: string) => (typeof meta[name] === 'string' ? meta[name] : null);
    yield {
      id: text('id'),
      reference: text('reference'),
      channel: text('channel'),
      bodySha256: text('bodySha256'),
      customer: of('customer'),
      run: of('run'),
      node: of('node'),
      at: typeof line['at'] === 'string' && !Number.isNaN(Date.parse(line['at'])) ? line['at'] : null,
    };
  }
}

interface Line {
  line: Record<string, unknown>;
  /** A field that has to be a text. */
  text: (field: string) => string;
}

async function* readLines(place: string): AsyncGenerator<Line> {
  let number = 0;
  for await (const { text, whole } of splitLines(place)) {
    number += 1;
    const line = parse(text);
    if (!line && !whole) return; // torn: nobody was answered on the strength of it
    if (!line) throw new BookUnreadable(place, `has no JSON object in line ${number}`, false);
    const at = number;
    yield {
      line,
      text(field) {
        const value = line[field];
        if (typeof value !== 'string') throw new BookUnreadable(place, `has no text \`${field}\` in line ${at}`, false);
        return value;
      },
    };
  }
}

async function* splitLines(place: string): AsyncGenerator<{ text: string; whole: boolean }> {
  let rest: Buffer[] = [];
  for await (const chunk of open(place)) {
    let from = 0;
    for (let end = chunk.indexOf(LF); end >= 0; end = chunk.indexOf(LF, from)) {
      yield { text: Buffer.concat([...rest, chunk.subarray(from, end)]).toString('utf8'), whole: true };
      rest = [];
      from = end + 1;
    }
    if (from < chunk.length) rest.push(chunk.subarray(from));
  }
  if (rest.length > 0) yield { text: Buffer.concat(rest).toString('utf8'), whole: false };
}

async function* open(place: string): AsyncGenerator<Buffer> {
  try {
    if (!isUrl(place)) {
      for await (const chunk of createReadStream(place)) yield chunk as Buffer;
      return;
    }
    const response = await fetch(place);
    if (!response.ok) throw new Error(`answered ${response.status}`);
    for await (const chunk of response.body ?? []) yield Buffer.from(chunk as Uint8Array);
  } catch (error) {
    if (error instanceof BookUnreadable) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new BookUnreadable(place, `could not be read: ${why}`, true, { cause: error });
  }
}

function parse(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
