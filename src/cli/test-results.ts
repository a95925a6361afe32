/**
 * What a run of Jest came to, from its own report: counts, why something was skipped, what failed and how. A suite that could not run counts as
 * failed.
 */
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { z } from 'zod';

const reportSchema = z.object({
  numPassedTests: z.int(),
  numFailedTests: z.int(),
  numPendingTests: z.int(),
  numTodoTests: z.int(),
  numRuntimeErrorTestSuites: z.int(),
  testResults: z.array(
    z.object({
      name: z.string(),
      /** Of a suite that could not run, why. */
      message: z.string(),
      assertionResults: z.array(
        z.object({
          status: z.string(),
          title: z.string(),
          ancestorTitles: z.array(z.string()),
          failureMessages: z.array(z.string()).nullable(),
        }),
      ),
    }),
  ),
});

export interface TestCounts {
  passed: number;
  failed: number;
  skipped: number;
}

export interface TestOutcome extends TestCounts {
  /** How many tests each missing need cost. */
  missing: Map<string, number>;
  failures: Failure[];
}
export interface Failure {
  /** Its file and titles. */
  test: string;
  /** The beginning of each of its messages, without colours. */
  why: string[];
}

/** Of a message; a stack is left out. */
const MOST_LINES = 40;
type SuiteReport = z.infer<typeof reportSchema>['testResults'][number];

/** Errors: throws where the report is missing or is none: Jest ended before its end. */
export function readReport(file: string): TestOutcome {
  const report = reportSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  const missing = new Map<string, number>();
  for (const { assertionResults } of report.testResults) {
    for (const { status, ancestorTitles } of assertionResults) {
      const reason = status === 'pending' ? /\[skipped: (.+)\]/.exec(ancestorTitles.join(' '))?.[1] : undefined;
      if (reason !== undefined) missing.set(reason, (missing.get(reason) ?? 0) + 1);
    }
  }
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + report.numRuntimeErrorTestSuites,
    skipped: report.numPendingTests + report.numTodoTests,
    missing,
    failures: report.testResults.flatMap(failuresOf),
  };
}

function failuresOf({ name, message, assertionResults }: SuiteReport): Failure[] {
  const file = relative(process.cwd(), name);
  if (assertionResults.length === 0 && message) return [{ test: file, why: [beginning(message)] }];
  return assertionResults
    .filter(({ status }) => status === 'failed')
    .map(({ title, ancestorTitles, failureMessages }) => ({
      test: [file, ...ancestorTitles, title].join(' › '),
      why: (failureMessages ?? []).map(beginning),
    }));
}

function beginning(message: string): string {
  const lines = stripVTControlCharacters(message).split('\n');
  const stack = lines.findIndex((line) => /^\s+at /.test(line));
  return lines
    .slice(0, stack < 0 ? MOST_LINES : Math.min(stack, MOST_LINES))
    .join('\n')
    .trimEnd();
}

export const plainLine = ({ passed, failed, skipped }: TestCounts): string =>
  `${passed} passed, ${failed} failed, ${skipped} skipped`;
