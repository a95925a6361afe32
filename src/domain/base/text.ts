/**
 * Text as Postgres has it: under the collation "C" in the order of code points, not of UTF-16 units, and without what it cannot keep.
 */

/** Negative, zero or positive, as for `Array.sort`. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  let at = 0;
  while (at < a.length && at < b.length && a.charCodeAt(at) === b.charCodeAt(at)) at += 1;
  // of a pair that differs in its second half the first half has to be read with it
  if (at > 0 && isLeading(a.charCodeAt(at - 1))) at -= 1;
  return (a.codePointAt(at) ?? -1) - (b.codePointAt(at) ?? -1);
}

/** What others tell, as it can be stored: U+FFFD stands where U+0000 or half of a surrogate pair stood. */
export const storable = (text: string): string => text.replaceAll('\0', '\u{FFFD}').toWellFormed();

const isLeading = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdbff;
