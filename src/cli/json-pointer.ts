/**
 * JSON Pointers (RFC 6901), and where two JSON values differ.
 */
import { isDeepStrictEqual } from 'node:util';

export const stepsOf = (pointer: string): string[] =>
  pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));

const under = (pointer: string, step: string) => `${pointer}/${step.replaceAll('~', '~0').replaceAll('/', '~1')}`;

/** What is at a pointer on one side and not, or otherwise, on the other; a missing side is left out. */
export interface Difference {
  pointer: string;
  from?: unknown;
  to?: unknown;
}

/** The smallest differences between two JSON values; the order of fields is none. Empty where they are the same. */
export function differencesOf(from: unknown, to: unknown, pointer = ''): Difference[] {
  if (isDeepStrictEqual(from, to)) return [];
  if (!isComposite(from) || !isComposite(to) || Array.isArray(from) !== Array.isArray(to)) {
    return [{ pointer, ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) }];
  }
  const names = [...new Set([...Object.keys(from), ...Object.keys(to)])];
  const own = (side: Record<string, unknown>, name: string) => (Object.hasOwn(side, name) ? side[name] : undefined);
  return names.flatMap((name) => differencesOf(own(from, name), own(to, name), under(pointer, name)));
}

function isComposite(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
