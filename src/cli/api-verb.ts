/**
 * What verbs that call the API have in common: its address and key, and how its refusals are told.
 */
import colors from 'picocolors';
import type { Command } from 'commander';
import { InstallationClient, Refused } from './installation-client.js';
import { say } from './terminal.js';

export interface ApiOptions {
  url?: string;
  json?: boolean;
}

const ENVIRONMENT =
  '\nPADO_API_KEY: the key that calls the API. PADO_URL: the installation; that of this state’s `up` when unset.';
const LACKS = ', 3 no installation answers or no key.';

/** What `--help` ends with. */
export const apiHelp = (codes: string): string => `${ENVIRONMENT}\nExit codes: ${codes}${LACKS}`;

export function apiVerb(
  parent: Command,
  name: string,
  description: string,
  codes: string,
  json = 'end with one line of JSON',
  /** It is what the parent does without a verb. */
  isDefault = false,
): Command {
  return parent
    .command(name, { isDefault })
    .description(description)
    .option('--url <url>', 'the installation’s API')
    .option('--json', json)
    .addHelpText('after', apiHelp(codes));
}

/** One verb's work, which returns its exit code: 1 where the API refuses. */
export async function callApi(
  { url }: ApiOptions,
  work: (client: InstallationClient) => Promise<number>,
): Promise<void> {
  try {
    process.exitCode = await work(InstallationClient.find(url));
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    say(`${colors.red('✖')} ${error.message}`);
    for (const { pointer, parameter, line, detail } of error.problem.errors ?? [])
      say(`  ${line === undefined ? '' : `line ${line} `}${pointer ?? parameter ?? ''} ${detail}`);
    process.exitCode = 1;
  }
}

export const printJson = (value: unknown): void => void process.stdout.write(`${JSON.stringify(value)}\n`);
