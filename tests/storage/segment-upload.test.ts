/**
 * A list of customers, read as a stream and kept as a version of a segment: every row is accounted for, a preview keeps nothing, and a
 * million rows pass without being held.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readList } from '../../src/api/files/list-file.js';
import type { Charset } from '../../src/api/http/text-file.js';
import { listOfCustomers } from '../../src/api/segments/segments.dto.js';
import type { RuleGroup } from '../../src/domain/segment/rule.js';
import { createPool, type Pool } from '../../src/storage/pool.js';
import { SegmentUploads } from '../../src/storage/segment-uploads.store.js';
import { PostgresSource } from '../../src/storage/segment-sources.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { seedCustomers } from '../support/seed.js';

const NOW = Date.parse('2026-03-03T10:00:00+09:00');
const AUTHORED = { by: 'me', now: NOW };
const ROWS = 1_000_000;
const CHUNK_ROWS = 5_000;

async function* bytes(...texts: (string | Buffer)[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}

const csvRows = (file: AsyncIterable<Uint8Array>, charset: Charset, column: string) =>
  readList(file, { format: 'csv', charset }, listOfCustomers(column)).rows;

describe('an uploaded list', () => {
  let database: TestDatabase;
  let pool: Pool;
  let uploads: SegmentUploads;

  beforeAll(async () => {
    database = await createDatabase();
    pool = createPool(database.appUrl);
    uploads = new SegmentUploads(pool);
    await seedCustomers(database.pool, ['u1', 'u2', 'u3']);
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  const LIST =
    '\ufeffwhen,id\r\n2026-01-01,u1\r\n2026-01-02,u2\r\n2026-01-02,u1\r\n2026-01-03,nobody\r\n2026-01-04,bad id\r\nu3\r\n';
  const upload = (preview: boolean, file: AsyncIterable<Uint8Array>, column = 'id') =>
    uploads.upload({ key: 'listed', name: 'listed', preview }, csvRows(file, 'utf-8', column), AUTHORED);

  it('is previewed with every row accounted for, and nothing is kept', async () => {
    const { counts, refused, segment } = await upload(true, bytes(LIST));
    expect(counts).toEqual({ rows: 6, matched: 2, duplicates: 1, unmatched: 1, rejected: 2 });
    expect(refused).toEqual([
      { line: 4, reason: 'repeats the id of line 2' },
      { line: 5, reason: 'is not the id of a customer' },
      { line: 6, reason: 'has no id that can be one' },
      { line: 7, reason: 'has 1 cells and the header has 2' },
    ]);
    expect(segment).toBeNull();
    expect(await uploads.find('listed@1')).toBeNull();
  });

  it('becomes the next version of a segment, which selects its customers alone', async () => {
    const { segment } = await upload(false, bytes(LIST));
    expect(segment).toMatchObject({ key: 'listed', version: 1 });
    const question = { rule: segment?.rule as RuleGroup, now: NOW };
    const sampled = await new PostgresSource(pool).sample(question, 10, 60_000);
    const ids = sampled.kind === 'answered' ? sampled.answer.sort() : [];
    expect(ids).toEqual(['u1', 'u2']);
    const refused = [];
    for await (const page of uploads.refused('listed@1')) refused.push(...page);
    expect(refused.map(({ line }) => line)).toEqual([4, 5, 6, 7]);
    expect((await upload(false, bytes('id\nu3\n'))).segment?.version).toBe(2);
  });

  it.each<[string, (string | Buffer)[]]>([
    ['nothing at all', ['']],
    ['no such column', ['name\nu1\n']],
    ['the column twice', ['id,id\nu1,u1\n']],
    ['an open quote', ['id\n"u1\n']],
    ['a line without end', [`id\n${'x'.repeat(70_000)}\n`]],
    ['bytes of another charset', [Buffer.from([...Buffer.from('id\n'), 0xc0, 0xcc, 0x0a])]],
    ['a ZIP', [Buffer.from('504b0304140000000800ffff', 'hex')]],
  ])('with %s is refused as a whole, and nothing is kept', async (_, file) => {
    await expect(upload(false, bytes(...file))).rejects.toMatchObject({ kind: 'unprocessable' });
    expect(await uploads.find('listed@3')).toBeNull();
  });

  it('may be EUC-KR when that is said', async () => {
    const file = Buffer.from([
      ...Buffer.from('id,'),
      0xc0,
      0xcc,
      0xb8,
      0xa7,
      ...Buffer.from('\nu1,'),
      0xb1,
      0xe8,
      0x0a,
    ]);
    const named = { key: 'korean', name: 'k', preview: true };
    const { counts } = await uploads.upload(named, csvRows(bytes(file), 'euc-kr', 'id'), AUTHORED);
    expect(counts).toMatchObject({ rows: 1, matched: 1 });
  });

  it('of a million rows is never held: what is read ahead of the database is a few chunks', async () => {
    let given = 0;
    async function* long(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('id\n');
      for (let at = 0; at < ROWS; at += CHUNK_ROWS) {
        given += CHUNK_ROWS;
        yield Buffer.from(Array.from({ length: CHUNK_ROWS }, (_, n) => `x${(at + n) % 900_000}\n`).join(''));
      }
    }
    let taken = 0;
    let aheadMax = 0;
    async function* counted() {
      for await (const row of csvRows(long(), 'utf-8', 'id')) {
        taken += 1;
        aheadMax = Math.max(aheadMax, given - taken);
        yield row;
      }
    }
    const { counts, refused } = await uploads.upload({ key: 'long', name: 'long', preview: true }, counted(), AUTHORED);
    expect(counts).toEqual({ rows: ROWS, matched: 0, duplicates: 100_000, unmatched: 900_000, rejected: 0 });
    expect(refused).toHaveLength(100);
    expect(aheadMax).toBeLessThan(20 * CHUNK_ROWS);
  }, 600_000);
});
