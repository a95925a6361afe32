/**
 * One transaction that may take as long as the API waits for a request, for what grows with a file or a day; `preview` rolls it back.
 */
import { withPatience, type Client, type Pool } from './pool.js';

const STATEMENT_MS = 3_600_000;

/** Errors of `work` end it with nothing changed and are thrown on. */
export async function inPatience<T>(
  pool: Pool,
  { preview }: { preview: boolean },
  work: (client: Client) => Promise<T>,
): Promise<T> {
  const client = await pool.connect();
  let broken = true;
  try {
    const result = await withPatience({ pool, client, statementMs: STATEMENT_MS }, async () => {
      await client.query('begin');
      const answer = await work(client);
      await client.query(preview ? 'rollback' : 'commit');
      return answer;
    });
    broken = false;
    return result;
  } finally {
    // a connection that failed takes its transaction with it
    client.release(broken);
  }
}
