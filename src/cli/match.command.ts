/**
 * `pado match`: settlements of a running installation's providers, their match with the books, and what differs, as finance works it off.
 */
import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { z } from 'zod';
import { apiHelp, apiVerb, callApi, printJson, type ApiOptions } from './api-verb.js';
import { columns } from './terminal-table.js';
import type { InstallationClient } from './installation-client.js';

const CODES = '0 told, 1 refused, 2 wrong usage';
const XLSX_TYPE = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';

interface UploadOptions extends ApiOptions {
  charset: string;
  preview?: boolean;
  refused?: boolean;
}
interface ListOptions extends ApiOptions {
  provider?: string;
  day?: string;
  class?: string;
  state?: string;
  assignee?: string;
}
interface ResolveOptions extends ApiOptions {
  accept?: boolean;
  compensate?: boolean;
  /** The proposal's tag. */
  approve?: string;
  reason?: string;
}

export function register(program: Command): void {
  const match = program
    .command('match')
    .description('Settlements of providers, matched with what was earned and what the ledger paid.')
    .addHelpText('after', `\n./pado match <verb> --help tells more.${apiHelp(CODES)}`);
  apiVerb(match, 'upload <provider> <day> <file>', 'A file (.csv or .xlsx) becomes the settlement of a day.', CODES)
    .option('--charset <name>', 'of a CSV: utf-8 or euc-kr', 'utf-8')
    .option('--preview', 'only say how it is read')
    .option('--refused', 'only list the rows that cannot be read, as CSV')
    .action((provider: string, day: string, file: string, options: UploadOptions) =>
      callApi(options, (client) => upload(client, pathOf(provider, day), file, options)),
    );
  apiVerb(match, 'fetch <provider> <day>', 'Ask the provider for the settlement of a day.', CODES).action(
    (provider: string, day: string, options: ApiOptions) =>
      callApi(options, async (client) =>
        tellKept((await client.call('POST', `${pathOf(provider, day)}/fetch`)).body, options),
      ),
  );
  apiVerb(match, 'run <provider> <day>', 'Match a day; again, it changes nothing.', CODES).action(
    (provider: string, day: string, options: ApiOptions) =>
      callApi(options, (client) => run(client, pathOf(provider, day), options)),
  );
  ofDays(apiVerb(match, 'files', 'Settlements, every version.', CODES, JSON_LINES)).action((options: ListOptions) =>
    callApi(options, (client) => list(client, 'settlements', FILE, options)),
  );
  ofDays(apiVerb(match, 'list', 'Matches, the newest first.', CODES, JSON_LINES)).action((options: ListOptions) =>
    callApi(options, (client) => list(client, 'matches', MATCH, options)),
  );
  ofDays(apiVerb(match, 'breaks', 'What differs, the oldest first.', CODES, JSON_LINES))
    .option('--class <class>', 'missing_at_provider, unknown_to_us, duplicate, amount, currency, date, …')
    .option('--state <state>', 'open, explained or resolved')
    .option('--assignee <who>', 'only theirs')
    .action((options: ListOptions) => callApi(options, (client) => list(client, 'breaks', BREAK, options)));
  apiVerb(match, 'assign <break> [who]', 'Say who works on a break; nobody when left out.', CODES).action(
    (id: string, who: string | undefined, options: ApiOptions) =>
      callApi(options, (client) => decide(client, `${breakPath(id)}/assign`, { assignee: who ?? null }, options)),
  );
  apiVerb(match, 'resolve <break>', 'One person proposes what becomes of a break, another approves it.', CODES)
    .option('--accept', 'propose that it stays as it is')
    .option('--compensate', 'propose to book the difference')
    .option('--reason <text>', 'why')
    .option('--approve <tag>', 'approve what another person has proposed: its tag, as `breaks` shows it')
    .action((id: string, options: ResolveOptions, command: Command) => {
      const { accept, compensate, approve, reason } = options;
      if ([accept, compensate, approve].filter(Boolean).length !== 1 || !approve !== (reason !== undefined))
        command.error('either --accept or --compensate with a --reason, or --approve');
      const path = `${breakPath(id)}/resolve`;
      if (approve)
        return callApi(options, (client) =>
          decide(client, `${path}/approve`, undefined, options, { 'if-match': `"${approve}"` }),
        );
      const body = { resolution: accept ? 'accept' : 'compensate', reason };
      return callApi(options, (client) => decide(client, path, body, options));
    });
}

const JSON_LINES = 'one line of JSON each';
const ofDays = (command: Command): Command =>
  command.option('--provider <name>', 'only its').option('--day <day>', 'such as 2026-03-31, in the provider’s zone');
const pathOf = (provider: string, day: string): string =>
  `/v1/ledger/settlements/${encodeURIComponent(provider)}/${encodeURIComponent(day)}`;
const breakPath = (id: string): string => `/v1/ledger/breaks/${encodeURIComponent(id)}`;

