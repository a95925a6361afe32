/**
 * The advisory locks, with their classes: stripes of customers (only what adds contacts takes them; what adds rewards under a cap takes those of
 * rewards), control scopes (shared by every
 * deciding and claiming transaction; a pause takes the scope exclusively after its row is committed), the ledger's one sealer, and its books
 * (shared by every posting; what they are kept by changes under the exclusive lock, which a trigger takes); a definition's one writer; a request,
 * by its idempotency key; a retry, by whoever carries it out; the freeze of a run's audience; the one import of customers. Two that shared a class would wait for each other:
 * all are taken here, each under a number of its own (tests/house/advisory-locks.test.ts).
 */
import type { Client } from './pool.js';

const STRIPE = 7000;
const CONTROL = 7001;
const REWARD_STRIPE = 7002;
const DEFINITION = 7003;
const REQUEST = 7004;
const RETRY = 7005;
const IMPORT = 7006;
const FREEZE = 7007;
const SEALING = 7010;
const BOOKS = 7011;

/** Take the stripes in order, until the end of the transaction. */
export const lockStripes = (client: Client, stripes: readonly number[]): Promise<void> =>
  lockInOrder(client, STRIPE, stripes);

export const lockRewardStripes = (client: Client, stripes: readonly number[]): Promise<void> =>
  lockInOrder(client, REWARD_STRIPE, stripes);

async function lockInOrder(client: Client, space: number, stripes: readonly number[]): Promise<void> {
  if (stripes.length === 0) return;
  await client.query(
    `select pg_advisory_xact_lock(${space}, s) from unnest($1::int[]) with ordinality as t(s, i) order by i`,
    [[...stripes].sort((a, b) => a - b)],
  );
}

export type ControlState = 'running' | 'paused' | 'stopped';

/** The scope that holds every decision and hand-over after the database was set back; nobody switches it but who releases the restoration. */
export const RESTORATION = 'restoration';

/** Share the scopes' locks, then read what they say in a fresh statement. A scope without a row runs. */
export async function readControls(client: Client, scopes: readonly string[]): Promise<Map<string, ControlState>> {
  const sorted = [...new Set(scopes)].sort();
  await client.query(
    `select pg_advisory_xact_lock_shared(${CONTROL}, hashtext(s)) from unnest($1::text[]) with ordinality as t(s, i) order by i`,
    [sorted],
  );
  const { rows } = await client.query<{ scope: string; state: ControlState }>(
    'select scope, state from controls where scope = any($1::text[])',
    [sorted],
  );
  return new Map(rows.map((row) => [row.scope, row.state]));
}

/** Which of the scopes are paused or stopped, as far as anybody who decides nothing can see. */
export async function closedAmong(
  client: Pick<Client, 'query'>,
  scopes: readonly string[],
): Promise<ReadonlySet<string>> {
  if (scopes.length === 0) return new Set();
  const { rows } = await client.query<{ scope: string }>(
    `select scope from controls where scope = any($1::text[]) and state <> 'running'`,
    [scopes],
  );
  return new Set(rows.map(({ scope }) => scope));
}

/** Wait until every transaction that shared the scope before has ended. */
export async function drainControl(client: Client, scope: string): Promise<void> {
  await client.query(`select pg_advisory_xact_lock(${CONTROL}, hashtext($1))`, [scope]);
}

/** Until the end of the transaction: one writer at a time; `subject` is a path such as segment/vip. */
export async function lockDefinition(client: Client, subject: string): Promise<void> {
  await client.query(`select pg_advisory_xact_lock(${DEFINITION}, hashtext($1))`, [subject]);
}

/** Until the end of the transaction; false where another carries out the same request. */
export async function lockRequest(client: Client, request: string): Promise<boolean> {
  const { rows } = await client.query<{ mine: boolean }>(
    `select pg_try_advisory_xact_lock(${REQUEST}, hashtext($1)) as mine`,
    [request],
  );
  return rows[0]?.mine ?? false;
}

/** Until the end of the transaction, imports of customers go one after the other. */
export async function lockImport(client: Client): Promise<void> {
  await client.query(`select pg_advisory_xact_lock(${IMPORT}, 0)`);
}

/** Until the end of the transaction; false where somebody else carries out the same retry. */
export async function lockRetry(client: Client, no: number): Promise<boolean> {
  const { rows } = await client.query<{ mine: boolean }>(
    `select pg_try_advisory_xact_lock(${RETRY}, $1::int) as mine`,
    [no],
  );
  return rows[0]?.mine ?? false;
}

/** Until the end of the transaction, nobody else freezes the run's audience. The run's own row is nobody's meanwhile. */
export async function lockFreeze(client: Client, runId: string): Promise<void> {
  await client.query(`select pg_advisory_xact_lock(${FREEZE}, hashtext($1))`, [runId]);
}

/** Until the end of the transaction; false where another sealer is at work. */
export async function lockSealing(client: Client): Promise<boolean> {
  const { rows } = await client.query<{ mine: boolean }>(`select pg_try_advisory_xact_lock(${SEALING}, 0) as mine`);
  return rows[0]?.mine ?? false;
}

/** Until the end of the transaction, what the books are kept by stays: a fresh statement afterwards reads it. */
export async function shareBooks(client: Client): Promise<void> {
  await client.query(`select pg_advisory_xact_lock_shared(${BOOKS}, 0)`);
}
