/**
 * A table as CSV for Excel, streamed: UTF-8 with a byte order mark, lines end as on Windows, and a text that a spreadsheet would take for a formula
 * is disarmed by a leading apostrophe (what begins with = + - @, a tab or a carriage return).
 */
import { stringify } from 'csv-stringify/sync';
import type { Table } from './tables.js';

/** Rows that are written at once. */
const ROWS_AT_ONCE = 500;

export async function* csvFile({ header, rows }: Table): AsyncGenerator<string> {
  let batch: (readonly (string | number | null)[])[] = [header];
  let bom = true;
  const written = (): string => {
    const options = { bom, escape_formulas: true, quoted_string: true, record_delimiter: 'windows' } as const;
    const text = stringify(batch, options);
    [batch, bom] = [[], false];
    return text;
  };
  for await (const row of rows) {
    batch.push(row);
    if (batch.length >= ROWS_AT_ONCE) yield written();
  }
  if (batch.length > 0) yield written();
}
