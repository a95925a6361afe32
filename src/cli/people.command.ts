/**
 * `pado people` and `pado link`: who may sign in to a running installation, and as what. A link is told once, here.
 */
import type { Command } from 'commander';
import { z } from 'zod';
import { apiHelp, apiVerb, callApi, printJson, type ApiOptions } from './api-verb.js';
import type { InstallationClient } from './installation-client.js';
import { columns } from './terminal-table.js';

const CODES = '0 done, 1 refused, 2 wrong usage';
const WHY = ['--reason <text>', 'why: the audit log keeps it'] as const;

interface WithReason extends ApiOptions {
  reason: string;
}
interface AddOptions extends WithReason {
  name?: string;
  email?: string;
  roles: string;
}

const personSchema = z.object({
  id: z.string(),
  account: z.string().nullable(),
  name: z.string(),
  email: z.string().nullable(),
  roles: z.array(z.string()),
  state: z.string(),
});
type Person = z.infer<typeof personSchema>;
const linkSchema = z.object({ person: z.string(), url: z.string(), expiresAt: z.string() });

const HEAD = ['account', 'name', 'roles', 'state', 'id'];
const row = ({ account, name, roles, state, id }: Person) => [account ?? '', name, roles.join(','), state, id];
const pathOf = (who: string, move: string) => `/v1/people/${encodeURIComponent(who)}/${move}`;

export function register(program: Command): void {
  const people = program
    .command('people')
    .description('Who may sign in to a running installation.')
    .addHelpText('after', `\n./pado people <verb> --help tells more.${apiHelp(CODES)}`);
  apiVerb(people, 'list', 'Everybody, suspended ones too.', CODES, 'one line of JSON each', true).action(
    (options: ApiOptions) => callApi(options, (client) => list(client, options)),
  );
  apiVerb(people, 'add <account>', 'Add a person; a link lets them in.', CODES)
    .requiredOption('--roles <roles>', 'what they may do: of marketer,approver,finance,operator,admin')
    .option('--name <name>', 'as others read it; the account when left out')
    .option('--email <address>', 'theirs alone')
    .requiredOption(...WHY)
    .action((account: string, options: AddOptions) => callApi(options, (client) => add(client, account, options)));
  apiVerb(people, 'roles <person> <roles>', 'Say anew what they may do; in force with their next request.', CODES)
    .requiredOption(...WHY)
    .action((who: string, roles: string, options: WithReason) =>
      callApi(options, (client) =>
        change(client, 'PUT', pathOf(who, 'roles'), { roles: listed(roles), reason: options.reason }, options),
      ),
    );
  for (const [move, description] of Object.entries(MOVES))
    apiVerb(people, `${move} <person>`, description, CODES)
      .requiredOption(...WHY)
      .action((who: string, options: WithReason) =>
        callApi(options, (client) => change(client, 'POST', pathOf(who, move), { reason: options.reason }, options)),
      );
  apiVerb(people, 'reset <person>', 'Void password, sessions and links; tells a new one-time link.', CODES)
    .requiredOption(...WHY)
    .action((who: string, options: WithReason) =>
      callApi(options, (client) => link(client, pathOf(who, 'reset'), options)),
    );
}

export function registerLink(program: Command): void {
  apiVerb(program, 'link', 'Make a one-time link that lets a person sign in; it is told once.', CODES)
    .requiredOption('--person <person>', 'account or id')
    .option(...WHY, 'asked for on the command line')
    .action((options: WithReason & { person: string }) =>
      callApi(options, (client) => link(client, pathOf(options.person, 'link'), options)),
    );
}

const MOVES = {
  suspend: 'Suspend them: sessions end at once, keys of theirs within 5 s.',
  resume: 'Let a suspended person in again.',
};

const listed = (roles: string) =>
  roles
    .split(',')
    .map((role) => role.trim())
    .filter((role) => role !== '');

async function list(client: InstallationClient, { json }: ApiOptions): Promise<number> {
  for (let cursor: string | undefined, head = [HEAD]; ; head = []) {
    const query = new URLSearchParams({ limit: '200', ...(cursor === undefined ? {} : { cursor }) });
    const { body } = await client.call('GET', `/v1/people?${query.toString()}`);
    const { items, next } = z.object({ items: z.array(personSchema), next: z.string().nullable() }).parse(body);
    if (json) (body as { items: object[] }).items.forEach(printJson);
    else process.stdout.write(columns([...head, ...items.map(row)]));
    if (next === null) return 0;
    cursor = next;
  }
}

async function add(client: InstallationClient, account: string, options: AddOptions): Promise<number> {
  const { name = account, email, roles, reason } = options;
  const content = { account, name, roles: listed(roles), reason, ...(email === undefined ? {} : { email }) };
  return await change(client, 'POST', '/v1/people', content, options);
}

async function change(
  client: InstallationClient,
  method: string,
  path: string,
  content: object,
  { json }: ApiOptions,
): Promise<number> {
  const { body } = await client.call(method, path, content);
  process.stdout.write(columns([HEAD, row(personSchema.parse(body))]));
  if (json) printJson(body);
  return 0;
}

async function link(client: InstallationClient, path: string, { reason, json }: WithReason): Promise<number> {
  const { body } = await client.call('POST', path, { reason });
  const { url, expiresAt } = linkSchema.parse(body);
  if (json) printJson(body);
  else process.stdout.write(`${url}\n  lets its holder in once, until ${expiresAt}\n`);
  return 0;
}
