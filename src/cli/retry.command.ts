/**
 * `pado retry`: what failed is tried again. What it would do is told first; it begins with a yes, or, where it is large, when another person approves it.
 * The API's own answers.
 */
import { createInterface } from 'node:readline/promises';
import type { Command } from 'commander';
import { apiHelp, apiVerb, callApi, printJson, type ApiOptions } from './api-verb.js';
import type { InstallationClient } from './installation-client.js';
import { itemsSchema, retrySchema, tellEffect, tellItem, tellOutcome, type Retry } from './retry-told.js';
import { say } from './terminal.js';

interface PlanOptions extends ApiOptions {
  reason: string;
  yes?: boolean;
  cause?: string;
  node?: string;
  lane?: string;
  customer?: string[];
  run?: string;
  campaign?: string;
  provider?: string;
  gateway?: string;
  payout?: string[];
}

const CODES = '0 told or done, 1 refused, 2 wrong usage';

export function register(program: Command): void {
  const retry = program
    .command('retry')
    .description('What failed is tried again: what that would do first, then, with a yes, it.')
    .addHelpText('after', `\n./pado retry <verb> --help tells more.${apiHelp(CODES)}`);
  planVerb(retry, 'participants <run>', 'customers of a run who were set apart: back to where they stood')
    .option('--customer <id...>', 'these alone')
    .option('--cause <reason>', 'only those of this reason, such as failed_data')
    .option('--node <node>', 'only those who stand there')
    .option('--lane <n>', 'only those of this lane')
    .action((run: string, { customer, cause, node, lane, ...options }: PlanOptions) =>
      plan(options, { what: 'participants', run, customers: customer, cause, node, lane: lane && Number(lane) }),
    );
  planVerb(retry, 'payouts <state>', 'payouts that are owed, held, unapproved or ambiguous')
    .option('--run <run>', 'only of this run')
    .option('--campaign <key>', 'only of this campaign')
    .option('--provider <name>', 'only of this provider')
    .option('--cause <reason>', 'only those of this reason')
    .option('--payout <key...>', 'these alone')
    .action((state: string, { run, campaign, provider, cause, payout, ...options }: PlanOptions) =>
      plan(options, { what: 'payouts', state, run, campaign, provider, cause, payouts: payout }),
    );
  planVerb(
    retry,
    'messages <state>',
    'messages that are ambiguous, asked about at once; or rejected, which says why not',
  )
    .option('--run <run>', 'only of this run')
    .option('--gateway <name>', 'only of this gateway')
    .action((state: string, { run, gateway, ...options }: PlanOptions) =>
      plan(options, { what: 'messages', state, run, gateway }),
    );
  planVerb(retry, 'links <run>', 'links of a run that were set apart: told again')
    .option('--cause <reason>', 'only those of this reason')
    .action((run: string, { cause, ...options }: PlanOptions) => plan(options, { what: 'links', run, cause }));
  planVerb(retry, 'lanes <run>', 'lanes of a run, and itself: nudged, and started where Temporal has none')
    .option('--lane <n>', 'this one alone')
    .action((run: string, { lane, ...options }: PlanOptions) =>
      plan(options, { what: 'lanes', run, lane: lane && Number(lane) }),
    );
  planVerb(retry, 'run <run>', 'all of a run: its customers, links and lanes').action(
    (run: string, options: PlanOptions) => plan(options, { what: 'run', run }),
  );
  planVerb(retry, 'queue <queue>', 'the queue of a gateway or provider, such as gateway/sim-gate: nudged').action(
    (queue: string, options: PlanOptions, command: Command) => {
      const [, kind, name] = /^(gateway|provider)\/([^/]+)$/.exec(queue) ?? [];
      if (!name) command.error('a queue is gateway/<name> or provider/<name>');
      return plan(options, { what: 'queues', kind, name });
    },
  );
  planVerb(retry, 'attention <code> <subject>', 'an item of ./pado attention, such as payout_owed provider/sim-pay')
    .option('--cause <cause>', 'as the item says it')
    .action((code: string, subject: string, { cause, ...options }: PlanOptions) =>
      plan(options, { what: 'attention', code, subject, cause }),
    );
  apiVerb(retry, 'show <no>', 'What a retry would do or did, and what became of each item.', CODES).action(
    (no: string, options: ApiOptions) => callApi(options, (client) => show(client, no, options)),
  );
  for (const [verb, does] of [
    ['start', 'Begin a retry for which one person is enough.'],
    ['approve', 'Approve a retry that another person asked for.'],
  ] as const)
    apiVerb(retry, `${verb} <no>`, does, CODES).action((no: string, options: ApiOptions) =>
      callApi(options, (client) => begin(client, verb, no, options)),
    );
}

const planVerb = (parent: Command, name: string, what: string): Command =>
  apiVerb(parent, name, `${what}.`, CODES)
    .requiredOption('--reason <text>', 'why')
    .option('--yes', 'begin, where one person is enough');

const plan = (options: Pick<PlanOptions, 'url' | 'json' | 'reason' | 'yes'>, selector: object): Promise<void> =>
  callApi(options, async (client) => {
    const { reason, yes, json } = options;
    const retry = retrySchema.parse((await client.call('POST', '/v1/retries', { selector, reason })).body);
    const { no, needsApproval, effect } = retry;
    if (!json) tellEffect(retry);
    const idle = Object.keys(effect.would).length === 0;
    if (!idle && !needsApproval && (yes || (!json && (await agreed()))))
      return await begin(client, 'start', String(no), options);
    if (json) printJson(retry);
    else if (!idle)
      say(needsApproval ? `Another person: ./pado retry approve ${no}` : `Then: ./pado retry start ${no}`);
    return 0;
  });

/** Only where somebody sits there. */
async function agreed(): Promise<boolean> {
  if (!process.stdin.isTTY) return false;
  const asked = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await asked.question('Do it? (y/N) ')).trim());
  } finally {
    asked.close();
  }
}

async function begin(
  client: InstallationClient,
  verb: 'start' | 'approve',
  no: string,
  { json }: ApiOptions,
): Promise<number> {
  const path = `/v1/retries/${encodeURIComponent(no)}/${verb}`;
  const retry: Retry = retrySchema.parse((await client.call('POST', path)).body);
  if (json) printJson(retry);
  else tellOutcome(retry);
  return 0;
}

async function show(client: InstallationClient, no: string, { json }: ApiOptions): Promise<number> {
  let cursor: string | null = '';
  for (let first = true; cursor !== null; first = false) {
    const path: string = `/v1/retries/${encodeURIComponent(no)}?limit=200${cursor ? `&cursor=${cursor}` : ''}`;
    const { body } = await client.call('GET', path);
    const page = itemsSchema.parse(body);
    if (first && !json) tellEffect(page);
    if (first && !json && page.begun) tellOutcome(page);
    if (json) printJson(body);
    else for (const item of page.items) tellItem(item);
    cursor = page.next;
  }
  return 0;
}
