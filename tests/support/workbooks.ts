/**
 * Workbooks written part by part, honest and hostile ones: nothing of the reader is used, and nothing that a writer would refuse.
 */
import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { Readable } from 'node:stream';
import yazl from 'yazl';

export type Parts = Record<string, string | Buffer | Readable>;

const HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
const MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"';
const RELATION = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
const PACKAGE = 'xmlns="http://schemas.openxmlformats.org/package/2006/relationships"';

const relations = (...all: [id: string, type: string, target: string, more?: string][]) =>
  `${HEAD}<Relationships ${PACKAGE}>${all
    .map(
      ([id, type, target, more = '']) =>
        `<Relationship Id="${id}" Type="${RELATION}/${type}" Target="${target}"${more}/>`,
    )
    .join('')}</Relationships>`;

export const sheetXml = (rows: string): string =>
  `${HEAD}<worksheet ${MAIN}><sheetData>${rows}</sheetData></worksheet>`;
export const stringsXml = (texts: readonly string[]): string =>
  `${HEAD}<sst ${MAIN}>${texts.map((text) => `<si><t xml:space="preserve">${text}</t></si>`).join('')}</sst>`;
/** `formats`: by the number that a cell names, an id of a built-in format or a code. */
const stylesXml = (formats: readonly (number | string)[]): string => {
  const codes = formats.map((one, n) =>
    typeof one === 'string' ? `<numFmt numFmtId="${164 + n}" formatCode="${one.replaceAll('"', '&quot;')}"/>` : '',
  );
  const cells = formats.map((one, n) => `<xf numFmtId="${typeof one === 'string' ? 164 + n : one}"/>`);
  return `${HEAD}<styleSheet ${MAIN}><numFmts>${codes.join('')}</numFmts><cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs>${cells.join('')}</cellXfs></styleSheet>`;
};

export interface Book {
  /** Of the sheet: `<row>…</row>`. */
  rows: string;
  strings?: readonly string[];
  formats?: readonly (number | string)[];
  epoch1904?: boolean;
}

/** The parts of a workbook of one sheet. */
export function bookParts({ rows, strings = [], formats = [0], epoch1904 = false }: Book): Parts {
  return {
    '[Content_Types].xml': `${HEAD}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>`,
    '_rels/.rels': relations(['rId1', 'officeDocument', 'xl/workbook.xml']),
    'xl/workbook.xml': `${HEAD}<workbook ${MAIN} xmlns:r="${RELATION}">${epoch1904 ? '<workbookPr date1904="1"/>' : ''}<sheets><sheet name="목록" sheetId="1" r:id="rId1"/></sheets></workbook>`,
    'xl/_rels/workbook.xml.rels': relations(
      ['rId1', 'worksheet', 'worksheets/sheet1.xml'],
      ['rId2', 'sharedStrings', 'sharedStrings.xml'],
      ['rId3', 'styles', '/xl/styles.xml'],
    ),
    'xl/worksheets/sheet1.xml': sheetXml(rows),
    'xl/sharedStrings.xml': stringsXml(strings),
    'xl/styles.xml': stylesXml(formats),
  };
}

export async function zipped(parts: Parts, compress = true): Promise<Buffer> {
  const zip = new yazl.ZipFile();
  for (const [name, content] of Object.entries(parts)) {
    if (content instanceof Readable) zip.addReadStream(content, name, { compress });
    else zip.addBuffer(Buffer.from(content), name, { compress });
  }
  zip.end();
  return await buffer(zip.outputStream);
}

/** Rows of texts within their cells. */
export const inlineRows = (rows: readonly (readonly string[])[]): string =>
  rows
    .map(
      (cells, n) =>
        `<row r="${n + 1}">${cells.map((text) => `<c t="inlineStr"><is><t>${text}</t></is></c>`).join('')}</row>`,
    )
    .join('');

export const listBook = (rows: readonly (readonly string[])[]): Promise<Buffer> =>
  zipped(bookParts({ rows: inlineRows(rows) }));

/** A million and more ids as Excel keeps them: each a shared text, named by its row. `id(n)`: of the nth. */
export async function longBook(count: number, id: (n: number) => string): Promise<Buffer> {
  function* strings() {
    yield `${HEAD}<sst ${MAIN}><si><t>id</t></si><si><t>grade</t></si><si><t>gold</t></si>`;
    for (let at = 0; at < count; at += 5_000) {
      const texts = Array.from({ length: Math.min(5_000, count - at) }, (_, n) => `<si><t>${id(at + n)}</t></si>`);
      yield texts.join('');
    }
    yield '</sst>';
  }
  function* rows() {
    yield `${HEAD}<worksheet ${MAIN}><sheetData><row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c></row>`;
    for (let at = 0; at < count; at += 5_000) {
      const some = Array.from({ length: Math.min(5_000, count - at) }, (_, n) => {
        const row = at + n + 2;
        return `<row r="${row}"><c r="A${row}" t="s"><v>${at + n + 3}</v></c><c r="B${row}" t="s"><v>2</v></c></row>`;
      });
      yield some.join('');
    }
    yield '</sheetData></worksheet>';
  }
  return await zipped({
    ...bookParts({ rows: '' }),
    'xl/sharedStrings.xml': Readable.from(strings()),
    'xl/worksheets/sheet1.xml': Readable.from(rows()),
  });
}

/** The bytes after `change` of the first place in the ZIP’s directory where `name` stands: an offset into its header (APPNOTE 4.3.12). */
export function directoryPatched(zip: Buffer, name: string, change: (header: Buffer) => void): Buffer {
  const patched = Buffer.from(zip);
  const signature = Buffer.from('504b0102', 'hex');
  for (let at = patched.indexOf(signature); at >= 0; at = patched.indexOf(signature, at + 4)) {
    const length = patched.readUInt16LE(at + 28);
    if (patched.toString('utf8', at + 46, at + 46 + length) !== name) continue;
    change(patched.subarray(at));
    return patched;
  }
  throw new Error(`the archive has no ${name}`);
}

/** Text that packs badly, the same for the same seed. */
export function noise(bytes: number, seed: string): string {
  let text = '';
  for (let n = 0; text.length < bytes; n += 1) text += createHash('sha256').update(`${seed}${n}`).digest('hex');
  return text.slice(0, bytes);
}
