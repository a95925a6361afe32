/**
 * A provider's settlements as an outsider gets them: a folder of CSV files, one per day, made of the provider's own book.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PayoutProvider } from '../../src/simulator/index.js';
import { settlementCsv } from '../../src/simulator/settlement.js';

/** Days from one to before another (ISO dates), in the provider's `zone`. */
export async function writeSettlements(
  folder: string,
  provider: PayoutProvider,
  { from, to, zone }: { from: string; to: string; zone: string },
): Promise<void> {
  mkdirSync(join(folder, provider.name), { recursive: true });
  const lines = await provider.readBook();
  async function* all() {
    yield* lines;
  }
  for (let day = from; day < to; day = new Date(Date.parse(day) + 86_400_000).toISOString().slice(0, 10))
    writeFileSync(join(folder, provider.name, `${day}.csv`), await settlementCsv(all(), day, zone));
}

/** The CSV of these lines in which one amount is larger by 1,000, and another row has this reference; with a column of its own. */
export function differing(lines: readonly string[], reference?: string): string {
  const [header = '', first = '', second = '', ...others] = lines;
  const larger = first.split(',');
  larger[2] = String(Number(larger[2]) + 1_000);
  const swapped = second.split(',');
  if (reference !== undefined) swapped[1] = `"${reference.replaceAll('"', '""')}"`;
  const rows = [larger.join(','), swapped.join(','), ...others];
  return `${header},memo\n${rows.map((row) => `${row},\n`).join('')}`;
}
