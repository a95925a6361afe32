/**
 * `pado ledger log`: the audit log of a running installation, each line with its seal.
 */
import type { Command } from 'commander';
import { z } from 'zod';
import { apiVerb, callApi, printJson, type ApiOptions } from './api-verb.js';
import type { InstallationClient } from './installation-client.js';
import { columns } from './terminal-table.js';

interface LogOptions extends ApiOptions {
  actor?: string;
  action?: string;
  subject?: string;
  from?: string;
  to?: string;
  limit?: string;
}

const FILTERS = ['actor', 'action', 'subject', 'from', 'to'] as const;
const PAGE_MAX = 200;

export function registerLog(ledger: Command, codes: string): void {
  apiVerb(
    ledger,
    'log',
    'The audit log, the newest first: who did what and why, and the seal of each line.',
    codes,
    'one line of JSON each',
  )
    .option('--actor <id>', 'of this person, or key of nobody’s')
    .option('--action <action>', 'this one, such as payout.reissue, or all of a family: payout')
    .option('--subject <path>', 'about this, such as budget/spring, and all beneath it')
    .option('--from <time>', 'business time (RFC 3339), included')
    .option('--to <time>', 'not included')
    .option('--limit <n>', 'how many lines at most (default: all)')
    .action((options: LogOptions, command: Command) => {
      if (options.limit !== undefined && !/^[1-9]\d{0,8}$/.test(options.limit))
        command.error('--limit: a number from 1');
      return callApi(options, (client) => log(client, options));
    });
}

const pageSchema = z.object({
  items: z.array(
    z.object({
      no: z.int(),
      at: z.string(),
      actor: z.string(),
      actorName: z.string().nullable(),
      action: z.string(),
      subject: z.string(),
      reason: z.string().nullable(),
      seal: z.object({ no: z.int(), hash: z.string() }).nullable(),
    }),
  ),
  next: z.string().nullable(),
});

/** Page by page, so that a log of any length is told. */
async function log(client: InstallationClient, options: LogOptions): Promise<number> {
  const query = new URLSearchParams();
  for (const name of FILTERS) if (options[name] !== undefined) query.set(name, options[name]);
  for (let left = Number(options.limit ?? Infinity); left > 0; left -= PAGE_MAX) {
    query.set('limit', String(Math.min(left, PAGE_MAX)));
    const { body } = await client.call('GET', `/v1/audit-log?${query.toString()}`);
    const { items, next } = pageSchema.parse(body);
    if (options.json) (body as { items: object[] }).items.forEach(printJson);
    else process.stdout.write(columns(items.map(row)));
    if (next === null) break;
    query.set('cursor', next);
  }
  return 0;
}

function row({
  no,
  at,
  actor,
  actorName,
  action,
  subject,
  reason,
  seal,
}: z.infer<typeof pageSchema>['items'][number]): string[] {
  const sealed = seal ? `${seal.no}:${seal.hash.slice(0, 16)}` : 'unsealed';
  return [String(no), at, actorName ?? actor, action, subject, sealed, reason ?? ''];
}
