/**
 * The order in which an audit looks, which lets it run while the engine does: the books, then one snapshot of the database for all
 * statements, then the books again. What the first reading has, the snapshot must explain; what the snapshot says, the second must have.
 */
import pg from 'pg';
import { judge, type Law } from './check.js';
import type { LawReport } from './report.js';
import { loadHeads, type HeadsToAudit } from './signed-heads.js';
import { loadBooks, loadSnapshot, makeTables, nameBooked, type Books } from './tables.js';

export interface AuditOptions extends Books, HeadsToAudit {
  databaseUrl: string;
  /** Only this run. */
  runId?: string | undefined;
  /** By how much Temporal's time is ahead of the database's: 0, but for a server that skips time. */
  temporalAheadMs?: number | undefined;
}

/**
 * Every statement compares whole tables, some of which may fill between the statistics and the snapshot: beside a wave that had just begun, a nested
 * loop over an outbox that was thought empty took more than 10 minutes where a hash join takes a second.
 */
const NO_SURPRISES = 'set enable_nestloop = off';

/** There is no such run in this database. */
export class UnknownRun extends Error {
  override readonly name = 'UnknownRun';
}

export async function judgeLaws(options: AuditOptions, laws: readonly Law[]): Promise<LawReport[]> {
  const runId = options.runId ?? null;
  const client = new pg.Client({ connectionString: options.databaseUrl, application_name: 'pado-audit' });
  let lost: Error | null = null;
  client.on('error', (error) => {
    lost = error; // the query under way fails by it
  });
  await client.connect();
  try {
    await client.query(`set timezone = 'UTC'; set work_mem = '128MB'; ${NO_SURPRISES}`);
    await makeTables(client);
    await bringStatisticsUpToDate(client);
    await loadBooks(client, options, 1, runId);
    await client.query('begin isolation level repeatable read read only');
    const reports = await judgeSnapshot(client, options, laws);
    await client.query('commit');
    return reports;
  } finally {
    if (!lost) await client.end();
  }
}

/**
 * The planner's statistics of the engine's tables: right after a run they are as old as the last autoanalyze, and with the numbers of a minute ago one
 * join of 20,000 customers took 4 minutes. Tables that belong to somebody else, and those being vacuumed now, keep what they have.
 */
async function bringStatisticsUpToDate(client: pg.ClientBase): Promise<void> {
  const { rows } = await client.query<{ tables: string | null }>(
    `select string_agg(oid::regclass::text, ', ') as tables from pg_class
     where relkind = 'r' and relnamespace = 'public'::regnamespace and pg_has_role(relowner, 'usage')`,
  );
  if (rows[0]?.tables) await client.query(`analyze (skip_locked) ${rows[0].tables}`);
}

/** Within a transaction of one snapshot, the tables made and the books read once. */
export async function judgeSnapshot(
  client: pg.ClientBase,
  options: Books & HeadsToAudit & Pick<AuditOptions, 'runId' | 'temporalAheadMs'>,
  laws: readonly Law[],
): Promise<LawReport[]> {
  const runId = options.runId ?? null;
  await refuseUnknown(client, runId); // the first statement: from here on, one snapshot
  await loadSnapshot(client, runId, options.temporalAheadMs ?? 0);
  await loadHeads(client, options);
  await loadBooks(client, options, 2, runId);
  await nameBooked(client, options);
  const reports: LawReport[] = [];
  for (const law of laws) reports.push(await judge(client, law, runId));
  return reports;
}

async function refuseUnknown(client: pg.ClientBase, runId: string | null): Promise<void> {
  const { rowCount } = await client.query('select 1 from runs where id = $1', [runId]);
  if (runId !== null && rowCount === 0) throw new UnknownRun(`there is no run ${runId}`);
}
