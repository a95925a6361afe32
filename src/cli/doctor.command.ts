/**
 * `pado doctor`: what this machine, its servers and its installation look like, what is wrong, and the cure; starts and changes nothing.
 */
import { InvalidArgumentError, type Command } from 'commander';
import { EnvironmentLack, type Report } from '../services/report.js';
import { CHECKS } from './doctor-checks.js';
import { Sight, type Check } from './doctor-sight.js';
import { LACKING, tickList } from './terminal.js';

export interface Finding {
  check: string;
  state: 'ok' | 'warn' | 'fail';
  detail: string;
  cure?: string;
}

const PATIENCE_MIN = 15;

export function register(program: Command): void {
  program
    .command('doctor')
    .description('Look at this machine, its servers and its installation: what is wrong, and the cure.')
    .option(
      '--patience <minutes>',
      'how long an unknown outcome may stay unknown before it is told',
      minutes,
      PATIENCE_MIN,
    )
    .option('--json', 'end with one line of JSON: {ok, checks: [{check, state: ok | warn | fail, detail, cure?}]}')
    .addHelpText(
      'after',
      '\nDATABASE_URL, REDIS_URL, TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE: the servers of the installation; those of this state when unset.' +
        '\nWhat cannot be looked at, because nothing of the kind runs, is left out. No secret is ever printed.' +
        '\nExit codes: 0 well (warnings may be told), 1 the installation needs a person, 2 wrong usage, 3 the machine or a server lacks something.',
    )
    .action(async (options: { patience: number; json?: boolean }) => {
      const findings = await findingsOf(new Sight(options.patience * 60));
      const failed = findings.filter(({ state }) => state === 'fail').map(({ check }) => check);
      if (options.json) process.stdout.write(`${JSON.stringify({ ok: failed.length === 0, checks: findings })}\n`);
      process.exitCode = exitCodeOf(failed);
    });
}

export async function findingsOf(sight: Sight, checks = CHECKS, report: Report = tickList()): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const one of checks) {
    const finding = await findingOf(one, sight, report);
    if (finding) findings.push(finding);
  }
  return findings;
}

/** Null where there is nothing to look at. Errors: those that are no lack. */
async function findingOf({ check, look }: Check, sight: Sight, report: Report): Promise<Finding | null> {
  const step = report.step(check);
  try {
    const seen = await look(sight);
    if (seen === null) {
      step.dropped();
      return null;
    }
    if (typeof seen === 'string') {
      step.done(seen);
      return { check, state: 'ok', detail: seen };
    }
    step.warned(seen.warning, seen.cure);
    return { check, state: 'warn', detail: seen.warning, cure: seen.cure };
  } catch (error) {
    step.failed(error);
    if (!(error instanceof EnvironmentLack)) throw error;
    return { check, state: 'fail', detail: error.message, cure: error.cure };
  }
}

/** What the machine lacks comes first: the rest may be no more than its consequence. */
function exitCodeOf(failed: readonly string[]): number {
  if (failed.length === 0) return 0;
  return CHECKS.some(({ check, installation }) => !installation && failed.includes(check)) ? LACKING : 1;
}

function minutes(text: string): number {
  const number = Number(text);
  if (Number.isFinite(number) && number >= 0) return number;
  throw new InvalidArgumentError('It is a number of minutes.');
}
