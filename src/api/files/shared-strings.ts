/**
 * The texts that the cells of a workbook share, in a file and not in memory: a list of a million ids has a million of them. Cells name them
 * mostly in their order, so a few blocks of the file in memory answer nearly every look.
 */
import { readSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { LINE_LENGTH_MAX } from '../http/text-file.js';
import { TEXT_TOO_LONG, unescaped } from './cell-text.js';
import type { Refuse } from './table.js';
import { parsed } from './xml.js';

const STRINGS_MAX = 8_000_000;
const BLOCK = 32_768;
const BLOCKS_KEPT = 128;

export class SharedStrings {
  /** Where each begins, and where the last one ends. */
  private offsets = new Float64Array(1_024);
  private count = 0;
  private size = 0;
  private readonly blocks = new Map<number, Buffer>();

  private constructor(private readonly file: FileHandle) {}

  /** `file`: an empty one, to be kept open while texts are asked for. */
  static async read(chunks: AsyncIterable<Uint8Array>, file: FileHandle, refuse: Refuse): Promise<SharedStrings> {
    const strings = new SharedStrings(file);
    const texts: string[] = [];
    for await (const _ of parsed(chunks, collect(texts, refuse), refuse)) {
      if (texts.length === 0) continue;
      if (strings.count + texts.length > STRINGS_MAX) throw refuse({ detail: `has more than ${STRINGS_MAX} texts` });
      await strings.append(texts);
      texts.length = 0;
    }
    return strings;
  }

  /** None: `file` stays empty. */
  static none(file: FileHandle): SharedStrings {
    return new SharedStrings(file);
  }

  /** Undefined: there is no such text. */
  at(index: number): string | undefined {
    if (!Number.isInteger(index) || index < 0 || index >= this.count) return undefined;
    const [begin = 0, end = 0] = this.offsets.subarray(index, index + 2);
    const first = Math.floor(begin / BLOCK);
    if (end <= (first + 1) * BLOCK) {
      const from = begin - first * BLOCK;
      return this.block(first).toString('utf8', from, from + (end - begin));
    }
    return this.load(begin, end - begin).toString('utf8');
  }

  private async append(texts: readonly string[]): Promise<void> {
    const parts = texts.map((text) => Buffer.from(text));
    this.reserve(this.count + parts.length + 1);
    for (const part of parts) {
      this.size += part.byteLength;
      this.count += 1;
      this.offsets[this.count] = this.size;
    }
    await this.file.appendFile(Buffer.concat(parts));
  }

  private reserve(length: number): void {
    if (length <= this.offsets.length) return;
    const grown = new Float64Array(Math.max(length, this.offsets.length * 2));
    grown.set(this.offsets);
    this.offsets = grown;
  }

  private block(n: number): Buffer {
    const known = this.blocks.get(n);
    if (known) return known;
    if (this.blocks.size >= BLOCKS_KEPT) this.blocks.delete(this.blocks.keys().next().value as number);
    const block = this.load(n * BLOCK, Math.min(BLOCK, this.size - n * BLOCK));
    this.blocks.set(n, block);
    return block;
  }

  private load(position: number, length: number): Buffer {
    const buffer = Buffer.allocUnsafe(length);
    readSync(this.file.fd, buffer, 0, length, position);
    return buffer;
  }
}

/** A text of several formats is its runs in a row; how it is pronounced is left out. */
function collect(texts: string[], refuse: Refuse) {
  let text = '';
  let reads = false;
  let pronounced = 0;
  return {
    open(name: string) {
      if (name === 'si') text = '';
      if (name === 'rPh') pronounced += 1;
      reads = name === 't' && pronounced === 0;
    },
    text(content: string) {
      if (reads) text += content;
      if (text.length > LINE_LENGTH_MAX) throw refuse({ detail: TEXT_TOO_LONG });
    },
    close(name: string) {
      reads = false;
      if (name === 'rPh') pronounced -= 1;
      if (name === 'si') texts.push(unescaped(text));
    },
  };
}
