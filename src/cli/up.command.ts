/**
 * `pado up`: API and worker on this state until Ctrl-C or SIGTERM; then everything it started is stopped in order, and nothing else.
 */
import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { InvalidArgumentError, type Command } from 'commander';
import colors from 'picocolors';
import { z } from 'zod';
import { choosePort } from '../services/ports.js';
import { reportStep, type Report } from '../services/report.js';
import { prepareStack, type PreparedStack } from '../services/stack.js';
import { StateFolder } from '../services/state-folder.js';
import { stateDir } from './state-dir.js';
import { createFirstKey, firstLink, Supervisor } from './supervisor.js';
import { readyCard, type Ready } from './ready-card.js';
import { say, tickList } from './terminal.js';
import { upDemo } from './up-demo.js';
import { announceUp, claimUp, releaseUp, runningUp, urlsOfUp } from './up-record.js';

interface Options {
  detach?: boolean;
  port?: number;
  json?: boolean;
  demo?: boolean;
}

type Outcome = Omit<Ready, 'second'>;

export function register(program: Command): void {
  program
    .command('up')
    .description('Run API and worker, with the services they need, until Ctrl-C.')
    .option('--detach', 'go on in the background; returns when ready')
    .option('--port <port>', 'where the API listens; that of the last start or a free one when left out', port)
    .option(
      '--demo',
      'a demonstration instead, beside your own data and without it: a campaign that moves, and all of it made up',
    )
    .option(
      '--json',
      'print one line of JSON when ready: {api, docs, temporalUi, adminKey?, signIn?}, of a demonstration {api, docs, signIn, second}',
    )
    .addHelpText(
      'after',
      '\nDATABASE_URL, REDIS_URL, TEMPORAL_ADDRESS: servers of yours; what is unset is started here.' +
        '\nPADO_STATE: the state folder, .pado of the clone when unset. Logs are in its folder logs.' +
        '\nExit codes: 0 ended in order or running already, 1 could not start, 2 wrong usage, 3 the machine lacks something.',
    )
    .action((options: Options, command: Command) => {
      if (options.demo) {
        if (options.detach || options.port !== undefined)
          command.error('error: --demo stays here, on a port of its own: neither --detach nor --port go with it');
        return upDemo(options, stopSignal());
      }
      return options.detach ? detach(options) : run(options);
    });
}

async function run(options: Options): Promise<void> {
  const state = StateFolder.open(stateDir());
  const stop = stopSignal();
  const children: Supervisor[] = [];
  stop.again(() => {
    for (const child of children) child.kill();
  });
  if (await claimUp(state, stop.signal)) return tellRunning(state, options, stop.signal);
  const report = tickList();
  let stack: PreparedStack | null = null;
  try {
    stack = await prepareStack({ stateDir: state.dir, report, profile: 'persistent', signal: stop.signal });
    const outcome = await Promise.race([startRoles(state, stack, options, report, children), aborted(stop)]);
    announceUp(state, outcome.urls);
    hand(outcome, options);
    await stop.wait;
  } catch (error) {
    if (!stop.signal.aborted) throw error;
  } finally {
    await windUp(state, stack, children, report);
  }
}

async function startRoles(
  state: StateFolder,
  stack: PreparedStack,
  options: Options,
  report: Report,
  children: Supervisor[],
): Promise<Outcome> {
  const { temporalUiUrl } = stack.services;
  const portOfApi = options.port ?? process.env['PADO_PORT'] ?? (await choosePort(state, 'api'));
  const env = { ...stack.env, PADO_PORT: String(portOfApi) };
  const start = (role: 'api' | 'worker', title: string) =>
    reportStep(report, title, async () => {
      const supervisor = new Supervisor(state, role, env, say);
      children.push(supervisor);
      const url = await supervisor.start();
      return { value: url, detail: url ?? 'ready' };
    });
  const [api] = await Promise.all([start('api', 'API'), start('worker', 'Worker')]);
  if (api === undefined) throw new Error('the API told no URL');
  // Last, so that nothing is made that nobody is shown.
  const signIn = await signInLink(api, env);
  const adminKey = signIn && ((await createFirstKey(state, env)) ?? undefined);
  const urls = { api, docs: `${api}/docs`, ...(temporalUiUrl ? { temporalUi: temporalUiUrl } : {}) };
  return { urls, adminKey, signIn };
}

