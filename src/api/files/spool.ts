/**
 * A stream in a file of its own, for what has to be read out of order. The file has no name any more once it is open, so nothing of it
 * outlives the process, however that ends.
 */
import { mkdtemp, open, rm, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Readable and writable by this process alone. */
export async function openSpool(): Promise<FileHandle> {
  const folder = await mkdtemp(join(tmpdir(), 'pado-'));
  try {
    return await open(join(folder, 'spool'), 'wx+', 0o600);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Returns how many bytes there are. `tooLong` is thrown where they are more than `bytesMax`. */
export async function spool(
  source: AsyncIterable<Uint8Array>,
  file: FileHandle,
  { bytesMax, tooLong }: { bytesMax: number; tooLong: () => Error },
): Promise<number> {
  let bytes = 0;
  for await (const chunk of source) {
    if (bytes + chunk.byteLength > bytesMax) throw tooLong();
    await file.appendFile(chunk);
    bytes += chunk.byteLength;
  }
  return bytes;
}
