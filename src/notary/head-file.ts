/**
 * Signed heads as JSON Lines in a file outside the database: {statement, signatures}. Lines are appended, never changed; what the file lacks it gets,
 * also after a crash in the middle of a line.
 */
import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';

export interface HeadLine {
  no: number;
  statement: string;
  signatures: Record<string, string>;
}

/** The file's last line is not what the database says: nothing is appended, and both are kept as they are. */
export class HeadFileDiffers extends Error {
  override readonly name = 'HeadFileDiffers';
}

/** The file system refuses to read or write it; its own error is the cause. */
export class HeadFileUnwritable extends Error {
  override readonly name = 'HeadFileUnwritable';
}

export const lineOf = ({ statement, signatures }: HeadLine): string => `${JSON.stringify({ statement, signatures })}\n`;

/** `after(no)`: the database's heads behind that one. Returns how many lines were added. Errors: HeadFileDiffers, HeadFileUnwritable, those of `after`. */
export async function appendHeads(path: string, after: (no: number) => Promise<HeadLine[]>): Promise<number> {
  const file = await onFile(open(path, constants.O_RDWR | constants.O_CREAT, 0o644));
  try {
    const text = await onFile(file.readFile('utf8'));
    const whole = text.slice(0, text.lastIndexOf('\n') + 1);
    const last = await lastNo(whole, after);
    const added = await after(last);
    const [next] = added;
    const torn = text.slice(whole.length);
    // what a crash left of a line begins as that line does, and is written anew
    if (torn !== '' && !(next && lineOf(next).startsWith(torn)))
      throw new HeadFileDiffers('an unfinished line is not of the next head');
    if (added.length > 0) await onFile(write(file, Buffer.byteLength(whole), added.map(lineOf).join('')));
    return added.length;
  } finally {
    await file.close();
  }
}

async function onFile<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw new HeadFileUnwritable('the file of heads cannot be read or written', { cause: error });
  }
}

async function lastNo(whole: string, after: (no: number) => Promise<HeadLine[]>): Promise<number> {
  if (whole === '') return 0;
  const no = whole.split('\n').length - 1;
  const [expected] = await after(no - 1);
  if (!expected || expected.no !== no || !whole.endsWith(lineOf(expected))) {
    throw new HeadFileDiffers(`line ${no} is not head ${no} of the database`);
  }
  return no;
}

async function write(file: FileHandle, at: number, text: string): Promise<void> {
  const bytes = Buffer.from(text, 'utf8');
  for (let done = 0; done < bytes.length;) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, at + done);
    done += bytesWritten;
  }
  await file.truncate(at + bytes.length);
  await file.sync();
}
