/**
 * `pado test`: the tests on real services; ends with the plain line `N passed, N failed, N skipped`.
 */
import { Option, type Command } from 'commander';
import colors from 'picocolors';
import { plainLine, type TestOutcome } from './test-results.js';
import { Interrupted, runTests } from './test-run.js';

interface Options {
  tier: 'core' | 'all';
  skip: boolean;
  json?: boolean;
}

const COULD_NOT_RUN: TestOutcome = { passed: 0, failed: 1, skipped: 0, missing: new Map(), failures: [] };

export function register(program: Command): void {
  program
    .command('test [paths...]')
    .description('Run the tests on real services: the core tier, and of the extended one whatever this machine can.')
    .addOption(new Option('--tier <tier>', 'core alone, or all').choices(['core', 'all']).default('all'))
    .option('--no-skip', 'what would be skipped fails')
    .option('--json', 'end with one line of JSON: {passed, failed, skipped}')
    .addHelpText(
      'after',
      '\nPaths are patterns of test files: ./pado test tests/domain' +
        '\nExtended tests (*.extended.test.ts) need more than git, bash, Node, npm, python3 and pip; what is missing is skipped and named.' +
        '\nExit codes: 0 none failed, 1 some failed or could not run, 130 interrupted.',
    )
    .action(async (paths: string[], options: Options) => {
      process.exitCode = await test(paths, options);
    });
}

async function test(paths: string[], options: Options): Promise<number> {
  try {
    const outcome = await runTests({ paths, tier: options.tier, noSkip: !options.skip });
    print(outcome, options);
    return outcome.failed > 0 ? 1 : 0;
  } catch (error) {
    if (error instanceof Interrupted) return 130;
    process.stderr.write(`${colors.red('✗')} ${error instanceof Error ? error.message : String(error)}\n`);
    print(COULD_NOT_RUN, options);
    return 1;
  }
}

function print(outcome: TestOutcome, options: Options): void {
  // once more, all at the end: a log may be cut in the middle
  for (const { test, why } of outcome.failures)
    process.stderr.write(`${colors.red('✗')} ${test}\n${why.join('\n').replace(/^/gm, '    ')}\n`);
  for (const [reason, tests] of outcome.missing) process.stderr.write(`skipped: ${reason} (${tests} tests)\n`);
  process.stdout.write(`${plainLine(outcome)}\n`);
  const { passed, failed, skipped } = outcome;
  if (options.json) process.stdout.write(`${JSON.stringify({ passed, failed, skipped })}\n`);
}
