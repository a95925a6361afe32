/**
 * Checks of the installation: its processes and their build, Temporal's part in it, and what stands still until a person acts.
 */
import { EnvironmentLack } from '../services/report.js';
import { findRunning } from '../services/roster.js';
import type { TemporalFacts } from '../temporal/inspect.js';
import { builds } from './doctor-builds.js';
import { limits } from './doctor-limits.js';
import { turns } from './doctor-turns.js';
import { faulty, span, type Check, type Seen, type Sight } from './doctor-sight.js';
import { buildOnDisk } from './supervisor.js';
import { runningUp } from './up-record.js';

/** The sealer is told to come within 60 s; its batch under way may take 30. */
const SEALED_SECONDS = 90;
/** Heads are signed once a day, by the first sweep of it. */
const SIGNED_SECONDS = 26 * 3_600;
/** A sweep that is late by some rounds is not coming, and one that failed in as many does so again. */
const SWEEPS_MISSED = 3;
const SWEEP_LATE_MIN_MS = 60_000;
const READY_MS = 5_000;

export const INSTALLATION_CHECKS: readonly Check[] = (
  [
    ['Up', up],
    ['API', api],
    ['Build', build],
    ['Namespace', namespace],
    ['Workers', workers],
    ['Builds', builds],
    ['Turns', turns],
    ['Limits', limits],
    ['Sweep', sweep],
    ['Time', businessTime],
    ['Queues', queues],
    ['Providers', providers],
    ['Files', files],
    ['Ledger', ledger],
    ['Heads', heads],
    ['Ambiguous', ambiguous],
    ['Held', held],
  ] as const
).map(([check, look]) => ({ check, look, installation: true }));

function up({ state }: Sight): string {
  const running = runningUp(state);
  if (!running) return 'no ./pado up runs on this state';
  return running.urls ? `running, pid ${running.pid}: ${running.urls.api}` : `starting, pid ${running.pid}`;
}

async function api({ state }: Sight): Promise<Seen> {
  const url = process.env['PADO_URL'] ?? runningUp(state)?.urls?.api;
  if (!url) return null;
  const cure = `Read ${state.path('logs/api.log')}; ./pado down, then ./pado up starts it anew.`;
  let answer: Response;
  try {
    answer = await fetch(`${url.replace(/\/+$/, '')}/health/ready`, { signal: AbortSignal.timeout(READY_MS) });
  } catch {
    throw new EnvironmentLack(`The API does not answer at ${url}.`, cure);
  }
  if (answer.ok) return `${url} is ready`;
  const { checks = {} } = (await answer.json().catch(() => ({}))) as { checks?: Record<string, string> };
  const down = Object.keys(checks).filter((name) => checks[name] !== 'up');
  throw new EnvironmentLack(
    `The API answers, but cannot work: ${down.join(', ') || `status ${answer.status}`}.`,
    `Cure what is named first. ${cure}`,
  );
}

/** Both roles of `up`, and the program on the disk that would be started next. */
function build({ state }: Sight): Seen {
  if (!runningUp(state)?.urls) return null;
  const [ours, worker] = [findRunning(state, 'api'), findRunning(state, 'worker')];
  const missing = [ours ? [] : ['API'], worker ? [] : ['worker']].flat();
  const cure = './pado down, then ./pado up.';
  if (!ours || !worker) {
    const logs = missing.map((role) => state.path('logs', `${role.toLowerCase()}.log`)).join(', ');
    throw new EnvironmentLack(
      `Not running: ${missing.join(', ')}.`,
      `It is started again by itself. If it is not: read ${logs}.`,
    );
  }
  if (ours.version !== worker.version) {
    throw new EnvironmentLack(`The API runs ${ours.version}, the worker ${worker.version}.`, cure);
  }
  const onDisk = buildOnDisk();
  if (onDisk === ours.version) return `API and worker run ${onDisk}`;
  return { warning: `API and worker run ${ours.version}; on the disk is ${onDisk}.`, cure: `To run that one: ${cure}` };
}

