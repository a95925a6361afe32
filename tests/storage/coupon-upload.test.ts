/**
 * A list of codes as stock of a pool: every row is accounted for by its line, a code that any pool has is not taken again, and a million rows pass
 * without being held.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { listOfCodes } from '../../src/api/coupon-pools/coupon-pools.dto.js';
import { readList } from '../../src/api/files/list-file.js';
import { CouponPoolsStore } from '../../src/storage/coupon-pools.store.js';
import { createPool, type Pool } from '../../src/storage/pool.js';
import { codesOf, couponQueue, fillPool, seedCoupons } from '../support/coupons.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { queueAt } from '../support/payouts.js';
import { T0 } from '../support/seed.js';

const ROWS = 1_000_000;
const CHUNK_ROWS = 5_000;
const AUTHORED = { by: 'me', now: T0 };

describe('an uploaded list of codes', () => {
  let database: TestDatabase;
  let pool: Pool;
  let pools: CouponPoolsStore;

  beforeAll(async () => {
    database = await createDatabase();
    pool = createPool(database.appUrl);
    pools = new CouponPoolsStore(pool);
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  const stockOf = async (key: string, now = T0) => (await pools.stock([key], now))[0];

  it('adds what is new, and tells the other rows by their lines, never by their codes', async () => {
    await fillPool(pool, 'other', ['GIVEN-1']);
    const { id, counts, refused } = await fillPool(pool, 'drinks', [
      'A-1',
      'B-2',
      'A-1',
      'GIVEN-1',
      'C 3',
      '한글',
      'D,4',
    ]);
    expect(id).toBe('drinks@1');
    expect(counts).toEqual({ rows: 7, added: 2, duplicates: 2, rejected: 3 });
    expect(refused).toEqual([
      { line: 4, reason: 'repeats the code of line 2' },
      { line: 5, reason: 'repeats a code that is in the pool other' },
      { line: 6, reason: 'has no code that can be one' },
      { line: 7, reason: 'has no code that can be one' },
      { line: 8, reason: 'has 2 cells and the header has 1' },
    ]);
    const kept = [];
    for await (const page of pools.refused('drinks@1')) kept.push(...page);
    expect(kept).toEqual(refused);
  });

  it('is the same file again without any effect, and a preview has none at all', async () => {
    expect((await fillPool(pool, 'drinks', ['A-1', 'B-2'])).counts).toMatchObject({ added: 0, duplicates: 2 });
    expect(await fillPool(pool, 'drinks', ['E-5'], { preview: true })).toMatchObject({
      id: null,
      counts: { added: 1 },
    });
    expect(await stockOf('drinks')).toMatchObject({ left: 2, given: 0, ended: 0 });
  });

  it('of two at once, a code that both bear is new in one of them only', async () => {
    const codes = codesOf('both', 200);
    const both = await Promise.all(['one', 'two'].map((key) => fillPool(pool, key, codes)));
    expect(new Set(both.map(({ counts }) => counts.added))).toEqual(new Set([0, 200]));
  });

  it('counts what is given, left, no longer valid, and may still be needed', async () => {
    await fillPool(pool, 'pool-need', codesOf('need', 3));
    await fillPool(pool, 'pool-need', codesOf('ended', 4), { validUntil: T0 });
    const of = await seedCoupons(database.pool, pool, 'need', 5);
    await couponQueue(pool).submit(queueAt(of));
    await seedCoupons(database.pool, pool, 'wait', 2, 'pool-need');
    expect(await stockOf('pool-need')).toMatchObject({
      given: 3,
      ended: 4,
      left: 0,
      needs: [
        { campaign: 'c-need', underWay: 0, waiting: 0, owed: 2 },
        { campaign: 'c-wait', underWay: 0, waiting: 2, owed: 0 },
      ],
    });
    expect(await stockOf('pool-need', T0 - 1)).toMatchObject({ ended: 0, left: 4 });
  });

  it('leaves counts alone in the audit log', async () => {
    const { rows } = await database.pool.query<{ after: object }>(
      `select after from audit_log where action = 'coupon-pool.upload' and subject = 'coupon-pool/drinks' order by no limit 1`,
    );
    expect(rows).toEqual([
      { after: { upload: 'drinks@1', rows: 7, added: 2, duplicates: 2, rejected: 3, validUntil: null } },
    ]);
  });

  it('of a million rows is never held: what is read ahead of the database is a few chunks', async () => {
    let given = 0;
    async function* long(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('code\n');
      for (let at = 0; at < ROWS; at += CHUNK_ROWS) {
        given += CHUNK_ROWS;
        yield Buffer.from(Array.from({ length: CHUNK_ROWS }, (_, n) => `x${(at + n) % 900_000}\n`).join(''));
      }
    }
    let taken = 0;
    let aheadMax = 0;
    async function* counted() {
      for await (const row of readList(long(), { format: 'csv', charset: 'utf-8' }, listOfCodes('code')).rows) {
        taken += 1;
        aheadMax = Math.max(aheadMax, given - taken);
        yield row;
      }
    }
    await pools.put({ key: 'long', name: 'long', warnBelow: 0 }, AUTHORED);
    const { counts } = await pools.upload({ pool: 'long', validUntil: null, preview: true }, counted(), AUTHORED);
    expect(counts).toEqual({ rows: ROWS, added: 900_000, duplicates: 100_000, rejected: 0 });
    expect(aheadMax).toBeLessThan(20 * CHUNK_ROWS);
  }, 600_000);
});
