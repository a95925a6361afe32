/**
 * `pado campaign`: campaigns as files, judged and kept by a running installation. Every answer is the API's own; this only finds its place
 * in the file.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { InvalidArgumentError, type Command } from 'commander';
import colors from 'picocolors';
import { apiHelp, apiVerb, callApi, printJson as json, type ApiOptions as Options } from './api-verb.js';
import {
  FileUnreadable,
  readCampaignFile,
  writeCampaign,
  type CampaignFile,
  type FileFault,
  type Place,
} from './campaign-file.js';
import { registerGallery } from './campaign-gallery.js';
import { applyDraft, draftOf, judge, type Verdict } from './campaign-verbs.js';
import type { InstallationClient } from './installation-client.js';
import { differencesOf, type Difference } from './json-pointer.js';
import { say, USAGE } from './terminal.js';

export function register(program: Command): void {
  const campaign = program
    .command('campaign')
    .description('Campaigns as files and from the gallery, through the API of a running installation.')
    .addHelpText(
      'after',
      `\n./pado campaign <verb> --help tells more.${apiHelp('0 done, 1 faults, refused or different, 2 wrong usage')}`,
    );
  const verb = (name: string, description: string, codes: string) => apiVerb(campaign, name, description, codes);

  verb('validate <file>', 'Tell every fault of the file; nothing is kept.', '0 none, 1 faults, 2 wrong usage').action(
    run(validate),
  );
  verb(
    'apply <file>',
    'Keep the file as the campaign’s draft and validate it; an unchanged one is left alone.',
    '0 kept and valid, 1 refused or kept with faults, 2 wrong usage',
  )
    .option('--revision <n>', 'only if this still is the newest revision', revision)
    .action(run(apply));
  verb(
    'diff <file>',
    'Where the file differs from the draft that is kept.',
    '0 same, 1 different, 2 cannot be compared',
  ).action(run(diff));
  verb(
    'export <file>',
    'Write the draft that is kept into the file; - is standard output.',
    '0 written, 1 no such campaign, 2 wrong usage',
  )
    .option('--key <key>', 'the campaign; the file’s name without its ending when left out')
    .option('--force', 'replace a file that exists')
    .action(run(exportDraft));
  registerGallery(campaign);
}

/** One command's work; a file that cannot be read is wrong usage. */
function run<T extends Options>(work: (client: InstallationClient, file: string, options: T) => Promise<number>) {
  return async (file: string, options: T): Promise<void> => {
    try {
      await callApi(options, (client) => work(client, file, options));
    } catch (error) {
      if (!(error instanceof FileUnreadable)) throw error;
      say(`${colors.red('✖')} ${error.message}`);
      process.exitCode = USAGE;
    }
  };
}

async function validate(client: InstallationClient, path: string, options: Options): Promise<number> {
  const file = readCampaignFile(path);
  const verdict = await judge(client, file.content);
  tellFaults(path, file, verdict);
  if (options.json) json({ valid: verdict.valid, ...places(file, verdict) });
  return verdict.valid ? 0 : 1;
}

async function apply(
  client: InstallationClient,
  path: string,
  options: Options & { revision?: number },
): Promise<number> {
  const file = readCampaignFile(path);
  const applied = await applyDraft(client, file.content, options.revision);
  if (applied.kind !== 'refused') {
    process.stdout.write(`${applied.key} ${applied.kind}, revision ${applied.revision}, ${applied.state}\n`);
  }
  tellFaults(path, file, applied);
  if (options.json) json({ ...applied, ...places(file, applied) });
  return applied.valid ? 0 : 1;
}

async function diff(client: InstallationClient, path: string, options: Options): Promise<number> {
  const file = readCampaignFile(path);
  const verdict = await judge(client, file.content);
  if (!verdict.draft) {
    tellFaults(path, file, verdict);
    return USAGE;
  }
  const kept = await draftOf(client, verdict.draft.key);
  const changes = differencesOf(kept?.draft, verdict.draft);
  process.stdout.write(changes.map(lineOf).join(''));
  if (options.json) json({ same: changes.length === 0, changes });
  return changes.length === 0 ? 0 : 1;
}

async function exportDraft(
  client: InstallationClient,
  path: string,
  options: Options & { key?: string; force?: boolean },
): Promise<number> {
  const toOutput = path === '-';
  if (toOutput && options.key === undefined) throw new FileUnreadable('-: name the campaign by --key');
  if (!toOutput && !options.force && existsSync(path)) {
    throw new FileUnreadable(`${path}: exists; --force replaces it`);
  }
  const key = options.key ?? basename(path).replace(/\.ya?ml$/, '');
  const kept = await draftOf(client, key);
  if (!kept) {
    say(`${colors.red('✖')} There is no campaign ${key}.`);
    return 1;
  }
  const text = writeCampaign(kept.draft);
  if (toOutput) process.stdout.write(text);
  else writeFileSync(path, text);
  if (options.json) json({ key, revision: kept.revision, file: path });
  return 0;
}

/** `file:line:column /pointer detail`, as an editor jumps to it. */
function tellFaults(path: string, file: CampaignFile, verdict: Omit<Verdict, 'draft'>): void {
  const { faults, warnings } = places(file, verdict);
  const tell = (mark: string) => (fault: LocatedFault) =>
    process.stdout.write(`${path}:${fault.line}:${fault.column} ${fault.pointer} ${mark}${fault.detail}\n`);
  faults.forEach(tell(''));
  warnings.forEach(tell(`${colors.yellow('warning:')} `));
  if (verdict.valid) process.stdout.write(`${colors.green('✔')} no faults\n`);
}

type LocatedFault = FileFault & Place;

const located = (file: CampaignFile, faults: readonly FileFault[]): LocatedFault[] =>
  faults.map(({ pointer, detail }) => ({ pointer, detail, ...file.placeOf(pointer) }));

const places = (file: CampaignFile, { faults, warnings }: Pick<Verdict, 'faults' | 'warnings'>) => ({
  faults: located(file, faults),
  warnings: located(file, warnings),
});

function lineOf({ pointer, ...sides }: Difference): string {
  const from = 'from' in sides ? colors.red(`- ${pointer || '/'} ${JSON.stringify(sides.from)}`) : null;
  const to = 'to' in sides ? colors.green(`+ ${pointer || '/'} ${JSON.stringify(sides.to)}`) : null;
  return [from, to].flatMap((line) => (line === null ? [] : [`${line}\n`])).join('');
}

function revision(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) throw new InvalidArgumentError('is not a revision');
  return number;
}
