/**
 * An append-only JSON Lines file. A line that `append` returned from is in the file and survives the death of the
 * process; a torn last line, left by a death in mid-write, is cut off when the file is opened again.
 */
import {
  closeSync,
  createReadStream,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

const LF = 0x0a;

export class BookFile<Line extends object> {
  private isClosed = false;

  private constructor(
    readonly path: string,
    private readonly fd: number,
  ) {}

  /**
   * Open or create the file and hand every line in it to `each`, in order.
   * Errors: an unreadable line that is not the last one throws, naming file and line number.
   */
  static async open<Line extends object>(path: string, each: (line: Line) => void): Promise<BookFile<Line>> {
    mkdirSync(dirname(path), { recursive: true });
    const fd = openSync(path, 'a+', 0o600);
    try {
      mendTail(fd);
      const book = new BookFile<Line>(path, fd);
      for await (const line of book.lines()) each(line);
      return book;
    } catch (error) {
      closeSync(fd);
      throw error;
    }
  }

  /** All lines in one write, before this returns. Throws when the write fails or the book is closed. */
  append(lines: readonly Line[]): void {
    if (lines.length === 0) return;
    if (this.isClosed) throw new Error(`${this.path} is closed`);
    writeAll(this.fd, Buffer.from(lines.map((line) => JSON.stringify(line)).join('\n') + '\n'));
  }

  /** Bytes of whole lines; a reader goes on from here. */
  size(): number {
    return statSync(this.path).size;
  }

  /** The bytes [from, to) as they are now. */
  stream(from: number, to: number): Readable {
    return createReadStream(this.path, { start: from, end: to - 1 });
  }

  /** Every line that is in the file when the reading begins. */
  async *lines(): AsyncGenerator<Line> {
    const end = this.size();
    if (end === 0) return;
    let number = 0;
    for await (const text of createInterface({ input: this.stream(0, end), crlfDelay: Infinity })) {
      number += 1;
      const line = parsed(text);
      if (line === undefined) throw new Error(`${this.path} line ${number} is not a line of a book`);
      yield line as Line;
    }
  }

  async all(): Promise<Line[]> {
    const lines: Line[] = [];
    for await (const line of this.lines()) lines.push(line);
    return lines;
  }

  /** Reading goes on to work; writing throws. */
  close(): void {
    if (!this.isClosed) closeSync(this.fd);
    this.isClosed = true;
  }
}

function parsed(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

function writeAll(fd: number, bytes: Buffer): void {
  let written = 0;
  while (written < bytes.length) written += writeSync(fd, bytes, written);
}

/** A complete last line without its LF is kept, a torn one is cut off: nobody was answered on the strength of it. */
function mendTail(fd: number): void {
  const size = fstatSync(fd).size;
  let tail = Buffer.alloc(0);
  let start = size;
  while (start > 0 && !tail.includes(LF)) {
    const chunk = Buffer.alloc(Math.min(start, 65_536));
    start -= chunk.length;
    readSync(fd, chunk, 0, chunk.length, start);
    tail = Buffer.concat([chunk, tail]);
  }
  const rest = tail.subarray(tail.lastIndexOf(LF) + 1);
  if (rest.length === 0) return;
  if (parsed(rest.toString('utf8'))) writeAll(fd, Buffer.from('\n'));
  else ftruncateSync(fd, size - rest.length);
}
