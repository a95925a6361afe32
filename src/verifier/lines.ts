/**
 * The statement as a file: its lines in their order, each one JSON object in canonical form (what JSON.stringify writes of it), and last the line that
 * signs the SHA-256 of every byte before it. It is read as a stream; one line is in memory at a time.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';

export type Json = Record<string, unknown>;
/** What is wrong, and where: the number of a line of the statement, or a file of a settlement and its line. */
export type Fault = (where: number | string, what: string) => void;

export interface Line {
  /** From 1. */
  no: number;
  value: Json;
  /** Of every byte before this line, hex. */
  sha256Before: () => string;
}

/** A member that is a text. Errors: it is none. */
export function text(value: unknown): string {
  if (typeof value !== 'string') throw new TypeError('no text');
  return value;
}

/** Errors: those of the file system. */
export async function* statementLines(path: string, fault: Fault): AsyncGenerator<Line> {
  const hash = createHash('sha256');
  let no = 0;
  for await (const bytes of byLineFeed(path, fault)) {
    no += 1;
    yield { no, value: objectOf(bytes, no, fault), sha256Before: () => hash.copy().digest('hex') };
    hash.update(bytes).update('\n');
  }
}

/** Each line without its line feed. */
async function* byLineFeed(path: string, fault: Fault): AsyncGenerator<Buffer> {
  let rest = Buffer.alloc(0);
  let lines = 0;
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    let bytes = Buffer.concat([rest, chunk]);
    for (let end = bytes.indexOf('\n'); end >= 0; end = bytes.indexOf('\n')) {
      lines += 1;
      yield bytes.subarray(0, end);
      bytes = bytes.subarray(end + 1);
    }
    rest = bytes;
  }
  if (rest.length > 0) fault(lines + 1, 'the file does not end with a line feed');
}

function objectOf(bytes: Buffer, no: number, fault: Fault): Json {
  try {
    const written = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    const value: unknown = JSON.parse(written);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error('no object');
    if (JSON.stringify(value) !== written) fault(no, 'the line is not in canonical form');
    return value as Json;
  } catch {
    fault(no, 'the line is no JSON object in UTF-8');
    return {};
  }
}
