/**
 * `pado doctor`: what this machine has, what is missing, and the cure; starts and changes nothing.
 */
import type { Command } from 'commander';
import { EnvironmentLack, reportStep } from '../services/report.js';
import { CHECKS } from './doctor-checks.js';
import { LACKING, tickList } from './terminal.js';

interface Finding {
  check: string;
  ok: boolean;
  detail: string;
  cure?: string;
}

export function register(program: Command): void {
  program
    .command('doctor')
    .description('Look at this machine: what is there, what is missing, and the cure.')
    .option('--json', 'end with one line of JSON: {ok, checks: [{check, ok, detail, cure?}]}')
    .addHelpText('after', '\nExit codes: 0 all is there, 2 wrong usage, 3 something is missing.')
    .action(async (options: { json?: boolean }) => {
      const findings: Finding[] = [];
      const report = tickList();
      for (const { check, look } of CHECKS) {
        try {
          const detail = await reportStep(report, check, async () => {
            const seen = await look();
            return { value: seen, detail: seen };
          });
          findings.push({ check, ok: true, detail });
        } catch (error) {
          if (!(error instanceof EnvironmentLack)) throw error;
          findings.push({ check, ok: false, detail: error.message, cure: error.cure });
        }
      }
      const ok = findings.every((finding) => finding.ok);
      if (options.json) process.stdout.write(`${JSON.stringify({ ok, checks: findings })}\n`);
      process.exitCode = ok ? 0 : LACKING;
    });
}
