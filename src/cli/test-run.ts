/**
 * One run of Jest on services of its own: start them, run, stop what was started, also on Ctrl-C. The launcher has built what is tested.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { readReport, type TestOutcome } from './test-results.js';
import { startTestServices, type TestServices } from './test-services.js';
import { ROOT, runTool, stopCommands } from './tools.js';

export interface TestRun {
  /** Patterns of test files; all when empty. */
  paths: string[];
  tier: 'core' | 'all';
  noSkip: boolean;
  env?: NodeJS.ProcessEnv;
}

/** The run was interrupted by SIGINT or SIGTERM; what it started is stopped. */
export class Interrupted extends Error {
  override name = 'Interrupted';
}

/** Not of the core tier: what needs more than a fresh machine or its minutes, and the benchmarks at their tiny size, which judge no law. */
const BEYOND_CORE = '\\.(extended|bench)\\.test\\.ts$';

/** Errors: Interrupted; Error with a cure where services or Jest itself could not run. */
export async function runTests(run: TestRun): Promise<TestOutcome> {
  const interrupted = new AbortController();
  const interrupt = () => {
    interrupted.abort();
    stopCommands();
  };
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt);
  let services: TestServices | null = null;
  try {
    services = await startTestServices(interrupted.signal);
    interrupted.signal.throwIfAborted();
    const outcome = await runJest(run, services.env);
    interrupted.signal.throwIfAborted();
    return outcome;
  } catch (error) {
    throw interrupted.signal.aborted ? new Interrupted('interrupted', { cause: error }) : error;
  } finally {
    await services?.stop();
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  }
}

async function runJest(run: TestRun, env: NodeJS.ProcessEnv): Promise<TestOutcome> {
  const state = join(ROOT, '.pado');
  mkdirSync(state, { recursive: true });
  const folder = mkdtempSync(join(state, 'test-report-'));
  const file = join(folder, 'report.json');
  const core = ['--testPathIgnorePatterns', '/node_modules/', BEYOND_CORE];
  try {
    // what a suite left behind may hold Jest's pipes, which would keep it for ever
    const args = ['--forceExit', '--json', `--outputFile=${file}`, ...run.paths, ...(run.tier === 'core' ? core : [])];
    const { code } = await runTool('jest', args, {
      show: true,
      env: { ...env, ...run.env, PADO_TEST_NO_SKIP: run.noSkip ? '1' : '' },
    });
    const outcome = readReport(file);
    // Jest may fail as a whole although each test passed.
    return code !== 0 && outcome.failed === 0 ? { ...outcome, failed: 1 } : outcome;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
