/**
 * What a number format of a workbook says about its numbers: dates, digits to be padded, or nothing (ECMA-376 part 1, 18.8.30 and 18.8.31).
 */
export type NumberStyle =
  | { kind: 'plain' }
  | { kind: 'date' }
  /** '0' stands for a digit, anything else for the text behind its first character. */
  | { kind: 'mask'; mask: readonly string[] };

export const INVALID_DATE = 'is not a date';
const PLAIN: NumberStyle = { kind: 'plain' };
const DATE: NumberStyle = { kind: 'date' };
const FORMAT_MAX = 255;

/** Built-in formats that are dates or times; those of East Asia among them. */
const isBuiltInDate = (id: number): boolean =>
  (id >= 14 && id <= 22) || (id >= 27 && id <= 36) || (id >= 45 && id <= 47) || (id >= 50 && id <= 58);

/** `code`: of a format of the workbook's own; undefined for a built-in one. */
export function numberStyle(id: number, code: string | undefined): NumberStyle {
  if (code === undefined) return isBuiltInDate(id) ? DATE : PLAIN;
  if (code.length > FORMAT_MAX) return PLAIN;
  const parts = tokens(code);
  if (parts === null) return PLAIN;
  if (parts.some((part) => part.length === 1 && /[ymdhs]/i.test(part))) return DATE;
  const zeros = parts.filter((part) => part === '0').length;
  const others = parts.some((part) => part.length === 1 && part !== '0');
  // one zero alone is any number, and text beside it a unit
  return zeros > 1 && !others ? { kind: 'mask', mask: parts } : PLAIN;
}

/** The section for positive numbers: one character as it stands, `'` before what is literal. Null for hours beyond the day. */
function tokens(code: string): string[] | null {
  const parts: string[] = [];
  const token = /"([^"]*)"|\\(.)|[_*].|\[([^\]]*)\]|(General)|(;)|([-/() :])|(.)/gsu;
  for (const [, quoted, escaped, bracket, general, end, literal, other] of code.matchAll(token)) {
    if (end !== undefined) break;
    if (bracket !== undefined && /^[hms]+$/i.test(bracket)) return null;
    const text = quoted ?? escaped ?? literal;
    if (text !== undefined) parts.push(`'${text}`);
    else if (general !== undefined) parts.push('#');
    else if (other !== undefined) parts.push(other);
  }
  return parts;
}
