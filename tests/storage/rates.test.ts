/**
 * What operators say about rates: only appended, the newest in force, never above what is configured, and followed by workers that run.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { configuredLimits, rateInForce, termsAt } from '../../src/domain/base/rates.js';
import { CurrentRates } from '../../src/storage/current-rates.js';
import { createPool, inTransaction, type Pool } from '../../src/storage/pool.js';
import { RatesStore } from '../../src/storage/rates.store.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { T0 } from '../support/seed.js';
import { until } from '../support/stack.js';

const GATE = 'gateway/gate';
const PAY = 'provider/pay';

describe('rates', () => {
  let database: TestDatabase;
  let pool: Pool;
  let store: RatesStore;
  beforeAll(async () => {
    database = await createDatabase();
    pool = createPool(database.appUrl);
    store = new RatesStore(pool);
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });
  const say = (system: string, perSecond: number | null, reason: string) =>
    inTransaction(pool, (client) => store.say(client, { system, perSecond, reason }, { by: 'kim', now: T0 }));

  it('are those of the configuration, or less', () => {
    const gateways = [{ name: 'gate', maxTps: 10 }, { name: 'free' }];
    const providers = [
      { kind: 'http' as const, name: 'pay', maxTps: 5 },
      { kind: 'file' as const, name: 'partner' },
    ];
    expect([...configuredLimits({ gateways, providers })]).toEqual([
      [GATE, 10],
      ['gateway/free', null],
      [PAY, 5],
    ]);
    expect(rateInForce(10, null)).toBe(10);
    expect(rateInForce(10, 3)).toBe(3);
    expect(rateInForce(10, 30)).toBe(10);
    expect(rateInForce(null, 3)).toBe(3);
    expect(rateInForce(null, null)).toBeNull();
    expect(termsAt({ batchSize: 100, maxTps: 50 }, 3)).toEqual({ batchSize: 3, maxTps: 3 });
    expect(termsAt({ batchSize: 100 }, null)).toEqual({ batchSize: 100 });
  });

  it('are said with a reason, each change once, and all of it stays', async () => {
    await say(GATE, 3, 'their machine is slow');
    await say(GATE, 3, 'said again');
    await say(GATE, null, 'well again');
    await say(PAY, 2, 'carefully');
    const newest = await store.newest();
    expect([newest.get(GATE)?.perSecond, newest.get(PAY)?.perSecond]).toEqual([null, 2]);
    const { rows } = await database.pool.query(
      'select action, subject, reason, before, after from audit_log order by no',
    );
    const line = (subject: string, reason: string, before: number | null, after: number | null) => {
      return { action: 'rate.set', subject, reason, before: { perSecond: before }, after: { perSecond: after } };
    };
    expect(rows).toEqual([
      line(GATE, 'their machine is slow', null, 3),
      line(GATE, 'well again', 3, null),
      line(PAY, 'carefully', null, 2),
    ]);
  });

  it('are followed by a worker that runs, also over a database that does not answer for a while', async () => {
    let answers = true;
    const read = { newest: async () => (answers ? await store.newest() : Promise.reject(new Error('away'))) };
    const rates = new CurrentRates(new Map([[GATE, 10]]), read, 20);
    await rates.start();
    const becomes = (system: string, rate: number | null) =>
      until(`${system} gets ${rate}`, async () => rates.of(system) === rate, 5_000, 10);
    try {
      expect([rates.of(GATE), rates.of(PAY), rates.of('gateway/other')]).toEqual([10, 2, null]);
      await say(GATE, 4, 'slower');
      await becomes(GATE, 4);
      answers = false;
      await say(GATE, 1, 'slower still');
      await new Promise((resolve) => setTimeout(resolve, 100));
      expect(rates.of(GATE)).toBe(4);
      answers = true;
      await becomes(GATE, 1);
      await say(GATE, 500, 'as fast as you can');
      await becomes(GATE, 10); // never above what is configured
    } finally {
      rates.stop();
    }
  });
});
