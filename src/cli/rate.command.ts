/**
 * `pado rate`: how many items a second each gateway and provider gets, and less of it while something is the matter. The API's own answers.
 */
import type { Command } from 'commander';
import { z } from 'zod';
import { apiHelp, apiVerb, callApi, printJson, type ApiOptions } from './api-verb.js';
import type { InstallationClient } from './installation-client.js';
import { say } from './terminal.js';
import { columns } from './terminal-table.js';

const CODES = '0 done, 1 refused, 2 wrong usage';
const SYSTEM = 'such as gateway/sim-gate or provider/sim-pay';

export function register(program: Command): void {
  const rate = program
    .command('rate')
    .description('Items per second to each gateway and provider, over all workers.')
    .addHelpText('after', `\n./pado rate <verb> --help tells more.${apiHelp(CODES)}`);
  apiVerb(
    rate,
    'list',
    'What is configured and what is in force; also without a verb.',
    CODES,
    'one line of JSON',
    true,
  ).action((options: ApiOptions) => callApi(options, (client) => list(client, options)));
  apiVerb(rate, 'set <system> <perSecond>', `No more than so many a second to a system, ${SYSTEM}.`, CODES)
    .requiredOption('--reason <text>', 'why')
    .action((system: string, rate: string, options: ApiOptions & { reason: string }, command: Command) => {
      if (!/^[1-9]\d{0,6}$/.test(rate)) command.error('a rate is a whole number of items per second, from 1');
      return callApi(options, (client) => change(client, system, Number(rate), options));
    });
  apiVerb(rate, 'reset <system>', 'As many as configured again.', CODES)
    .requiredOption('--reason <text>', 'why')
    .action((system: string, options: ApiOptions & { reason: string }) =>
      callApi(options, (client) => change(client, system, null, options)),
    );
}

const rateSchema = z.object({
  system: z.string(),
  configured: z.int().nullable(),
  inForce: z.int().nullable(),
  said: z.object({ reason: z.string(), at: z.string() }).nullable(),
});

async function list(client: InstallationClient, { json }: ApiOptions): Promise<number> {
  const { body } = await client.call('GET', '/v1/rates');
  const { items } = z.object({ items: z.array(rateSchema) }).parse(body);
  if (json) printJson(body);
  else
    process.stdout.write(
      columns([
        ['system', 'configured', 'in force', 'why'],
        ...items.map(({ system, configured, inForce, said }) => [
          system,
          limit(configured),
          limit(inForce),
          said ? `${said.reason} (${said.at})` : '',
        ]),
      ]),
    );
  return 0;
}

const limit = (rate: number | null): string => (rate === null ? 'no limit' : `${rate}/s`);

async function change(
  client: InstallationClient,
  system: string,
  rate: number | null,
  { reason, json }: ApiOptions & { reason: string },
): Promise<number> {
  const path = `/v1/rates/${system.split('/').map(encodeURIComponent).join('/')}`;
  const { body } = await client.call('POST', path, { perSecond: rate, reason });
  say(`${system}: ${limit(rateSchema.parse(body).inForce)}, in force within seconds.`);
  if (json) printJson(body);
  return 0;
}
