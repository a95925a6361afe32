/**
 * Checks of the servers: reachable, which version, and what of their settings money, memory or time depend on.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { makeSpace } from '../services/full-disk.js';
import { inspectRole } from '../services/inspect-postgres.js';
import { inspectRedis } from '../services/inspect-redis.js';
import { embeddedPrograms } from '../services/postgres-programs.js';
import { unprivileged } from '../services/postgres-user.js';
import { beginsOrEnds, probePostgres } from '../services/postgres.js';
import { runQuietly } from '../services/processes.js';
import { findRedis, probeRedis } from '../services/redis.js';
import { EnvironmentLack, whyOf } from '../services/report.js';
import { findTemporal, probeTemporal } from '../services/temporal.js';
import { faulty, span, type Check, type Seen, type Sight } from './doctor-sight.js';

/** Two roles, each with a pool or two of ten, and the migrations, the audit and a person beside them. */
const CONNECTIONS_MIN = 60;
const CONNECTIONS_SCARCE = 0.8;
/** Bytes: of what it said last. */
const LOG_END = 8_000;
/** Signatures are refused beyond five minutes; leases and time-outs are a few seconds. */
const SKEW_MS = { warn: 1_000, fail: 60_000 };
const MIB = 1024 ** 2;
/** What a slot that nobody reads may keep. */
const SLOT_BYTES_MAX = 1024 ** 3;

export const SERVER_CHECKS: readonly Check[] = [
  { check: 'Postgres', look: postgres },
  { check: 'Durable', look: durable },
  { check: 'WAL', look: wal },
  { check: 'Tables', look: tables },
  { check: 'App role', look: appRole },
  { check: 'Clock', look: clock },
  { check: 'Redis', look: redis },
  { check: 'Eviction', look: eviction },
  { check: 'Temporal', look: temporal },
];

async function postgres(sight: Sight): Promise<Seen> {
  const { databaseUrl } = sight;
  if (databaseUrl === null) return embeddedPostgres(sight.state);
  const version = await reach('DATABASE_URL', 'Postgres', () => probePostgres(databaseUrl));
  const { connections } = (await sight.postgres()) ?? {};
  if (!connections) return `${version}, ${placeOf('DATABASE_URL', databaseUrl)}`;
  const seen = `${version}, ${placeOf('DATABASE_URL', databaseUrl)}, ${connections.used} of ${connections.max} connections`;
  if (connections.max < CONNECTIONS_MIN)
    return { warning: `${seen}: too few.`, cure: `Set max_connections of the server to ${CONNECTIONS_MIN} or more.` };
  if (connections.used < connections.max * CONNECTIONS_SCARCE) return seen;
  return {
    warning: `${seen}: nearly all in use.`,
    cure: 'See who holds them in pg_stat_activity, or set max_connections higher.',
  };
}

async function embeddedPostgres(state: Sight['state']): Promise<Seen> {
  if (hasFilledItsDisk(state))
    throw new EnvironmentLack('Embedded Postgres has stopped, because its disk was full.', makeSpace(state));
  const programs = await embeddedPrograms();
  const as = unprivileged([programs.postgres, state.dir]);
  const { command, args, ...options } = as.run(programs.postgres, ['--version']);
  const output = await runQuietly(command, args, options);
  if (output.code === 0) return `${/[\d.]+/.exec(output.stdout)?.[0]}, embedded, not running`;
  throw new EnvironmentLack(
    `Embedded Postgres does not run: ${output.stderr.trim()}.`,
    'Set DATABASE_URL to a Postgres of yours.',
  );
}

/** By the end of its log. */
function hasFilledItsDisk(state: Sight['state']): boolean {
  const end = endOf(state.path('logs/postgres.log'));
  return end.lastIndexOf('No space left on device') > end.lastIndexOf('ready to accept connections');
}