async function namespace(sight: Sight): Promise<Seen> {
  const { namespace: name } = sight;
  try {
    const facts = await sight.temporal();
    if (!facts) return null;
    const { retentionMs, missingAttributes } = facts;
    const seen = `${name}, keeps closed workflows for ${span(retentionMs / 1_000)}`;
    if (!missingAttributes?.length) return seen;
    const names = missingAttributes.map((attribute) => `--name ${attribute} --type Keyword`).join(' ');
    return {
      warning: `${seen}; workflows cannot be found there by ${missingAttributes.join(', ')}.`,
      cure: `temporal operator search-attribute create --namespace ${name} ${names}; who is started from then on has them.`,
    };
  } catch (error) {
    const why = error instanceof Error ? error.message : 'no answer';
    throw new EnvironmentLack(
      `Temporal does not tell about its namespace ${name}: ${why}.`,
      'Make the namespace, or correct TEMPORAL_NAMESPACE.',
      { cause: error },
    );
  }
}

/** Only builds of before there were those queues do not ask. */
const OLD_WORKERS = 'Start a worker of this build.';

async function workers(sight: Sight): Promise<Seen> {
  const facts = await ofInstallation(sight);
  if (!facts) return null;
  const { pollers, deserted } = facts;
  const cure = 'Start a worker: ./pado up, or the role `worker` with the same configuration.';
  if (pollers.workflows === 0 || pollers.activities === 0)
    throw new EnvironmentLack('No worker has asked for work for a while: nothing moves.', cure);
  if (pollers.bulk === 0)
    throw new EnvironmentLack(
      'No worker asks for the work of lanes that have much to do: they stand still.',
      OLD_WORKERS,
    );
  if (pollers.freezes === 0)
    throw new EnvironmentLack('No worker asks for audiences to freeze: runs stay opening.', OLD_WORKERS);
  if (deserted.length === 0)
    return `at work on the task queue (${pollers.workflows} for workflows, ${pollers.activities} for activities)`;
  const names = deserted.map(({ kind, name }) => `${kind === 'delivery' ? 'gateway' : 'provider'} ${name}`).join(', ');
  throw new EnvironmentLack(
    `Something is to go to ${names}, and no worker is configured for it.`,
    'Name it in PADO_GATEWAYS or PADO_PAYOUT_PROVIDERS again, and start the worker anew.',
  );
}

async function sweep(sight: Sight): Promise<Seen> {
  if (process.env['PADO_SWEEP_SECONDS'] === '0') return 'no schedule: PADO_SWEEP_SECONDS is 0';
  const told = await ofInstallation(sight);
  if (!told) return null;
  const { sweep: facts } = told;
  if (!facts) {
    throw new EnvironmentLack(
      'Temporal has no schedule for the sweep: what a lost hint was for stays where it is.',
      'Each start of a worker makes it: ./pado down, then ./pado up.',
    );
  }
  if (facts.paused) {
    throw new EnvironmentLack(
      'Somebody has paused the schedule `sweep` in Temporal: what a lost hint was for stays where it is.',
      'Unpause it in Temporal’s UI (Schedules) or by: temporal schedule toggle --schedule-id sweep --unpause',
    );
  }
  if (facts.failed >= SWEEPS_MISSED) {
    throw new EnvironmentLack(
      `The last ${facts.failed} rounds of the sweep have failed: some of what a lost hint was for may stay where it is.`,
      'Look at what the last workflows `sweep-…` failed with in Temporal’s UI, and at the log of the worker.',
    );
  }
  const sinceMs = Date.now() - facts.lastAt;
  const every = `every ${span(facts.everyMs / 1_000)}`;
  if (facts.running || sinceMs < Math.max(SWEEP_LATE_MIN_MS, SWEEPS_MISSED * facts.everyMs))
    return `${every}, last ${span(Math.max(0, sinceMs) / 1_000)} ago`;
  throw new EnvironmentLack(
    `The sweep is to come ${every}, and was there ${span(sinceMs / 1_000)} ago.`,
    'Look at the schedule `sweep` and its last workflows in Temporal’s UI, and at the log of the worker.',
  );
}

async function businessTime(sight: Sight): Promise<Seen> {
  const waiting = await sight.waiting();
  if (!waiting) return null;
  const { businessEpoch } = waiting;
  if (!businessEpoch) return 'business time is Temporal’s time';
  return `a business time of its own, from ${businessEpoch.toISOString()} on: everything outside is simulated`;
}

async function queues(sight: Sight): Promise<Seen> {
  const waiting = await sight.waiting();
  if (!waiting) return null;
  if (waiting.attention.length === 0) return 'none needs attention';
  const faults = waiting.attention.map(({ kind, name, shard, attention }) => ({
    what: `${kind}/${name}/${shard} has stopped: ${attention}.`,
    cure:
      `Find out with the owner of ${name} why it answers so; nothing of it was acted on. Then: ` +
      `./pado attention clear ${kind === 'delivery' ? 'gateway' : 'provider'}/${name} --reason TEXT`,
  }));
  throw faulty(faults);
}

