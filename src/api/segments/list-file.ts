/**
 * An uploaded list of customers as a stream of rows, in flat memory: one column of a CSV in UTF-8 (with or without BOM) or EUC-KR. A row without
 * an id that can be one is refused by itself; a file that is no list is refused as a whole.
 */
import { customerIdSchema } from '../../domain/base/keys.js';
import type { ListedRow } from '../../storage/segment-upload.js';
import { Problem, type FieldFault } from '../http/problem.js';
import { csvRecords, decoded, type Charset } from '../http/text-file.js';

const ROWS_MAX = 5_000_000;
const BYTES_MAX = 500_000_000;

const noList = (fault: FieldFault): Problem =>
  new Problem('unprocessable', 'The file is no list of customers; nothing was changed.', { errors: [fault] });

/** `column`: the header of the ids. */
export async function* listedRows(
  source: AsyncIterable<Uint8Array>,
  charset: Charset,
  column: string,
): AsyncGenerator<ListedRow> {
  let at: number | null = null;
  let width = 0;
  let rows = 0;
  for await (const { line, cells } of csvRecords(decoded(bounded(source), charset), noList)) {
    if (at === null) {
      at = columnOf(cells, column);
      width = cells.length;
      continue;
    }
    rows += 1;
    if (rows > ROWS_MAX) throw new Problem('too_large', `A list has at most ${ROWS_MAX} rows.`);
    yield rowOf(line, cells, { at, width });
  }
  if (at === null) throw noList({ line: 1, detail: 'has no header row' });
}

function columnOf(header: readonly string[], column: string): number {
  const names = header.map((cell) => cell.trim());
  const at = names.indexOf(column);
  if (at < 0)
    throw noList({ line: 1, parameter: 'column', detail: `the header has no column ${JSON.stringify(column)}` });
  if (names.lastIndexOf(column) !== at) throw noList({ line: 1, parameter: 'column', detail: 'appears twice' });
  return at;
}

function rowOf(line: number, cells: readonly string[], { at, width }: { at: number; width: number }): ListedRow {
  if (cells.length !== width)
    return { line, id: null, reason: `has ${cells.length} cells and the header has ${width}` };
  const id = customerIdSchema.safeParse(cells[at]?.trim());
  return id.success ? { line, id: id.data, reason: null } : { line, id: null, reason: 'has no id that can be one' };
}

async function* bounded(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of source) {
    bytes += chunk.byteLength;
    if (bytes > BYTES_MAX) throw new Problem('too_large', `A list has at most ${BYTES_MAX / 1_000_000} MB.`);
    yield chunk;
  }
}
