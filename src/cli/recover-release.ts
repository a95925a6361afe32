/**
 * `pado recover report` and `pado recover release`: what asking after a restoration has found, and its release by two persons, over the API.
 */
import type { Command } from 'commander';
import { z } from 'zod';
import { apiVerb, callApi, printJson, type ApiOptions } from './api-verb.js';
import type { InstallationClient } from './installation-client.js';
import { columns } from './terminal-table.js';

interface ReleaseOptions extends ApiOptions {
  reason?: string;
  approve?: boolean;
}

const CODES = '0 told, 1 refused, 2 wrong usage';

const restorationSchema = z.object({
  no: z.int(),
  restoredTo: z.string(),
  foundAt: z.string(),
  reason: z.string(),
  proposed: z.object({ by: z.string(), reason: z.string() }).nullable(),
  released: z.object({ by: z.string(), at: z.string() }).nullable(),
});
const doubted = z.array(z.object({ system: z.string(), state: z.string(), n: z.int() }));
const restorationsSchema = z.object({
  items: z.array(restorationSchema),
  report: z.object({
    messages: doubted,
    payouts: doubted,
    unknownToUs: z.array(z.object({ system: z.string(), n: z.int() })),
  }),
});

export function registerRelease(recover: Command): void {
  apiVerb(recover, 'report', 'What asking after a restoration has found so far.', CODES).action((options: ApiOptions) =>
    callApi(options, (client) => report(client, options)),
  );
  apiVerb(
    recover,
    'release <no>',
    'Let decisions and hand-overs go on: one person proposes it, another approves it.',
    CODES,
  )
    .option('--reason <text>', 'why; with it, it is proposed')
    .option('--approve', 'approve what another person has proposed')
    .action((no: string, options: ReleaseOptions, command: Command) => {
      if ((options.reason === undefined) === !options.approve) command.error('either --reason or --approve');
      return callApi(options, (client) => release(client, no, options));
    });
}

function line({ no, restoredTo, foundAt, proposed, released }: z.infer<typeof restorationSchema>): string[] {
  const state = released ? `released at ${released.at}` : proposed ? `release proposed by ${proposed.by}` : 'held';
  return [String(no), restoredTo, foundAt, state];
}
const HEAD = ['no', 'set back to', 'found at', ''];

async function report(client: InstallationClient, { json }: ApiOptions): Promise<number> {
  const { body } = await client.call('GET', '/v1/restorations');
  const { items, report: found } = restorationsSchema.parse(body);
  process.stdout.write(columns([HEAD, ...items.map(line)]));
  const rows = [
    ...found.messages.map(({ system, state, n }) => ['messages', system, state, String(n)]),
    ...found.payouts.map(({ system, state, n }) => ['payouts', system, state, String(n)]),
    ...found.unknownToUs.map(({ system, n }) => ['payments unknown to us', system, '', String(n)]),
  ];
  process.stdout.write(columns(rows));
  if (json) printJson(body);
  return 0;
}

async function release(client: InstallationClient, no: string, options: ReleaseOptions): Promise<number> {
  const at = `/v1/restorations/${encodeURIComponent(no)}/release${options.approve ? '/approve' : ''}`;
  const { body } = await client.call('POST', at, options.approve ? undefined : { reason: options.reason });
  process.stdout.write(columns([HEAD, line(restorationSchema.parse(body))]));
  if (options.json) printJson(body);
  return 0;
}
