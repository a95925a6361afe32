/**
 * The rows of an uploaded list that were refused, as CSV: which line, and why; never what stood in it.
 */
import type { RefusedRow } from '../../storage/listed-rows.js';

export async function* refusedCsv(pages: AsyncIterable<RefusedRow[]>): AsyncGenerator<string> {
  yield 'line,reason\r\n';
  for await (const rows of pages) yield rows.map(({ line, reason }) => `${line},${reason}\r\n`).join('');
}
