/**
 * Rows as a table of a terminal.
 */
const NUMBER = /^-?\d+$/;

/** What bears numbers to the right, all else to the left. */
export function columns(rows: string[][]): string {
  const sides = (rows[0] ?? []).map((_, n) => {
    const width = Math.max(...rows.map((row) => row[n]?.length ?? 0));
    const isNumber = rows.some((row) => NUMBER.test(row[n] ?? ''));
    return (text: string) => (isNumber ? text.padStart(width) : text.padEnd(width));
  });
  return rows
    .map(
      (row) =>
        `${row
          .map((text, n) => sides[n]?.(text))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}
