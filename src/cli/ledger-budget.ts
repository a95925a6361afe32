/**
 * `pado ledger budget`: one budget and what was asked for of it; raised, cut or closed by one person's request and another's approval.
 */
import type { Command } from 'commander';
import { z } from 'zod';
import { apiVerb, callApi, printJson, type ApiOptions } from './api-verb.js';
import type { InstallationClient } from './installation-client.js';
import { columns } from './terminal-table.js';

interface BudgetOptions extends ApiOptions {
  raise?: string;
  cut?: string;
  close?: boolean;
  approve?: string;
  refuse?: string;
  reason?: string;
}

export function registerBudget(ledger: Command, codes: string): void {
  apiVerb(ledger, 'budget <key>', 'A budget and its changes: one person asks for a change, another decides.', codes)
    .option('--raise <amount>', 'ask for more, in minor units')
    .option('--cut <amount>', 'ask for less, at most what is neither reserved nor spent')
    .option('--close', 'ask to close it: what is left over goes back')
    .option('--approve <no>', 'approve what another person has asked for')
    .option('--refuse <no>', 'refuse it, or take back your own')
    .option('--reason <text>', 'why; with --raise, --cut, --close and --refuse')
    .action((key: string, options: BudgetOptions, command: Command) => {
      const { raise, cut, close, approve, refuse, reason } = options;
      const asked = [raise, cut, close, approve, refuse].filter((value) => value !== undefined).length;
      if (asked > 1) command.error('one of --raise, --cut, --close, --approve, --refuse');
      if ((asked === 1 && approve === undefined) !== (reason !== undefined))
        command.error('--reason: with --raise, --cut, --close and --refuse');
      return callApi(options, (client) => (asked === 0 ? show(client, key, options) : change(client, key, options)));
    });
}

const money = z.object({ value: z.string(), currency: z.string() });
const budgetSchema = z.object({
  key: z.string(),
  closedAt: z.string().nullable(),
  available: money,
  reserved: money,
  spent: money,
});
const changeSchema = z.object({
  no: z.int(),
  kind: z.string(),
  amount: money.nullable(),
  reason: z.string(),
  state: z.string(),
  requestedBy: z.string(),
  decidedBy: z.string().nullable(),
  decisionReason: z.string().nullable(),
});
type Change = z.infer<typeof changeSchema>;
const pageSchema = z.object({ items: z.array(changeSchema), next: z.string().nullable() });

const HEAD = ['no', 'change', 'amount', 'state', 'asked by', 'decided by', 'why'];
const row = ({ no, kind, amount, reason, state, requestedBy, decidedBy, decisionReason }: Change): string[] => [
  String(no),
  kind,
  amount?.value ?? '',
  state,
  requestedBy,
  decidedBy ?? '',
  decisionReason === null ? reason : `${reason}; ${decisionReason}`,
];
const pathOf = (key: string) => `/v1/budgets/${encodeURIComponent(key)}`;

async function show(client: InstallationClient, key: string, { json }: ApiOptions): Promise<number> {
  const { body } = await client.call('GET', pathOf(key));
  const { available, reserved, spent, closedAt } = budgetSchema.parse(body);
  process.stdout.write(
    columns([
      ['budget', 'currency', 'available', 'reserved', 'spent', ''],
      [key, available.currency, available.value, reserved.value, spent.value, closedAt ? `closed ${closedAt}` : 'open'],
    ]),
  );
  const { items } = pageSchema.parse((await client.call('GET', `${pathOf(key)}/changes?limit=200`)).body);
  if (items.length > 0) process.stdout.write(columns([HEAD, ...items.map(row)]));
  if (json) printJson(body);
  return 0;
}

async function change(client: InstallationClient, key: string, options: BudgetOptions): Promise<number> {
  const { body } = await decided(client, key, options);
  process.stdout.write(columns([HEAD, row(changeSchema.parse(body))]));
  if (options.json) printJson(body);
  return 0;
}

async function decided(client: InstallationClient, key: string, options: BudgetOptions): Promise<{ body: unknown }> {
  const { raise, cut, close, approve, refuse, reason } = options;
  const at = `${pathOf(key)}/changes`;
  if (approve !== undefined) return await client.call('POST', `${at}/${encodeURIComponent(approve)}/approve`);
  if (refuse !== undefined) return await client.call('POST', `${at}/${encodeURIComponent(refuse)}/refuse`, { reason });
  if (close) return await client.call('POST', at, { kind: 'close', reason });
  const { currency } = budgetSchema.parse((await client.call('GET', pathOf(key))).body).available;
  const kind = raise === undefined ? 'cut' : 'raise';
  return await client.call('POST', at, { kind, amount: { value: raise ?? cut, currency }, reason });
}
