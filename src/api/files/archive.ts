/**
 * The ZIP that a workbook is: its parts by name, inflated as they are read and never further than the limits, whatever sizes the archive
 * claims. Nothing is written under a name that the archive gives; what hides in it (other files, macros, links, passwords) is refused.
 */
import type { FileHandle } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import yauzl, { type Entry, type ZipFile } from 'yauzl';
import type { Refuse } from './table.js';

export interface Limits {
  /** Bytes of all parts that are read, together. */
  inflatedMax: number;
  /** A part may unpack to so many times its size; a small one to any. */
  ratioMax: number;
  ratioFree: number;
}
/** Spreadsheets reach a ratio of some 20, deflate 1,032. */
const LIMITS: Limits = { inflatedMax: 1_000_000_000, ratioMax: 250, ratioFree: 10_000_000 };
const PARTS_MAX = 2_000;
const STORED = 0;
const DEFLATED = 8;
const ENCRYPTED = 0x1;

/** What an honest list has no need of. */
const REFUSED_PARTS: readonly [RegExp, string][] = [
  [/^xl\/externallinks\//i, 'links to other workbooks: paste its values into a workbook of their own'],
  [/vbaproject\.bin$/i, 'has macros: save it as .xlsx without them'],
  [/^xl\/embeddings\/|\.(zip|7z|rar|gz|xls[xmb]?|doc[xm]?|ppt[xm]?|jar)$/i, 'has another file inside'],
];

export interface Archive {
  has(name: string): boolean;
  /** The bytes of a part. Errors: the problem of `refuse`, where it is beyond the limits or damaged. */
  read(name: string): AsyncGenerator<Uint8Array>;
}

/** Stays readable for as long as the file is open. */
export async function openArchive(file: FileHandle, refuse: Refuse, limits = LIMITS): Promise<Archive> {
  const zip = await guarded(refuse, () =>
    yauzl.fromFdPromise(file.fd, { autoClose: false, lazyEntries: true, strictFileNames: true }),
  );
  const entries = await guarded(refuse, () => entriesOf(zip, refuse));
  const budget = new Budget(limits, refuse);
  return {
    has: (name) => entries.has(name),
    read(name) {
      const entry = entries.get(name);
      if (!entry) throw refuse({ detail: 'lacks a part that a workbook needs' });
      return inflate(zip, entry, budget, refuse);
    },
  };
}

async function entriesOf(zip: ZipFile, refuse: Refuse): Promise<Map<string, Entry>> {
  const entries = new Map<string, Entry>();
  if (zip.entryCount > PARTS_MAX) throw refuse({ detail: `has more than ${PARTS_MAX} parts` });
  for await (const entry of zip.eachEntry()) {
    const fault = faultOf(entry) ?? (entries.has(entry.fileName) ? 'has a part twice' : null);
    if (fault !== null) throw refuse({ detail: fault });
    entries.set(entry.fileName, entry);
  }
  return entries;
}

function faultOf(entry: Entry): string | null {
  if ((entry.generalPurposeBitFlag & ENCRYPTED) !== 0) return 'has a password: save it without one';
  if (entry.compressionMethod !== STORED && entry.compressionMethod !== DEFLATED)
    return 'is compressed in a way that workbooks are not';
  return REFUSED_PARTS.find(([names]) => names.test(entry.fileName))?.[1] ?? null;
}

/** Counts what comes out, whatever the archive says of itself. */
class Budget {
  private total = 0;

  constructor(
    private readonly limits: Limits,
    private readonly refuse: Refuse,
  ) {}

  /** `bytes`: more, of a part of which there are `ofPart` now. */
  spend(bytes: number, ofPart: number, compressed: number): void {
    const { inflatedMax, ratioMax, ratioFree } = this.limits;
    this.total += bytes;
    if (this.total > inflatedMax) throw this.refuse({ detail: `unpacks to more than ${inflatedMax / 1_000_000} MB` });
    if (ofPart > ratioFree && ofPart > compressed * ratioMax) {
      throw this.refuse({ detail: `unpacks to more than ${ratioMax} times its size` });
    }
  }
}

async function* inflate(zip: ZipFile, entry: Entry, budget: Budget, refuse: Refuse): AsyncGenerator<Uint8Array> {
  const stream: Readable = await guarded(refuse, () => zip.openReadStreamPromise(entry));
  let bytes = 0;
  try {
    const chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
    for (;;) {
      const next = await guarded(refuse, () => chunks.next());
      if (next.done) return;
      bytes += next.value.byteLength;
      budget.spend(next.value.byteLength, bytes, entry.compressedSize);
      yield next.value;
    }
  } finally {
    stream.destroy();
  }
}

/** What the libraries say of a damaged archive tells of its inside in their words; ours names what to do. */
async function guarded<T>(refuse: Refuse, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Error && 'kind' in error) throw error;
    throw refuse({ detail: 'is damaged or cut short, or no .xlsx workbook' });
  }
}
