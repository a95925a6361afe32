/**
 * Postgres connections and transactions. int8 arrives as a number and must be a safe integer; timestamptz arrives as a Date. No statement is
 * waited for without an end, and no vanished client keeps its locks: a network that swallows everything costs a bounded time.
 */
import pg from 'pg';

const INT8 = 20;
const NUMERIC = 1700;

function safeInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new Error('invariant: an int8 beyond the safe integers');
  return value;
}

const types: pg.CustomTypesConfig = {
  getTypeParser(oid: number, format?: string) {
    if (oid === INT8 || oid === NUMERIC) return safeInteger as never;
    return pg.types.getTypeParser(oid, format as never);
  },
};

export type Pool = pg.Pool;
export type Client = pg.PoolClient;

/** What the server gives a statement: many times what the largest cohort needs, half of a deciding activity's minute. */
const STATEMENT_MS = 30_000;
/** The server's word that it gave up comes first; who has heard nothing by then has no connection any more. */
const ANSWER_MARGIN_MS = 5_000;
const ANSWER_MS = STATEMENT_MS + ANSWER_MARGIN_MS;
/** A transaction whose client says nothing for so long has lost it; its locks are given back. */
const SILENT_CLIENT_MS = 20_000;

export function createPool(url: string, options: { max?: number; name?: string } = {}): Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max: options.max ?? 10,
    application_name: options.name ?? 'pado',
    types,
    idleTimeoutMillis: 30_000,
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    statement_timeout: STATEMENT_MS,
    query_timeout: ANSWER_MS,
    idle_in_transaction_session_timeout: SILENT_CLIENT_MS,
  });
  // An idle connection that the server closes is replaced at the next use; without a listener it would end the process.
  pool.on('error', () => undefined);
  // The same for one that is in use, between two statements: whoever uses it sees the failure at its next statement.
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}

const RETRYABLE = new Set(['40001', '40P01']);

/** SQLSTATE of a Postgres error, or undefined. */
export function sqlState(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** SQLSTATE classes that a row's own data causes: data exception, integrity violation, program limit. */
const DATA_ERRORS = new Set(['22', '23', '54']);

/** Whether a row's data made the statement fail: without that row it would not. */
export const isDataError = (error: unknown): boolean => DATA_ERRORS.has((sqlState(error) ?? '').slice(0, 2));

/** The driver's words, which have no code, for a connection that was not to be had, is gone, or does not answer. */
const NO_CONNECTION =
  /^(Query read timeout|timeout exceeded when trying to connect|Connection terminated|Client has encountered a connection error)/;

/** Whether the database was not reached, or went away before it answered: what was asked of it may have happened or not. */
export function isDisconnected(error: unknown): boolean {
  return error instanceof Error && NO_CONNECTION.test(error.message);
}

/**
 * Run `work` in one READ COMMITTED transaction; deadlocks and serialisation failures are retried up to `retries` times (3).
 * A connection whose rollback fails is thrown away.
 */
export async function inTransaction<T>(
  pool: Pool,
  work: (client: Client) => Promise<T>,
  options: { retries?: number } = {},
): Promise<T> {
  for (let attempt = 0; ; attempt += 1) {
    const client = await pool.connect();
    let broken = false;
    try {
      await client.query('begin');
      const result = await work(client);
      await client.query('commit');
      return result;
    } catch (error) {
      broken = isDisconnected(error) || !(await rolledBack(client));
      if (attempt >= (options.retries ?? 3) || !RETRYABLE.has(sqlState(error) ?? '')) throw error;
    } finally {
      client.release(broken);
    }
  }
}

/**
 * Run `work` on one snapshot: all its statements see the same rows, and none changes any. For reports, which join whole sets: they are planned without
 * nested loops, because tables that have grown since they were last analysed look tiny to the planner (18,000 people against 18,000 were not done in 30 s).
 */
export async function inSnapshot<T>(pool: Pool, work: (client: Client) => Promise<T>): Promise<T> {
  return await inTransaction(pool, async (client) => {
    await client.query('set transaction isolation level repeatable read, read only');
    await client.query('set local enable_nestloop = off');
    return await work(client);
  });
}

/** Without an answer to the statement before, there would be none to the rollback either: then this is not called. */
async function rolledBack(client: Client): Promise<boolean> {
  try {
    await client.query('rollback');
    return true;
  } catch {
    return false;
  }
}

const LOOK_EVERY_MS = 5_000;

/**
 * Give each statement of `work` up to `statementMs` instead of what others get: for what grows with all customers, such as the freeze of an
 * audience. It is waited for as long as the server works on it, and not longer: another connection of the pool asks whether the
 * session is still there. When its answer was lost it is not, for the server ends a session that then says nothing.
 */
export async function withPatience<T>(
  { pool, client, statementMs }: { pool: Pool; client: Client; statementMs: number },
  work: () => Promise<T>,
): Promise<T> {
  const { rows } = await client.query<{ pid: number }>(
    `select pg_backend_pid() as pid, set_config('statement_timeout', $1, false), set_config('idle_session_timeout', $2, false)`,
    [String(statementMs), String(SILENT_CLIENT_MS)],
  );
  // the driver reads it at each statement; whoever fails rolls these settings back, or throws the connection away
  const driver = (client as unknown as { connectionParameters: { query_timeout: number } }).connectionParameters;
  driver.query_timeout = statementMs + ANSWER_MARGIN_MS;
  const unwatch = watch(pool, rows[0]?.pid ?? 0, () => client.end());
  try {
    const result = await work();
    await client.query(
      `select set_config('statement_timeout', $1, false), set_config('idle_session_timeout', '0', false)`,
      [String(STATEMENT_MS)],
    );
    return result;
  } finally {
    unwatch();
    driver.query_timeout = ANSWER_MS;
  }
}

/** Calls `gone` once the server has no such session any more. Returns what ends the watch. */
function watch(pool: Pool, pid: number, gone: () => Promise<void>): () => void {
  let looking = false;
  const look = async () => {
    const { rowCount } = await pool.query('select from pg_stat_activity where pid = $1', [pid]);
    if (rowCount === 0) await gone();
  };
  const timer = setInterval(() => {
    if (looking) return;
    looking = true;
    look()
      .catch(() => undefined) // no word either way
      .finally(() => (looking = false));
  }, LOOK_EVERY_MS);
  return () => clearInterval(timer);
}
