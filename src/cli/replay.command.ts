/**
 * `pado replay --open`: before a deployment, the histories of all that is open are replayed on this build's workflow code. What would break is named.
 */
import type { Command } from 'commander';
import colors from 'picocolors';
import { EnvironmentLack, reportStep } from '../services/report.js';
import { workflowBundle } from '../temporal/bundle.js';
import { connectClient } from '../temporal/connect.js';
import { openHistories, reasonOf, replayHistories } from '../temporal/replay.js';
import { printJson } from './api-verb.js';
import { Sight } from './doctor-sight.js';
import { say, tickList } from './terminal.js';

interface Verdict {
  fine: number;
  breaks: { workflow: string; type: string; reason: string }[];
  /** Open workflows by the build that they stay on. */
  staying: Record<string, number>;
}

export function register(program: Command): void {
  program
    .command('replay')
    .description('Replay what is open on this build’s workflow code, and name what a deployment of it would break.')
    .requiredOption('--open', 'every open workflow of the installation')
    .option('--json', 'end with one line of JSON: {fine, breaks: [{workflow, type, reason}], staying}')
    .addHelpText(
      'after',
      '\nTEMPORAL_ADDRESS, TEMPORAL_NAMESPACE: those of the installation; those of this state when unset. It changes nothing there.' +
        '\nA workflow that stays on a build of its own (docs/operations.md) never meets this one, and is not replayed.' +
        '\nExit codes: 0 nothing breaks, 1 something would, or it cannot be told, 2 wrong usage, 3 Temporal is not there.',
    )
    .action(({ json }: { json?: boolean }) => replayOpen(json === true));
}

async function replayOpen(json: boolean): Promise<void> {
  const sight = new Sight(0);
  const address = sight.temporalAddress;
  if (!address)
    throw new EnvironmentLack('Temporal of this installation is not there.', 'Start it, or set TEMPORAL_ADDRESS.');
  const client = await connectClient({ address, namespace: sight.namespace });
  const verdict: Verdict = { fine: 0, breaks: [], staying: {} };
  try {
    await reportStep(tickList(), 'Replayed', async (step) => {
      const histories = openHistories(client, (build) => {
        verdict.staying[build] = (verdict.staying[build] ?? 0) + 1;
      });
      for await (const { workflowId, type, error } of replayHistories(await workflowBundle(), histories)) {
        if (error) verdict.breaks.push({ workflow: workflowId, type, reason: reasonOf(error) });
        else verdict.fine += 1;
        step.note(`${verdict.fine + verdict.breaks.length}`);
      }
      return { value: null, detail: summary(verdict) };
    });
  } finally {
    await client.connection.close();
  }
  for (const { workflow, type, reason } of verdict.breaks) say(`${colors.red('✖')} ${workflow} (${type}): ${reason}`);
  if (json) printJson(verdict);
  process.exitCode = verdict.breaks.length > 0 ? 1 : 0;
}

function summary({ fine, breaks, staying }: Verdict): string {
  const stay = Object.entries(staying).map(([build, n]) => `${n} stay on build ${build}`);
  return [`${fine} go on`, `${breaks.length} would break`, ...stay].join(', ');
}