function endOf(file: string): string {
  let log: number;
  try {
    log = openSync(file, 'r');
  } catch {
    return ''; // it has never run here
  }
  try {
    const end = Buffer.alloc(LOG_END);
    return end.toString('utf8', 0, readSync(log, end, 0, LOG_END, Math.max(0, fstatSync(log).size - LOG_END)));
  } finally {
    closeSync(log);
  }
}

/** Of every commit the books depend on it. */
async function durable(sight: Sight): Promise<Seen> {
  const facts = await sight.postgres();
  if (!facts) return null;
  const { synchronousCommit, fsync, fullPageWrites } = facts.settings;
  const faults = Object.entries({ synchronous_commit: synchronousCommit, fsync, full_page_writes: fullPageWrites })
    .filter(([, value]) => value === 'off')
    .map(([name]) => ({
      what: `${name} is off: a commit may be lost when the machine stops.`,
      cure: `Take ${name} = off out of the server's and the database's settings (alter system, alter database, alter role).`,
    }));
  if (faults.length > 0) throw faulty(faults);
  return `synchronous_commit ${synchronousCommit}, fsync and full_page_writes on`;
}

/** What would fill the disk of pg_wal in the end, upon which the server stops. */
async function wal(sight: Sight): Promise<Seen> {
  const facts = (await sight.postgres())?.wal;
  if (!facts) return null;
  const { archiveFailsSeconds, slots } = facts;
  const large = slots.filter(({ bytes }) => bytes > SLOT_BYTES_MAX);
  const seen = [
    ...(archiveFailsSeconds === null ? [] : [`nothing has been archived for ${span(archiveFailsSeconds)}`]),
    ...large.map(({ name, bytes }) => `the slot ${name}, which nobody reads, keeps ${(bytes / MIB).toFixed(0)} MiB`),
  ];
  if (seen.length === 0) return 'nothing keeps the server from reusing its WAL';
  return {
    warning: `WAL is kept until its disk is full, and then Postgres stops: ${seen.join('; ')}.`,
    cure: 'Cure archive_command (the log of Postgres says why it fails), or drop the slot: select pg_drop_replication_slot(NAME). Delete nothing of pg_wal by hand.',
  };
}

async function tables(sight: Sight): Promise<Seen> {
  const migrations = (await sight.postgres())?.migrations;
  if (migrations === undefined) return null;
  if (migrations === null)
    return { warning: 'This database has no tables yet.', cure: 'The first ./pado up makes them.' };
  const { applied, pending, failed, unknown } = migrations;
  if (failed.length > 0) {
    throw new EnvironmentLack(
      `A migration was cut short: ${failed.join(', ')}.`,
      'Nothing of it is in force. ./pado up tries it again, and says why where it fails.',
    );
  }
  if (unknown.length > 0) {
    throw new EnvironmentLack(
      `The database is newer than this program: it has ${unknown.join(', ')}.`,
      'Run the program that made them: git pull, then start again.',
    );
  }
  if (pending.length === 0) return `${applied} migrations applied, none pending`;
  return {
    warning: `${applied} migrations applied, ${pending.length} pending: ${pending.join(', ')}.`,
    cure: 'The next ./pado up applies them. Read the first comment of each: whether workers must stop.',
  };
}

async function appRole(sight: Sight): Promise<Seen> {
  if (sight.databaseUrl === null || !(await sight.postgres())?.migrations) return null;
  const named = process.env['PADO_DATABASE_URL'];
  const { role, excess } = await inspectRole(
    sight.databaseUrl,
    named ? decodeURIComponent(new URL(named).username) : undefined,
  );
  if (excess === null) {
    return {
      warning: `There is no role ${role}: the application runs as the owner, and only triggers protect the ledger.`,
      cure: 'Let the owner make roles (createrole), or name a role of its own by PADO_DATABASE_URL; then start again.',
    };
  }
  if (excess.length === 0) return `${role} cannot change what is append-only, and owns nothing`;
  const listed = excess.slice(0, 5).join(', ') + (excess.length > 5 ? `, and ${excess.length - 5} more` : '');
  throw new EnvironmentLack(
    `The application's role ${role} can do what it must not: ${listed}.`,
    './pado up gives it its rights anew. A superuser or owner has to be another role; a trigger that is off is switched on by ' +
      'the owner (alter table … enable trigger all). Then find out who changed it, and run ./pado audit.',
  );
}

