/**
 * An uploaded list as a stream of rows, in flat memory: one column of a table. A row without a value that can be one is refused by itself, told by its
 * line and never by what stood in it; a file that is no list is refused as a whole.
 */
import type { ListedRow } from '../../storage/listed-rows.js';
import { Problem } from '../http/problem.js';
import { tableRows, TableHead, type Refuse, type TableKind, type TableRow } from './table.js';

const ROWS_MAX = 5_000_000;

/** What a list is of. */
export interface ListOf {
  /** In words: customers. */
  of: string;
  /** The header of the values. */
  column: string;
  /** Where no header is that one, the first column has them: for a look at a file whose headers nobody knows yet. */
  orFirst?: boolean;
  /** The trimmed cell as a value, null where it cannot be one. A value holds no tab, line break or backslash. */
  read: (cell: string) => string | null;
  /** Why a row without one is refused. */
  lacks: string;
}

/** The rows of a file, and how it begins, for a preview. */
export function readList(
  source: AsyncIterable<Uint8Array>,
  kind: TableKind,
  list: ListOf,
): { head: TableHead; rows: AsyncGenerator<ListedRow> } {
  const refuse: Refuse = (fault) =>
    new Problem('unprocessable', `The file is no list of ${list.of}; nothing was changed.`, { errors: [fault] });
  const head = new TableHead();
  return { head, rows: listedRows(head.of(tableRows(source, kind, refuse)), list, refuse) };
}

async function* listedRows(table: AsyncIterable<TableRow>, list: ListOf, refuse: Refuse): AsyncGenerator<ListedRow> {
  let at: number | null = null;
  let width = 0;
  let rows = 0;
  for await (const row of table) {
    if (at === null) {
      at = columnOf(row, list, refuse);
      width = row.cells.length;
      continue;
    }
    rows += 1;
    if (rows > ROWS_MAX) throw new Problem('too_large', `A list has at most ${ROWS_MAX} rows.`);
    yield rowOf(row, { at, width }, list);
  }
  if (at === null) throw refuse({ line: 1, detail: 'has no header row' });
}

function columnOf({ line, cells }: TableRow, { column, orFirst }: ListOf, refuse: Refuse): number {
  const names = cells.map((cell) => cell.trim());
  const at = names.indexOf(column);
  if (at < 0 && orFirst) return 0;
  if (at < 0) throw refuse({ line, parameter: 'column', detail: `the header has no column ${JSON.stringify(column)}` });
  if (names.lastIndexOf(column) !== at) throw refuse({ line, parameter: 'column', detail: 'appears twice' });
  return at;
}

function rowOf(
  { line, cells, faults }: TableRow,
  { at, width }: { at: number; width: number },
  { read, lacks }: ListOf,
): ListedRow {
  if (cells.length !== width)
    return { line, value: null, reason: `has ${cells.length} cells and the header has ${width}` };
  const fault = faults.get(at);
  if (fault !== undefined) return { line, value: null, reason: fault };
  const value = read(cells[at]?.trim() ?? '');
  return value === null ? { line, value, reason: lacks } : { line, value, reason: null };
}
