/**
 * `pado retention`: how long rows are kept, what has gone by it, and what holds runs that are old enough. The API's own answers.
 */
import type { Command } from 'commander';
import { z } from 'zod';
import { apiHelp, apiVerb, callApi, printJson, type ApiOptions } from './api-verb.js';
import type { InstallationClient } from './installation-client.js';
import { columns } from './terminal-table.js';

interface SetOptions extends ApiOptions {
  reason?: string;
}

const CODES = '0 told, 1 refused, 2 wrong usage';
const FOREVER = 'forever';

export function register(program: Command): void {
  const retention = program
    .command('retention')
    .description('How long decisions, messages, events and keys of requests are kept.')
    .addHelpText('after', `\n./pado retention <verb> --help tells more.${apiHelp(CODES)}`);
  apiVerb(
    retention,
    'list',
    'Days by kind, what has gone, what holds runs; also without a verb.',
    CODES,
    undefined,
    true,
  ).action((options: ApiOptions) => callApi(options, (client) => list(client, options)));
  apiVerb(
    retention,
    'set <kind> <days>',
    `Keep runs, events or requests for so many days, or ${FOREVER}; what is older goes within a day. Nothing brings it back.`,
    CODES,
  )
    .requiredOption('--reason <text>', 'why')
    .action((kind: string, days: string, options: SetOptions, command: Command) => {
      if (days !== FOREVER && !/^\d{1,5}$/.test(days)) command.error(`days are a number or ${FOREVER}`);
      return callApi(options, (client) => set(client, kind, days, options));
    });
}

const policySchema = z.looseObject({
  kind: z.string(),
  days: z.int().nullable(),
  floorDays: z.int(),
  removed: z.int(),
  through: z.string().nullable(),
});
const retentionSchema = z.object({
  policies: z.array(policySchema),
  held: z.array(z.object({ by: z.string(), runs: z.int(), says: z.string() })),
});

const rowOf = ({ kind, days, floorDays, removed, through }: z.infer<typeof policySchema>): string[] => [
  kind,
  days === null ? FOREVER : `${days} days`,
  `at least ${floorDays}`,
  `${removed} gone`,
  through === null ? '' : `before ${through}`,
];

async function list(client: InstallationClient, { json }: ApiOptions): Promise<number> {
  const { body } = await client.call('GET', '/v1/retention');
  if (json) {
    printJson(body);
    return 0;
  }
  const { policies, held } = retentionSchema.parse(body);
  process.stdout.write(columns(policies.map(rowOf)));
  for (const { runs, says } of held) process.stdout.write(`${runs} runs are kept: ${says}\n`);
  return 0;
}

async function set(
  client: InstallationClient,
  kind: string,
  days: string,
  { reason, json }: SetOptions,
): Promise<number> {
  const path = `/v1/retention/${encodeURIComponent(kind)}`;
  const { body } = await client.call('PUT', path, { days: days === FOREVER ? null : Number(days), reason });
  if (json) printJson(body);
  else process.stdout.write(columns([rowOf(policySchema.parse(body))]));
  return 0;
}
