/**
 * What a measurement was made on: the machine, and the versions and variants of the servers that the environment names. It is printed with every
 * result, for figures are compared within the same surroundings only. And which processes an installation consists of.
 */
import { availableParallelism, cpus, totalmem } from 'node:os';
import pg from 'pg';
import { probeRedis } from '../../src/services/redis.js';
import { probeTemporal } from '../../src/services/temporal.js';
import { CpuMeter, argumentsOf, listenerOn, programOf, type Processes } from './cpu-meter.js';
import type { Stack } from './stack.js';

export type Surroundings = Record<string, string>;

const GIB = 1024 ** 3;

/** By what it is of, one line each. Servers that are not named are left out. Errors: one that does not answer. */
export async function surroundings(): Promise<Surroundings> {
  const { DATABASE_URL: database, REDIS_URL: redis, TEMPORAL_ADDRESS: temporal } = process.env;
  return {
    machine: `${availableParallelism()} cores (${cpus()[0]?.model.trim() ?? 'unknown'}), ${(totalmem() / GIB).toFixed(0)} GiB, ${process.platform}`,
    node: process.versions.node,
    ...(database ? { postgres: await postgresLine(database) } : {}),
    ...(redis ? { redis: `${await probeRedis(redis)}, ${variant(portOf(redis))}` } : {}),
    ...(temporal ? { temporal: await temporalLine(temporal) } : {}),
  };
}

const SETTINGS = ['server_version', 'fsync', 'synchronous_commit', 'shared_buffers', 'work_mem', 'max_wal_size'];

async function postgresLine(url: string): Promise<string> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const values: string[] = [];
    for (const name of SETTINGS) {
      const { rows } = await client.query<Record<string, string>>(`show ${name}`);
      values.push(`${name} ${rows[0]?.[name]}`);
    }
    const [version = '', ...settings] = values;
    return [version.split(' ')[1], variant(portOf(url)), ...settings].join(', ');
  } finally {
    await client.end();
  }
}

/** The development server keeps what it knows in memory or in a file: its rates differ many times. */
async function temporalLine(address: string): Promise<string> {
  const version = await probeTemporal(address);
  const pid = local(() => listenerOn(portOf(`tcp://${address}`)));
  return [version, variant(portOf(`tcp://${address}`)), ...(pid ? [historyOf(pid)] : [])].join(', ');
}

function historyOf(pid: number): string {
  const command = local(() => argumentsOf(pid)) ?? [];
  if (!command.includes('start-dev')) return 'server';
  return command.includes('--db-filename') ? 'development server, SQLite file' : 'development server, in memory';
}

/** Where its program came from: `embedded` (an npm package), `wheel` (of ours), `system`, or `elsewhere` where it is not of this machine. */
function variant(port: number): string {
  const program = local(() => programOf(listenerOn(port)));
  if (program === undefined) return 'elsewhere';
  if (program.includes('/node_modules/')) return 'embedded';
  return /^\/(usr|opt)\//.test(program) ? 'system' : 'wheel';
}

function local<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    return undefined; // another machine's, another user's, or no /proc
  }
}

const portOf = (url: string): number => Number(new URL(url).port);

/** API, workers, Postgres, Redis, Temporal, this process and `others`. Errors: no /proc, or a server that is not of this machine. */
export function meterOf(stack: Stack, others: Processes = {}): CpuMeter {
  const { REDIS_URL: redis } = process.env;
  const pid = ({ pid }: { pid: number | undefined }): number => {
    if (pid === undefined) throw new Error('a process of the installation does not run');
    return pid;
  };
  return new CpuMeter({
    api: [pid(stack.api)],
    worker: stack.workers.map(pid),
    postgres: [listenerOn(portOf(stack.ownerUrl))],
    ...(redis ? { redis: [listenerOn(portOf(redis))] } : {}),
    temporal: [listenerOn(portOf(`tcp://${stack.temporalAddress}`))],
    ...others,
  });
}
