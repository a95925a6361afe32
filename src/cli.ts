/**
 * The command line: each verb is one file, loaded when it is called, so that `help` is quick. Exit codes: 0 done, 1 failed, 2 wrong usage,
 * 3 the machine lacks something.
 */
import { Command, CommanderError } from 'commander';
import { readSecretFiles } from './config-files.js';
import { LACKING, tellFailure, USAGE } from './cli/terminal.js';
import { EnvironmentLack } from './services/report.js';

interface Verb {
  verb: string;
  summary: string;
  load(): Promise<{ register(program: Command): void }>;
}

const VERBS: Verb[] = [
  { verb: 'demo', summary: 'show a whole campaign, audited', load: () => import('./cli/demo.command.js') },
  { verb: 'up', summary: 'run API and worker until Ctrl-C', load: () => import('./cli/up.command.js') },
  { verb: 'down', summary: 'stop what `up` runs; --reset starts over', load: () => import('./cli/down.command.js') },
  { verb: 'test', summary: 'run the tests on real services', load: () => import('./cli/test.command.js') },
  { verb: 'check', summary: 'judge the sources', load: () => import('./cli/check.command.js') },
  { verb: 'bench', summary: 'measure one thing', load: () => import('./cli/bench.command.js') },
  { verb: 'audit', summary: 'judge the laws from tables and books', load: () => import('./cli/audit.command.js') },
  { verb: 'attention', summary: 'what needs a person', load: () => import('./cli/attention.command.js') },
  { verb: 'retry', summary: 'try again what failed', load: () => import('./cli/retry.command.js') },
  { verb: 'campaign', summary: 'campaigns as files', load: () => import('./cli/campaign.command.js') },
  { verb: 'ledger', summary: 'the books, as of when', load: () => import('./cli/ledger.command.js') },
  { verb: 'match', summary: 'settlements and what differs', load: () => import('./cli/match.command.js') },
  { verb: 'retention', summary: 'how long rows are kept', load: () => import('./cli/retention.command.js') },
  {
    verb: 'verify-statement',
    summary: 'verify a month of the books',
    load: () => import('./cli/verify-statement.command.js'),
  },
  { verb: 'verify-draws', summary: 'verify a lucky box', load: () => import('./cli/verify-draws.command.js') },
  { verb: 'people', summary: 'who may sign in', load: () => import('./cli/people.command.js') },
  { verb: 'link', summary: 'let a person sign in, once', load: () => import('./cli/link.command.js') },
  { verb: 'simulator', summary: 'run a provider and a gateway', load: () => import('./cli/simulator.command.js') },
  {
    verb: 'recover',
    summary: 'go on after Temporal lost its store',
    load: () => import('./cli/recover.command.js'),
  },
  { verb: 'rate', summary: 'items per second to gateways and providers', load: () => import('./cli/rate.command.js') },
  { verb: 'replay', summary: 'what a new build would break', load: () => import('./cli/replay.command.js') },
  { verb: 'deployment', summary: 'builds of workers, rollback', load: () => import('./cli/deployment.command.js') },
  { verb: 'doctor', summary: 'look at this machine', load: () => import('./cli/doctor.command.js') },
];

const EXIT_CODES = 'Exit codes: 0 done, 1 failed, 2 wrong usage, 3 the machine lacks something, 130 interrupted.';

async function main(args: string[]): Promise<void> {
  readSecretFiles(process.env);
  const program = new Command('pado')
    .description('Pado: durable campaigns with payouts exactly once.')
    .usage('<verb> [options]')
    .option('-V, --version', 'tell the release and the build')
    .addHelpText('after', `\n./pado <verb> --help tells more.\n${EXIT_CODES}`)
    .showHelpAfterError('(./pado help tells the verbs)');
  // `help up` is `up --help`: both need the options of that one verb.
  const wanted = args[0] === 'help' ? args[1] : args[0];
  const chosen = VERBS.find(({ verb }) => verb === wanted);
  if (chosen) (await chosen.load()).register(program);
  for (const { verb, summary } of VERBS) if (verb !== chosen?.verb) program.command(verb).description(summary);
  if (args.length === 0) program.help();
  if (wanted === '-V' || wanted === '--version') {
    const { release } = await import('./cli/release.js');
    process.stdout.write(`${release()}\n`);
    return;
  }
  for (const command of [program, ...program.commands, ...program.commands.flatMap(({ commands }) => commands)])
    command.exitOverride().enablePositionalOptions(); // what stands behind a verb is that verb's, also where its parent has the like
  await program.parseAsync(args, { from: 'user' });
}

// Whoever reads our output may stop reading, as `head` does.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

try {
  await main(process.argv.slice(2));
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : USAGE;
  } else {
    tellFailure(error);
    process.exitCode = error instanceof EnvironmentLack ? LACKING : 1;
  }
}
