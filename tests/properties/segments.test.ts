/**
 * A segment rule as SQL and as plain code: two witnesses that select the same customers, for random rules over random customers with hostile
 * texts, numbers as text, missing attributes and odd names.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { bucketOf } from '../../src/domain/base/hash.js';
import { compileWhere } from '../../src/domain/segment/compile.js';
import { prepareFilter, prepareRule, type RuleCustomer } from '../../src/domain/segment/evaluate.js';
import { compileSelection } from '../../src/domain/segment/selection-sql.js';
import { ruleSchema, type Rule, type RuleGroup } from '../../src/domain/segment/rule.js';
import { createPool, type Pool } from '../../src/storage/pool.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { seeded } from '../support/seeded.js';

const HOSTILE = [
  "'",
  '"',
  '%',
  '_',
  '\\',
  '\\x00',
  '$1',
  '--',
  "'; drop table customers; --",
  '{{ customer.id }}',
  '',
  ' ',
  '\n',
  '5',
  '05',
  '5.0',
  '1e3',
  'NaN',
  'true',
  'null',
  '2026-02-30',
  '서울',
  '서',
  'é',
  'e\u0301',
  '👩‍🚀',
  '\uffff',
  '𐀀',
  'ß',
  'SS',
];
const wellFormed = fc.string({ unit: 'grapheme', maxLength: 4 }).filter((text) => !text.includes('\0'));
const text = fc.oneof(fc.constantFrom(...HOSTILE), wellFormed);
const number = fc.oneof(
  fc.constantFrom(0, -0, 5, -5, 0.1, 0.30000000000000004, 1e21, 5e-324, Number.MAX_VALUE, Number.MAX_SAFE_INTEGER),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer({ min: -3, max: 3 }),
);
const NAMES = ['name', 'age', 'A', '_x', '__proto__', 'constructor', 'toString'];
const CONSENTS = ['push:advertising', 'email:information'];
const value = fc.oneof(text, number, fc.boolean());

const attributes = fc.dictionary(fc.constantFrom(...NAMES), value, { maxKeys: 4, noNullPrototype: true });
const consents = fc.dictionary(fc.constantFrom(...CONSENTS), fc.record({ granted: fc.boolean() }), {
  noNullPrototype: true,
});
const addresses = fc.dictionary(fc.constantFrom('push', 'phone', 'email'), wellFormed, { noNullPrototype: true });
const ids = fc.string({ unit: fc.constantFrom('a', 'b', 'Z', '0', '_', '-', '.', ':'), minLength: 1, maxLength: 6 });
const customer = fc.record({
  id: ids,
  status: fc.constantFrom('active', 'incident', 'withdrawn'),
  zone: fc.constantFrom('Asia/Seoul', 'UTC'),
  // as it comes back from the database: through JSON
  attributes: attributes.map((a) => JSON.parse(JSON.stringify(a)) as Record<string, unknown>),
  consents,
  addresses,
});

const one = (field: string, of: fc.Arbitrary<Rule['value']>, operators: Rule['operator'][]) =>
  fc.record({ field: fc.constant(field), operator: fc.constantFrom(...operators), value: of });
const list = <T extends string | number | boolean>(of: fc.Arbitrary<T>) => fc.array(of, { minLength: 1, maxLength: 3 });
const pair = <T extends string | number>(of: fc.Arbitrary<T>) => fc.array(of, { minLength: 2, maxLength: 2 });

function comparisons(field: string, of: fc.Arbitrary<string> | fc.Arbitrary<number>): fc.Arbitrary<Rule>[] {
  return [
    one(field, of, ['=', '!=', '<', '<=', '>', '>=']),
    one(field, list(of as fc.Arbitrary<string>), ['in', 'notIn']),
    one(field, pair(of as fc.Arbitrary<string>), ['between']),
  ];
}
const presence = (field: string): fc.Arbitrary<Rule> =>
  fc.record({ field: fc.constant(field), operator: fc.constantFrom('null' as const, 'notNull' as const) });

const attributeRule = fc
  .constantFrom(...NAMES)
  .chain((name) =>
    fc.oneof(
      ...comparisons(`attribute.${name}`, text),
      ...comparisons(`attribute.${name}`, number),
      one(`attribute.${name}`, text, ['contains', 'beginsWith']),
      one(`attribute.${name}`, fc.boolean(), ['=', '!=']),
      one(`attribute.${name}`, list(fc.boolean()), ['in', 'notIn']),
      presence(`attribute.${name}`),
    ),
  );
const rule: fc.Arbitrary<Rule> = fc.oneof(
  { weight: 5, arbitrary: attributeRule },
  fc.oneof(...comparisons('id', fc.oneof(ids, text)), one('id', ids, ['contains', 'beginsWith'])),
  one('status', fc.constantFrom('active', 'incident'), ['=', '!=']),
  one('status', list(fc.constantFrom('active', 'withdrawn')), ['in', 'notIn']),
  one('zone', fc.constantFrom('Asia/Seoul', 'UTC', 'Asia'), ['=', '!=', 'contains', 'beginsWith', '<']),
  fc.constantFrom(...CONSENTS).chain((key) => one(`consent.${key}`, fc.boolean(), ['=', '!='])),
  fc.constantFrom(...CONSENTS).chain((key) => presence(`consent.${key}`)),
  fc.constantFrom('push', 'phone', 'email').chain((key) => presence(`address.${key}`)),
);
const { group } = fc.letrec<{ group: RuleGroup; node: Rule | RuleGroup }>((tie) => ({
  node: fc.oneof({ maxDepth: 3, withCrossShrink: true }, rule, tie('group')),
  group: fc.record(
    {
      combinator: fc.constantFrom('and', 'or'),
      not: fc.boolean(),
      rules: fc.array(tie('node'), { minLength: 1, maxLength: 3 }),
    },
    { requiredKeys: ['combinator', 'rules'] },
  ),
}));

describe('a segment rule, as SQL and as code,', () => {
  const seed = seeded('segments');
  const customers = [...new Map(fc.sample(customer, { seed, numRuns: 250 }).map((c) => [c.id, c])).values()];
  let database: TestDatabase;
  let pool: Pool;

  beforeAll(async () => {
    database = await createDatabase();
    pool = createPool(database.appUrl);
    await database.pool.query(
      `insert into customers (id, bucket, status, zone, attributes, consents, addresses)
       select id, bucket, status, zone, attributes, consents, addresses from json_to_recordset($1::json)
         as x(id text, bucket int, status text, zone text, attributes jsonb, consents jsonb, addresses jsonb)`,
      [JSON.stringify(customers.map((c) => ({ ...c, bucket: bucketOf(c.id) })))],
    );
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  async function bySql(given: RuleGroup): Promise<string[]> {
    const where = compileWhere(given, { firstParam: 2, now: 0 });
    expect(where.faults).toEqual([]);
    const { rows } = await pool.query<{ id: string }>(
      `select c.id from customers c ${where.joins} where $1::boolean and ${where.sql} order by c.id`,
      [true, ...where.values],
    );
    const ids = rows.map((row) => row.id);
    const { from, values } = compileSelection(given, 0);
    const selected = await pool.query<{ id: string }>(`select c.id from ${from} order by c.id`, values);
    expect(selected.rows.map((row) => row.id)).toEqual(ids);
    return ids;
  }

  it('selects the same customers', async () => {
    let selective = 0;
    await fc.assert(
      fc.asyncProperty(group, async (given) => {
        const holds = prepareRule(given);
        const byCode = customers.filter((c) => holds(c as RuleCustomer)).map((c) => c.id);
        if (byCode.length > 0 && byCode.length < customers.length) selective += 1;
        expect(await bySql(given)).toEqual(byCode.sort());
      }),
      { seed, numRuns: 600 },
    );
    // rules that select everyone or nobody prove little
    expect(selective).toBeGreaterThan(150);
  });

  it('puts neither a name nor a value of the rule into the SQL text', () => {
    fc.assert(
      fc.property(attributeRule, (given) => {
        const { sql } = compileWhere({ combinator: 'and', rules: [given] }, { firstParam: 1, now: 0 });
        // what is left without the known words and parameters is punctuation
        const known =
          /\$\d+|::|\b(c\.attributes|coalesce|not|any|is|null|between|and|case|when|then|end|jsonb_typeof|string|number|boolean|numeric|text|strpos|select|to_jsonb|from|unnest|array|v|starts_with|collate|true|false)\b|"C"|'\{\}'|[ ()[\],'=<>#0-]/g;
        expect(sql.replaceAll(known, '').replaceAll('->>', '')).toBe('');
      }),
      { seed, numRuns: 300 },
    );
  });

  it('is accepted by the stored form as it is', () => {
    fc.assert(
      fc.property(group, (given) => {
        expect(ruleSchema.safeParse(JSON.parse(JSON.stringify(given))).success).toBe(true);
      }),
      { seed, numRuns: 200 },
    );
  });

  it('holds for an event’s properties as for a customer’s attributes of the same names', () => {
    const rename = (given: RuleGroup): RuleGroup => ({
      ...given,
      rules: given.rules.map((r) =>
        'rules' in r ? rename(r) : { ...r, field: r.field.replace('attribute.', 'property.') },
      ),
    });
    const onlyAttributes = fc.record({
      combinator: fc.constantFrom('and' as const, 'or' as const),
      not: fc.boolean(),
      rules: fc.array(attributeRule, { minLength: 1, maxLength: 3 }),
    });
    fc.assert(
      fc.property(onlyAttributes, (given) => {
        const [ofCustomer, ofEvent] = [prepareRule(given), prepareFilter(rename(given))];
        for (const c of customers.slice(0, 50)) expect(ofEvent(c.attributes)).toBe(ofCustomer(c));
      }),
      { seed, numRuns: 200 },
    );
  });
});
