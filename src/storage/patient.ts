/**
 * Work on a connection that may take as long as the API waits for a request, for what grows with a file or a day. The pool is everybody's: only a few
 * at once have one of its connections for so long, and none while it waits for a body.
 */
import { withPatience, type Client, type Pool } from './pool.js';
import { Turns } from './turns.js';

const STATEMENT_MS = 3_600_000;
/** A quarter of the API's pool. */
const AT_ONCE = 4;
const LOCK_NOT_AVAILABLE = '55P03';

const turns = new Turns(AT_ONCE);

class NoTurn extends Error {
  readonly code = LOCK_NOT_AVAILABLE;
}

/** Errors of `work` are thrown on; a connection that failed takes what it had open, and its temporary tables, with it. */
export async function patiently<T>(pool: Pool, work: (client: Client) => Promise<T>): Promise<T> {
  if (!(await turns.enter(STATEMENT_MS))) throw new NoTurn('others took all the time there was');
  try {
    const client = await pool.connect();
    let broken = true;
    try {
      const result = await withPatience({ pool, client, statementMs: STATEMENT_MS }, () => work(client));
      broken = false;
      return result;
    } finally {
      client.release(broken);
    }
  } finally {
    turns.leave();
  }
}

/** In one transaction; `preview` rolls it back. Errors of `work` end it with nothing changed and are thrown on. */
export async function inPatience<T>(
  pool: Pool,
  { preview }: { preview: boolean },
  work: (client: Client) => Promise<T>,
): Promise<T> {
  return await patiently(pool, async (client) => {
    await client.query('begin');
    const answer = await work(client);
    await client.query(preview ? 'rollback' : 'commit');
    return answer;
  });
}

/** `work` begins when the first of `rows` has come: those of a file do when all of it is here. They are ended with it. */
export async function withRows<Row, T>(
  rows: AsyncIterable<Row>,
  work: (rows: AsyncIterable<Row>) => Promise<T>,
): Promise<T> {
  const all = rows[Symbol.asyncIterator]();
  let first: IteratorResult<Row> | null = await all.next();
  const next = async (): Promise<IteratorResult<Row>> => {
    if (first === null) return await all.next();
    const result = first;
    first = null;
    return result;
  };
  try {
    return await work({ [Symbol.asyncIterator]: () => ({ next }) });
  } finally {
    await all.return?.();
  }
}
