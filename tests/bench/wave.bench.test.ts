/**
 * How fast a run moves: customers frozen, decided, handed over and answered per second, end to end through API, Temporal and Postgres;
 * as a ratio to plain one-statement inserts of as many rows into the same database.
 */
import { afterAll, beforeAll, describe } from '@jest/globals';
import { bench, timeOf, type Measured } from '../support/bench.js';
import { customers, defineBasics, importCustomers, launch, twoWaves } from '../support/campaigns.js';
import { Stack, until } from '../support/stack.js';

describe('one wave', () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await Stack.start({ epoch: '2026-03-03T10:00:00+09:00' });
    await defineBasics(stack);
  }, 120_000);
  afterAll(() => stack?.stop(), 60_000);

  bench('wave', { tiny: 200, usual: 50_000 }, async (size): Promise<Measured> => {
    const importMs = await timeOf(() => importCustomers(stack, customers(size)));
    const plainMs = await timeOf(() =>
      stack.pool.query(
        'create table plain as select n, md5(n::text) as a, md5((n + 1)::text) as b from generate_series(1, $1::int) as n',
        [size],
      ),
    );
    const counted = async (sql: string): Promise<boolean> => Number((await stack.one<{ n: string }>(sql)).n) >= size;
    const begin = performance.now();
    const sinceBegin = async (what: string, sql: string): Promise<number> => {
      await until(what, () => counted(sql), 1_200_000, 50);
      return performance.now() - begin;
    };
    await launch(stack, twoWaves({ span: 'P1D' }));
    const decidedMs = await sinceBegin('decided', `select count(*) as n from participants where node = 'wait-1'`);
    const sentMs = await sinceBegin('sent', `select count(*) as n from outbox where state = 'accepted'`);
    return {
      figures: {
        importedPerSecond: (size / importMs) * 1_000,
        decidedPerSecond: (size / decidedMs) * 1_000,
        sentPerSecond: (size / sentMs) * 1_000,
        sentMs,
      },
      ratios: { sentToPlainRows: sentMs / plainMs },
    };
  });
});