/** In the fragment, so that no server and no proxy ever sees it. None where the first person may not sign in any more. */
async function signInLink(api: string, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  try {
    const base = process.env['PADO_CONSOLE_URL']?.replace(/\/+$/, '') ?? api;
    return `${base}/sign-in#token=${await firstLink(env)}`;
  } catch (error) {
    say(`No link to sign in: ${error instanceof Error ? error.message : 'failed'}`);
    return undefined;
  }
}

async function windUp(
  state: StateFolder,
  stack: PreparedStack | null,
  children: Supervisor[],
  report: Report,
): Promise<void> {
  if (stack) {
    await reportStep(report, 'Stopped', async () => {
      await Promise.all(children.map((child) => child.stop()));
      const last = await stack.services.stop();
      return { value: null, detail: last ? 'API, worker, services' : 'API, worker; the services are in use elsewhere' };
    });
  }
  releaseUp(state);
}

/** To whom started us in the background, else to the reader: a key must not end in a log. */
function hand(outcome: Outcome, options: Options): void {
  if (process.send) process.send(outcome);
  else present(outcome, options);
}

function present(ready: Outcome, { json, detach: background = false }: Options): void {
  const { urls, adminKey, signIn } = ready;
  if (json) process.stdout.write(`${JSON.stringify({ ...urls, adminKey, signIn })}\n`);
  else process.stdout.write(`${readyCard(ready, { demo: false, background }, colors).join('\n')}\n`);
}

async function tellRunning(state: StateFolder, options: Options, signal: AbortSignal): Promise<void> {
  say(`pado is already running on this state (pid ${runningUp(state)?.pid}).`);
  const urls = await urlsOfUp(state, signal);
  if (!urls) throw new Error('It ended before it was ready; try again.');
  hand({ urls }, options);
}

/** `run` in a process of its own that outlives this one; its tick list is ours until it is ready. */
async function detach(options: Options): Promise<void> {
  const state = StateFolder.open(stateDir());
  if (runningUp(state)) return tellRunning(state, options, new AbortController().signal);
  const log = openSync(state.path('logs/up.log'), 'a', 0o600);
  const args = ['up', ...(options.port === undefined ? [] : ['--port', String(options.port)])];
  const cli = process.argv[1] ?? '';
  const child = spawn(process.execPath, [...process.execArgv, cli, ...args], {
    stdio: ['ignore', log, log, 'ipc'],
    detached: true,
  });
  closeSync(log);
  const outcome = await reportStep(tickList(), 'Up', async () => {
    const value = await new Promise<Outcome>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code) => reject(new Error(`it ended with ${code}; see ${state.path('logs/up.log')}`)));
      child.once('message', (message) => resolve(outcomeSchema.parse(message)));
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => child.kill('SIGTERM'));
    });
    return { value, detail: `in the background, pid ${child.pid}; ./pado down stops it` };
  });
  child.disconnect();
  child.unref();
  present(outcome, options);
}

const outcomeSchema = z.object({
  urls: z.object({ api: z.string(), docs: z.string(), temporalUi: z.string().optional() }),
  adminKey: z.string().optional(),
  signIn: z.string().optional(),
});

async function aborted(stop: ReturnType<typeof stopSignal>): Promise<never> {
  await stop.wait;
  throw stop.signal.reason;
}

function stopSignal() {
  const controller = new AbortController();
  const impatient: (() => void)[] = [];
  const wait = new Promise<void>((resolve) => {
    const receive = () => {
      if (controller.signal.aborted) for (const act of impatient) act();
      controller.abort();
      resolve();
    };
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, receive);
  });
  return { signal: controller.signal, wait, again: (act: () => void) => impatient.push(act) };
}

function port(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 0 || number > 65_535) throw new InvalidArgumentError('is not a port');
  return number;
}