async function upload(client: InstallationClient, path: string, file: string, options: UploadOptions): Promise<number> {
  const { charset, preview, refused } = options;
  const type = file.toLowerCase().endsWith('.xlsx') ? XLSX_TYPE : `text/csv; charset=${charset}`;
  const at = refused ? `${path}/refused` : `${path}?preview=${Boolean(preview)}`;
  const { body } = await client.call('POST', at, readFileSync(file), { 'content-type': type });
  if (!refused) return tellKept(body, options);
  process.stdout.write(String(body));
  return 0;
}

const fileSchema = z.object({ id: z.string(), source: z.string(), rows: z.int(), sha256: z.string() });
const keptSchema = z.object({
  file: fileSchema,
  unchanged: z.boolean(),
  head: z.object({ header: z.array(z.string()), rows: z.array(z.object({ cells: z.array(z.string()) })) }).nullable(),
});

function tellKept(body: unknown, { json }: ApiOptions): number {
  const { file, unchanged, head } = keptSchema.parse(body);
  if (head) process.stdout.write(columns([head.header, ...head.rows.map(({ cells }) => cells)]));
  const what = head ? 'would be in force' : unchanged ? 'is in force already' : 'is in force';
  process.stdout.write(`${file.id} ${what}: ${file.rows} rows, SHA-256 ${file.sha256}\n`);
  if (json) printJson(body);
  return 0;
}

const matchedSchema = z.object({
  match: z.object({
    no: z.int(),
    file: z.string(),
    posted: z.int(),
    rows: z.int(),
    matched: z.int(),
    explained: z.int(),
  }),
  changed: z.boolean(),
  open: z.int(),
  settled: z.int(),
});

async function run(client: InstallationClient, path: string, { json }: ApiOptions): Promise<number> {
  const { body } = await client.call('POST', `${path}/match`);
  const { match, changed, open, settled } = matchedSchema.parse(body);
  process.stdout.write(
    columns([
      ['match', 'settlement', 'posted', 'rows', 'matched', 'settled', 'open'],
      [String(match.no), match.file, ...[match.posted, match.rows, match.matched, settled, open].map(String)],
    ]),
  );
  if (!changed) process.stdout.write('nothing is different from the match before\n');
  if (json) printJson(body);
  return 0;
}

const text = z.union([z.string(), z.int(), z.null()]);
const pageSchema = z.object({ items: z.array(z.record(z.string(), z.unknown())), next: z.string().nullable() });
const FILE = ['id', 'source', 'rows', 'actor', 'at', 'sha256'];
const MATCH = ['no', 'file', 'posted', 'rows', 'matched', 'opened', 'explained', 'actor', 'at'];
const BREAK = ['id', 'day', 'class', 'state', 'ageDays', 'difference', 'currency', 'assignee', 'payout', 'proposed'];

/** Page by page, each with its heads. */
async function list(
  client: InstallationClient,
  what: string,
  heads: string[],
  { json, provider, day, class: of, state, assignee }: ListOptions,
): Promise<number> {
  for (let cursor: string | undefined; ;) {
    const query = { provider, day, class: of, state, assignee, cursor, limit: '200' };
    const given = Object.entries(query).filter((pair): pair is [string, string] => pair[1] !== undefined);
    const { body } = await client.call('GET', `/v1/ledger/${what}?${new URLSearchParams(given).toString()}`);
    const { items, next } = pageSchema.parse(body);
    if (json) items.forEach(printJson);
    else
      process.stdout.write(
        columns([
          heads,
          ...items.map((item) => heads.map((head) => cell(head === 'proposed' ? waits(item[head]) : item[head]))),
        ]),
      );
    if (next === null) return 0;
    cursor = next;
  }
}

const cell = (value: unknown): string => String(text.catch(null).parse(value) ?? '');

const proposedSchema = z
  .object({ resolution: z.string(), by: z.string(), reason: z.string(), tag: z.string() })
  .nullable()
  .catch(null);

/** With its tag as `--approve` takes it: without the quotes that it has in a header. */
function waits(proposed: unknown): string {
  const read = proposedSchema.parse(proposed);
  return read ? `${read.resolution} proposed by ${read.by}: ${read.reason}, tag ${read.tag.slice(1, -1)}` : '';
}

const breakSchema = z.object({
  id: z.string(),
  class: z.string(),
  state: z.string(),
  assignee: z.string().nullable(),
  proposed: z.unknown(),
});

async function decide(
  client: InstallationClient,
  path: string,
  asked: unknown,
  { json }: ApiOptions,
  headers: Record<string, string> = {},
): Promise<number> {
  const { body } = await client.call('POST', path, asked, headers);
  const { id, class: of, state, assignee, proposed } = breakSchema.parse(body);
  process.stdout.write(columns([[id, of, state, assignee ?? '', waits(proposed)]]));
  if (json) printJson(body);
  return 0;
}
