/**
 * `pado verify-statement`: the verifier for outsiders (src/verifier), which shares no code with us, as a verb.
 */
import type { Command } from 'commander';
import { main } from '../verifier/verify-statement.js';

interface Options {
  providerSettlements: string;
  publicKey: string;
  withoutSettlement: string[];
  json?: boolean;
}

const repeated = (value: string, before: string[]): string[] => [...before, value];

export function register(program: Command): void {
  program
    .command('verify-statement <file>')
    .description('Verify a monthly statement of the books against the providers’ settlements, without an installation.')
    .requiredOption('--provider-settlements <dir>', 'the settlements: <dir>/<provider>/<yyyy-mm-dd>.csv')
    .requiredOption(
      '--public-key <key|file>',
      'the first key of the ledger: base64 of its DER, or a file with that or PEM',
    )
    .option('--without-settlement <provider>', 'a provider that settles nothing (repeatable)', repeated, [])
    .option('--json', 'end with one line of JSON: {verified, month, state, figures, notes, faults}')
    .addHelpText(
      'after',
      '\nThe program and the lines of the file: docs/statement.md.' +
        '\nExit codes: 0 it verifies, 1 it does not, 2 wrong usage or a file that cannot be read.',
    )
    .action(async (file: string, options: Options) => {
      const { providerSettlements, publicKey, withoutSettlement, json } = options;
      process.exitCode = await main([
        '--provider-settlements',
        providerSettlements,
        '--public-key',
        publicKey,
        ...withoutSettlement.flatMap((name) => ['--without-settlement', name]),
        ...(json ? ['--json'] : []),
        '--',
        file,
      ]);
    });
}
