/**
 * `pado campaign gallery` and `pado campaign new`: ready campaigns, and a draft made of one, over the API.
 */
import { InvalidArgumentError, type Command } from 'commander';
import colors from 'picocolors';
import { z } from 'zod';
import { apiVerb, callApi, printJson, type ApiOptions } from './api-verb.js';
import type { InstallationClient } from './installation-client.js';
import { columns } from './terminal-table.js';

const money = z.object({ value: z.string(), currency: z.string() });
const words = z.object({ en: z.string(), ko: z.string() });
const blank = z.object({
  name: z.string(),
  kind: z.string(),
  label: words,
  preset: z.union([z.string(), money]).nullable(),
});
const gallerySchema = z.object({
  items: z.array(z.object({ key: z.string(), name: words, what: words, blanks: z.array(blank) })),
});
const filledSchema = z.object({
  campaign: z.object({ key: z.string(), revision: z.int(), state: z.string() }),
  segment: z.string(),
  templates: z.array(z.string()),
  faults: z.array(z.object({ pointer: z.string(), detail: z.string() })),
});

type Values = Record<string, string | z.infer<typeof money>>;
interface NewOptions extends ApiOptions {
  name?: string;
  set: Values;
}

export function registerGallery(campaign: Command): void {
  apiVerb(campaign, 'gallery', 'Ready campaigns, and what has to be filled in of each.', '0 told').action(
    (options: ApiOptions) => callApi(options, (client) => list(client, options)),
  );
  apiVerb(
    campaign,
    'new <ready> <key>',
    'Make a draft of a ready campaign, with a segment and templates of its own; nothing that is there is replaced.',
    '0 made, 1 refused or made with faults, 2 wrong usage',
  )
    .option('--name <name>', 'of the campaign; its key when left out')
    .option('--set <blank=value>', 'fill in a blank (repeatable); an amount is such as 5000 KRW', set, {})
    .action((ready: string, key: string, options: NewOptions) =>
      callApi(options, (client) => make(client, { ready, key }, options)),
    );
}

function set(text: string, before: Values): Values {
  const [, name, value = ''] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (name === undefined) throw new InvalidArgumentError('is not <blank>=<value>');
  const [, minor, currency] = /^(\d+) ([A-Z]{3})$/.exec(value) ?? [];
  return { ...before, [name]: minor && currency ? { value: minor, currency } : value };
}

const shown = (preset: Values[string] | null): string =>
  preset === null ? '' : typeof preset === 'string' ? preset : `${preset.value} ${preset.currency}`;

async function list(client: InstallationClient, { json }: ApiOptions): Promise<number> {
  const { body } = await client.call('GET', '/v1/gallery');
  for (const { key, name, what, blanks } of gallerySchema.parse(body).items) {
    process.stdout.write(`${colors.bold(key)}  ${name.en}\n  ${what.en}\n`);
    const rows = blanks.map((one) => ['  ', one.name, one.kind, one.label.en, shown(one.preset)]);
    process.stdout.write(`${columns(rows)}\n`);
  }
  if (json) printJson(body);
  return 0;
}

async function make(
  client: InstallationClient,
  { ready, key }: { ready: string; key: string },
  { name = key, set: values, json }: NewOptions,
): Promise<number> {
  const { body } = await client.call('POST', `/v1/gallery/${encodeURIComponent(ready)}`, { key, name, values });
  const { campaign, segment, templates, faults } = filledSchema.parse(body);
  process.stdout.write(`${campaign.key} created, revision ${campaign.revision}, ${campaign.state}\n`);
  process.stdout.write(`segment ${segment}, templates ${templates.join(', ')}\n`);
  for (const { pointer, detail } of faults) process.stdout.write(`${pointer} ${detail}\n`);
  if (faults.length === 0) process.stdout.write(`${colors.green('✔')} no faults\n`);
  if (json) printJson(body);
  return faults.length === 0 ? 0 : 1;
}
