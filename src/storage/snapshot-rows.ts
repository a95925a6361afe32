/**
 * Rows of any number, read through a cursor on one snapshot: what is in memory does not grow with them. Whoever reads has to go on reading: the
 * transaction is open meanwhile.
 */
import type { Client, Pool } from './pool.js';

const ROWS_AT_ONCE = 2_000;

/** Planned as reports are (`inSnapshot`). A reader that stops early ends the transaction. */
export async function* onSnapshot<T>(pool: Pool, work: (client: Client) => AsyncIterable<T>): AsyncGenerator<T> {
  const client = await pool.connect();
  let broken = true;
  try {
    await client.query('begin isolation level repeatable read, read only');
    await client.query('set local enable_nestloop = off');
    yield* work(client);
    broken = false;
  } finally {
    await client.query('rollback').catch(() => (broken = true)); // nothing was written
    client.release(broken);
  }
}

/** `text` is one select; one cursor at a time. */
export async function* rowsOf<T extends object>(
  client: Client,
  text: string,
  values: readonly unknown[],
): AsyncGenerator<T> {
  await client.query(`declare snapshot_rows no scroll cursor for ${text}`, [...values]);
  for (;;) {
    const { rows } = await client.query<T>(`fetch forward ${ROWS_AT_ONCE} from snapshot_rows`);
    yield* rows;
    if (rows.length < ROWS_AT_ONCE) break;
  }
  await client.query('close snapshot_rows');
}
