/**
 * The columns of a table of customers: id, status, zone, consent.<channel>:<purpose>, address.<kind>, attribute.<name>[:number|:boolean]. An
 * empty cell leaves its field as it is.
 */
import type { TableRow } from '../files/table.js';
import { jsonPointer, Problem, type FieldFault } from '../http/problem.js';

export interface Column {
  name: string;
  /** Where the cell goes in the row. */
  path: readonly [string] | readonly [string, string];
  read(cell: string): unknown;
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

/** Throws `unprocessable`, naming every column that is unknown or repeated. */
export function readHeader(cells: readonly string[]): Column[] {
  const faults: FieldFault[] = [];
  const columns: Column[] = [];
  for (const cell of cells) {
    const name = cell.trim();
    const column = readColumn(name);
    if (!column) faults.push({ line: 1, parameter: name, detail: 'is not a known column' });
    else if (columns.some((c) => c.path.join('.') === column.path.join('.'))) {
      faults.push({ line: 1, parameter: name, detail: 'appears twice' });
    } else columns.push(column);
  }
  if (!columns.some((column) => column.name === 'id')) faults.push({ line: 1, parameter: 'id', detail: 'is missing' });
  if (faults.length > 0) throw new Problem('unprocessable', 'The header row has faults.', { errors: faults });
  return columns;
}

export function tableRow(
  columns: readonly Column[],
  { line, cells, faults }: TableRow,
): { line: number; value: unknown; fault?: FieldFault } {
  if (cells.length !== columns.length) {
    return {
      line,
      value: null,
      fault: { line, pointer: '', detail: `has ${cells.length} cells, the header has ${columns.length}` },
    };
  }
  const [unread] = faults;
  if (unread) {
    const [index, detail] = unread;
    return { line, value: null, fault: { line, pointer: jsonPointer(columns[index]?.path ?? []), detail } };
  }
  const value: Record<string, unknown> = {};
  for (const [index, column] of columns.entries()) {
    const cell = (cells[index] ?? '').trim();
    if (cell === '') continue;
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
