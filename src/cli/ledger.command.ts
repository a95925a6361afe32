/**
 * `pado ledger`: the books of a running installation, as finance reads them. Every number is the API's own, in minor units.
 */
import { pipeline } from 'node:stream/promises';
import type { Command } from 'commander';
import { z } from 'zod';
import { apiHelp, apiVerb, callApi, printJson, type ApiOptions } from './api-verb.js';
import type { InstallationClient } from './installation-client.js';
import { registerBudget } from './ledger-budget.js';
import { registerLog } from './ledger-log.js';
import { registerReports } from './ledger-reports.js';
import { columns } from './terminal-table.js';

interface PeriodOptions extends ApiOptions {
  reason?: string;
  approve?: boolean;
}

interface AsOfOptions extends ApiOptions {
  by?: string;
  from?: string;
  at?: string;
  currency?: string;
  csv?: boolean;
}

const BY = [
  '--by <what>',
  'booked: a moment by the database’s clock (default); business: a day in the zone of the books',
] as const;
const AT = ['--at <time>', 'the moment (RFC 3339) or day, included; now when left out'] as const;
const MOVES = {
  close: 'Close a month that is over, such as 2026-03: one person proposes it, another approves it.',
  reopen: 'Reopen the last closed month, likewise.',
};
const CODES = '0 told, 1 refused, 2 wrong usage';

export function register(program: Command): void {
  const ledger = program
    .command('ledger')
    .description('The books of a running installation, as of any moment or day.')
    .addHelpText('after', `\n./pado ledger <verb> --help tells more.${apiHelp(CODES)}`);
  apiVerb(ledger, 'balance', 'The trial balance: every account, by currency.', CODES)
    .option(...BY)
    .option(...AT)
    .option('--currency <code>', 'only this one')
    .option('--csv', 'as a table for a spreadsheet')
    .action((options: AsOfOptions) => callApi(options, (client) => balance(client, options)));
  apiVerb(
    ledger,
    'entries <account>',
    'The entries of an account, each with its balance so far.',
    CODES,
    'one line of JSON each',
  )
    .option(...BY)
    .option('--from <time>', 'the first moment or day')
    .option(...AT)
    .action((account: string, options: AsOfOptions) => callApi(options, (client) => entries(client, account, options)));
  apiVerb(
    ledger,
    'heads',
    'The signed ends of the chain, as `pado audit --heads` reads them.',
    CODES,
    'the same; they are JSON',
  ).action((options: ApiOptions) => callApi(options, heads));
  apiVerb(
    ledger,
    'statement <month>',
    'The signed statement of a month, such as 2026-03, for `pado verify-statement`.',
    CODES,
    'the same; it is JSON Lines',
  ).action((month: string, options: ApiOptions) => callApi(options, (client) => statement(client, month)));
  registerReports(ledger, CODES);
  registerLog(ledger, CODES);
  registerBudget(ledger, CODES);
  apiVerb(ledger, 'periods', 'The months of the books, and what is proposed.', CODES).action((options: ApiOptions) =>
    callApi(options, (client) => periods(client, options)),
  );
  for (const [move, description] of Object.entries(MOVES)) {
    apiVerb(ledger, `${move} <month>`, description, CODES)
      .option('--reason <text>', 'why; with it, it is proposed')
      .option('--approve', 'approve what another person has proposed')
      .action((month: string, options: PeriodOptions, command: Command) => {
        if ((options.reason === undefined) === !options.approve) command.error('either --reason or --approve');
        return callApi(options, (client) => decide(client, move, month, options));
      });
  }
}

const path = (of: string, query: Record<string, string | undefined>): string => {
  const given = Object.entries(query).filter((pair): pair is [string, string] => pair[1] !== undefined);
  return `/v1/ledger/${of}?${new URLSearchParams(given).toString()}`;
};

const sums = { debits: z.string(), credits: z.string() };
const balanceSchema = z.object({
  currencies: z.array(
    z.object({
      currency: z.string(),
      ...sums,
      accounts: z.array(z.object({ account: z.string(), balance: z.string(), ...sums })),
    }),
  ),
});

