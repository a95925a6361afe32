/**
 * Rules about events, as SQL and as plain code: two witnesses that select the same customers, for random measures, windows, sequences and
 * uploads over random events with hostile values, many of them at the same or at neighbouring instants.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { bucketOf } from '../../src/domain/base/hash.js';
import { compileWhere } from '../../src/domain/segment/compile.js';
import { prepareSegment, type SegmentCustomer } from '../../src/domain/segment/evaluate.js';
import type { RuleEvent } from '../../src/domain/segment/measure.js';
import { ruleSchema, type EventsOf, type EventStep, type Rule, type RuleGroup } from '../../src/domain/segment/rule.js';
import type { EventWindow } from '../../src/domain/segment/window.js';
import { createPool, type Pool } from '../../src/storage/pool.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { seeded } from '../support/seeded.js';

const NOW = Date.parse('2026-11-01T05:30:00Z');
const HOUR = 3_600_000;
const EVENTS = ['purchase', "o'pen", 'limit inquiry'];
const SHOPS = ['카페', '마트', '𐀀', '\uffff', ''];
const ZONES = ['Asia/Seoul', 'America/New_York', 'America/Sao_Paulo', 'UTC'];

const amount = fc.oneof(
  fc.integer({ min: -3, max: 6 }),
  fc.constantFrom(0.1, 0.2, 0.30000000000000004, 1e21, 5e-324, 1.7976931348623157e308, -1e21),
);
const anyValue = fc.oneof(amount, fc.constantFrom(...SHOPS), fc.boolean(), fc.constantFrom(null, [], {}, '5'));
const properties = fc.record(
  { amount: fc.oneof({ weight: 5, arbitrary: amount }, anyValue), shop: fc.oneof(fc.constantFrom(...SHOPS), anyValue) },
  { requiredKeys: [] },
);
/** On the hours around now, so that ends of windows and steps are hit exactly. */
const at = fc.oneof(
  fc.integer({ min: -60, max: 2 }).map((h) => NOW + h * HOUR),
  fc.integer({ min: -90, max: 0 }).map((d) => NOW + d * 24 * HOUR),
  fc.integer({ min: -50 * 24 * HOUR, max: HOUR }).map((ms) => NOW + ms),
);
const event = fc.record({ name: fc.constantFrom(...EVENTS), at, properties });
const customer = fc.record({
  events: fc.array(event, { maxLength: 7 }),
  uploads: fc.subarray(['winners@1', 'winners@2']),
  grade: fc.constantFrom('gold', 'basic'),
});

const where = fc.oneof(
  fc.constant<RuleGroup | undefined>(undefined),
  fc
    .constantFrom<Rule>(
      { field: 'property.amount', operator: '>', value: 1 },
      { field: 'property.amount', operator: '!=', value: 0.1 },
      { field: 'property.shop', operator: 'in', value: ['카페', ''] },
      { field: 'property.shop', operator: 'null' },
      { field: 'property.none', operator: 'notNull' },
    )
    .chain((rule) =>
      fc.record({ combinator: fc.constant<'and'>('and'), not: fc.boolean(), rules: fc.constant([rule]) }),
    ),
);
const span = fc.constantFrom('PT1H', 'PT6H', 'P1D', 'P7D', 'P30D', 'PT0.001S');
const window: fc.Arbitrary<EventWindow | undefined> = fc.oneof(
  fc.constant(undefined),
  span.map((given) => ({ kind: 'rolling' as const, span: given })),
  fc
    .record({
      unit: fc.constantFrom<'day' | 'week' | 'month'>('day', 'week', 'month'),
      back: fc.integer({ min: 0, max: 3 }),
      zone: fc.constantFrom(...ZONES),
    })
    .chain((calendar) =>
      fc
        .integer({ min: 1, max: calendar.back + 1 })
        .map((count) => ({ kind: 'calendar' as const, ...calendar, count })),
    ),
  fc.constantFrom<EventWindow>(
    { kind: 'fixed', from: '2026-10-15T00:00:00+09:00' },
    { kind: 'fixed', from: '2026-10-01T00:00:00Z', to: '2026-11-05T00:00:00Z' },
    { kind: 'fixed', from: '2026-10-31T05:30:00Z', to: '2026-11-01T04:30:00Z' },
  ),
);
const defined = <T extends object>(given: T): T => JSON.parse(JSON.stringify(given)) as T;
const step = fc.record({ event: fc.constantFrom(...EVENTS), where, within: span, none: fc.boolean() });
const followedBy = fc.oneof(
  fc.constant<EventStep[] | undefined>(undefined),
  // only the last step may be about what did not come
  fc
    .array(step, { minLength: 1, maxLength: 3 })
    .map((steps) =>
      steps.map((one, n) => defined(n === steps.length - 1 ? one : { ...one, none: false }) as EventStep),
    ),
);
const of = (property?: string): fc.Arbitrary<EventsOf> =>
  fc
    .record({ event: fc.constantFrom(...EVENTS), where, window, followedBy })
    .map((given) => defined({ ...given, ...(property ? { property } : {}) }) as EventsOf);

