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

export function pageOf<T extends z.ZodType>(item: T) {
  return z.object({ items: z.array(item), next: z.string().nullable() });
}

export function readCursor(cursor: string | undefined): string {
  if (cursor === undefined) return '';
  const text = Buffer.from(cursor, 'base64url').toString('utf8');
  if (text === '' || text.includes('\0') || Buffer.from(text).toString('base64url') !== cursor) {
    throw new Problem('invalid', undefined, { errors: [{ parameter: 'cursor', detail: 'is not a cursor of ours' }] });
  }
  return text;
}

/** A page from one row more than its limit. */
export function toPage<T, R>(rows: readonly T[], limit: number, keyOf: (row: T) => string, present: (row: T) => R) {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const next = rows.length > limit && last !== undefined ? Buffer.from(keyOf(last)).toString('base64url') : null;
  return { items: shown.map(present), next };
}
