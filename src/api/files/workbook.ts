/**
 * An XLSX workbook as the rows of its first visible sheet. It is kept in a file without a name while it is read (a ZIP has its contents at
 * the end), and what is in memory does not grow with it.
 */
import type { FileHandle } from 'node:fs/promises';
import { Problem } from '../http/problem.js';
import { openArchive } from './archive.js';
import { SharedStrings } from './shared-strings.js';
import { sheetRows } from './sheet.js';
import { openSpool, spool } from './spool.js';
import type { Refuse, TableRow } from './table.js';
import { workbookParts } from './workbook-parts.js';

export const WORKBOOK_BYTES_MAX = 200_000_000;

const ZIP = '504b0304';
/** What Excel wrote until 2003, and what it wraps a workbook with a password into. */
const COMPOUND = 'd0cf11e0';

export async function* workbookRows(source: AsyncIterable<Uint8Array>, refuse: Refuse): AsyncGenerator<TableRow> {
  const file = await openSpool();
  let texts: FileHandle | null = null;
  try {
    texts = await openSpool();
    const tooLong = () => new Problem('too_large', `A workbook has at most ${WORKBOOK_BYTES_MAX / 1_000_000} MB.`);
    await spool(source, file, { bytesMax: WORKBOOK_BYTES_MAX, tooLong });
    await checkSignature(file, refuse);
    const archive = await openArchive(file, refuse);
    const { sheet, strings, styles, epoch1904 } = await workbookParts(archive, refuse);
    const shared =
      strings === null ? SharedStrings.none(texts) : await SharedStrings.read(archive.read(strings), texts, refuse);
    yield* sheetRows(archive.read(sheet), { strings: shared, styles, epoch1904 }, refuse);
  } finally {
    await file.close();
    await texts?.close();
  }
}

async function checkSignature(file: FileHandle, refuse: Refuse): Promise<void> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(4), 0, 4, 0);
  const signature = buffer.toString('hex', 0, bytesRead);
  if (signature === ZIP) return;
  if (signature === COMPOUND) {
    throw refuse({ detail: 'is an old workbook (.xls) or has a password: save it as .xlsx without one' });
  }
  throw refuse({ detail: 'is no .xlsx workbook' });
}
