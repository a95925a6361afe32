/**
 * An uploaded list of customers as a stream of rows, in flat memory: one column of a table. A row without an id that can be one is refused
 * by itself; a file that is no list is refused as a whole.
 */
import { customerIdSchema } from '../../domain/base/keys.js';
import type { ListedRow } from '../../storage/segment-upload.js';
import type { TableRow } from '../files/table.js';
import { Problem, type FieldFault } from '../http/problem.js';

const ROWS_MAX = 5_000_000;

export const noList = (fault: FieldFault): Problem =>
  new Problem('unprocessable', 'The file is no list of customers; nothing was changed.', { errors: [fault] });

/** `column`: the header of the ids. */
export async function* listedRows(table: AsyncIterable<TableRow>, column: string): AsyncGenerator<ListedRow> {
  let at: number | null = null;
  let width = 0;
  let rows = 0;
  for await (const row of table) {
    if (at === null) {
      at = columnOf(row, column);
      width = row.cells.length;
      continue;
    }
    rows += 1;
    if (rows > ROWS_MAX) throw new Problem('too_large', `A list has at most ${ROWS_MAX} rows.`);
    yield rowOf(row, { at, width });
  }
  if (at === null) throw noList({ line: 1, detail: 'has no header row' });
}

function columnOf({ line, cells }: TableRow, column: string): number {
  const names = cells.map((cell) => cell.trim());
  const at = names.indexOf(column);
  if (at < 0) throw noList({ line, parameter: 'column', detail: `the header has no column ${JSON.stringify(column)}` });
  if (names.lastIndexOf(column) !== at) throw noList({ line, parameter: 'column', detail: 'appears twice' });
  return at;
}

function rowOf({ line, cells, faults }: TableRow, { at, width }: { at: number; width: number }): ListedRow {
  if (cells.length !== width)
    return { line, id: null, reason: `has ${cells.length} cells and the header has ${width}` };
  const fault = faults.get(at);
  if (fault !== undefined) return { line, id: null, reason: fault };
  const id = customerIdSchema.safeParse(cells[at]?.trim());
  return id.success ? { line, id: id.data, reason: null } : { line, id: null, reason: 'has no id that can be one' };
}
