/** The settlement of one day, derived from the book alone: each payment a row, each reversal a negative one. */
import type { ProviderLine } from './books.js';

/** `yyyy-mm-dd`, a day that exists. */
export function isSettlementDate(day: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(day)) return false;
  const time = Date.parse(`${day}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(day);
}

/** CSV `key,reference,amount,currency,paid_at` of what was booked on `day` in `zone` (IANA). */
export async function settlementCsv(lines: AsyncIterable<ProviderLine>, day: string, zone: string): Promise<string> {
  const format = new Intl.DateTimeFormat('en-CA', {
    timeZone: zone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  });
  const rows = ['key,reference,amount,currency,paid_at'];
  for await (const line of lines) {
    if (line.type !== 'payment' && line.type !== 'reversal') continue;
    if (format.format(new Date(line.at)) !== day) continue;
    const amount = line.type === 'reversal' ? `-${line.amount}` : line.amount;
    rows.push([line.key, line.reference, amount, line.currency, line.at].join(','));
  }
  return rows.join('\n') + '\n';
}