type Operators = Rule['operator'][];
const compared = (
  field: string,
  given: {
    of: fc.Arbitrary<EventsOf>;
    one: fc.Arbitrary<string | number | boolean>;
    pairs?: boolean;
    equal?: boolean;
    order?: boolean;
  },
): fc.Arbitrary<Rule> => {
  const base = { field: fc.constant(field), of: given.of };
  const operators: Operators = [
    ...(given.equal === false ? [] : (['=', '!='] as const)),
    ...(given.order === false ? [] : (['<', '<=', '>', '>='] as const)),
  ];
  const lists: Operators = given.equal === false ? [] : ['in', 'notIn'];
  return fc.oneof(
    { weight: 3, arbitrary: fc.record({ ...base, operator: fc.constantFrom(...operators), value: given.one }) },
    fc.record({
      ...base,
      operator: fc.constantFrom(...lists, 'between' as const),
      value: fc.array(given.one, { minLength: 2, maxLength: 2 }) as fc.Arbitrary<number[]>,
    }),
  );
};
const presence = (field: string, given: fc.Arbitrary<EventsOf>): fc.Arbitrary<Rule> =>
  fc.record({ field: fc.constant(field), operator: fc.constantFrom('null' as const, 'notNull' as const), of: given });

const numbers = fc.oneof(fc.integer({ min: -2, max: 7 }), amount);
const texts = fc.constantFrom(...SHOPS);
const eventRule: fc.Arbitrary<Rule> = fc.oneof(
  { weight: 3, arbitrary: compared('event.count', { of: of(), one: fc.integer({ min: 0, max: 3 }) }) },
  ...['event.sum', 'event.min', 'event.max'].flatMap((field) => [
    { weight: 3, arbitrary: compared(field, { of: of('amount'), one: numbers }) },
    { weight: 1, arbitrary: presence(field, of('amount')) },
  ]),
  ...['event.first', 'event.last'].flatMap((field) => [
    compared(field, { of: of('shop'), one: texts }),
    compared(field, { of: of('amount'), one: numbers }),
    fc.record({ field: fc.constant(field), operator: fc.constant('=' as const), value: fc.boolean(), of: of('shop') }),
    presence(field, of('shop')),
  ]),
  compared('event.top', { of: of('shop'), one: texts }),
  presence('event.top', of('shop')),
  ...['event.sinceFirst', 'event.sinceLast'].flatMap((field) => [
    compared(field, { of: of(), one: span, equal: false }),
    presence(field, of()),
  ]),
);
const otherRule: fc.Arbitrary<Rule> = fc.constantFrom<Rule>({ field: 'attribute.grade', operator: '=', value: 'gold' });
const node = fc.oneof({ weight: 5, arbitrary: eventRule }, { weight: 1, arbitrary: otherRule });
const group: fc.Arbitrary<RuleGroup> = fc.record({
  combinator: fc.constantFrom('and' as const, 'or' as const),
  not: fc.boolean(),
  rules: fc.array(
    fc.oneof(
      { weight: 3, arbitrary: node },
      fc.record({
        combinator: fc.constantFrom('and' as const, 'or' as const),
        not: fc.boolean(),
        rules: fc.array(node, { minLength: 1, maxLength: 2 }),
      }),
    ),
    { minLength: 1, maxLength: 2 },
  ),
});

