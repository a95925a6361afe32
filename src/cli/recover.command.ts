/**
 * `pado recover`: what Temporal has lost is started again from Postgres. It tells what it would start, starts it, says what still waits, and ends with
 * the doctor's verdict. Again changes nothing, and one that was killed is begun again. After a restoration of Postgres it first holds everything and
 * ends the workflows that are ahead of it.
 */
import type { Command } from 'commander';
import { alarmOf } from '../domain/trigger/alarm.js';
import { EnvironmentLack, reportStep, type Report } from '../services/report.js';
import { createPool, type Pool } from '../storage/pool.js';
import { RecoveryStore, type StillWaiting } from '../storage/recovery.store.js';
import { RestorationsStore } from '../storage/restorations.store.js';
import { connectClient } from '../temporal/connect.js';
import { TemporalRecovery, type Lacking } from '../temporal/recovery.js';
import { printJson } from './api-verb.js';
import { findingsOf } from './doctor.command.js';
import { INSTALLATION_CHECKS } from './doctor-installation.js';
import { Sight, span } from './doctor-sight.js';
import { registerRelease } from './recover-release.js';
import { say, tickList } from './terminal.js';

interface Options {
  dryRun?: boolean;
  afterRestore?: boolean;
  reason?: string;
  json?: boolean;
}

const KINDS = ['delivery', 'payout', 'lane', 'run', 'start', 'sweep'] as const;
type Counts = Record<(typeof KINDS)[number], number>;
const NAMES: Record<keyof Counts, string> = {
  delivery: 'queues of gateways',
  payout: 'queues of providers',
  lane: 'lanes',
  run: 'runs',
  start: 'calendars of starts',
  sweep: 'the sweep',
};
/** Starts under way at once. */
const AT_ONCE = 16;
/** Business time that went back further than that would decide about customers in their past. */
const BEHIND_MAX_MS = 60_000;
const SWEEP_SECONDS = 20;
const PATIENCE_SECONDS = 900;

export function register(program: Command): void {
  const command = program
    .command('recover')
    .description('Start from Postgres whatever Temporal has lost, such as its whole store; every run goes on.')
    .option('--dry-run', 'tell what would be started, and start nothing')
    .option(
      '--after-restore',
      'Postgres was set back: hold every decision and hand-over, end the workflows that are ahead of it, ask before anything leaves again',
    )
    .option('--reason <text>', 'of --after-restore, for the audit log')
    .option('--json', 'end with one line of JSON: {namespace, restoration, started, waiting, well}')
    .addHelpText(
      'after',
      '\nDATABASE_URL, TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE: the servers of the installation; those of this state when unset.' +
        '\nPADO_SWEEP_SECONDS: how often the sweep is to come, as the workers have it.' +
        '\nExit codes: 0 started (the doctor may have found something), 1 failed, 2 wrong usage, 3 a server lacks something.',
    )
    .action((options: Options) => {
      if (options.afterRestore && (!options.reason || options.dryRun))
        command.error('--after-restore wants a --reason, and no --dry-run');
      return recover(options);
    });
  registerRelease(command);
}

async function recover({ dryRun = false, afterRestore = false, reason = '', json }: Options): Promise<void> {
  const sight = new Sight(PATIENCE_SECONDS);
  const [databaseUrl, address] = [sight.databaseUrl, sight.temporalAddress];
  if (!databaseUrl || !address) {
    const cure = 'Start it, or name it: DATABASE_URL, TEMPORAL_ADDRESS.';
    throw new EnvironmentLack(`${databaseUrl ? 'Temporal' : 'Postgres'} of this installation is not there.`, cure);
  }
  const report = tickList();
  const pool = createPool(databaseUrl, { max: 2, name: 'pado-recover' });
  const client = await connectClient({ address, namespace: sight.namespace });
  try {
    const store = new RecoveryStore(pool);
    const temporal = new TemporalRecovery(client);
    const made = dryRun ? false : await namespaceMade(report, temporal, sight.namespace);
    const restoration = afterRestore ? await hold(report, { pool, store, temporal }, reason) : null;
    const lacking = await reportStep(report, 'Lost', async () => {
      const value = await missing(store, temporal);
      return { value, detail: counted(value) };
    });
    if (!dryRun) await start(report, lacking);
    const waiting = await store.stillWaiting();
    say(waits(waiting));
    const well = dryRun ? null : await verdict(report);
    const started = dryRun ? null : counts(lacking);
    if (json) printJson({ namespace: made ? 'made' : 'there', restoration, started, waiting, well });
  } finally {
    await client.connection.close();
    await pool.end();
  }
}

