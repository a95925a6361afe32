/**
 * `pado ledger report`: finance's reports as tables of a terminal, or as the signed file that the API exports.
 */
import { pipeline } from 'node:stream/promises';
import type { Command } from 'commander';
import { z } from 'zod';
import { apiVerb, callApi, printJson, type ApiOptions } from './api-verb.js';
import type { InstallationClient } from './installation-client.js';
import { columns } from './terminal-table.js';

interface ReportOptions extends ApiOptions {
  from?: string;
  to?: string;
  campaign?: string;
  provider?: string;
  csv?: boolean;
}

const text = z.string();
const count = z.int().transform(String);
const amount = z.object({ amount: text }).transform((one) => one.amount);
const own = { campaign: text, provider: text, currency: text, count, total: text };

/** Each report: its path, the name of its export, and which members of an item are shown. */
const REPORTS: Record<
  string,
  { path: string; file: string; item: z.ZodType<Record<string, string>>; shown: string[] }
> = {
  payouts: {
    path: 'payouts',
    file: 'payout-report.csv',
    item: z.object({ day: text, state: text, ...own }),
    shown: ['day', 'campaign', 'provider', 'state', 'currency', 'count', 'total'],
  },
  budgets: {
    path: 'budgets',
    file: 'budget-report.csv',
    item: z.object({
      budget: text,
      currency: text,
      funded: amount,
      available: amount,
      reserved: amount,
      spent: amount,
    }),
    shown: ['budget', 'currency', 'funded', 'available', 'reserved', 'spent'],
  },
  'open-items': {
    path: 'open-items',
    file: 'open-items-report.csv',
    item: z.object({ what: text, age: text, oldest: text, ...own }),
    shown: ['what', 'campaign', 'provider', 'currency', 'age', 'count', 'total', 'oldest'],
  },
};

export function registerReports(ledger: Command, codes: string): void {
  apiVerb(
    ledger,
    'report <report>',
    `${Object.keys(REPORTS).join(', ')}: each number as the API traces it to its rows.`,
    codes,
  )
    .option('--from <day>', 'payouts: earned on that day or later')
    .option('--to <day>', 'payouts: earned on that day or earlier')
    .option('--campaign <key>', 'payouts: only of this one')
    .option('--provider <name>', 'payouts: only by this one')
    .option('--csv', 'as the signed table for a spreadsheet')
    .action((name: string, options: ReportOptions, command: Command) => {
      if (!Object.hasOwn(REPORTS, name)) command.error(`no report ${name}: ${Object.keys(REPORTS).join(', ')}`);
      return callApi(options, (client) => report(client, name, options));
    });
}

async function report(
  client: InstallationClient,
  name: string,
  { csv, json, ...options }: ReportOptions,
): Promise<number> {
  const { path, file, item, shown } = REPORTS[name] as (typeof REPORTS)[string];
  const { from, to, campaign, provider } = options;
  const given = Object.entries({ from, to, campaign, provider }).filter(
    (pair): pair is [string, string] => pair[1] !== undefined,
  );
  if (csv) {
    const content = await client.download(`/v1/exports/${file}?${new URLSearchParams(given).toString()}`);
    await pipeline(content, process.stdout, { end: false });
    return 0;
  }
  const page = z.object({ items: z.array(z.unknown()), next: text.nullable().default(null) });
  const items: unknown[] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const query = new URLSearchParams(given);
    if (cursor !== '') query.set('cursor', cursor);
    const { body } = await client.call('GET', `/v1/reports/${path}?${query.toString()}`);
    const read: z.infer<typeof page> = page.parse(body);
    items.push(...read.items);
    cursor = read.next;
  }
  const rows = items.map((one) => item.parse(one)).map((one) => shown.map((member) => one[member] ?? ''));
  process.stdout.write(columns([shown, ...rows]));
  if (json) printJson({ items });
  return 0;
}
