/**
 * `pado audit`: the ten laws judged from the tables and the books of providers and gateways. It changes nothing and may run while the
 * engine does.
 */
import type { Command } from 'commander';
import colors from 'picocolors';
import { BookUnreadable, keysText, runAudit, UnknownRun, type AuditReport, type LawReport } from '../auditor/index.js';
import { startServices } from '../services/index.js';
import { EnvironmentLack, reportStep } from '../services/report.js';
import { stateDir } from './state-dir.js';
import { say, tickList, USAGE } from './terminal.js';

interface Options {
  run?: string;
  providerBook?: string[];
  gatewayBook?: string[];
  heads?: string;
  publicKey?: string;
  json?: boolean;
}

/** SQLSTATE of a table or column that is not there. */
const NO_TABLES = new Set(['42P01', '42703']);

const repeated = (value: string, before: string[] = []): string[] => [...before, value];

export function register(program: Command): void {
  program
    .command('audit')
    .description('Judge the laws from the tables and from the books of providers and gateways.')
    .option('--run <id>', 'only this run')
    .option(
      '--provider-book <file|url|folder>',
      'a provider’s book, JSON Lines, or the folder of one that takes files (repeatable)',
      repeated,
    )
    .option('--gateway-book <file|url>', 'a gateway’s book, JSON Lines (repeatable)', repeated)
    .option('--heads <file>', 'the signed heads that left the database, JSON Lines')
    .option('--public-key <key|file>', 'the first key that signed: base64 of its DER, or a file with that or PEM')
    .option('--json', 'end with one line of JSON: {clean, laws: [{law, title, checked, open, violations}]}')
    .addHelpText(
      'after',
      '\nDATABASE_URL: the database; that of this state (PADO_STATE) when unset.' +
        '\nWithout a system’s book, what it did is not compared with what we say; without --public-key the first key of the' +
        '\nsigned heads is believed.' +
        '\nExit codes: 0 clean, 1 a law is broken, 2 wrong usage, 3 the machine lacks something.',
    )
    .action(async (options: Options) => {
      process.exitCode = await audit(options);
    });
}

async function audit(options: Options): Promise<number> {
  const report = tickList();
  const services = await startServices({ stateDir: stateDir(), need: ['postgres'], report, profile: 'persistent' });
  try {
    const found = await reportStep(report, 'Audit', async () => {
      const value = await judged(services.databaseUrl, options);
      const checked = value.laws.reduce((sum, law) => sum + law.checked, 0);
      return { value, detail: `${checked.toLocaleString('en')} rows checked` };
    });
    process.stdout.write(page(found));
    if (options.json) process.stdout.write(`${JSON.stringify(summary(found))}\n`);
    return found.clean ? 0 : 1;
  } catch (error) {
    if (!(error instanceof UnknownRun)) throw error;
    say(`--run: ${error.message}`);
    return USAGE;
  } finally {
    await services.stop();
  }
}

async function judged(databaseUrl: string, options: Options): Promise<AuditReport> {
  try {
    return await runAudit({
      databaseUrl,
      runId: options.run,
      providerBooks: options.providerBook ?? [],
      gatewayBooks: options.gatewayBook ?? [],
      headsFile: options.heads,
      headsKey: options.publicKey,
    });
  } catch (error) {
    if (error instanceof BookUnreadable && error.missing) {
      throw new EnvironmentLack(
        error.message,
        'Name it by its path or URL; `pado simulator` tells those of its books.',
        {
          cause: error,
        },
      );
    }
    if (error instanceof Error && 'code' in error && NO_TABLES.has(String(error.code))) {
      const cure = 'Name the right database by DATABASE_URL, or make its tables by ./pado up.';
      throw new EnvironmentLack('This database does not have the tables of this version.', cure, { cause: error });
    }
    throw error;
  }
}

function summary({ clean, laws }: AuditReport) {
  return {
    clean,
    laws: laws.map(({ law, title, checked, open, violations }) => ({ law, title, checked, open, violations })),
  };
}

function page(report: AuditReport): string {
  const lines = report.laws.flatMap(lawLines);
  const verdict = report.clean ? colors.green('clean: every law holds') : colors.red('NOT clean');
  return `\n${[...lines, '', verdict, ''].join('\n')}`;
}

function lawLines({ law, title, checked, open, found, violations }: LawReport): string[] {
  const tick = found === 0 ? colors.green('✔') : colors.red('✖');
  const counts = `${checked.toLocaleString('en').padStart(12)} checked ${open.toLocaleString('en').padStart(9)} open`;
  const listed = violations.map(({ what, keys }) => `     ${colors.red(what)}  ${keysText(keys)}`);
  const unlisted = found - violations.length;
  return [
    `${tick} ${String(law).padStart(2)} ${title.padEnd(32)} ${counts}`,
    ...listed,
    ...(unlisted > 0 ? [`     … and ${unlisted.toLocaleString('en')} more`] : []),
  ];
}
