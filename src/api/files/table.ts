/**
 * An uploaded table as a stream of rows, in flat memory, whatever its format: CSV, or the first sheet of an XLSX workbook. Its first row is
 * the header. What is no table is refused as a whole, by the problem that the caller makes of the fault.
 */
import { z } from 'zod';
import type { Problem, FieldFault } from '../http/problem.js';
import { csvRecords, decoded, type Charset } from '../http/text-file.js';
import { workbookRows } from './workbook.js';

export const XLSX_TYPE = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';

/** Media types of a table. */
export const TABLES = { 'text/csv': 'csv', [XLSX_TYPE]: 'xlsx' } as const;
export type TableFormat = (typeof TABLES)[keyof typeof TABLES];

export interface TableKind {
  format: TableFormat;
  /** Of a CSV. */
  charset: Charset;
}

export interface TableRow {
  /** The first of the file is 1. */
  line: number;
  cells: string[];
  /** Why the cell of an index has no text that can be relied on. */
  faults: ReadonlyMap<number, string>;
}

/** The problem of a file that is no table. */
export type Refuse = (fault: FieldFault) => Problem;

const NO_FAULTS: ReadonlyMap<number, string> = new Map();

const SHOWN_ROWS = 20;

/** Empty rows are left out. */
export function tableRows(
  source: AsyncIterable<Uint8Array>,
  { format, charset }: TableKind,
  refuse: Refuse,
): AsyncGenerator<TableRow> {
  return format === 'xlsx' ? workbookRows(source, refuse) : csvRows(source, charset, refuse);
}

async function* csvRows(source: AsyncIterable<Uint8Array>, charset: Charset, refuse: Refuse): AsyncGenerator<TableRow> {
  for await (const { line, cells } of csvRecords(decoded(source, charset), refuse)) {
    yield { line, cells, faults: NO_FAULTS };
  }
}

/** The beginning of a table as it was read, for whoever uploads it to see that it was read as meant. */
export class TableHead {
  header: string[] = [];
  readonly rows: { line: number; cells: string[] }[] = [];

  /** Nothing more is kept. */
  get isFull(): boolean {
    return this.rows.length >= SHOWN_ROWS;
  }

  /** Passes the rows on. */
  async *of(table: AsyncIterable<TableRow>): AsyncGenerator<TableRow> {
    let rows = 0;
    for await (const row of table) {
      if (rows === 0) this.header = row.cells;
      else if (rows <= SHOWN_ROWS) this.rows.push({ line: row.line, cells: row.cells });
      rows += 1;
      yield row;
    }
  }
}

export const tableHeadSchema = z
  .object({
    header: z.array(z.string()),
    rows: z.array(z.object({ line: z.int(), cells: z.array(z.string()) })).max(SHOWN_ROWS),
  })
  .meta({ id: 'TableHead', description: 'The first rows of the file as they were read.' });
