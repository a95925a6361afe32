/**
 * `pado test`: starts the services on a state of its own, builds, runs Jest, stops what it started, and ends with the plain line
 * `N passed, N failed, N skipped`.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Option, type Command } from 'commander';
import colors from 'picocolors';
import { plainLine, readReport, type TestOutcome } from './test-results.js';
import { startTestServices, type TestServices } from './test-services.js';
import { ROOT, runTool, stopCommands } from './tools.js';

interface Options {
  tier: 'core' | 'all';
  skip: boolean;
  json?: boolean;
}

const EXTENDED = '\\.extended\\.test\\.ts$';

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
      process.exitCode = await runTests(paths, options);
    });
}

async function runTests(paths: string[], options: Options): Promise<number> {
  const interrupted = new AbortController();
  const interrupt = () => {
    interrupted.abort();
    stopCommands();
  };
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt);
  let services: TestServices | null = null;
  try {
    services = await startTestServices(interrupted.signal);
    const built = await runTool('swc', ['src', 'workflows', 'activities', '--out-dir', 'dist', '--quiet']);
    if (built.code !== 0) throw new Error(`the build failed:\n${built.output}`);
    const outcome = await runJest(paths, options, services.env);
    if (interrupted.signal.aborted) return 130;
    print(outcome, options);
    return outcome.failed > 0 ? 1 : 0;
  } catch (error) {
    if (interrupted.signal.aborted) return 130;
    process.stderr.write(`${colors.red('✗')} ${error instanceof Error ? error.message : String(error)}\n`);
    print({ passed: 0, failed: 1, skipped: 0, missing: new Map() }, options);
    return 1;
  } finally {
    await services?.stop();
  }
}

async function runJest(paths: string[], options: Options, env: NodeJS.ProcessEnv): Promise<TestOutcome> {
  const state = join(ROOT, '.pado');
  mkdirSync(state, { recursive: true });
  const folder = mkdtempSync(join(state, 'test-report-'));
  const file = join(folder, 'report.json');
  try {
    const { code } = await runTool(
      'jest',
      [
        '--json',
        `--outputFile=${file}`,
        ...(options.tier === 'core' ? ['--testPathIgnorePatterns', '/node_modules/', EXTENDED] : []),
        ...(paths.length > 0 ? ['--runTestsByPath=false', ...paths] : []),
      ],
      { show: true, env: { ...env, PADO_TEST_NO_SKIP: options.skip ? '' : '1' } },
    );
    const outcome = readReport(file);
    // Jest may fail as a whole although each test passed.
    return code !== 0 && outcome.failed === 0 ? { ...outcome, failed: 1 } : outcome;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function print(outcome: TestOutcome, options: Options): void {
  for (const [reason, tests] of outcome.missing) process.stderr.write(`skipped: ${reason} (${tests} tests)\n`);
  process.stdout.write(`${plainLine(outcome)}\n`);
  const { passed, failed, skipped } = outcome;
  if (options.json) process.stdout.write(`${JSON.stringify({ passed, failed, skipped })}\n`);
}
