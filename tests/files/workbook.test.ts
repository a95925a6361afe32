/**
 * Workbooks as rows of text: what was meant is what is read, and what is hostile, damaged or something else is refused as a whole, in
 * bounded memory.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { openArchive } from '../../src/api/files/archive.js';
import { openSpool } from '../../src/api/files/spool.js';
import { tableRows, type TableRow } from '../../src/api/files/table.js';
import { Problem, type FieldFault } from '../../src/api/http/problem.js';
import {
  bookParts,
  directoryPatched,
  inlineRows,
  listBook,
  noise,
  sheetXml,
  zipped,
  type Book,
  type Parts,
} from '../support/workbooks.js';

const refuse = (fault: FieldFault) => new Problem('unprocessable', 'no table', { errors: [fault] });

async function* inChunks(bytes: Buffer, size = 16_384): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
async function read(bytes: Buffer): Promise<TableRow[]> {
  const rows: TableRow[] = [];
  for await (const row of tableRows(inChunks(bytes), { format: 'xlsx', charset: 'utf-8' }, refuse)) rows.push(row);
  return rows;
}
const cellsOf = async (bytes: Buffer) => (await read(bytes)).map(({ cells }) => cells);
/** The detail of the one fault that it is refused for. */
async function refusal(bytes: Buffer): Promise<unknown> {
  try {
    await read(bytes);
  } catch (error) {
    if (error instanceof Problem) {
      const { errors, detail } = error.getResponse() as { errors?: FieldFault[]; detail?: string };
      return errors?.[0]?.detail ?? detail;
    }
    throw error;
  }
  return null;
}
const book = (given: Book) => zipped(bookParts(given));
/** The text or the fault of a first cell, by its XML. */
async function cell(xml: string, given: Omit<Book, 'rows'> = {}): Promise<string> {
  const [row] = await read(await book({ rows: `<row>${xml}<c t="str"><v>end</v></c></row>`, ...given }));
  return row?.faults.get(0) ?? row?.cells[0] ?? 'no row';
}

describe('a workbook', () => {
  it('is read as the rows of its sheet, with gaps filled, empty rows left out and lines as in Excel', async () => {
    const rows = `<row r="2"><c r="A2" t="s"><v>0</v></c><c r="C2" t="s"><v>1</v></c></row><row r="3"/>
      <row r="4"><c r="B4" t="str"><v></v></c></row>
      <row r="5"><c r="A5" t="s"><v>2</v></c></row><row r="7"><c r="D7" t="b"><v>1</v></c></row>`;
    expect(await read(await book({ rows, strings: ['id', 'name', 'u1'] }))).toEqual([
      { line: 2, cells: ['id', '', 'name'], faults: new Map() },
      { line: 5, cells: ['u1', '', ''], faults: new Map() },
      { line: 7, cells: ['', '', '', 'true'], faults: new Map() },
    ]);
  });

  it.each<[string, string | number, string, string]>([
    ['a plain number', 0, '12345', '12345'],
    ['a number with an exponent', 0, '1.2E3', '1200'],
    ['a small number', 0, '1E-7', '0.0000001'],
    ['a sum that binary cannot hold', 0, '0.30000000000000004', '0.3'],
    ['thousands and money', '#,##0"원"', '1234567', '1234567'],
    ['a percentage', 10, '0.25', '0.25'],
    ['an id with leading zeros in its format', '00000000', '1234', '00001234'],
    ['an id longer than its format', '000', '12345', '12345'],
    ['an id with dashes in its format', '000-0000-0000', '1012345678', '010-1234-5678'],
    ['an id with text in its format', '"KR"000000', '42', 'KR000042'],
    ['a date', 14, '46084', '2026-03-03'],
    ['a date in Korean', 'yyyy"년" m"월" d"일"', '46084', '2026-03-03'],
    ['a date with its time', 22, '46084.75', '2026-03-03T18:00:00'],
    ['a time', 20, '0.5', '12:00:00'],
    ['a date before the day that never was', 14, '59', '1900-02-28'],
    ['a date after it', 14, '61', '1900-03-01'],
    ['a format with a colour', '[Red]0.00;[Blue]-0.00', '5', '5'],
    ['hours beyond the day', '[h]:mm', '1.5', '1.5'],
  ])('has %s as the text that was meant', async (_, format, raw, text) => {
    expect(await cell(`<c s="0"><v>${raw}</v></c>`, { formats: [format] })).toBe(text);
  });

  it('counts days from 1904 where it says so', async () => {
    expect(await cell('<c s="0"><v>44622</v></c>', { formats: [14], epoch1904: true })).toBe('2026-03-03');
  });

  it.each<[string, string, string]>([
    ['a number that Excel has cut', '<c><v>1234567890123456</v></c>', 'is a number of more than 15 digits'],
    ['the day that never was', '<c s="1"><v>60</v></c>', 'is not a date'],
    ['an error', '<c t="e"><v>#N/A</v></c>', 'is an error of a formula'],
    ['a formula that nobody computed', '<c><f>A1+1</f></c>', 'is a formula without a stored value'],
    ['a number that is none', '<c><v>abc</v></c>', 'is not the number'],
  ])('says of %s that it cannot be relied on', async (_, xml, fault) => {
    expect(await cell(xml, { formats: [0, 14] })).toContain(fault);
  });

  it('has what a formula gave when it was saved, texts of several formats whole, and no pronunciation', async () => {
    expect(await cell('<c t="str"><f>CONCAT("a","b")</f><v>ab</v></c>')).toBe('ab');
    const rich = '<c t="inlineStr"><is><r><t>똠방</t></r><r><t>각하</t></r><rPh sb="0" eb="1"><t>x</t></rPh></is></c>';
    expect(await cell(rich)).toBe('똠방각하');
    expect(await cell('<c t="inlineStr"><is><t>a_x000D_b &amp; c</t></is></c>')).toBe('a\rb & c');
  });

  it('is its first sheet that is not hidden', async () => {
    const parts = bookParts({ rows: inlineRows([['hidden']]) });
    parts['xl/workbook.xml'] = (parts['xl/workbook.xml'] as string).replace(
      '<sheet ',
      '<sheet name="x" sheetId="2" state="hidden" r:id="rId9"/><sheet ',
    );
    expect(await cellsOf(await zipped(parts))).toEqual([['hidden']]);
  });

  it.each(['openpyxl', 'xlsxwriter'])('as %s writes it is read', async (writer) => {
    expect(await cellsOf(readFileSync(join(import.meta.dirname, `${writer}.xlsx`)))).toEqual([
      ['id', '이름', 'joined', 'amount', 'vip', 'code'],
      ['00001234', '똠방 펲시', '2026-03-03', '1234.5', 'true', '000042'],
      ['u2', '김민지', '2026-03-04T09:30:00', '-7', 'false', '000007'],
    ]);
  });

  it('of more shared texts than are kept in memory has each at its place, in any order', async () => {
    const strings = Array.from({ length: 200_000 }, (_, n) => `${n}-${'가'.repeat(n % 40)}`);
    const order = Array.from({ length: 2_000 }, (_, n) => (n * 99_991) % strings.length);
    const rows = order.map((n) => `<row><c t="s"><v>${n}</v></c></row>`).join('');
    expect(await cellsOf(await book({ rows, strings }))).toEqual(order.map((n) => [strings[n]]));
  });
});

