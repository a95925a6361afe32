/**
 * A stream in a file of its own: what has to be read out of order, and every body of a file, which is here whole before anything waits for its rows. The
 * file has no name any more once it is open, so nothing of it outlives the process, however that ends.
 */
import { mkdtemp, open, rm, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Problem } from '../http/problem.js';

/** Whoever sends nothing for so long has gone, or wants the connection alone. */
const SILENT_MS = 30_000;
const CHUNK_BYTES = 65_536;

export interface Bounds {
  bytesMax: number;
  /** Thrown where there are more. */
  tooLong: () => Problem;
  silentMs?: number;
}

/** Readable and writable by this process alone. */
export async function openSpool(): Promise<FileHandle> {
  const folder = await mkdtemp(join(tmpdir(), 'pado-'));
  try {
    return await open(join(folder, 'spool'), 'wx+', 0o600);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Problems: `slow` where nothing comes for too long, and that of `bounds`. A request is not ended by them, so that whoever sends it hears the answer. */
export async function spool(
  source: AsyncIterable<Uint8Array>,
  file: FileHandle,
  { bytesMax, tooLong, silentMs = SILENT_MS }: Bounds,
): Promise<void> {
  const chunks = source[Symbol.asyncIterator]();
  for (let bytes = 0; ;) {
    const next = await withoutSilence(chunks.next(), silentMs);
    if (next.done) return;
    bytes += next.value.byteLength;
    if (bytes > bytesMax) throw tooLong();
    await file.appendFile(next.value);
  }
}

async function withoutSilence<T>(next: Promise<T>, silentMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<never>((_, reject) => {
    const slow = () => reject(new Problem('slow', `Nothing of the file came for ${silentMs / 1_000} s.`));
    timer = setTimeout(slow, silentMs);
  });
  try {
    return await Promise.race([next, silence]);
  } finally {
    clearTimeout(timer);
  }
}

/** The bytes of `source`, the first of them when all are here. */
export async function* spooled(source: AsyncIterable<Uint8Array>, bounds: Bounds): AsyncGenerator<Uint8Array> {
  const file = await openSpool();
  try {
    await spool(source, file, bounds);
    for (let at = 0; ;) {
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(CHUNK_BYTES), 0, CHUNK_BYTES, at);
      if (bytesRead === 0) return;
      at += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}
