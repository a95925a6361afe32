/**
 * Cursor pages: `limit` and an opaque `cursor` in, `{items, next}` out; `next` is null on the last page.
 */
import { z } from 'zod';
import { Problem } from './problem.js';

export const pageQuerySchema = z.object({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().max(500).optional(),
});
export type PageQuery = z.infer<typeof pageQuerySchema>;

/** Of a list that can be searched. */
const q = z
  .string()
  .max(100)
  .optional()
  .describe('only what has these words in its key or name, in upper or lower case');
export const searchQuerySchema = pageQuerySchema.extend({ q });
export type SearchQuery = z.infer<typeof searchQuerySchema>;

export function pageOf<T extends z.ZodType>(item: T) {
  return z.object({ items: z.array(item), next: z.string().nullable() });
}

/** Fifteen digits: exact as a number, and within a bigint. */
const NUMBER_MAX = 999_999_999_999_999;

export function readCursor(cursor: string | undefined): string {
  if (cursor === undefined) return '';
  const text = Buffer.from(cursor, 'base64url').toString('utf8');
  if (text === '' || text.includes('\0') || writeCursor(text) !== cursor) {
    throw otherCursor();
  }
  return text;
}

/** Of a list by number: null for its beginning. Errors: 400 where it is not one of ours. */
export function readNumberCursor(cursor: string | undefined, max = NUMBER_MAX): number | null {
  const text = readCursor(cursor);
  if (text === '') return null;
  if (!/^(0|[1-9]\d{0,14})$/.test(text) || Number(text) > max) throw otherCursor();
  return Number(text);
}

/** What `next` says, of the place after which the next page begins. */
export const writeCursor = (place: string): string => Buffer.from(place).toString('base64url');

/** Of a cursor that no answer of ours has given. */
export const otherCursor = (): Problem =>
  new Problem('invalid', undefined, { errors: [{ parameter: 'cursor', detail: 'is not a cursor of ours' }] });

/** A page from one row more than its limit. */
export function toPage<T, R>(rows: readonly T[], limit: number, keyOf: (row: T) => string, present: (row: T) => R) {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const next = rows.length > limit && last !== undefined ? writeCursor(keyOf(last)) : null;
  return { items: shown.map(present), next };
}
