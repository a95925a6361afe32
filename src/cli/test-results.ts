/**
 * What a run of Jest came to, from its own report: counts, and why something was skipped. A suite that could not run counts as failed.
 */
import { readFileSync } from 'node:fs';
import { z } from 'zod';

const reportSchema = z.object({
  numPassedTests: z.int(),
  numFailedTests: z.int(),
  numPendingTests: z.int(),
  numTodoTests: z.int(),
  numRuntimeErrorTestSuites: z.int(),
  testResults: z.array(
    z.object({
      assertionResults: z.array(z.object({ status: z.string(), ancestorTitles: z.array(z.string()) })),
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
}

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
  };
}

export const plainLine = ({ passed, failed, skipped }: TestCounts): string =>
  `${passed} passed, ${failed} failed, ${skipped} skipped`;
