/**
 * What the columns of a table of customers are said to be, as the API takes it: `map=id=고객번호`.
 */
import type { CustomerColumns } from '../client/types.gen.js';

/** Of an attribute, by what its cells hold. */
export const ATTRIBUTES = ['attribute', 'attribute:number', 'attribute:boolean'] as const;

export interface Column {
  /** Empty: left out. One that is known, or one of `ATTRIBUTES`. */
  as: string;
  /** Of an attribute. */
  name: string;
}

const ATTRIBUTE = /^attribute\.([^:]*)(:number|:boolean)?$/;
const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,62}$/;
export const isAttribute = ({ as }: Column): boolean => as.startsWith('attribute');

/** As the headers say it themselves. */
export function columnsOf({ head, columns }: CustomerColumns): Column[] {
  return head.header.map((header, n) => {
    const known = columns[n] ?? '';
    const [, name, type = ''] = ATTRIBUTE.exec(known) ?? [];
    if (name !== undefined) return { as: `attribute${type}`, name };
    return { as: known, name: NAME.test(header.trim()) ? header.trim() : '' };
  });
}

/** Such as `attribute.age:number`; empty where it is left out. */
export function targetOf(column: Column): string {
  if (!isAttribute(column)) return column.as;
  const [, type] = column.as.split(':');
  return `attribute.${column.name}${type === undefined ? '' : `:${type}`}`;
}

export function queryOf(header: readonly string[], columns: readonly Column[]): URLSearchParams {
  const query = new URLSearchParams();
  for (const [n, column] of columns.entries()) {
    const target = targetOf(column);
    if (target !== '') query.append('map', `${target}=${(header[n] ?? '').trim()}`);
  }
  return query;
}
