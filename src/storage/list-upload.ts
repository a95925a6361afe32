/**
 * A list that is uploaded, as a table of one transaction: rows stream into it, so that a million of them need no memory here; a preview is the same
 * transaction, rolled back.
 */
import { pipeline } from 'node:stream/promises';
import { from as copyFrom } from 'pg-copy-streams';
import { listedAsCopy, type ListedRow, type RefusedRow } from './listed-rows.js';
import { inPatience, withRows } from './patient.js';
import type { Client, Pool } from './pool.js';

const REFUSED_SHOWN = 100;

/** `work` finds the rows in `listed` (line, value, reason). Errors of `rows` and of `work` end it with nothing changed and are thrown on. */
export async function uploadList<T>(
  pool: Pool,
  rows: AsyncIterable<ListedRow>,
  options: { preview: boolean },
  work: (client: Client) => Promise<T>,
): Promise<T> {
  const load = async (client: Client, begun: AsyncIterable<ListedRow>): Promise<T> => {
    await client.query('create temporary table listed (line int, value text collate "C", reason text) on commit drop');
    await pipeline(begun, listedAsCopy(), client.query(copyFrom('copy listed from stdin')));
    return await work(client);
  };
  return await withRows(rows, (begun) => inPatience(pool, options, (client) => load(client, begun)));
}

/** The first rows of the table `judged` that came to nothing. */
export async function refusedRows(client: Client): Promise<RefusedRow[]> {
  const { rows } = await client.query<RefusedRow>(
    'select line, reason from judged where reason is not null order by line limit $1',
    [REFUSED_SHOWN],
  );
  return rows;
}
