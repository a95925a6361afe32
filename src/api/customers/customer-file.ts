/**
 * An uploaded file of customers as a stream of rows, in flat memory: NDJSON, or CSV in UTF-8 (with or without BOM) or EUC-KR. Every row is
 * checked; after the first bad one nothing more is passed on, and up to a hundred are reported.
 */
import { Readable } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import { bucketOf } from '../../domain/base/hash.js';
import type { CustomerRow } from '../../storage/customer-import.js';
import { jsonPointer, Problem, type FieldFault } from '../http/problem.js';
import { faultsOf, unstorable } from '../http/validation.pipe.js';
import { customerRowSchema, toConsents } from './customers.dto.js';
import { csvRow, readHeader, type Column } from './customer-csv.js';

export const BAD_ROWS_MAX = 100;
const LINE_LENGTH_MAX = 65_536;

export interface FileKind {
  format: 'ndjson' | 'csv';
  charset: 'utf-8' | 'euc-kr';
}

interface RawRow {
  line: number;
  value: unknown;
  fault?: FieldFault;
}

/** Rows of the file. Throws the problem `unprocessable` at the end when any row was bad. */
export async function* customerRows(source: AsyncIterable<Uint8Array>, kind: FileKind): AsyncGenerator<CustomerRow> {
  const text = decoded(source, kind.charset);
  const faults: FieldFault[] = [];
  let badRows = 0;
  for await (const raw of kind.format === 'csv' ? csvRows(text) : ndjsonRows(text)) {
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

async function* decoded(source: AsyncIterable<Uint8Array>, charset: FileKind['charset']): AsyncGenerator<string> {
  const decoder = new TextDecoder(charset, { fatal: true });
  try {
    for await (const chunk of source) yield decoder.decode(chunk, { stream: true });
    yield decoder.decode();
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new Problem('unprocessable', `The file is not ${charset.toUpperCase()}.`);
  }
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
    return { line, value: JSON.parse(content) as unknown };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return { line, value: null, fault: { line, pointer: '', detail: 'is not JSON' } };
  }
}

async function* csvRows(text: AsyncIterable<string>): AsyncGenerator<RawRow> {
  const parser = parse({
    info: true,
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: LINE_LENGTH_MAX,
  });
  const source = Readable.from(text);
  source.on('error', (error) => parser.destroy(error));
  let columns: Column[] | null = null;
  try {
    for await (const { record, info } of source.pipe(parser) as AsyncIterable<{
      record: string[];
      info: { lines: number };
    }>) {
      if (columns === null) columns = readHeader(record);
      else yield csvRow(columns, record, info.lines);
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw badFile([{ line: Number(error['lines'] ?? 0), detail: `is not CSV: ${error.code}` }]);
  } finally {
    source.destroy();
  }
  if (columns === null) throw badFile([{ line: 1, detail: 'has no header row' }]);
}