describe('a rule about events, as SQL and as code,', () => {
  const seed = seeded('segment events');
  const people: SegmentCustomer[] = fc.sample(customer, { seed, numRuns: 200 }).map((given, n) => ({
    id: `c${String(n).padStart(3, '0')}`,
    status: 'active',
    zone: 'Asia/Seoul',
    attributes: { grade: given.grade },
    consents: {},
    addresses: {},
    uploads: given.uploads,
    // as they come back from the database: through JSON
    events: given.events.map((one, k): RuleEvent => ({
      ...(JSON.parse(JSON.stringify(one)) as typeof one),
      id: `e/${(n * 37 + k * 11) % 97}/${n}/${k}`,
    })),
  }));
  let database: TestDatabase;
  let pool: Pool;

  beforeAll(async () => {
    database = await createDatabase();
    pool = createPool(database.appUrl);
    await pool.query(
      `insert into customers (id, bucket, attributes) select id, bucket, attributes
       from json_to_recordset($1::json) as x(id text, bucket int, attributes jsonb)`,
      [JSON.stringify(people.map((c) => ({ id: c.id, bucket: bucketOf(c.id), attributes: c.attributes })))],
    );
    await pool.query(
      `insert into events (message_id, customer_id, name, occurred_at, received_at, properties)
       select id, customer, name, to_timestamp(at / 1000.0), to_timestamp(at / 1000.0), properties
       from json_to_recordset($1::json) as x(id text, customer text, name text, at float8, properties jsonb)`,
      [JSON.stringify(people.flatMap((c) => c.events.map((e) => ({ ...e, customer: c.id }))))],
    );
    await pool.query(
      `insert into segment_uploads (id, segment, "rows", matched, duplicates, unmatched, rejected, uploaded_by, uploaded_at)
       select 'winners@' || n, 'winners', 0, 0, 0, 0, 0, 'me', now() from generate_series(1, 2) n`,
    );
    await pool.query(
      `insert into segment_uploaded (upload, customer_id) select * from unnest($1::text[], $2::text[])`,
      [people.flatMap((c) => c.uploads), people.flatMap((c) => c.uploads.map(() => c.id))],
    );
    await database.pool.query('analyze customers, events, segment_uploaded');
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  async function bySql(given: RuleGroup): Promise<string[]> {
    const where = compileWhere(given, { firstParam: 1, now: NOW });
    expect(where.faults).toEqual([]);
    const { rows } = await pool.query<{ id: string }>(
      `select c.id from customers c ${where.joins} where ${where.sql} order by c.id`,
      where.values,
    );
    return rows.map((row) => row.id);
  }

  it('selects the same customers', async () => {
    const selective = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(group, async (given) => {
        const holds = prepareSegment(given, NOW);
        const byCode = people.filter((c) => holds(c)).map((c) => c.id);
        expect(await bySql(given)).toEqual(byCode);
        if (byCode.length === 0 || byCode.length === people.length) return;
        for (const field of new Set(fieldsIn(given))) selective.set(field, (selective.get(field) ?? 0) + 1);
      }),
      { seed, numRuns: 500 },
    );
    // rules that select everyone or nobody prove little: of every measure many have to do more
    for (const measure of ['count', 'sum', 'min', 'max', 'first', 'last', 'top', 'sinceFirst', 'sinceLast']) {
      expect([measure, (selective.get(`event.${measure}`) ?? 0) > 8]).toEqual([measure, true]);
    }
    expect(selective.get('then')).toBeGreaterThan(30);
    expect(selective.get('none')).toBeGreaterThan(10);
  }, 300_000);

  it('puts neither a name nor a value of the rule into the SQL text', () => {
    fc.assert(
      fc.property(eventRule, (given) => {
        const { sql, joins } = compileWhere({ combinator: 'and', rules: [given] }, { firstParam: 1, now: NOW });
        for (const word of [...EVENTS, ...SHOPS.filter((shop) => shop !== ''), 'amount', 'shop', '2026']) {
          expect(`${joins} ${sql}`).not.toContain(word);
        }
      }),
      { seed, numRuns: 300 },
    );
  });

  it('is accepted by the stored form as it is', () => {
    const written = fc.record({
      combinator: fc.constant('and'),
      rules: fc.array(eventRule, { minLength: 1, maxLength: 3 }),
    });
    fc.assert(
      fc.property(written, (given) => {
        expect(ruleSchema.safeParse(JSON.parse(JSON.stringify(given))).error?.issues).toBeUndefined();
      }),
      { seed, numRuns: 300 },
    );
  });
});

function fieldsIn(group: RuleGroup): string[] {
  return group.rules.flatMap((one) => {
    if ('rules' in one) return fieldsIn(one);
    const steps = one.of?.followedBy ?? [];
    return [one.field, ...(steps.length > 0 ? ['then'] : []), ...(steps.some(({ none }) => none) ? ['none'] : [])];
  });
}