async function providers(sight: Sight): Promise<Seen> {
  const waiting = await sight.waiting();
  if (!waiting) return null;
  const { openBreakers } = waiting;
  if (openBreakers.length === 0) return 'none is left alone';
  const seen = openBreakers.map(
    ({ provider, failures, openSeconds }) =>
      `${provider} has not answered ${failures} submissions in a row, for ${span(openSeconds)}`,
  );
  return {
    warning: `${seen.join('; ')}: nothing is submitted meanwhile.`,
    cure: 'One payout tries it again now and then by itself, and its answer lets the others go. If it stays so: is the provider up, and can the worker reach it?',
  };
}

async function files(sight: Sight): Promise<Seen> {
  const waiting = await sight.waiting();
  if (!waiting) return null;
  const { resultFiles, unwrittenFiles } = waiting;
  const seen = resultFiles.flatMap(({ provider, missing, refused }) => [
    ...(missing.length > 0 ? [`of ${provider} result files are missing: ${missing.slice(0, 10).join(', ')}`] : []),
    ...refused.slice(0, 10).map(({ name, why }) => `${name} of ${provider} was not taken: ${why}`),
  ]);
  if (unwrittenFiles.n > 0) seen.push(`${unwrittenFiles.n} payout files are not written yet`);
  if (seen.length === 0) return 'nothing is missing between partners and us';
  return {
    warning: `${seen.join('; ')}.`,
    cure: 'Ask the partner for what is missing or wrong, under the same number (docs/payout-files.md); can the worker write its folder?',
  };
}

async function ledger(sight: Sight): Promise<Seen> {
  const waiting = await sight.waiting();
  if (!waiting) return null;
  const { n, oldestSeconds } = waiting.unsealed;
  if (oldestSeconds === null) return 'every transfer and every line of the audit log is sealed';
  const seen = `${n} not sealed yet, the oldest for ${span(oldestSeconds)}`;
  if (oldestSeconds < SEALED_SECONDS) return seen;
  throw new EnvironmentLack(
    `Transfers of the ledger, or lines of the audit log: ${seen}.`,
    'The sweep seals them: see Workers and Sweep, then the log of the worker.',
  );
}

async function heads(sight: Sight): Promise<Seen> {
  const waiting = await sight.waiting();
  if (!waiting) return null;
  const { unsignedSeconds: age } = waiting;
  if (age === null) return 'a signed head covers every sealed transfer';
  const seen = `the oldest transfer that no signed head covers was sealed ${span(age)} ago`;
  if (age < SIGNED_SECONDS) return seen;
  return {
    warning: `Nobody signs the ledger: ${seen}.`,
    cure: 'Give the worker PADO_LEDGER_KEYS, and heads a way out of the database (docs/ledger.md). Where it has them: read its log.',
  };
}

async function ambiguous(sight: Sight): Promise<Seen> {
  const waiting = await sight.waiting();
  if (!waiting) return null;
  const found = [
    { what: 'messages', ...waiting.ambiguousMessages },
    { what: 'payouts', ...waiting.ambiguousPayouts },
  ].filter(({ n }) => n > 0);
  if (found.length === 0) return 'nothing whose outcome is unknown';
  const seen = found
    .map(({ n, what, oldestSeconds }) => `${n} ${what}, the oldest for ${span(oldestSeconds ?? 0)}`)
    .join('; ');
  if (found.every(({ oldestSeconds }) => (oldestSeconds ?? 0) < sight.patienceSeconds)) return seen;
  return {
    warning: `Nobody knows yet what became of ${seen}.`,
    cure: 'They are asked about by themselves. If it stays so: is the other side up, and can it be asked (lookup)? Else its owner has to say.',
  };
}

async function held(sight: Sight): Promise<Seen> {
  const waiting = await sight.waiting();
  if (!waiting) return null;
  if (waiting.heldPayouts === 0) return 'no payout waits for a person';
  return {
    warning: `${waiting.heldPayouts} payouts are held.`,
    cure: 'Finance decides: GET /v1/payouts?state=held, see docs/finance.md.',
  };
}

/** Null where Temporal does not tell, or where there are no tables of an installation that would have workers. */
async function ofInstallation(sight: Sight): Promise<TemporalFacts | null> {
  return (await sight.waiting()) && (await sight.temporal().catch(() => null));
}
