/**
 * Postgres: the server that DATABASE_URL names, else the embedded one: durable (fsync on), on loopback only, its owner's password kept in
 * the state folder.
 */
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { embeddedPrograms, type PostgresPrograms } from './postgres-programs.js';
import { unprivileged, type Unprivileged } from './postgres-user.js';
import { choosePort } from './ports.js';
import { identify, runQuietly, stopProcess } from './processes.js';
import { EnvironmentLack } from './report.js';
import type { ServiceKind } from './service.js';
import type { StateFolder } from './state-folder.js';

const OWNER = 'pado';
const DATABASE = 'pado';
const MIB = 1024 * 1024;
/** Until a server is given up that takes a connection and says nothing on it. */
const ANSWER_MS = 5_000;
/** To end its sessions and write down what is in memory; a slow disk is no reason to make it recover. */
const STOP_MS = 120_000;
/** `cannot_connect_now`: it starts, recovers or shuts down. */
const NOT_NOW = '57P03';

const SETTINGS = {
  listen_addresses: '127.0.0.1',
  // A socket's path may have 107 bytes only; loopback serves.
  unix_socket_directories: '',
  max_connections: '200',
  shared_buffers: '256MB',
  work_mem: '16MB',
  maintenance_work_mem: '128MB',
  max_locks_per_transaction: '256',
  max_wal_size: '2GB',
  wal_compression: 'on',
  checkpoint_timeout: '15min',
  random_page_cost: '1.1',
  jit: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
};

/**
 * What it says to whoever calls while it starts or ends, and why; the reason stands on a line of its own (Postgres 18, `backend_startup.c`).
 */
const TOLD_TO_CALLERS =
  /FATAL: +the database system is |DETAIL: +(Consistent recovery state|Recovery snapshot is not yet|Hot standby mode is)/;

export function embeddedPostgres(state: StateFolder): ServiceKind {
  const dataDir = state.path('postgres');
  let programs: PostgresPrograms;
  let as: Unprivileged;
  return {
    name: 'postgres',
    title: 'Postgres',
    signal: 'SIGINT', // "fast": ends sessions, loses nothing
    stopMs: STOP_MS,
    aside: TOLD_TO_CALLERS,
    async prepare() {
      programs = await embeddedPrograms();
      as = unprivileged([dirname(programs.postgres), state.dir]);
      await endForgotten(dataDir);
      if (!existsSync(join(dataDir, 'PG_VERSION'))) await initialise(state, dataDir, programs, as);
      return { how: 'embedded' };
    },
    choosePorts: async () => ({ main: await choosePort(state, 'postgres') }),
    launch({ main }) {
      const settings = { ...SETTINGS, port: String(main), ...smallSharedMemory() };
      const args = ['-D', dataDir, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
      return as.run(programs.postgres, args);
    },
    async probe({ main }) {
      return ensureDatabase(state, main ?? 0);
    },
    isUnderWay: beginsOrEnds,
  };
}

/** The owner's URL of the embedded database. */
export function embeddedUrl(state: StateFolder, port: number, database = DATABASE): string {
  return `postgresql://${OWNER}:${state.secret('postgres')}@127.0.0.1:${port}/${database}`;
}

/** Whether it has answered, and only that it takes nobody in for the moment: it is alive, and to end it would make it begin again. */
export const beginsOrEnds = (error: unknown): boolean => error instanceof pg.DatabaseError && error.code === NOT_NOW;

/** The version of the server there. Errors: those of the connection. */
export async function probePostgres(url: string): Promise<string> {
  const version = async (client: pg.Client) => {
    const { rows } = await client.query<{ server_version: string }>('show server_version');
    return rows[0]?.server_version.split(' ')[0] ?? '';
  };
  return withClient(url, version, ANSWER_MS);
}

async function ensureDatabase(state: StateFolder, port: number): Promise<string> {
  try {
    return await probePostgres(embeddedUrl(state, port));
  } catch (error) {
    if (!(error instanceof pg.DatabaseError) || error.code !== '3D000') throw error;
    await withClient(embeddedUrl(state, port, 'postgres'), (client) => client.query(`create database ${DATABASE}`));
    return probePostgres(embeddedUrl(state, port));
  }
}

/** One session of the owner. `answerMs`: until a statement is given up; never when left out. Errors: those of the connection and of `work`. */
export async function withClient<T>(
  url: string,
  work: (client: pg.Client) => Promise<T>,
  answerMs?: number,
): Promise<T> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: ANSWER_MS, query_timeout: answerMs });
  client.on('error', () => undefined); // the query that was under way rejects with it
  try {
    await client.connect();
    return await work(client);
  } finally {
    await client.end();
  }
}

async function initialise(
  state: StateFolder,
  dataDir: string,
  programs: PostgresPrograms,
  as: Unprivileged,
): Promise<void> {
  // Unfinished: initdb wants an empty folder.
  rmSync(dataDir, { recursive: true, force: true });
  mkdirSync(dataDir, { mode: 0o700 });
  const passwordFile = state.path('run', 'postgres-password');
  writeFileSync(passwordFile, `${state.secret('postgres')}\n`, { mode: 0o600 });
  try {
    as.own(dataDir);
    as.own(passwordFile);
    as.passThrough(dirname(passwordFile));
    const { command, args, ...options } = as.run(programs.initdb, [
      `--pgdata=${dataDir}`,
      `--username=${OWNER}`,
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      // Built in: sorts the same on every machine, whatever locales it has.
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
      '--locale=C',
    ]);
    const { code, stdout, stderr } = await runQuietly(command, args, options);
    if (code === 0) return;
    rmSync(dataDir, { recursive: true, force: true });
    throw new EnvironmentLack(
      `Postgres could not make its data folder: ${`${stdout}\n${stderr}`.trim().split('\n').slice(-4).join(' ')}`,
      `Check the free space of the disk and the rights on ${state.dir}.`,
    );
  } finally {
    rmSync(passwordFile, { force: true });
  }
}

/**
 * A server on our data folder that no roster knows: its launcher was killed in the moment between start and note. Where its pid is somebody else's by now,
 * as after a container's restart, its file goes, for Postgres would take them for that server; we hold the state's lock.
 */
async function endForgotten(dataDir: string): Promise<void> {
  const pidFile = join(dataDir, 'postmaster.pid');
  if (!existsSync(pidFile)) return;
  const found = identify(Math.abs(Number(readFileSync(pidFile, 'utf8').split('\n')[0]))); // below zero: in single-user mode
  const place = found && worksIn(found.pid);
  if (found && place === realpathSync(dataDir)) await stopProcess(found, 'SIGINT', STOP_MS);
  else if (!found || place !== null) rmSync(pidFile, { force: true });
}

function worksIn(pid: number): string | null {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return null; // gone, somebody else's, or a system without /proc
  }
}

/** Containers often have 64 MiB of shared memory: too little for parallel queries. */
function smallSharedMemory(): Record<string, string> {
  if (process.platform !== 'linux') return {};
  const { bsize, blocks } = existsSync('/dev/shm') ? statfsSync('/dev/shm') : { bsize: 0, blocks: 0 };
  return bsize * blocks < 256 * MIB ? { dynamic_shared_memory_type: 'mmap' } : {};
}
