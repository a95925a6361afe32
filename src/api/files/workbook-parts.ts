/**
 * Where things are in a workbook: its first visible sheet, the shared strings, and which numbers are dates. Parts are found by the
 * workbook's own relations, inside the archive alone.
 */
import { posix } from 'node:path';
import type { Archive } from './archive.js';
import { numberStyle, type NumberStyle } from './number-style.js';
import type { Refuse } from './table.js';
import { parseAll } from './xml.js';

export interface WorkbookParts {
  sheet: string;
  strings: string | null;
  /** By the number that a cell names. */
  styles: readonly NumberStyle[];
  epoch1904: boolean;
}

interface Relation {
  id: string;
  /** The last word of its type. */
  type: string;
  /** Null where it leads out of the archive. */
  target: string | null;
}

const SHEETS_MAX = 1_000;
const STYLES_MAX = 100_000;

export async function workbookParts(archive: Archive, refuse: Refuse): Promise<WorkbookParts> {
  const [book] = (await relationsOf(archive, '', refuse)).filter(({ type }) => type === 'officeDocument');
  if (!book?.target) throw refuse({ detail: 'is a ZIP, but no workbook' });
  if (book.target.endsWith('.bin')) throw refuse({ detail: 'is a binary workbook (.xlsb): save it as .xlsx' });
  const { sheets, epoch1904 } = await readBook(archive, book.target, refuse);
  const relations = await relationsOf(archive, book.target, refuse);
  const target = (type: string) => relations.find((one) => one.type === type)?.target ?? null;
  const sheet = sheets
    .map((id) => relations.find((one) => one.id === id))
    .find((one) => one?.type === 'worksheet')?.target;
  if (!sheet) throw refuse({ detail: 'has no sheet of its own that is a table' });
  const styles = target('styles');
  return {
    sheet,
    strings: target('sharedStrings'),
    styles: styles === null ? [] : await readStyles(archive, styles, refuse),
    epoch1904,
  };
}

async function relationsOf(archive: Archive, part: string, refuse: Refuse): Promise<Relation[]> {
  const folder = posix.dirname(part);
  const name = posix.join(folder, '_rels', `${posix.basename(part)}.rels`);
  const relations: Relation[] = [];
  if (!archive.has(name)) return relations;
  const open = (element: string, { Id = '', Type = '', Target = '', TargetMode }: Readonly<Record<string, string>>) => {
    if (element !== 'Relationship') return;
    if (relations.length >= SHEETS_MAX) throw refuse({ detail: `has more than ${SHEETS_MAX} sheets` });
    const inside = posix.join('/', Target.startsWith('/') ? '' : folder, Target).slice(1);
    relations.push({ id: Id, type: Type.split('/').at(-1) ?? '', target: TargetMode === 'External' ? null : inside });
  };
  await parseAll(archive.read(name), { open }, refuse);
  return relations;
}

/** `sheets`: the relations of those that are not hidden, in their order. */
async function readBook(
  archive: Archive,
  name: string,
  refuse: Refuse,
): Promise<{ sheets: string[]; epoch1904: boolean }> {
  const book = { sheets: [] as string[], epoch1904: false };
  const open = (element: string, attributes: Readonly<Record<string, string>>) => {
    if (element === 'workbookPr') book.epoch1904 = ['1', 'true'].includes(attributes['date1904'] ?? '');
    if (element !== 'sheet' || (attributes['state'] ?? 'visible') !== 'visible') return;
    if (book.sheets.length >= SHEETS_MAX) throw refuse({ detail: `has more than ${SHEETS_MAX} sheets` });
    const [, id] = Object.entries(attributes).find(([key]) => key.endsWith(':id')) ?? [];
    if (id !== undefined) book.sheets.push(id);
  };
  await parseAll(archive.read(name), { open }, refuse);
  return book;
}

async function readStyles(archive: Archive, name: string, refuse: Refuse): Promise<NumberStyle[]> {
  const codes = new Map<number, string>();
  const formats: number[] = [];
  let inCells = false;
  const open = (element: string, attributes: Readonly<Record<string, string>>) => {
    if (element === 'numFmt') codes.set(Number(attributes['numFmtId']), attributes['formatCode'] ?? '');
    if (element === 'cellXfs') inCells = true;
    if (element === 'xf' && inCells) formats.push(Number(attributes['numFmtId'] ?? 0));
    if (codes.size > STYLES_MAX || formats.length > STYLES_MAX) throw refuse({ detail: 'has too many formats' });
  };
  const close = (element: string) => {
    if (element === 'cellXfs') inCells = false;
  };
  await parseAll(archive.read(name), { open, close }, refuse);
  return formats.map((id) => numberStyle(id, codes.get(id)));
}
