/**
 * One rule, three witnesses: Postgres, DuckDB over Parquet, and plain code select the same customers, for random rules over random customers
 * and events with hostile texts and numbers, many events at the same or at neighbouring instants.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { bucketOf } from '../../src/domain/base/hash.js';
import { compileWhere } from '../../src/domain/segment/compile.js';
import { prepareSegment, type SegmentCustomer } from '../../src/domain/segment/evaluate.js';
import type { Rule, RuleGroup } from '../../src/domain/segment/rule.js';
import { sourceSchema, type SourceConfig } from '../../src/domain/segment/source.js';
import { askLake, statementOf } from '../../src/storage/lake.js';
import { createPool, type Pool } from '../../src/storage/pool.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { writeParquet } from '../support/lake.js';
import { customer, eventRule, groupsOf, NOW } from './random-event-rules.js';
import { seeded } from '../support/seeded.js';

const TEXTS = [
  '',
  ' ',
  "'",
  '%',
  '\\',
  '5',
  'NaN',
  '서울',
  '똠',
  '\uffff',
  '𐀀',
  'é',
  'e\u0301',
  'true',
  '"; drop table customers; --',
];
const NUMBERS = [0, -0, 5, -5, 0.1, 0.30000000000000004, 1e21, 5e-324, Number.MAX_VALUE, Number.MAX_SAFE_INTEGER];
const text = fc.oneof(
  fc.constantFrom(...TEXTS),
  fc.string({ unit: 'grapheme', maxLength: 3 }).filter((t) => !t.includes('\0')),
);
const number = fc.oneof(
  fc.constantFrom(...NUMBERS),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer({ min: -3, max: 3 }),
);
const facts = fc.record(
  {
    name: text,
    age: number,
    vip: fc.boolean(),
    status: fc.constantFrom('active', 'incident'),
    consent: fc.boolean(),
    push: fc.constant('t'),
  },
  { requiredKeys: ['status'] },
);

const compared = (field: string, value: fc.Arbitrary<string> | fc.Arbitrary<number>): fc.Arbitrary<Rule>[] => [
  fc.record({
    field: fc.constant(field),
    operator: fc.constantFrom('=', '!=', '<', '<=', '>', '>='),
    value: value as fc.Arbitrary<string>,
  }),
  fc.record({
    field: fc.constant(field),
    operator: fc.constantFrom('in', 'notIn'),
    value: fc.array(value as fc.Arbitrary<string>, { minLength: 1, maxLength: 3 }),
  }),
  fc.record({
    field: fc.constant(field),
    operator: fc.constant('between'),
    value: fc.array(value as fc.Arbitrary<string>, { minLength: 2, maxLength: 2 }),
  }),
];
const presence = (field: string): fc.Arbitrary<Rule> =>
  fc.record({ field: fc.constant(field), operator: fc.constantFrom('null', 'notNull') });
const attributeRule: fc.Arbitrary<Rule> = fc
  .constantFrom('attribute.name', 'attribute.age', 'attribute.vip')
  .chain((field) =>
    fc.oneof(
      ...compared(field, text),
      ...compared(field, number),
      fc.record({ field: fc.constant(field), operator: fc.constantFrom('contains', 'beginsWith'), value: text }),
      fc.record({ field: fc.constant(field), operator: fc.constantFrom('=', '!='), value: fc.boolean() }),
      presence(field),
    ),
  );
const rule: fc.Arbitrary<Rule> = fc.oneof(
  { weight: 3, arbitrary: eventRule },
  { weight: 3, arbitrary: attributeRule },
  fc.oneof(...compared('id', fc.constantFrom('c001', 'c100', 'c', 'C'))),
  fc.record({
    field: fc.constant('status'),
    operator: fc.constantFrom('=', '!='),
    value: fc.constantFrom('active', 'incident'),
  }),
  fc.record({
    field: fc.constant('consent.push:advertising'),
    operator: fc.constantFrom('=', '!='),
    value: fc.boolean(),
  }),
  presence('address.push'),
);

const config = (folder: string): SourceConfig =>
  sourceSchema.parse({
    name: 'lake',
    folder,
    customers: {
      files: 'customers/*.parquet',
      id: 'customer_no',
      fields: {
        status: 'state',
        'attribute.name': 'name',
        'attribute.age': { column: 'age', type: 'number' },
        'attribute.vip': { column: 'vip', type: 'boolean' },
        'attribute.grade': 'grade',
        'consent.push:advertising': { column: 'consent', type: 'boolean' },
        'address.push': 'push',
      },
    },
    events: [
      {
        files: 'events/*.parquet',
        event: { column: 'name' },
        customer: 'customer_no',
        at: 'at',
        id: 'id',
        properties: { amount: { column: 'amount', type: 'number' }, shop: 'shop', none: 'none' },
      },
    ],
  });

describe('a rule asked of Postgres, of a lake and of plain code', () => {
  const seed = seeded('lake');
  const drawn = fc.sample(fc.record({ customer, facts }), { seed, numRuns: 200 });
  const people: SegmentCustomer[] = drawn.map(
    ({ customer: { events, grade }, facts: { name, age, vip, status, consent, push } }, n) => ({
      id: `c${String(n).padStart(3, '0')}`,
      status,
      zone: 'Asia/Seoul',
      attributes: JSON.parse(JSON.stringify({ name, age, vip, grade })) as Record<string, unknown>,
      consents: consent === undefined ? {} : { 'push:advertising': { granted: consent } },
      addresses: push === undefined ? {} : { push },
      uploads: [],
      events: events.map(({ name: event, at, properties: { amount, shop } }, k) => ({
        id: `e/${(n * 37 + k * 11) % 97}/${n}/${k}`,
        name: event,
        at,
        // one type a column; sums of a lake are exact to ten places
        properties: {
          ...(typeof amount === 'number' && Math.abs(amount) < 1e17 && Number(amount.toFixed(10)) === amount
            ? { amount }
            : {}),
          ...(typeof shop === 'string' ? { shop } : {}),
        },
      })),
    }),
  );
  const folder = mkdtempSync(join(tmpdir(), 'pado-lake-'));
  let database: TestDatabase;
  let pool: Pool;

  beforeAll(async () => {
    database = await createDatabase();
    pool = createPool(database.appUrl);
    await pool.query(
      `insert into customers (id, bucket, status, attributes, consents, addresses) select * from json_to_recordset($1::json)
         as x(id text, bucket int, status text, attributes jsonb, consents jsonb, addresses jsonb)`,
      [JSON.stringify(people.map((c) => ({ ...c, bucket: bucketOf(c.id) })))],
    );
    const events = people.flatMap((c) => c.events.map((e) => ({ ...e, customer: c.id })));
    await pool.query(
      `insert into events (message_id, customer_id, name, occurred_at, received_at, properties)
       select id, customer, name, to_timestamp(at / 1000.0), to_timestamp(at / 1000.0), properties
       from json_to_recordset($1::json) as x(id text, customer text, name text, at float8, properties jsonb)`,
      [JSON.stringify(events)],
    );
    await writeParquet(folder, {
      'customers/all.parquet': {
        columns: {
          customer_no: 'varchar',
          state: 'varchar',
          name: 'varchar',
          age: 'double',
          vip: 'boolean',
          grade: 'varchar',
          consent: 'boolean',
          push: 'varchar',
        },
        rows: people.map((c) => ({
          ...(c.attributes as Record<string, string>),
          customer_no: c.id,
          state: c.status,
          consent: c.consents['push:advertising']?.granted,
          push: c.addresses['push'],
        })),
      },
      'events/all.parquet': {
        columns: {
          customer_no: 'varchar',
          id: 'varchar',
          name: 'varchar',
          at: 'timestamptz',
          amount: 'double',
          shop: 'varchar',
          none: 'varchar',
        },
        rows: events.map((e) => ({
          ...(e.properties as Record<string, string>),
          customer_no: e.customer,
          id: e.id,
          name: e.name,
          at: new Date(e.at),
        })),
      },
    });
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
    rmSync(folder, { recursive: true, force: true });
  });

  async function byPostgres(given: RuleGroup): Promise<string[]> {
    const where = compileWhere(given, { firstParam: 1, now: NOW });
    const { rows } = await pool.query<{ id: string }>(
      `select c.id from customers c ${where.joins} where ${where.sql} order by c.id`,
      where.values,
    );
    return rows.map(({ id }) => id);
  }
  async function byLake(given: RuleGroup): Promise<string[]> {
    const ids: string[] = [];
    const statement = statementOf(config(folder), given, NOW, 'c.id', 'order by c.id');
    for await (const some of askLake<string>(config(folder), statement, 60_000)) ids.push(...some);
    return ids;
  }

  it('selects the same customers', async () => {
    let selective = 0;
    await fc.assert(
      fc.asyncProperty(groupsOf(rule), async (given) => {
        const holds = prepareSegment(given, NOW);
        const byCode = people.filter((c) => holds(c)).map((c) => c.id);
        expect(await byLake(given)).toEqual(byCode);
        expect(await byPostgres(given)).toEqual(byCode);
        if (byCode.length > 0 && byCode.length < people.length) selective += 1;
      }),
      { seed, numRuns: 300 },
    );
    // rules that select everyone or nobody prove little
    expect(selective).toBeGreaterThan(120);
  }, 600_000);
});
