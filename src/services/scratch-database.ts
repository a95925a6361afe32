/**
 * A database that is made anew each time, beside those that are somebody's: on the same server, under the first name of a row that nobody
 * uses. Who has it holds a lock, so that two at once take two names; afterwards it is left to be looked at.
 */
import pg from 'pg';
import { EnvironmentLack } from './report.js';

export interface ScratchDatabase {
  /** As its owner. */
  url: string;
  /** Which of the row it is, from 1. */
  turn: number;
  /** Others may take and empty it from now on. Done twice, it does nothing. */
  release: () => Promise<void>;
}

/** First half of an advisory lock of the server's database; the second is the turn. */
const SCRATCH_LOCK = 7_236_004;
const TURNS_MAX = 9;
const IN_USE = '55006';
const NOT_ALLOWED = '42501';

/**
 * `name`, or `name_2` … where that is in use; what it held is lost.
 * @param serverUrl of a database that is there already, whose owner may create databases; nothing in it is touched.
 * Errors: EnvironmentLack where the owner may not; those of the database.
 */
export async function makeScratchDatabase(serverUrl: string, name: string): Promise<ScratchDatabase> {
  const client = new pg.Client({ connectionString: serverUrl, application_name: 'pado-scratch' });
  client.on('error', () => undefined); // the query under way rejects with it
  try {
    await client.connect();
    for (let turn = 1; turn <= TURNS_MAX; turn += 1) {
      const database = turn === 1 ? name : `${name}_${turn}`;
      if (!(await take(client, database, turn))) continue;
      const url = new URL(serverUrl);
      url.pathname = `/${database}`;
      let released: Promise<void> | undefined;
      return { url: url.href, turn, release: () => (released ??= client.end()) };
    }
    throw new Error(`All of ${name} to ${name}_${TURNS_MAX} are in use on this server.`);
  } catch (error) {
    await client.end();
    throw isOf(error, NOT_ALLOWED)
      ? new EnvironmentLack(
          'The owner in DATABASE_URL may not create databases.',
          'Grant it CREATEDB, or unset DATABASE_URL: then a server of our own is started.',
          { cause: error },
        )
      : error;
  }
}

/** false where somebody else has it, or looks into it. */
async function take(client: pg.Client, database: string, turn: number): Promise<boolean> {
  const key = [SCRATCH_LOCK, turn];
  const { rows } = await client.query<{ locked: boolean }>('select pg_try_advisory_lock($1, $2) as locked', key);
  if (!rows[0]?.locked) return false;
  try {
    const quoted = pg.escapeIdentifier(database);
    await client.query(`drop database if exists ${quoted}`);
    await client.query(`create database ${quoted}`);
    return true;
  } catch (error) {
    if (!isOf(error, IN_USE)) throw error;
    await client.query('select pg_advisory_unlock($1, $2)', key);
    return false;
  }
}

const isOf = (error: unknown, code: string): boolean => error instanceof pg.DatabaseError && error.code === code;
