/**
 * `pado replay --open`: before a deployment, the histories of all that is open are replayed on this build's workflow code. What would break is named.
 */
import type { Command } from 'commander';
import colors from 'picocolors';
import { EnvironmentLack, reportStep } from '../services/report.js';
import { workflowBundle } from '../temporal/bundle.js';
import { connectClient } from '../temporal/connect.js';
import { openHistories, reasonOf, replayHistories } from '../temporal/replay.js';
import { callApi, printJson, type ApiOptions } from './api-verb.js';
import { Sight } from './doctor-sight.js';
import type { InstallationClient } from './installation-client.js';
import { say, tickList } from './terminal.js';

interface Verdict {
  fine: number;
  breaks: { workflow: string; type: string; reason: string }[];
  /** Open workflows by the build that they stay on. */
  staying: Record<string, number>;
  types: Record<string, { fine: number; broken: number }>;
}

interface Options extends ApiOptions {
  report?: string;
}

/** Of what an installation keeps; the sums count all. */
const BREAKS_MAX = 100;
const TYPES_MAX = 50;
const STAYING_MAX = 200;

export function register(program: Command): void {
  program
    .command('replay')
    .description('Replay what is open on this build’s workflow code, and name what a deployment of it would break.')
    .requiredOption('--open', 'every open workflow of the installation')
    .option('--report <build>', 'have the installation keep what is found, as what this PADO_BUILD would do')
    .option('--url <url>', 'with --report: the installation’s API')
    .option('--json', 'end with one line of JSON: {fine, breaks: [{workflow, type, reason}], staying, types}')
    .addHelpText(
      'after',
      '\nTEMPORAL_ADDRESS, TEMPORAL_NAMESPACE: those of the installation; those of this state when unset. It changes nothing there.' +
        '\nWith --report PADO_API_KEY: the key of an operator; PADO_URL: the installation; that of this state’s `up` when unset.' +
        '\nA workflow that stays on a build of its own (docs/operations.md) never meets this one, and is not replayed.' +
        '\nExit codes: 0 nothing breaks, 1 something would, or it cannot be told, 2 wrong usage, 3 Temporal is not there, or nobody to report to.',
    )
    .action(async (options: Options) => {
      if (options.report === undefined) process.exitCode = end(await replayOpen(), options);
      // whether there is anybody to report to is known before the work
      else await callApi(options, (client) => reported(client, options));
    });
}

async function reported(client: InstallationClient, options: Options): Promise<number> {
  const verdict = await replayOpen();
  const { types, breaks, staying } = verdict;
  await client.call('POST', '/v1/deployment/replays', {
    build: options.report,
    types: Object.entries(types)
      .map(([type, counts]) => ({ type, ...counts }))
      .slice(0, TYPES_MAX),
    breaks: breaks.slice(0, BREAKS_MAX),
    staying: Object.entries(staying)
      .map(([build, open]) => ({ build, open }))
      .slice(0, STAYING_MAX),
  });
  say(`The installation keeps it as the replay of ${options.report}.`);
  return end(verdict, options);
}

async function replayOpen(): Promise<Verdict> {
  const sight = new Sight(0);
  const address = sight.temporalAddress;
  if (!address)
    throw new EnvironmentLack('Temporal of this installation is not there.', 'Start it, or set TEMPORAL_ADDRESS.');
  const client = await connectClient({ address, namespace: sight.namespace });
  const verdict: Verdict = { fine: 0, breaks: [], staying: {}, types: {} };
  try {
    await reportStep(tickList(), 'Replayed', async (step) => {
      const histories = openHistories(client, (build) => {
        verdict.staying[build] = (verdict.staying[build] ?? 0) + 1;
      });
      for await (const { workflowId, type, error } of replayHistories(await workflowBundle(), histories)) {
        const counts = (verdict.types[type] ??= { fine: 0, broken: 0 });
        if (error) verdict.breaks.push({ workflow: workflowId, type, reason: reasonOf(error) });
        counts[error ? 'broken' : 'fine'] += 1;
        if (!error) verdict.fine += 1;
        step.note(`${verdict.fine + verdict.breaks.length}`);
      }
      return { value: null, detail: summary(verdict) };
    });
  } finally {
    await client.connection.close();
  }
  for (const { workflow, type, reason } of verdict.breaks) say(`${colors.red('✖')} ${workflow} (${type}): ${reason}`);
  return verdict;
}

/** The exit code. */
function end(verdict: Verdict, { json }: Options): number {
  if (json) printJson(verdict);
  return verdict.breaks.length > 0 ? 1 : 0;
}

function summary({ fine, breaks, staying }: Verdict): string {
  const stay = Object.entries(staying).map(([build, n]) => `${n} stay on build ${build}`);
  return [`${fine} go on`, `${breaks.length} would break`, ...stay].join(', ');
}
