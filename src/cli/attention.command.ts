/**
 * `pado attention`: what needs a person, with what cures it; and the clearing of a queue that has stopped, told first. The API's own answers.
 */
import type { Command } from 'commander';
import { z } from 'zod';
import { apiHelp, apiVerb, callApi, printJson, type ApiOptions } from './api-verb.js';
import type { InstallationClient } from './installation-client.js';
import { say } from './terminal.js';

interface ListOptions extends ApiOptions {
  desk?: string;
  code?: string;
}
interface ClearOptions extends ApiOptions {
  reason?: string;
  setAside?: boolean;
}

const CODES = '0 told, 1 refused, 2 wrong usage';

export function register(program: Command): void {
  const attention = program
    .command('attention')
    .description('Everything that needs a person, with what cures it.')
    .addHelpText('after', `\n./pado attention <verb> --help tells more.${apiHelp(CODES)}`);
  apiVerb(attention, 'list', 'All of it, by urgency; also without a verb.', CODES, 'one line of JSON each', true)
    .option('--desk <desk>', 'only what this desk acts on: operator, finance, marketer')
    .option('--code <class>', 'only of this class')
    .action((options: ListOptions) => callApi(options, (client) => list(client, options)));
  apiVerb(
    attention,
    'clear <queue>',
    'A queue that an unknown answer has stopped, such as gateway/sim-gate: what would go out; with a reason, it goes on.',
    CODES,
  )
    .option('--reason <text>', 'why; with it, the queue goes on')
    .option(
      '--set-aside',
      'what was answered so stays behind: a message is withheld for good, a payout is held for finance',
    )
    .action((queue: string, options: ClearOptions, command: Command) => {
      if (!/^(gateway|provider)\/[^/]+$/.test(queue)) command.error('a queue is gateway/<name> or provider/<name>');
      return callApi(options, (client) => clear(client, queue, options));
    });
}

const itemSchema = z.looseObject({
  code: z.string(),
  subject: z.string(),
  cause: z.string(),
  what: z.string(),
  count: z.int(),
  firstSeen: z.string(),
  sample: z.array(z.string()),
  ifRetried: z.string(),
  do: z.object({ what: z.string(), how: z.string() }),
});
const pageSchema = z.object({ items: z.array(itemSchema), next: z.string().nullable() });

async function list(client: InstallationClient, { desk, code, json }: ListOptions): Promise<number> {
  let told = 0;
  for (let cursor: string | null = ''; cursor !== null;) {
    const given = Object.entries({ desk, code, cursor: cursor || undefined });
    const query = new URLSearchParams(given.filter((pair): pair is [string, string] => pair[1] !== undefined));
    const { body } = await client.call('GET', `/v1/attention?${query.toString()}`);
    const { items, next }: z.infer<typeof pageSchema> = pageSchema.parse(body);
    for (const item of items) {
      if (json) printJson(item);
      else tell(item);
    }
    told += items.length;
    cursor = next;
  }
  if (told === 0 && !json) process.stdout.write('nothing needs a person\n');
  return 0;
}

function tell({
  code,
  subject,
  cause,
  what,
  count,
  firstSeen,
  sample,
  ifRetried,
  do: cure,
}: z.infer<typeof itemSchema>): void {
  process.stdout.write(
    `${code}  ${subject}  ${cause}  × ${count}  since ${firstSeen}\n` +
      `  ${what}${sample.length > 0 ? `: ${sample.join(', ')}` : ''}\n` +
      `  if retried: ${ifRetried}\n  do: ${cure.what} ${cure.how}\n`,
  );
}

const totals = z.array(z.object({ value: z.string(), currency: z.string() }));
const queueSchema = z.object({
  queue: z.string(),
  stopped: z.array(z.object({ shard: z.int(), answer: z.string() })),
  waiting: z.object({ count: z.int(), totals }),
  aside: z.object({ count: z.int(), totals, sample: z.array(z.string()) }),
});
const clearedSchema = z.object({ queue: z.string(), cleared: z.array(z.int()), setAside: z.array(z.string()) });

const worth = (of: { totals: z.infer<typeof totals> }) =>
  of.totals.map(({ value, currency }) => `, ${value} ${currency}`).join('');

async function clear(
  client: InstallationClient,
  queue: string,
  { reason, setAside = false, json }: ClearOptions,
): Promise<number> {
  const path = `/v1/attention/${queue.split('/').map(encodeURIComponent).join('/')}`;
  const { body } = await client.call('GET', path);
  const { stopped, waiting, aside } = queueSchema.parse(body);
  for (const { shard, answer } of stopped) say(`${queue}, shard ${shard}, has stopped: ${answer}`);
  say(
    stopped.length === 0
      ? `${queue} has not stopped.`
      : `${waiting.count} would be gated again and handed over${worth(waiting)}.`,
  );
  if (aside.count > 0)
    say(
      `${aside.count} of it stays behind with --set-aside${worth(aside)}: ${aside.sample.join(', ')}${aside.count > aside.sample.length ? ', …' : ''}`,
    );
  if (reason === undefined || stopped.length === 0) {
    if (json) printJson(body);
    return 0;
  }
  const answer = await client.call('POST', `${path}/clear`, { reason, setAside });
  const done = clearedSchema.parse(answer.body);
  say(`It goes on: shards ${done.cleared.join(', ')}.`);
  if (setAside) say(`Set aside: ${done.setAside.join(', ') || 'nothing'}.`);
  if (json) printJson(answer.body);
  return 0;
}
