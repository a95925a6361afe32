/**
 * What it costs to count a rule of five clauses over customers with ten events each, through the compiler, against SQL that was written by hand
 * for the same question (segment.sql). Both count the same; both plans are printed.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect } from '@jest/globals';
import type { RuleGroup } from '../../src/domain/segment/rule.js';
import { compileSelection } from '../../src/domain/segment/selection-sql.js';
import { createPool, type Pool } from '../../src/storage/pool.js';
import { PostgresSource } from '../../src/storage/segment-sources.js';
import { pinNewest, SegmentsStore } from '../../src/storage/segments.store.js';
import { bench, timeOf, type Measured } from '../support/bench.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { pairs } from '../support/pairs.js';
import { fillSegmentScale, NOW } from '../support/segment-scale.js';

const BY_HAND = readFileSync(join(import.meta.dirname, 'segment.sql'), 'utf8');
const ANSWER_MS = 30_000;
const ZONE = 'Asia/Seoul';

/** A segment inside the rule: the better grades, and whoever spent a million since the beginning of August. */
const GOOD: RuleGroup = {
  combinator: 'or',
  rules: [
    { field: 'attribute.grade', operator: 'in', value: ['vip', 'gold'] },
    {
      field: 'event.sum',
      operator: '>=',
      value: 1_000_000,
      of: {
        event: 'purchase',
        property: 'amount',
        window: { kind: 'calendar', unit: 'month', back: 3, count: 4, zone: ZONE },
      },
    },
  ],
};

/** Middle-aged, may be told by push, bought three times in 90 days, has not logged in for 30, and is a good customer. */
const RULE: RuleGroup = {
  combinator: 'and',
  rules: [
    { field: 'attribute.age', operator: 'between', value: [30, 49] },
    { field: 'consent.push:advertising', operator: '=', value: true },
    {
      field: 'event.count',
      operator: '>=',
      value: 3,
      of: { event: 'purchase', window: { kind: 'rolling', span: 'P90D' } },
    },
    {
      field: 'event.count',
      operator: '=',
      value: 0,
      of: { event: 'login', window: { kind: 'rolling', span: 'P30D' } },
    },
    { field: 'segment', operator: 'in', value: ['good'] },
  ],
};

describe('the count of a segment', () => {
  let database: TestDatabase | undefined;
  let pool: Pool | undefined;
  afterEach(async () => {
    await pool?.end();
    await database?.drop();
  });

  bench('segment', { tiny: 2_000, usual: 1_000_000 }, async (size, seed): Promise<Measured> => {
    database = await createDatabase();
    await fillSegmentScale(database.pool, size, seed);
    pool = createPool(database.appUrl);
    const rule = await pinned(pool);
    const source = new PostgresSource(pool);
    const byHand = { text: BY_HAND, values: [new Date(NOW)] };

    const compiled = async () => {
      const asked = await source.count({ rule, now: NOW }, ANSWER_MS);
      if (asked.kind !== 'answered') throw new Error(`the count was given up: ${asked.kind}`);
      return asked.answer;
    };
    const hand = async (asking: Pool) => Number((await asking.query<{ n: number }>(byHand)).rows[0]?.n);
    const selected = await hand(pool);
    expect(await compiled()).toBe(selected);
    expect(selected).toBeLessThan(size);

    const { from, values } = compileSelection(rule, NOW);
    const question = { text: `select count(*) as n from ${from}`, values };
    console.log(`by hand:\n${await planOf(pool, byHand)}\n\ncompiled:\n${await planOf(pool, question)}`);

    const { workMedian, againstMedian, ratio } = await pairs(
      7,
      () => timeOf(compiled),
      () => timeOf(() => hand(pool as Pool)),
    );
    return {
      figures: { selected, compiledMs: workMedian, handMs: againstMedian },
      ratios: { compiledToHand: ratio },
    };
  });
});

/** The rule with its segment inside, by way of the store that keeps them. */
async function pinned(pool: Pool): Promise<RuleGroup> {
  const put = await new SegmentsStore(pool).put(
    { key: 'good', name: 'good', rule: GOOD, source: null },
    { by: 'm', now: NOW },
  );
  const whole = await pinNewest(pool, RULE);
  if (put.kind !== 'stored' || !whole.ok) throw new Error('the rule has faults');
  return whole.rule;
}

async function planOf(pool: Pool, query: { text: string; values: unknown[] }): Promise<string> {
  const { rows } = await pool.query<{ 'QUERY PLAN': string }>({
    ...query,
    text: `explain (analyze, buffers, timing off) ${query.text}`,
  });
  return rows.map((row) => row['QUERY PLAN']).join('\n');
}
