/**
 * `pado down`: ends what runs on this state and nothing else; with --reset it also forgets everything but the downloaded tools. Done
 * twice, it does nothing.
 */
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { liveUsers, withLock } from '../services/presence.js';
import { stopProcess } from '../services/processes.js';
import { reportStep, type Report } from '../services/report.js';
import { listRunning, stopAllEnrolled } from '../services/roster.js';
import { StateFolder } from '../services/state-folder.js';
import { stateDir } from './state-dir.js';
import { say, tickList } from './terminal.js';
import { runningUp } from './up-record.js';

interface Options {
  reset?: boolean;
  json?: boolean;
}

/** What `up` needs to end beside what it ends: it may still be starting that. */
const UP_ENDS_MS = 60_000;
/** What a reset leaves: downloads, and the lock of the launcher that runs this. */
const KEPT = new Set(['tools', 'setup.lock', 'setup.lock.d']);

export function register(program: Command): void {
  program
    .command('down')
    .description('Stop what `up` runs on this state.')
    .option('--reset', 'then clear the state folder: data, secrets and logs, but not the downloaded tools')
    .option('--json', 'end with one line of JSON: {stopped: [names], reset}')
    .addHelpText('after', '\nExit codes: 0 nothing runs any more, 1 another command uses this state, 2 wrong usage.')
    .action(async (options: Options) => {
      const { stopped, reset } = await down(options);
      if (options.json) process.stdout.write(`${JSON.stringify({ stopped, reset })}\n`);
    });
}

async function down(options: Options): Promise<{ stopped: string[]; reset: boolean }> {
  const dir = stateDir();
  if (!existsSync(dir)) return { stopped: [], reset: false };
  const state = StateFolder.open(dir);
  const report = tickList();
  const stopped = [...(await stopUp(state, report)), ...(await stopLeftOver(state, report))];
  const users = liveUsers(state);
  if (users.length > 0) {
    const who = users.map(({ pid }) => pid).join(', ');
    throw new Error(`Another pado still uses this state (pid ${who}): end that first; its services were left running.`);
  }
  if (stopped.length === 0) say('Nothing was running.');
  if (options.reset) await clear(state, report);
  return { stopped, reset: options.reset === true };
}

async function stopUp(state: StateFolder, report: Report): Promise<string[]> {
  const up = runningUp(state);
  if (!up) return [];
  return reportStep(report, 'Up', async (step) => {
    step.note('stopping');
    // it ends worker and API, then the services, each in its own time
    const endsMs = listRunning(state).reduce((sum, { stopMs }) => sum + stopMs, UP_ENDS_MS);
    await stopProcess(up, 'SIGTERM', endsMs);
    return { value: ['up'], detail: `stopped (pid ${up.pid})` };
  });
}

/** Of a launcher that was killed. */
async function stopLeftOver(state: StateFolder, report: Report): Promise<string[]> {
  return withLock(state, async () => {
    const names = listRunning(state).map(({ name }) => name);
    if (names.length === 0 || liveUsers(state).length > 0) return [];
    return reportStep(report, 'Services', async (step) => {
      step.note('stopping');
      await stopAllEnrolled(state);
      return { value: names, detail: `stopped: ${names.join(', ')}` };
    });
  });
}

function clear(state: StateFolder, report: Report): Promise<null> {
  return reportStep(report, 'State', () => {
    const busy: string[] = [];
    for (const name of readdirSync(state.dir)) {
      if (KEPT.has(name)) continue;
      if (isUsed(join(state.dir, name))) busy.push(name);
      else rmSync(join(state.dir, name), { recursive: true, force: true });
    }
    const left = busy.length > 0 ? `; in use and left: ${busy.join(', ')}` : '';
    return Promise.resolve({ value: null, detail: `cleared ${state.dir}${left}` });
  });
}

/** A state of its own inside, such as that of tests under way. */
function isUsed(dir: string): boolean {
  return existsSync(join(dir, 'run')) && liveUsers(StateFolder.open(dir)).length > 0;
}