const namespaceMade = (report: Report, temporal: TemporalRecovery, namespace: string): Promise<boolean> =>
  reportStep(report, 'Namespace', async () => {
    const value = await temporal.ensureNamespace();
    return { value, detail: value ? `${namespace} was made` : `${namespace} is there` };
  });

/** Everything is held, and no workflow of before goes on; returns the number of the restoration. Errors: those of both servers. */
async function hold(
  report: Report,
  { pool, store, temporal }: { pool: Pool; store: RecoveryStore; temporal: TemporalRecovery },
  reason: string,
): Promise<number> {
  return await reportStep(report, 'Held', async () => {
    const temporalNow = await temporal.now();
    if (temporalNow === null) throw new Error('invariant: a namespace that was made and is not there');
    const by = { by: 'recover', now: temporalNow + (await store.clockOffsetMs()) };
    const { no, restoredTo, temporalAt } = await new RestorationsStore(pool).begin(temporalNow, reason, by);
    const ended = await temporal.endOlder(temporalAt.getTime());
    const detail = `restoration ${no}, set back to ${restoredTo.toISOString()} at the latest; ${ended} workflows were ahead and are ended`;
    return { value: no, detail };
  });
}

/** Errors: EnvironmentLack where Temporal's clock would take business time back. */
async function missing(store: RecoveryStore, temporal: TemporalRecovery): Promise<Lacking[]> {
  const clockOffsetMs = await store.clockOffsetMs();
  const decidedAt = await store.decidedAt();
  const temporalNow = await temporal.now();
  const behindMs = decidedAt === null || temporalNow === null ? 0 : decidedAt - (temporalNow + clockOffsetMs);
  if (behindMs > BEHIND_MAX_MS) {
    throw new EnvironmentLack(
      `Temporal's clock is ${span(behindMs / 1_000)} behind what this installation has decided already.`,
      'Set the clock of Temporal’s machine; business time is Temporal’s.',
    );
  }
  const { starts, ...work } = await store.openWork();
  const alarms = starts.map(({ campaign, start, zone }) => ({ campaign, spec: alarmOf(start, zone) }));
  const sweepSeconds = Number(process.env['PADO_SWEEP_SECONDS'] ?? SWEEP_SECONDS);
  return await temporal.lacking({ ...work, alarms, clockOffsetMs, sweepSeconds });
}

async function start(report: Report, lacking: readonly Lacking[]): Promise<void> {
  if (lacking.length === 0) return;
  await reportStep(report, 'Started', async () => {
    const rest = [...lacking];
    const starter = async () => {
      for (let one = rest.shift(); one; one = rest.shift()) await one.start();
    };
    await Promise.all(Array.from({ length: AT_ONCE }, starter));
    return { value: null, detail: counted(lacking) };
  });
}

/** True when nothing of the installation needs a person. */
async function verdict(report: Report): Promise<boolean> {
  const findings = await findingsOf(new Sight(PATIENCE_SECONDS), INSTALLATION_CHECKS, report);
  say('./pado audit judges the laws, once what was due has had a minute to move.');
  return findings.every(({ state }) => state !== 'fail');
}

const counts = (lacking: readonly Lacking[]): Counts =>
  Object.fromEntries(KINDS.map((kind) => [kind, lacking.filter((one) => one.kind === kind).length])) as Counts;

function counted(lacking: readonly Lacking[]): string {
  const of = counts(lacking);
  const parts = KINDS.filter((kind) => of[kind] > 0).map((kind) => {
    return kind === 'sweep' ? NAMES[kind] : `${of[kind].toLocaleString('en')} ${NAMES[kind]}`;
  });
  return parts.length > 0 ? parts.join(', ') : 'nothing';
}

const waits = ({ people, queued, ambiguous, payouts, held }: StillWaiting): string =>
  `Still open: ${people} people in their journeys, ${queued} messages to hand over, ${payouts} payouts under way, ` +
  `${ambiguous} items of unknown outcome, ${held} held payouts.`;
