/**
 * What a segment's rule costs: events are found by an index, in one pass whatever the number of customers; what takes too long is given up.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type pg from 'pg';
import { compileWhere } from '../../src/domain/segment/compile.js';
import type { EventsOf, Rule } from '../../src/domain/segment/rule.js';
import { createPool, type Pool } from '../../src/storage/pool.js';
import { PostgresSource } from '../../src/storage/segment-sources.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { nodesOf, type PlanNode } from '../support/plans.js';
import { seedCustomers } from '../support/seed.js';

const NOW = Date.parse('2026-11-01T00:00:00Z');
const PEOPLE = 5_000;

describe('a rule about events', () => {
  let database: TestDatabase;
  let pool: Pool;

  beforeAll(async () => {
    database = await createDatabase();
    pool = createPool(database.appUrl);
    await seedCustomers(
      database.pool,
      Array.from({ length: PEOPLE }, (_, n) => `c${String(n).padStart(5, '0')}`),
    );
    // 100,000 events in 100 days: one in 50 is an inquiry, every customer has some of each
    await database.pool.query(
      `insert into events (message_id, customer_id, name, occurred_at, received_at, properties)
       select 'e/' || n, 'c' || lpad((n * 7919 % $1)::text, 5, '0'), 
         case n % 50 when 0 then 'limit_inquiry' when 1 then 'application' else 'purchase' end,
         $2::timestamptz - n * interval '86 seconds', $2, jsonb_build_object('amount', n % 1000)
       from generate_series(1, 100000) n`,
      [PEOPLE, new Date(NOW)],
    );
    await database.pool.query('vacuum analyze');
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  const question = (...rules: Rule[]) => ({ rule: { combinator: 'and' as const, rules }, now: NOW });
  async function planOf(...rules: Rule[]): Promise<PlanNode[]> {
    const { joins, sql, values } = compileWhere(question(...rules).rule, { firstParam: 1, now: NOW });
    const { rows } = await pool.query<pg.QueryResultRow>(
      `explain (format json) select count(*) from customers c ${joins} where ${sql}`,
      values,
    );
    return nodesOf(rows[0]?.['QUERY PLAN'][0].Plan as PlanNode);
  }
  const indexes = (plan: PlanNode[]) => new Set(plan.flatMap((node) => node['Index Name'] ?? []));
  const scansEvents = (plan: PlanNode[]) =>
    plan.some((node) => node['Node Type'] === 'Seq Scan' && node['Relation Name'] === 'events');

  const inquired: EventsOf = { event: 'limit_inquiry', window: { kind: 'rolling', span: 'P7D' } };

  it('finds the events of a name and window by their index, and reads no others', async () => {
    for (const [field, of] of [
      ['event.count', inquired],
      ['event.sinceLast', inquired],
      ['event.sum', { ...inquired, property: 'amount' }],
      ['event.last', { ...inquired, property: 'amount' }],
    ] as const) {
      const value = field === 'event.sinceLast' ? 'P3D' : 1;
      const plan = await planOf({ field, operator: '>=', value, of });
      expect(indexes(plan)).toContain('events_name');
      expect(scansEvents(plan)).toBe(false);
    }
  });

  it('looks for what follows an event by the customer’s own index', async () => {
    const followedBy = [{ event: 'application', within: 'P7D', none: true }];
    const plan = await planOf({ field: 'event.count', operator: '>=', value: 1, of: { ...inquired, followedBy } });
    expect([...indexes(plan)]).toEqual(expect.arrayContaining(['events_name', 'events_customer']));
    expect(scansEvents(plan)).toBe(false);
  });

  it('that measures the same events twice reads them once', async () => {
    const given = { field: 'event.count', of: inquired } as const;
    const plan = await planOf({ ...given, operator: '>=', value: 1 }, { ...given, operator: '<=', value: 3 });
    expect(plan.filter((node) => node['Relation Name'] === 'events')).toHaveLength(1);
  });

  it('counts what plain SQL counts', async () => {
    const { rows } = await pool.query<{ n: number }>(
      `select count(distinct customer_id) as n from events where name = 'limit_inquiry' and occurred_at >= $1 and occurred_at < $2`,
      [new Date(NOW - 7 * 86_400_000), new Date(NOW)],
    );
    const asked = await new PostgresSource(pool).count(
      question({ field: 'event.count', operator: '>=', value: 1, of: inquired }),
      60_000,
    );
    expect(rows[0]?.n).toBeGreaterThan(50);
    expect(asked).toEqual({ kind: 'answered', answer: rows[0]?.n });
  });

  it('that takes longer than it may is given up, and leaves nothing behind', async () => {
    const source = new PostgresSource(pool);
    const blocker = await database.pool.connect();
    try {
      await blocker.query('begin');
      await blocker.query('lock table customers in access exclusive mode');
      const everyone = question({ field: 'id', operator: 'notNull' });
      expect(await source.count(everyone, 50)).toEqual({ kind: 'late' });
      expect(await source.sample(everyone, 10, 50)).toEqual({ kind: 'late' });
    } finally {
      await blocker.query('rollback');
      blocker.release();
    }
    const { rows } = await pool.query<{ statement_timeout: string }>('show statement_timeout');
    expect(rows[0]?.statement_timeout).toBe('30s'); // the pool's own
  });
});