const bomb = (open: string, element: string) => Readable.from(repeated(open, element));
function* repeated(open: string, element: string): Generator<string> {
  yield open;
  for (let n = 0; n < 100; n += 1) yield element.repeat(10_000);
}
const withParts = (more: Parts) => zipped({ ...bookParts({ rows: inlineRows([['id'], ['u1']]) }), ...more });
const withDoctype = (declared: string, text: string) =>
  withParts({
    'xl/worksheets/sheet1.xml': `<?xml version="1.0"?><!DOCTYPE x [${declared}]>${sheetXml(inlineRows([[text]])).replace(/^<\?xml.*\?>\n/, '')}`,
  });

describe('what is no honest workbook is refused as a whole:', () => {
  it.each<[string, () => Promise<Buffer>, string]>([
    ['nothing at all', async () => Buffer.alloc(0), 'is no .xlsx workbook'],
    ['a CSV under another name', async () => Buffer.from('id\nu1\n'), 'is no .xlsx workbook'],
    [
      'an old .xls, or one with a password',
      async () => Buffer.from('d0cf11e0a1b11ae1', 'hex'),
      'old workbook (.xls) or has a password',
    ],
    ['a ZIP of something else', () => zipped({ 'a.txt': 'a' }), 'is a ZIP, but no workbook'],
    ['one cut short', async () => (await listBook([['id']])).subarray(0, 900), 'is damaged or cut short'],
    [
      'a bomb',
      () => withParts({ 'xl/worksheets/sheet1.xml': bomb('<worksheet>', '<sheetPr></sheetPr>') }),
      'more than 250 times its size',
    ],
    [
      'a bomb of shared texts',
      () => withParts({ 'xl/sharedStrings.xml': bomb('<sst>', '<si><t></t></si>') }),
      'more than 250 times its size',
    ],
    [
      'a shared text of parts without end',
      () => withParts({ 'xl/sharedStrings.xml': `<sst><si>${'<r><t>abcdefgh</t></r>'.repeat(9_000)}</si></sst>` }),
      'longer than any of a cell',
    ],
    [
      'a cell of parts without end',
      () => book({ rows: `<row><c t="inlineStr"><is>${'<t>abcdefgh</t>'.repeat(9_000)}</is></c></row>` }),
      'longer than any of a cell',
    ],
    ['another archive inside', () => withParts({ 'xl/media/a.zip': 'PK' }), 'has another file inside'],
    ['a document inside', () => withParts({ 'xl/embeddings/oleObject1.bin': 'x' }), 'has another file inside'],
    ['macros', () => withParts({ 'xl/vbaProject.bin': 'x' }), 'has macros'],
    [
      'links to other workbooks',
      () => withParts({ 'xl/externalLinks/externalLink1.xml': '<x/>' }),
      'links to other workbooks',
    ],
    ['an entity that grows', () => withDoctype('<!ENTITY a "ha"><!ENTITY b "&a;&a;">', '&b;'), 'has a document type'],
    [
      'an entity from outside',
      () => withDoctype('<!ENTITY x SYSTEM "file:///etc/hostname">', '&x;'),
      'has a document type',
    ],
    [
      'an entity that nobody declared',
      () => withParts({ 'xl/worksheets/sheet1.xml': sheetXml(inlineRows([['&x;']])) }),
      'no XML',
    ],
    [
      'a text without end',
      () => withParts({ 'xl/sharedStrings.xml': `<sst><si><t>${noise(400_000, 'a')}` }),
      'longer than any',
    ],
    [
      'a tag without end',
      () => withParts({ 'xl/worksheets/sheet1.xml': `<worksheet a="${noise(400_000, 'b')}` }),
      'longer than any',
    ],
    ['elements without end', () => withParts({ 'xl/worksheets/sheet1.xml': '<a>'.repeat(100) }), 'inside each other'],
    [
      'XML that ends in the middle',
      () => withParts({ 'xl/worksheets/sheet1.xml': '<worksheet><sheetData><row>' }),
      'no XML',
    ],
    [
      'bytes that are not UTF-8',
      () => withParts({ 'xl/worksheets/sheet1.xml': Buffer.from([0x3c, 0x61, 0xff, 0xfe]) }),
      'not UTF-8',
    ],
    ['rows out of order', () => book({ rows: '<row r="2"/><row r="1"/>' }), 'out of order'],
    ['more rows than a sheet has', () => book({ rows: '<row r="1048577"/>' }), 'out of order, or more'],
    ['a cell far away', () => book({ rows: '<row r="1"><c r="XFD1"><v>1</v></c></row>' }), 'beyond column'],
    ['a cell nowhere', () => book({ rows: '<row r="1"><c r="--1"><v>1</v></c></row>' }), 'beyond column'],
    ['a text that is not there', () => book({ rows: '<row><c t="s"><v>7</v></c></row>' }), 'whose text is not there'],
    [
      'a row without end',
      () => book({ rows: inlineRows([Array.from({ length: 70 }, () => 'x'.repeat(1_000))]) }),
      'has a row of more than',
    ],
  ])('%s', async (_, make, detail) => {
    expect(await refusal(await make())).toContain(detail);
  });

  it.each<[string, string, (header: Buffer) => void, string]>([
    ['a part with a password', 'xl/workbook.xml', (header) => header.writeUInt16LE(1, 8), 'has a password'],
    [
      'a part that is packed otherwise',
      'xl/workbook.xml',
      (header) => header.writeUInt16LE(93, 10),
      'compressed in a way',
    ],
    ['a part that says that it is smaller', 'xl/workbook.xml', (header) => header.writeUInt32LE(10, 24), 'is damaged'],
    [
      'a part that begins beyond the file',
      'xl/workbook.xml',
      (header) => header.writeUInt32LE(0x7fffffff, 42),
      'is damaged',
    ],
    [
      'a part whose name leads out of the archive',
      'xl/styles.xml',
      (header) => header.write('/../../../etc', 46),
      'is damaged',
    ],
  ])('%s', async (_, part, change, detail) => {
    expect(await refusal(directoryPatched(await listBook([['id']]), part, change))).toContain(detail);
  });

  it('a part that is there twice', async () => {
    const zip = await withParts({ 'xl/stylez.xml': '<x/>' });
    const twice = directoryPatched(zip, 'xl/stylez.xml', (header) => header.write('xl/styles.xml', 46));
    expect(await refusal(twice)).toBe('has a part twice');
  });

  it('a sheet that is somewhere else than in the archive', async () => {
    const parts = bookParts({ rows: '' });
    const relations = parts['xl/_rels/workbook.xml.rels'] as string;
    const outside = relations.replace(
      'Target="worksheets/sheet1.xml"',
      'Target="file:///etc/passwd" TargetMode="External"',
    );
    expect(await refusal(await zipped({ ...parts, 'xl/_rels/workbook.xml.rels': outside }))).toContain('no sheet');
    const above = relations.replace('worksheets/sheet1.xml', '../../../../etc/passwd');
    expect(await refusal(await zipped({ ...parts, 'xl/_rels/workbook.xml.rels': above }))).toContain('lacks a part');
  });

  it('parts that together unpack to more than the limit, counted as they come out', async () => {
    const file = await openSpool();
    try {
      await file.write(await zipped({ a: noise(60_000, 'a'), b: noise(60_000, 'b') }));
      const archive = await openArchive(file, refuse, { inflatedMax: 100_000, ratioMax: 250, ratioFree: 10_000_000 });
      const sizeOf = async (name: string) => {
        let bytes = 0;
        for await (const chunk of archive.read(name)) bytes += chunk.byteLength;
        return bytes;
      };
      expect(await sizeOf('a')).toBe(60_000);
      await expect(sizeOf('b')).rejects.toMatchObject({ kind: 'unprocessable' });
    } finally {
      await file.close();
    }
  });
});
