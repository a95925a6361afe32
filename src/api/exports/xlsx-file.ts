/**
 * A table as a workbook of one sheet, streamed (ECMA-376, strings within their cells). Every text is of type inlineStr, which no spreadsheet takes for a
 * formula; amounts beyond 15 digits, which Excel would round, are texts, too.
 */
import { Readable } from 'node:stream';
import yazl from 'yazl';
import { Problem } from '../http/problem.js';
import type { Cell, Table } from './tables.js';

const HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
const MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"';
const OFFICE = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
const PACKAGE = 'http://schemas.openxmlformats.org/package/2006';
const TYPES = 'application/vnd.openxmlformats-officedocument.spreadsheetml';
const PARTS: Record<string, string> = {
  '[Content_Types].xml': `<Types xmlns="${PACKAGE}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="${TYPES}.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="${TYPES}.worksheet+xml"/></Types>`,
  '_rels/.rels': `<Relationships xmlns="${PACKAGE}/relationships"><Relationship Id="rId1" Type="${OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
  'xl/workbook.xml': `<workbook ${MAIN} xmlns:r="${OFFICE}"><sheets><sheet name="pado" sheetId="1" r:id="rId1"/></sheets></workbook>`,
  'xl/_rels/workbook.xml.rels': `<Relationships xmlns="${PACKAGE}/relationships"><Relationship Id="rId1" Type="${OFFICE}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`,
};

/** Of a sheet. */
const ROWS_MAX = 1_048_576;
const DIGITS_MAX = 15;
/** The same bytes for the same table. */
const MADE = { mtime: new Date(Date.UTC(2000, 0, 1)), forceDosTimestamp: true };

/** Errors: Problem `unprocessable` where a sheet does not hold so many rows. */
export async function* xlsxFile(table: Table): AsyncGenerator<Uint8Array> {
  const zip = new yazl.ZipFile();
  const output = zip.outputStream as Readable;
  for (const [name, text] of Object.entries(PARTS)) zip.addBuffer(Buffer.from(HEAD + text), name, MADE);
  const sheet = Readable.from(sheetXml(table));
  sheet.on('error', (error) => output.destroy(error));
  zip.addReadStream(sheet, 'xl/worksheets/sheet1.xml', MADE);
  zip.end();
  yield* output as AsyncIterable<Uint8Array>;
}

async function* sheetXml({ header, rows }: Table): AsyncGenerator<string> {
  yield `${HEAD}<worksheet ${MAIN}><sheetData>${rowXml(header, 1)}`;
  let no = 1;
  for await (const row of rows) {
    no += 1;
    if (no > ROWS_MAX) throw new Problem('unprocessable', `A sheet has at most ${ROWS_MAX} rows: ask for CSV.`);
    yield rowXml(row, no);
  }
  yield '</sheetData></worksheet>';
}

const rowXml = (cells: readonly Cell[], no: number): string => `<row r="${no}">${cells.map(cellXml).join('')}</row>`;

function cellXml(cell: Cell): string {
  if (cell === null) return '<c/>';
  const text = String(cell);
  if (typeof cell === 'number' && text.length <= DIGITS_MAX) return `<c><v>${text}</v></c>`;
  return `<c t="inlineStr"><is><t xml:space="preserve">${escaped(text)}</t></is></c>`;
}

const KEPT = new Set(['\t', '\n', '\r']);
const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '\r': '&#13;' };
/** What XML 1.0 does not have is left out. */
const escaped = (text: string): string =>
  text
    .toWellFormed()
    .replace(/[\p{Cc}\ufffe\uffff]/gu, (character) => (KEPT.has(character) ? character : ''))
    .replace(/[&<>\r]/g, (character) => ENTITIES[character] as string);
