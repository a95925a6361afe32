/**
 * `pado check`: all that can be judged without running the system, as one tick list; exit 1 where anything is wrong.
 */
import { Option, type Command } from 'commander';
import colors from 'picocolors';
import { CHECK_STEPS, type CheckStep } from './check-steps.js';
import { stopCommands } from './tools.js';

interface Options {
  only?: string[];
  update?: boolean;
  json?: boolean;
}

interface Verdict {
  step: string;
  passed: boolean;
  /** Why it could not be judged: it has neither passed nor failed. */
  skipped?: string;
  seconds: number;
}

export function register(program: Command): void {
  program
    .command('check')
    .description('Judge the house: format, lint, types, imports, taste, replayed histories, generated files.')
    .addOption(new Option('--only <step...>', 'these steps alone').choices(CHECK_STEPS.map(({ name }) => name)))
    .option('--update', 'bring formatting and generated files up to date instead of judging them')
    .option('--json', 'end with one line of JSON: {passed, failed, skipped, steps}')
    .addHelpText(
      'after',
      `\nSteps:\n${CHECK_STEPS.map(({ name, what }) => `  ${name.padEnd(10)} ${what}`).join('\n')}\n\nExit codes: 0 all is well, 1 something is not, 130 interrupted.`,
    )
    .action(async (options: Options) => {
      const interrupt = () => {
        stopCommands();
        process.exit(130);
      };
      process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
      const steps = CHECK_STEPS.filter(({ name }) => !options.only || options.only.includes(name));
      const verdicts = await judgeAll(steps, options.update === true);
      const skipped = verdicts.filter((one) => one.skipped !== undefined).length;
      const failed = verdicts.filter((one) => !one.passed && one.skipped === undefined).length;
      if (options.json) {
        process.stdout.write(
          `${JSON.stringify({ passed: verdicts.length - failed - skipped, failed, skipped, steps: verdicts })}\n`,
        );
      }
      process.exitCode = failed > 0 ? 1 : 0;
    });
}

/** Each step mostly keeps one core busy. What brings files up to date is alone: what one step writes another one reads. */
const AT_ONCE = 2;

/** In the order of the steps, which are told as they end. */
async function judgeAll(steps: readonly CheckStep[], update: boolean): Promise<Verdict[]> {
  const verdicts: Verdict[] = [];
  const rest = [...steps.entries()];
  const worker = async (): Promise<void> => {
    for (let next = rest.shift(); next; next = rest.shift()) verdicts[next[0]] = await judge(next[1], update);
  };
  await Promise.all(Array.from({ length: update ? 1 : AT_ONCE }, worker));
  return verdicts;
}

async function judge(step: CheckStep, update: boolean): Promise<Verdict> {
  const begin = performance.now();
  const { code, output, skipped } = await step.run(update);
  const seconds = Math.round((performance.now() - begin) / 100) / 10;
  const mark = skipped ? colors.yellow('–') : code === 0 ? colors.green('✓') : colors.red('✗');
  process.stderr.write(
    `${mark} ${step.name.padEnd(10)} ${colors.dim(`${step.what}, ${seconds.toFixed(1)} s`)}${skipped ? colors.yellow(`  skipped: ${skipped}`) : ''}\n`,
  );
  if (code !== 0) process.stderr.write(`${output.trimEnd()}\n${colors.yellow(`  cure: ${step.cure}`)}\n`);
  return { step: step.name, passed: code === 0 && !skipped, ...(skipped ? { skipped } : {}), seconds };
}
