/**
 * An uploaded list as a stream of rows, in flat memory: one column of a CSV in UTF-8 (with or without BOM) or EUC-KR. A row without a value that can
 * be one is refused by itself, told by its line and never by what stood in it; a file that is no list is refused as a whole.
 */
import type { ListedRow } from '../../storage/listed-rows.js';
import { Problem, type FieldFault } from './problem.js';
import { csvRecords, decoded, type Charset } from './text-file.js';

const ROWS_MAX = 5_000_000;
const BYTES_MAX = 500_000_000;

/** What a list is of. */
export interface ListOf {
  /** In words: customers. */
  of: string;
  /** The header of the values. */
  column: string;
  /** The trimmed cell as a value, null where it cannot be one. A value holds no tab, line break or backslash. */
  read: (cell: string) => string | null;
  /** Why a row without one is refused. */
  lacks: string;
}

export async function* listedRows(
  source: AsyncIterable<Uint8Array>,
  charset: Charset,
  list: ListOf,
): AsyncGenerator<ListedRow> {
  const noList = (fault: FieldFault): Problem =>
    new Problem('unprocessable', `The file is no list of ${list.of}; nothing was changed.`, { errors: [fault] });
  let at: number | null = null;
  let width = 0;
  let rows = 0;
  for await (const { line, cells } of csvRecords(decoded(bounded(source), charset), noList)) {
    if (at === null) {
      at = columnOf(cells, list.column, noList);
      width = cells.length;
      continue;
    }
    rows += 1;
    if (rows > ROWS_MAX) throw new Problem('too_large', `A list has at most ${ROWS_MAX} rows.`);
    yield rowOf(line, cells, { at, width }, list);
  }
  if (at === null) throw noList({ line: 1, detail: 'has no header row' });
}

function columnOf(header: readonly string[], column: string, noList: (fault: FieldFault) => Problem): number {
  const names = header.map((cell) => cell.trim());
  const at = names.indexOf(column);
  if (at < 0)
    throw noList({ line: 1, parameter: 'column', detail: `the header has no column ${JSON.stringify(column)}` });
  if (names.lastIndexOf(column) !== at) throw noList({ line: 1, parameter: 'column', detail: 'appears twice' });
  return at;
}

function rowOf(
  line: number,
  cells: readonly string[],
  { at, width }: { at: number; width: number },
  { read, lacks }: ListOf,
): ListedRow {
  if (cells.length !== width)
    return { line, value: null, reason: `has ${cells.length} cells and the header has ${width}` };
  const value = read(cells[at]?.trim() ?? '');
  return value === null ? { line, value, reason: lacks } : { line, value, reason: null };
}

async function* bounded(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of source) {
    bytes += chunk.byteLength;
    if (bytes > BYTES_MAX) throw new Problem('too_large', `A list has at most ${BYTES_MAX / 1_000_000} MB.`);
    yield chunk;
  }
}
