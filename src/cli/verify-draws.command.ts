/**
 * `pado verify-draws`: the verifier of draws for outsiders (src/verifier), which shares no code with us, as a verb.
 */
import type { Command } from 'commander';
import { main } from '../verifier/verify-draws.js';

export function register(program: Command): void {
  program
    .command('verify-draws <file>')
    .description('Compute the draws of a closed lucky box again from its export, without an installation.')
    .requiredOption('--box <file>', 'the closed box, JSON: GET /v1/lucky-boxes/<key>')
    .option('--commitment <hex>', 'as it was published at the launch; without it the box’s own is taken on trust')
    .addHelpText(
      'after',
      '\nThe computation: docs/lucky-box.md.' +
        '\nExit codes: 0 every draw verifies, 1 some does not, 2 wrong usage or a file that cannot be read.',
    )
    .action((file: string, { box, commitment }: { box: string; commitment?: string }) => {
      process.exitCode = main(['--box', box, ...(commitment ? ['--commitment', commitment] : []), '--', file]);
    });
}
