/**
 * A lake answers within its folder, its time and its memory, and what it cannot answer is told by kind alone; its ids stream into an audience.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { LaunchedCampaign } from '../../src/domain/journey/definition.js';
import type { EventsOf, Rule, RuleGroup } from '../../src/domain/segment/rule.js';
import { schemaOf, sourceSchema, faultsOfSource } from '../../src/domain/segment/source.js';
import { askLake, statementOf } from '../../src/storage/lake.js';
import { AudienceStore } from '../../src/storage/audience.store.js';
import { createPool, type Pool } from '../../src/storage/pool.js';
import { LakeSource, SegmentSources } from '../../src/storage/segment-sources.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { writeParquet } from '../support/lake.js';
import { openRun } from '../support/open-run.js';
import { seedCustomers } from '../support/seed.js';

const NOW = Date.parse('1998-04-01T00:30:00+09:00');
const TIMEOUT_MS = 60_000;
const IDS = 300_000;

describe('a lake', () => {
  const folder = mkdtempSync(join(tmpdir(), 'pado-lake-'));
  const secret = join(folder, '..', `${folder.split('/').at(-1)}-outside.csv`);
  const shop = sourceSchema.parse({
    name: 'shop',
    folder,
    customers: { files: 'purchases.csv.gz', id: 'customer_id' },
    events: [
      {
        files: 'purchases.csv.gz',
        event: 'purchase',
        customer: 'customer_id',
        at: 'purchased_on',
        zone: 'Asia/Seoul',
        properties: {
          quantity: { column: 'quantity', type: 'number' },
          amount: { column: 'amount_usd', type: 'number' },
        },
      },
    ],
  });
  const all = (...rules: Rule[]): RuleGroup => ({ combinator: 'and', rules });
  const purchase = (more: Omit<EventsOf, 'event'> = {}): EventsOf => ({ event: 'purchase', ...more });
  async function selected(rule: RuleGroup, config = shop, now = NOW): Promise<string[]> {
    const ids: string[] = [];
    for await (const some of askLake<string>(
      config,
      statementOf(config, rule, now, 'c.id', 'order by c.id'),
      TIMEOUT_MS,
    ))
      ids.push(...some);
    return ids;
  }
  const failing = (sql: string, over: Partial<typeof shop> = {}, timeoutMs = TIMEOUT_MS) =>
    expect(
      (async () => {
        for await (const _ of askLake({ ...shop, ...over }, { sql, values: [] }, timeoutMs));
      })(),
    ).rejects;

  let database: TestDatabase;
  let pool: Pool;
  beforeAll(async () => {
    database = await createDatabase();
    pool = createPool(database.appUrl);
    writeFileSync(secret, 'id\nsecret\n');
    const csv = `customer_id,purchased_on,quantity,amount_usd
00001,1998-03-31,1,0.1
00001,1998-03-31,2,0.2
00002,1998-04-01,1,9.99
00003,1998-02-28,5,77
00004,oops,1,5
00005,1998-03-01,x,12.50
`;
    writeFileSync(join(folder, 'purchases.csv.gz'), gzipSync(csv));
    await writeParquet(folder, {
      'many/ids.parquet': {
        columns: { id: 'varchar' },
        rows: Array.from({ length: IDS }, (_, n) => ({ id: n === 7 ? 'no id\nof ours' : `m${n}` })),
      },
    });
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
    rmSync(folder, { recursive: true, force: true });
    rmSync(secret, { force: true });
  });

  it('keeps the zeros of ids, sums exactly, and takes a date as the midnight of its zone', async () => {
    expect(
      await selected(all({ field: 'event.sum', operator: '=', value: 0.3, of: purchase({ property: 'amount' }) })),
    ).toEqual(['00001']);
    // strictly before now: the first of April began half an hour ago; what is no date never occurred
    expect(await selected(all({ field: 'event.count', operator: '>=', value: 1, of: purchase() }))).toEqual([
      '00001',
      '00002',
      '00003',
      '00005',
    ]);
    const midnight = Date.parse('1998-04-01T00:00:00+09:00');
    const before = all({ field: 'event.count', operator: '=', value: 0, of: purchase() });
    expect(await selected(before, shop, midnight)).toEqual(['00002', '00004']);
    const march = { kind: 'calendar' as const, unit: 'month' as const, back: 1, zone: 'Asia/Seoul' };
    expect(
      await selected(all({ field: 'event.count', operator: '>=', value: 1, of: purchase({ window: march }) })),
    ).toEqual(['00001', '00005']);
    expect(
      await selected(all({ field: 'event.sum', operator: 'null', of: purchase({ property: 'quantity' }) })),
    ).toEqual(['00004', '00005']);
  });

  it('says of a rule what it does not have, at its place', () => {
    const rule = all(
      { field: 'attribute.age', operator: '>', value: 3 },
      { field: 'event.sum', operator: '>', value: 3, of: { event: 'open', property: 'price' } },
      { field: 'upload', operator: '=', value: 'list@1' },
    );
    expect(faultsOfSource(rule, schemaOf(shop), 'shop').map(({ pointer }) => pointer)).toEqual([
      '/rules/0',
      '/rules/1/of/property',
      '/rules/1/of/event',
      '/rules/2',
    ]);
  });

  it.each<[string, object]>([
    ['a file outside of the folder', { customers: { files: '../x.csv', id: 'id' } }],
    ['an absolute path', { customers: { files: '/etc/x.csv', id: 'id' } }],
    ['an address', { customers: { files: 'https://x/y.csv', id: 'id' } }],
    ['a folder that is not absolute', { folder: 'lake' }],
    ['a field that no file can have', { customers: { files: 'x.csv', id: 'id', fields: { segment: 'x' } } }],
    [
      'a property of two types',
      { events: ['text', 'number'].map((type) => ({ ...shop.events[0], properties: { p: { column: 'p', type } } })) },
    ],
  ])('is not configured with %s', (_, over) => {
    expect(
      sourceSchema.safeParse({ name: 'x', folder: '/lake', customers: { files: 'x.csv', id: 'id' }, ...over }).success,
    ).toBe(false);
  });

  it.each<[string, () => string]>([
    ['a file beside the folder', () => `select * from read_csv('${secret}')`],
    [
      'a file beside the folder by way of it',
      () => `select * from read_csv('${folder}/../${secret.split('/').at(-1)}')`,
    ],
    ['a file of the machine', () => `select * from read_text('/etc/hostname')`],
    ['writing elsewhere', () => `copy (select 1) to '${secret}.copy'`],
    ['another database', () => `attach '${secret}.db' as other`],
    ['an extension', () => 'install httpfs'],
    ['access again', () => 'set enable_external_access = true'],
    ['another folder', () => `set allowed_directories = ['/']`],
    ['more memory', () => `set memory_limit = '100GB'`],
  ])('refuses %s, whatever a statement says', async (_, sql) => {
    await failing(sql()).toMatchObject({ failure: 'files' });
  });

  it('gives up after its time, and beyond its memory', async () => {
    await failing('select count(*) from range(100000000000) where range % 7 = 3', {}, 300).toMatchObject({
      failure: 'late',
    });
    const large = 'select count(distinct md5(range::varchar)) from range(20000000)';
    await failing(large, { memoryMb: 128 }).toMatchObject({ failure: 'memory' });
  });

  it('cannot be read where a file, a column or a format is not there, and tells nothing of what is', async () => {
    const bad = join(folder, 'bad');
    mkdirSync(bad);
    writeFileSync(join(bad, 'x.parquet'), 'secret content, no parquet');
    const over = (customers: object) => ({ ...shop, events: [], customers: { ...shop.customers, ...customers } });
    for (const customers of [{ files: 'none.csv' }, { id: 'no such column' }, { files: 'bad/x.parquet' }]) {
      const asked = selected(all({ field: 'id', operator: 'notNull' }), over(customers));
      await expect(asked).rejects.toMatchObject({ failure: 'files', message: 'the source shop did not answer: files' });
    }
  });

  it('streams its ids into an audience, and counts those who are no customers', async () => {
    await seedCustomers(database.pool, ['m1', 'm250000', 'stranger']);
    const source = new LakeSource({
      ...shop,
      events: [],
      customers: { files: 'many/*.parquet', id: 'id', fields: {} },
    });
    const told: number[] = [];
    const client = await pool.connect();
    try {
      await client.query('begin');
      await client.query(
        'create temporary table audience (customer_id text collate "C", bucket smallint) on commit drop',
      );
      const question = { rule: all({ field: 'id', operator: 'notNull' }), now: NOW };
      expect(await source.fill(client, question, TIMEOUT_MS, (n) => told.push(n))).toEqual({ listed: IDS, matched: 2 });
      const { rows } = await client.query('select customer_id as id from audience order by 1');
      expect(rows).toEqual([{ id: 'm1' }, { id: 'm250000' }]);
    } finally {
      await client.query('rollback');
      client.release();
    }
    expect(told.length).toBeGreaterThan(10);
    expect(told.at(-1)).toBe(IDS);
    const question = { rule: all({ field: 'id', operator: 'beginsWith', value: 'm1' }), now: NOW };
    expect(await source.sample(question, 5, TIMEOUT_MS)).toEqual(await source.sample(question, 5, TIMEOUT_MS));
  });

  it('is frozen once, however often it is tried, and changes nothing while it cannot be read', async () => {
    await seedCustomers(database.pool, ['m2', 'm3']);
    const many = { ...shop, name: 'many', events: [], customers: { files: 'many/*.parquet', id: 'id', fields: {} } };
    const rule = all({ field: 'id', operator: 'in', value: ['m2', 'm3', 'm4'] });
    const launched = {
      campaign: { key: 'frozen', priority: 0, journey: { start: 'done', nodes: { done: { type: 'exit' } } } },
      segment: { key: 's', version: 1, rule, source: 'many' },
      templates: {},
      waves: {},
    } as unknown as LaunchedCampaign;
    const state = async () => {
      const { rows } = await database.pool.query(
        `select state, audience_count::int as audience, source_count::int as listed,
           (select count(*)::int from participants) as people, (select count(*)::int from lanes) as lanes from runs`,
      );
      return rows;
    };
    await expect(openRun(database.pool, pool, launched, NOW)).rejects.toMatchObject({
      source: 'many',
      failure: 'files',
    });
    expect(await state()).toEqual([{ state: 'opening', audience: null, listed: null, people: 0, lanes: 0 }]);
    const told: number[] = [];
    const audiences = new AudienceStore(pool, 'test', new SegmentSources(pool, [many]));
    for (let n = 0; n < 2; n += 1) {
      expect(await audiences.freeze('frozen', NOW + n, (listed) => told.push(listed))).toMatchObject({ audience: 2 });
      expect(await state()).toEqual([{ state: 'running', audience: 2, listed: 3, people: 2, lanes: 1 }]);
    }
    // the second asked nobody
    expect(told.filter((listed) => listed === 3)).toEqual([3]);
  });

  it('answers two questions at once; another waits for its turn, and is late when none comes', async () => {
    const source = new LakeSource(shop);
    const question = { rule: all({ field: 'id', operator: 'notNull' }), now: NOW };
    const many = await Promise.all(Array.from({ length: 6 }, () => source.count(question, TIMEOUT_MS)));
    expect(new Set(many.map((one) => JSON.stringify(one)))).toEqual(new Set(['{"kind":"answered","answer":5}']));
    const hasty = await Promise.all([TIMEOUT_MS, TIMEOUT_MS, 0].map((timeoutMs) => source.count(question, timeoutMs)));
    expect(hasty.map(({ kind }) => kind)).toEqual(['answered', 'answered', 'late']);
  });
});
