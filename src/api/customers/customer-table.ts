/**
 * The columns of a table of customers: id, status, zone, consent.<channel>:<purpose>, address.<kind>, attribute.<name>[:number|:boolean]; by their own
 * headers, or by what whoever sends it says that each header is. An empty cell leaves its field as it is.
 */
import { z } from 'zod';
import { CHANNELS } from '../../domain/journey/definition.js';
import { tableHeadSchema, type TableHead, type TableRow } from '../files/table.js';
import { jsonPointer, Problem, type FieldFault } from '../http/problem.js';

export interface Column {
  name: string;
  /** Where the cell goes in the row. */
  path: readonly [string] | readonly [string, string];
  read(cell: string): unknown;
}

const COLUMNS_MAX = 250;

/** Columns of the file by what they are: `attribute.name` → `성함`. */
export type Mapping = ReadonlyMap<string, string>;

const pairSchema = z
  .string()
  .regex(/^[^=]{1,100}=.{1,200}$/s, 'is <column>=<header of the file>')
  .describe('<column>=<header of the file>');
/** Of a query: `map=id=고객번호`, as often as there are columns. */
export const mapSchema = z
  .union([pairSchema, z.array(pairSchema).max(COLUMNS_MAX)])
  .optional()
  .describe(
    'of a table: what its columns are; where it is given, those that it does not name are left out; address and headers together have 16 KB',
  )
  .transform((pairs) => (pairs === undefined ? [] : [pairs].flat()));

/** Problem `invalid` where one thing is to come of two columns. */
export function mappingOf(pairs: readonly string[]): Mapping | null {
  if (pairs.length === 0) return null;
  const mapping = new Map<string, string>();
  for (const pair of pairs) {
    const at = pair.indexOf('=');
    const name = pair.slice(0, at);
    if (mapping.has(name)) {
      throw new Problem('invalid', undefined, { errors: [{ parameter: 'map', detail: `names ${name} twice` }] });
    }
    mapping.set(name, pair.slice(at + 1).trim());
  }
  return mapping;
}

const CONSENT_WORDS: Record<string, unknown> = {
  true: true,
  false: false,
  night: { granted: true, night: true },
};
const BOOLEANS: Record<string, boolean> = { true: true, false: false };

const asText = (cell: string): string => cell;
const asBoolean = (cell: string): unknown => BOOLEANS[cell] ?? cell;
const asConsent = (cell: string): unknown => CONSENT_WORDS[cell] ?? cell;
// text that is no number stays text that the column then refuses
const asNumber = (cell: string): unknown => (/^-?\d+(\.\d+)?$/.test(cell) ? Number(cell) : cell);

function readColumn(name: string): Column | null {
  if (name === 'id' || name === 'status' || name === 'zone') return { name, path: [name], read: asText };
  const dot = name.indexOf('.');
  const key = name.slice(dot + 1);
  switch (name.slice(0, Math.max(0, dot))) {
    case 'consent':
      return { name, path: ['consents', key], read: asConsent };
    case 'address':
      return { name, path: ['addresses', key], read: asText };
    case 'attribute': {
      const [attribute = '', type = 'text', ...more] = key.split(':');
      const read = { text: asText, number: asNumber, boolean: asBoolean }[type];
      return read && more.length === 0 ? { name, path: ['attributes', attribute], read } : null;
    }
    default:
      return null;
  }
}

/** Null of those that are left out. Throws `unprocessable`, naming every column that is unknown, repeated or not there. */
export function readHeader(cells: readonly string[], mapping: Mapping | null): (Column | null)[] {
  const faults: FieldFault[] = [];
  const columns = mapping ? mapped(cells, mapping, faults) : byName(cells, faults);
  if (!columns.some((column) => column?.name === 'id')) faults.push({ line: 1, parameter: 'id', detail: 'is missing' });
  if (faults.length > 0) throw new Problem('unprocessable', 'The header row has faults.', { errors: faults });
  return columns;
}

function byName(cells: readonly string[], faults: FieldFault[]): Column[] {
  const columns: Column[] = [];
  for (const cell of cells) {
    const name = cell.trim();
    const column = readColumn(name);
    if (!column) faults.push({ line: 1, parameter: name, detail: 'is not a known column' });
    else if (isThere(columns, column)) faults.push({ line: 1, parameter: name, detail: 'appears twice' });
    else columns.push(column);
  }
  return columns;
}

const isThere = (columns: readonly (Column | null)[], { path }: Column) =>
  columns.some((other) => other?.path.join('.') === path.join('.'));

function mapped(cells: readonly string[], mapping: Mapping, faults: FieldFault[]): (Column | null)[] {
  const headers = cells.map((cell) => cell.trim());
  const columns: (Column | null)[] = headers.map(() => null);
  for (const [name, header] of mapping) {
    const column = readColumn(name);
    const at = headers.indexOf(header);
    if (!column) faults.push({ parameter: name, detail: 'is not a known column' });
    else if (at < 0) faults.push({ parameter: name, detail: `the header has no column ${JSON.stringify(header)}` });
    else if (headers.lastIndexOf(header) !== at)
      faults.push({ parameter: name, detail: 'appears twice in the header' });
    else if (columns[at]) faults.push({ parameter: name, detail: 'is of a column that is something else, too' });
    else if (isThere(columns, column)) faults.push({ parameter: name, detail: 'appears twice' });
    else columns[at] = column;
  }
  return columns;
}

export const customerColumnsSchema = z
  .object({
    head: tableHeadSchema,
    columns: z
      .array(z.string().nullable())
      .describe('of each column of the head: what it is by its own header; null: nothing that is known'),
    known: z.array(z.string()).describe('what a column may be, beside attribute.<name>[:number|:boolean]'),
  })
  .meta({ id: 'CustomerColumns' });

const KNOWN = [
  'id',
  'status',
  'zone',
  ...['push', 'phone', 'email', 'postal'].map((kind) => `address.${kind}`),
  ...CHANNELS.flatMap((channel) => [`consent.${channel}:advertising`, `consent.${channel}:information`]),
];

export function columnsOf({ header, rows }: TableHead): z.infer<typeof customerColumnsSchema> {
  return { head: { header, rows }, columns: header.map((cell) => readColumn(cell.trim())?.name ?? null), known: KNOWN };
}

export function tableRow(
  columns: readonly (Column | null)[],
  { line, cells, faults }: TableRow,
): { line: number; value: unknown; fault?: FieldFault } {
  if (cells.length !== columns.length) {
    return {
      line,
      value: null,
      fault: { line, pointer: '', detail: `has ${cells.length} cells, the header has ${columns.length}` },
    };
  }
  const unread = [...faults].find(([index]) => columns[index]);
  if (unread) {
    const [index, detail] = unread;
    return { line, value: null, fault: { line, pointer: jsonPointer(columns[index]?.path ?? []), detail } };
  }
  const value: Record<string, unknown> = {};
  for (const [index, column] of columns.entries()) {
    const cell = (cells[index] ?? '').trim();
    if (!column || cell === '') continue;
    const read = column.read(cell);
    const [field, key] = column.path;
    if (key === undefined) value[field] = read;
    else {
      if (field === 'attributes' && read === cell && column.read !== asText) {
        return {
          line,
          value: null,
          fault: { line, pointer: jsonPointer(column.path), detail: `is not of the column's type` },
        };
      }
      value[field] = { ...(value[field] as object | undefined), [key]: read };
    }
  }
  return { line, value };
}
