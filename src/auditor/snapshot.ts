/**
 * The order in which an audit looks, which lets it run while the engine does: the books, then one snapshot of the database for all
 * statements, then the books again. What the first reading has, the snapshot must explain; what the snapshot says, the second must have.
 */
import pg from 'pg';
import { judge, type Law } from './check.js';
import type { LawReport } from './report.js';
import { loadBooks, loadSnapshot, makeTables, nameBooked, type Books } from './tables.js';

export interface AuditOptions extends Books {
  databaseUrl: string;
  /** Only this run. */
  runId?: string | undefined;
}

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
    await client.query(`set timezone = 'UTC'; set work_mem = '128MB'`);
    await makeTables(client);
    await loadBooks(client, options, 1, runId);
    await client.query('begin isolation level repeatable read read only');
    const reports = await judgeSnapshot(client, options, laws);
    await client.query('commit');
    return reports;
  } finally {
    if (!lost) await client.end();
  }
}

/** Within a transaction of one snapshot, the tables made and the books read once. */
export async function judgeSnapshot(
  client: pg.ClientBase,
  options: Books & { runId?: string | undefined },
  laws: readonly Law[],
): Promise<LawReport[]> {
  const runId = options.runId ?? null;
  await refuseUnknown(client, runId); // the first statement: from here on, one snapshot
  await loadSnapshot(client, runId);
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
