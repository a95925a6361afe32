/**
 * Rules about events, as SQL and as plain code: two witnesses that select the same customers, for random measures, windows, sequences and
 * uploads over random events with hostile values, many of them at the same or at neighbouring instants.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { bucketOf } from '../../src/domain/base/hash.js';
import { compileWhere } from '../../src/domain/segment/compile.js';
import { compileSelection } from '../../src/domain/segment/selection-sql.js';
import { prepareSegment, type SegmentCustomer } from '../../src/domain/segment/evaluate.js';
import type { RuleEvent } from '../../src/domain/segment/measure.js';
import { ruleSchema, type RuleGroup } from '../../src/domain/segment/rule.js';
import { createPool, type Pool } from '../../src/storage/pool.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { customer, EVENTS, eventRule, groupsOf, node, NOW, SHOPS } from './random-event-rules.js';
import { seeded } from '../support/seeded.js';

const group = groupsOf(node);

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
    const ids = rows.map((row) => row.id);
    // those who are asked of everybody are narrowed step by step
    const { from, values } = compileSelection(given, NOW);
    const selected = await pool.query<{ id: string }>(`select c.id from ${from} order by c.id`, values);
    expect(selected.rows.map((row) => row.id)).toEqual(ids);
    return ids;
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
        const rule = { combinator: 'and' as const, rules: [given] };
        const { sql, joins } = compileWhere(rule, { firstParam: 1, now: NOW });
        const { from } = compileSelection(rule, NOW);
        for (const word of [...EVENTS, ...SHOPS.filter((shop) => shop !== ''), 'amount', 'shop', '2026']) {
          expect(`${joins} ${sql} ${from}`).not.toContain(word);
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