async function clock(sight: Sight): Promise<Seen> {
  const facts = await sight.postgres();
  return facts && judgeSkew(facts.aheadMs);
}

/** By how much Postgres' clock is ahead of this machine's. */
export function judgeSkew(aheadMs: number): Seen {
  const off = Math.abs(aheadMs);
  if (off < SKEW_MS.warn) return 'this machine and Postgres agree within a second';
  const what = `The clock of Postgres is ${span(off / 1_000)} ${aheadMs > 0 ? 'ahead of' : 'behind'} this machine's.`;
  const cure = 'Set both by NTP (chrony, systemd-timesyncd). Until then leases and signatures may be judged wrongly.';
  if (off < SKEW_MS.fail) return { warning: what, cure };
  throw new EnvironmentLack(what, cure);
}

async function redis({ redisUrl, state }: Sight): Promise<Seen> {
  if (redisUrl !== null)
    return `${await reach('REDIS_URL', 'Redis', () => probeRedis(redisUrl))}, ${placeOf('REDIS_URL', redisUrl)}`;
  const found = findRedis(state);
  return found ? `${found.how}, not running: ${found.file}` : 'not here yet: pip will fetch it';
}

async function eviction({ redisUrl }: Sight): Promise<Seen> {
  if (redisUrl === null) return null;
  const facts = await inspectRedis(redisUrl).catch(() => null); // said by the check before
  if (!facts) return null;
  const { evictionPolicy, memoryMax, memoryUsed, appendOnly } = facts;
  const room = memoryMax === 0 ? 'no limit' : `of ${(memoryMax / MIB).toFixed(0)} MiB`;
  const kept = appendOnly ? 'written to disk, which Pado does not need' : 'nothing kept on disk, as nothing has to be';
  const seen = `${evictionPolicy}, ${(memoryUsed / MIB).toFixed(0)} MiB used, ${room}; ${kept}`;
  if (evictionPolicy === 'noeviction') return seen;
  return {
    warning: `${seen}: limits on transport lose their meaning when keys vanish early.`,
    cure: 'Set maxmemory-policy noeviction, and give Redis the memory it needs.',
  };
}

async function temporal({ temporalAddress: address, state }: Sight): Promise<Seen> {
  if (address !== null)
    return `${await reach('TEMPORAL_ADDRESS', 'Temporal', () => probeTemporal(address))}, ${placeOf('TEMPORAL_ADDRESS', address)}`;
  const found = findTemporal(state);
  return found ? `${found.how}, not running: ${found.file}` : 'not here yet: pip will fetch it';
}

const STOPPED =
  'Where it has stopped, its log says why; where a disk is full, that of pg_wal as well, make space first, delete nothing of its folder by hand, and start it: everything goes on by itself.';

const placeOf = (variable: string, url: string): string =>
  process.env[variable] ? variable : `running, port ${/:(\d+)(?:\/|$)/.exec(url)?.[1] ?? 'unknown'}`;

async function reach(variable: string, title: string, probe: () => Promise<string>): Promise<string> {
  try {
    return await probe();
  } catch (error) {
    const named = Boolean(process.env[variable]);
    if (beginsOrEnds(error))
      throw new EnvironmentLack(
        `${named ? variable : title} does not answer yet: ${whyOf(error)}.`,
        'Wait for it and do not end it: it goes on by itself.',
        { cause: error },
      );
    throw new EnvironmentLack(
      `${named ? variable : title} does not answer: ${whyOf(error)}.`,
      named
        ? `Start that server, or correct or unset ${variable}.${title === 'Postgres' ? ` ${STOPPED}` : ''}`
        : './pado down, then start again.',
      { cause: error },
    );
  }
}
