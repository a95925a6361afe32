/**
 * A list that is uploaded, as a table of one transaction: rows stream into it, so that a million of them need no memory here; a preview is the same
 * transaction, rolled back.
 */
import { pipeline } from 'node:stream/promises';
import { from as copyFrom } from 'pg-copy-streams';
import { listedAsCopy, type ListedRow, type RefusedRow } from './listed-rows.js';
import { withPatience, type Client, type Pool } from './pool.js';

/** As long as the API waits for a request: one statement may be the whole upload. */
const STATEMENT_MS = 3_600_000;
const REFUSED_SHOWN = 100;

/** `work` finds the rows in `listed` (line, value, reason). Errors of `rows` and of `work` end it with nothing changed and are thrown on. */
export async function uploadList<T>(
  pool: Pool,
  rows: AsyncIterable<ListedRow>,
  { preview }: { preview: boolean },
  work: (client: Client) => Promise<T>,
): Promise<T> {
  const client = await pool.connect();
  let broken = true;
  try {
    const uploaded = await withPatience({ pool, client, statementMs: STATEMENT_MS }, async () => {
      await client.query('begin');
      await client.query(
        'create temporary table listed (line int, value text collate "C", reason text) on commit drop',
      );
      await pipeline(rows, listedAsCopy(), client.query(copyFrom('copy listed from stdin')));
      const answer = await work(client);
      await client.query(preview ? 'rollback' : 'commit');
      return answer;
    });
    broken = false;
    return uploaded;
  } finally {
    // a connection that failed takes its transaction with it
    client.release(broken);
  }
}

/** The first rows of the table `judged` that came to nothing. */
export async function refusedRows(client: Client): Promise<RefusedRow[]> {
  const { rows } = await client.query<RefusedRow>(
    'select line, reason from judged where reason is not null order by line limit $1',
    [REFUSED_SHOWN],
  );
  return rows;
}