async function balance(client: InstallationClient, { by, at, currency, csv, json }: AsOfOptions): Promise<number> {
  const { body } = await client.call('GET', path(csv ? 'trial-balance.csv' : 'trial-balance', { by, at, currency }));
  if (csv) {
    process.stdout.write(String(body));
    return 0;
  }
  for (const section of balanceSchema.parse(body).currencies) {
    const lines = section.accounts.map(({ account, debits, credits, balance: over }) => [
      account,
      debits,
      credits,
      over,
    ]);
    const head = [section.currency, 'debits', 'credits', 'balance'];
    process.stdout.write(columns([head, ...lines, ['total', section.debits, section.credits, '']]));
  }
  if (json) printJson(body);
  return 0;
}

const entriesSchema = z.object({
  items: z.array(
    z.object({
      no: z.int(),
      bookedAt: z.string(),
      businessOn: z.string(),
      transfer: z.string(),
      side: z.string(),
      amount: z.string(),
      balance: z.string(),
    }),
  ),
  next: z.string().nullable(),
});

/** Page by page, so that an account of any length is told. */
async function entries(
  client: InstallationClient,
  account: string,
  { by, from, at, json }: AsOfOptions,
): Promise<number> {
  for (let cursor: string | undefined; ;) {
    const query = { by, from, at, cursor, limit: '200' };
    const { body } = await client.call('GET', path(`accounts/${encodeURIComponent(account)}/entries`, query));
    const { items, next } = entriesSchema.parse(body);
    if (json) (body as { items: object[] }).items.forEach(printJson);
    else {
      const rows = items.map((e) => [String(e.no), e.bookedAt, e.businessOn, e.side, e.amount, e.balance, e.transfer]);
      process.stdout.write(columns(rows));
    }
    if (next === null) return 0;
    cursor = next;
  }
}

const headsSchema = z.object({
  items: z.array(z.object({ statement: z.string(), signatures: z.record(z.string(), z.string()) })),
  next: z.string().nullable(),
});

async function heads(client: InstallationClient): Promise<number> {
  for (let cursor: string | undefined; ;) {
    const { body } = await client.call('GET', path('heads', { cursor, limit: '200' }));
    const { items, next } = headsSchema.parse(body);
    items.forEach(printJson);
    if (next === null) return 0;
    cursor = next;
  }
}

async function statement(client: InstallationClient, month: string): Promise<number> {
  const file = await client.download(`/v1/ledger/statements/${encodeURIComponent(month)}`);
  await pipeline(file, process.stdout, { end: false });
  return 0;
}

const periodSchema = z.object({
  month: z.string(),
  state: z.string(),
  transfers: z.int(),
  late: z.int(),
  proposed: z.object({ move: z.string(), by: z.string(), reason: z.string() }).nullable(),
});
type Period = z.infer<typeof periodSchema>;

function periodRow({ month, state, transfers, late, proposed }: Period): string[] {
  const waits = proposed ? `${proposed.move} proposed by ${proposed.by}: ${proposed.reason}` : '';
  return [month, state, String(transfers), String(late), waits];
}
const PERIOD_HEAD = ['month', 'state', 'transfers', 'late', ''];

async function periods(client: InstallationClient, { json }: ApiOptions): Promise<number> {
  const { body } = await client.call('GET', '/v1/ledger/periods');
  const { months } = z.object({ months: z.array(periodSchema) }).parse(body);
  process.stdout.write(columns([PERIOD_HEAD, ...months.map(periodRow)]));
  if (json) printJson(body);
  return 0;
}

async function decide(
  client: InstallationClient,
  move: string,
  month: string,
  options: PeriodOptions,
): Promise<number> {
  const { reason, approve, json } = options;
  const at = `/v1/ledger/periods/${encodeURIComponent(month)}/${move}${approve ? '/approve' : ''}`;
  const { body } = await client.call('POST', at, approve ? undefined : { reason });
  process.stdout.write(columns([PERIOD_HEAD, periodRow(periodSchema.parse(body))]));
  if (json) printJson(body);
  return 0;
}
