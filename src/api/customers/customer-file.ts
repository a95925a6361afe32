/**
 * An uploaded file of customers as a stream of rows, in flat memory: NDJSON, or a table (CSV, XLSX). Every row is checked;
 * after the first bad one nothing more is passed on, and up to a hundred are reported.
 */
import { bucketOf } from '../../domain/base/hash.js';
import type { CustomerRow } from '../../storage/customer-import.js';
import { TableHead, tableRows, type TableFormat, type TableKind, type TableRow } from '../files/table.js';
import { DEPTH_MAX, isTooDeep } from '../http/limits.js';
import { jsonPointer, Problem, type FieldFault } from '../http/problem.js';
import { decoded, LINE_LENGTH_MAX, type Charset } from '../http/text-file.js';
import { faultsOf, unstorable } from '../http/validation.pipe.js';
import { customerRowSchema, toConsents } from './customers.dto.js';
import { readHeader, tableRow, type Column, type Mapping } from './customer-table.js';

export const BAD_ROWS_MAX = 100;

export interface FileKind {
  format: 'ndjson' | TableFormat;
  charset: Charset;
}

/** How a table is read: to whom its first rows are told, and what its columns are where their headers do not say it. */
export interface Reading {
  head: TableHead;
  mapping: Mapping | null;
}

interface RawRow {
  line: number;
  value: unknown;
  fault?: FieldFault;
}

/** Rows of the file. Throws the problem `unprocessable` at the end when any row was bad. */
export async function* customerRows(
  source: AsyncIterable<Uint8Array>,
  { format, charset }: FileKind,
  { head, mapping }: Reading,
): AsyncGenerator<CustomerRow> {
  const raws =
    format === 'ndjson'
      ? ndjsonRows(decoded(source, charset))
      : rowsOfTable(head.of(tableRows(source, { format, charset }, noTable)), mapping);
  const faults: FieldFault[] = [];
  let badRows = 0;
  for await (const raw of raws) {
    const row = raw.fault ? [raw.fault] : checkRow(raw);
    if (!Array.isArray(row)) {
      if (badRows === 0) yield row;
      continue;
    }
    faults.push(...row);
    badRows += 1;
    if (badRows >= BAD_ROWS_MAX) break;
  }
  if (badRows > 0) throw badFile(faults);
}

const noTable = (fault: FieldFault) => badFile([fault]);

/** How a table begins; what comes after its first rows is not looked at. */
export async function headOf(source: AsyncIterable<Uint8Array>, kind: TableKind): Promise<TableHead> {
  const head = new TableHead();
  for await (const _ of head.of(tableRows(source, kind, noTable))) {
    if (head.isFull) break;
  }
  if (head.header.length === 0) throw noTable({ line: 1, detail: 'has no header row' });
  return head;
}

export function badFile(errors: readonly FieldFault[]): Problem {
  return new Problem('unprocessable', 'The file has bad rows; nothing was changed.', { errors });
}

/** The row, or what is wrong with it. */
function checkRow({ line, value }: RawRow): CustomerRow | FieldFault[] {
  const fault = unstorable(value);
  if (fault) return [{ line, pointer: jsonPointer(fault.path), detail: fault.detail }];
  const parsed = customerRowSchema.safeParse(value);
  if (!parsed.success) {
    return faultsOf(parsed.error.issues).map(({ path, detail }) => ({ line, pointer: jsonPointer(path), detail }));
  }
  const { consents, ...row } = parsed.data;
  return { ...row, line, bucket: bucketOf(row.id), ...(consents ? { consents: toConsents(consents) } : {}) };
}

async function* linesOf(text: AsyncIterable<string>): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of text) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > LINE_LENGTH_MAX)
      throw new Problem('unprocessable', `A line is longer than ${LINE_LENGTH_MAX} characters.`);
    yield* lines;
  }
  if (rest !== '') yield rest;
}

async function* ndjsonRows(text: AsyncIterable<string>): AsyncGenerator<RawRow> {
  let line = 0;
  for await (const content of linesOf(text)) {
    line += 1;
    if (content.trim() === '') continue;
    yield parseLine(line, content);
  }
}

function parseLine(line: number, content: string): RawRow {
  try {
    const value = JSON.parse(content) as unknown;
    return isTooDeep(value)
      ? { line, value: null, fault: { line, pointer: '', detail: `is more than ${DEPTH_MAX} deep` } }
      : { line, value };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return { line, value: null, fault: { line, pointer: '', detail: 'is not JSON' } };
  }
}

async function* rowsOfTable(table: AsyncIterable<TableRow>, mapping: Mapping | null): AsyncGenerator<RawRow> {
  let columns: (Column | null)[] | null = null;
  for await (const row of table) {
    if (columns === null) columns = readHeader(row.cells, mapping);
    else yield tableRow(columns, row);
  }
  if (columns === null) throw badFile([{ line: 1, detail: 'has no header row' }]);
}
