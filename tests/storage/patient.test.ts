/**
 * What takes long on a connection of everybody's pool: a few at once, and none of them while its rows are still to come.
 */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { inPatience, withRows } from '../../src/storage/patient.js';
import { createPool, type Pool } from '../../src/storage/pool.js';
import { createDatabase, type TestDatabase } from '../support/database.js';

const AT_ONCE = 4;

let database: TestDatabase;
let pool: Pool;
beforeAll(async () => {
  database = await createDatabase();
  pool = createPool(database.appUrl, { max: 16 });
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

const taken = () => pool.totalCount - pool.idleCount;
function gate() {
  let open = () => {};
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { open, opened };
}

it('four at once have a connection, and the others wait in their order without one', async () => {
  const [full, release] = [gate(), gate()];
  const order: number[] = [];
  let takenMax = 0;
  const all = Array.from({ length: 10 }, (_, n) =>
    inPatience(pool, { preview: true }, async () => {
      order.push(n);
      takenMax = Math.max(takenMax, taken());
      if (order.length === AT_ONCE) full.open();
      await release.opened;
    }),
  );
  await full.opened;
  expect((await pool.query('select 1')).rowCount).toBe(1);
  release.open();
  await Promise.all(all);
  expect(takenMax).toBe(AT_ONCE);
  expect(order.toSorted((a, b) => a - b)).toEqual(all.map((_, n) => n));
  expect(order.slice(0, AT_ONCE).every((n) => n < AT_ONCE)).toBe(true);
});

it('rows are waited for without a connection, come as they are, and are ended with the work', async () => {
  const [asked, come] = [gate(), gate()];
  let ended = false;
  async function* rows() {
    try {
      asked.open();
      await come.opened;
      yield* [1, 2, 3];
    } finally {
      ended = true;
    }
  }
  const read: number[] = [];
  const work = withRows(rows(), (begun) =>
    inPatience(pool, { preview: true }, async () => {
      for await (const row of begun) read.push(row);
    }),
  );
  await asked.opened;
  expect(taken()).toBe(0);
  come.open();
  await work;
  expect([read, ended, taken()]).toEqual([[1, 2, 3], true, 0]);

  ended = false;
  const failed = withRows(rows(), async () => {
    throw new Error('no connection');
  });
  await expect(failed).rejects.toThrow('no connection');
  expect(ended).toBe(true);
});
