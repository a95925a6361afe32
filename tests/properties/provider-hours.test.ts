/**
 * Two witnesses of a provider's hours: the domain, by which payouts wait, and the audit's SQL, by which they are judged. They agree on random hours at
 * random times, also where the clock changes.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isOpen as openInSql } from '../../src/auditor/provider-hours.js';
import { hoursSchema, opensInMs, prepareHours } from '../../src/domain/ledger/business-hours.js';
import { createPool, type Pool } from '../../src/storage/pool.js';
import { ProviderHours } from '../../src/storage/provider-hours.store.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { seeded } from '../support/seeded.js';

const CASES = 2_000;
const ZONES = ['Asia/Seoul', 'America/New_York', 'Australia/Lord_Howe', 'Europe/London'];
const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

const clock = fc
  .tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }))
  .map((parts) => parts.map((part) => String(part).padStart(2, '0')).join(':'));
const one = fc
  .record({
    from: clock,
    to: clock,
    days: fc.option(fc.subarray([...DAYS], { minLength: 1 }), { nil: undefined }),
    zone: fc.constantFrom(...ZONES),
    at: fc.integer({ min: Date.UTC(2026, 0), max: Date.UTC(2027, 0) }),
  })
  .filter(({ from, to }) => from !== to);

describe('hours of a provider', () => {
  let database: TestDatabase;
  let pool: Pool;
  beforeAll(async () => {
    database = await createDatabase();
    pool = createPool(database.appUrl, { max: 2 });
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  it(`are the same to engine and audit, in ${CASES} cases`, async () => {
    const cases = fc.sample(one, { numRuns: CASES, seed: seeded('the hours') });
    const prepared = cases.map(({ from, to, days, zone }) =>
      prepareHours(hoursSchema.parse({ from, to, ...(days ? { days } : {}) }), zone),
    );
    await new ProviderHours(pool).keep(prepared.map((hours, n) => ({ provider: `pay-${n}`, zone: hours.zone, hours })));
    const { rows } = await pool.query<{ n: number; open: boolean }>(
      `select c.n, ${openInSql('c.at')} as open
       from (select (k - 1)::int as n, to_timestamp(ms / 1000.0) as at from unnest($1::float8[]) with ordinality as u(ms, k)) c
       join provider_hours h on h.provider = 'pay-' || c.n order by 1`,
      [cases.map(({ at }) => at)],
    );
    const engine = cases.map(({ at }, n) => opensInMs(prepared[n], at) === 0);
    expect(rows.filter(({ n, open }) => open !== engine[n]).map(({ n }) => cases[n])).toEqual([]);
    expect(engine.filter(Boolean).length).toBeGreaterThan(CASES / 10);
    expect(engine.filter((open) => !open).length).toBeGreaterThan(CASES / 10);
  });

  it('are kept when they change, and only then', async () => {
    const hours = (from: string, zone = 'Asia/Seoul') =>
      prepareHours({ from, to: '18:00', days: ['fri', 'mon'] }, zone);
    const keep = (own: ReturnType<typeof hours> | undefined, zone = 'Asia/Seoul') =>
      new ProviderHours(pool).keep([{ provider: 'pay', zone, hours: own }]);
    const kept = async () =>
      (
        await pool.query(
          `select zone, from_minute, to_minute, days from provider_hours where provider = 'pay' order by no`,
        )
      ).rows;
    await keep(undefined);
    expect(await kept()).toEqual([]);
    await keep(hours('09:00'));
    await keep(hours('09:00'));
    const nine = { zone: 'Asia/Seoul', from_minute: 540, to_minute: 1_080, days: [1, 5] };
    expect(await kept()).toEqual([nine]);
    await keep(hours('10:00'));
    await keep(hours('10:00', 'Asia/Tokyo'), 'Asia/Tokyo');
    await keep(undefined, 'Asia/Tokyo');
    await keep(undefined);
    const ten = { ...nine, from_minute: 600 };
    const tokyo = { ...ten, zone: 'Asia/Tokyo' };
    expect(await kept()).toEqual([nine, ten, tokyo, { ...tokyo, from_minute: null, to_minute: null, days: null }]);
  });
});
