/**
 * `pado demo`: a campaign of two waves over synthetic customers, shown to a newcomer and judged by the audit. It starts what it needs and
 * stops it again, and touches nothing of an installation on the same servers.
 */
import { randomBytes } from 'node:crypto';
import { relative } from 'node:path';
import { InvalidArgumentError, type Command } from 'commander';
import colors from 'picocolors';
import { runAudit } from '../auditor/index.js';
import { startInstallation, type Installation } from '../demo/installation.js';
import { letPeopleIn } from '../demo/people.js';
import { Screen } from '../demo/screen.js';
import { show, type Shown } from '../demo/show.js';
import { reportStep, type Report } from '../services/report.js';
import { StateFolder } from '../services/state-folder.js';
import { startOutside } from './demo-outside.js';
import { stateDir } from './state-dir.js';
import { tellFailure, tickList } from './terminal.js';

interface Options {
  customers: number;
  seed?: string;
  json?: boolean;
}

const CUSTOMERS_MAX = 1_000_000;
const INTERRUPTED = 130;

export function register(program: Command): void {
  program
    .command('demo')
    .description('Show a two-wave campaign over synthetic customers, then audit it: about two minutes.')
    .option('--customers <n>', 'how many there are', customers, 20_000)
    .option('--seed <text>', 'what customers, answers and faults are drawn from; random and printed when left out')
    .option(
      '--json',
      'end with one line of JSON: {clean, seconds, run, waves, payouts}; the show goes to standard error',
    )
    .addHelpText(
      'after',
      '\nDATABASE_URL, REDIS_URL, TEMPORAL_ADDRESS: servers of yours, on which the demo makes a database (pado_demo) and a namespace' +
        '\nof its own; what is unset is started here and stopped at the end. The database and the books stay until the next demo.' +
        '\nExit codes: 0 the audit is clean and nothing is open, 1 not so or failed, 2 wrong usage, 3 the machine lacks something,' +
        '\n130 interrupted.',
    )
    .action(async (options: Options) => {
      process.exitCode = await demo(options);
    });
}

async function demo(options: Options): Promise<number> {
  const begin = performance.now();
  const out = options.json ? process.stderr : process.stdout;
  const stop = stopSignals();
  const failing = new AbortController();
  const signal = AbortSignal.any([stop.first, failing.signal]);
  const state = StateFolder.open(stateDir());
  const seed = options.seed ?? randomBytes(4).toString('hex');
  const report = tickList(out);
  const screen = new Screen(out);
  let installation: Installation | null = null;
  try {
    const failed = (error: Error) => failing.abort(error);
    const common = { seed, report, signal };
    installation = await startInstallation({ ...common, state, startOutside, impatient: stop.second, failed });
    await letPeopleIn(installation.client, report);
    const shown = await show(installation, { ...common, customers: options.customers, screen, colors, audit });
    const seconds = Math.round((performance.now() - begin) / 100) / 10;
    for (const line of farewell(installation, state, seconds)) screen.line(line);
    await windUp(installation, report);
    if (options.json) process.stdout.write(`${JSON.stringify(summary(shown, seconds))}\n`);
    return shown.clean ? 0 : 1;
  } catch (error) {
    screen.settle();
    if (installation) await windUp(installation, report);
    if (stop.first.aborted) return INTERRUPTED;
    if (!failing.signal.aborted) throw error;
    tellFailure(failing.signal.reason);
    return 1;
  }
}

const audit = ({ ownerUrl, outside }: Installation) =>
  runAudit({
    databaseUrl: ownerUrl,
    providerBooks: [outside.provider.bookFile],
    gatewayBooks: [outside.gateway.bookFile],
  });

/** Done twice, it does nothing. */
async function windUp(installation: Installation, report: Report): Promise<void> {
  await reportStep(report, 'Stopped', async () => {
    await installation.stop();
    return { value: null, detail: 'what the demo started' };
  });
}

function summary({ clean, report }: Shown, seconds: number): object {
  const waves = report.waves.map(({ entered, suppressed, sent, responded, late, paid }) => ({
    entered,
    suppressed,
    sent,
    responded,
    late,
    paid,
  }));
  return { clean, seconds, run: report.id, waves, payouts: report.payouts };
}

/** Where to look around until the next demo. */
function farewell({ ownerUrl, outside }: Installation, state: StateFolder, seconds: number): string[] {
  const url = new URL(ownerUrl);
  url.password = '';
  const books = `--provider-book ${shortened(outside.provider.bookFile)} --gateway-book ${shortened(outside.gateway.bookFile)}`;
  const rows: [string, string][] = [
    ['took', `${seconds.toFixed(0)} s`],
    ['database', `${url.href} (until the next demo)`],
    ['password', `in ${shortened(state.path('secrets/postgres'))}; ./pado up starts the server`],
    ['audit', `./pado audit ${books}`],
    ['', 'with the database as DATABASE_URL'],
    ['logs', `${shortened(state.path('logs'))}/demo-{api,worker}.log`],
  ];
  return rows
    .filter(([name]) => name !== 'password' || !process.env['DATABASE_URL'])
    .map(([name, text]) => `${name.padEnd(10)}${colors.dim(text)}`);
}

function shortened(path: string): string {
  const short = relative(process.cwd(), path);
  return short.length < path.length ? short : path;
}

/** The first asks to end in order, the second to end at once. */
function stopSignals(): { first: AbortSignal; second: AbortSignal } {
  const [first, second] = [new AbortController(), new AbortController()];
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => (first.signal.aborted ? second : first).abort());
  }
  return { first: first.signal, second: second.signal };
}

function customers(text: string): number {
  const number = Number(text);
  if (/^\d{1,7}$/.test(text) && number >= 1 && number <= CUSTOMERS_MAX) return number;
  throw new InvalidArgumentError(`It is a whole number from 1 to ${CUSTOMERS_MAX}.`);
}
