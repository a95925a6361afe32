/**
 * What the page of a run and the calendar read, against what they count: people, responses by spans, contacts by days and policies.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { ContactPolicy } from '../../src/domain/contact-policy/policy.js';
import { CalendarStore } from '../../src/storage/calendar.store.js';
import { GoalCurveStore } from '../../src/storage/goal-curve.store.js';
import { createPool, type Pool } from '../../src/storage/pool.js';
import { ResponseCurveStore, SPANS_MAX } from '../../src/storage/response-curve.store.js';
import { RunsStore } from '../../src/storage/runs.store.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { growRun } from '../support/large-run.js';
import { seedRun, T0, waitOnce } from '../support/seed.js';

const PEOPLE = 500;
const RUN = 'run';

describe('the page of a run', () => {
  let database: TestDatabase;
  let pool: Pool;

  beforeAll(async () => {
    database = await createDatabase();
    pool = createPool(database.appUrl);
    await seedRun(database.pool, RUN, waitOnce('c'), []);
    await growRun(database.pool, RUN, PEOPLE);
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  it('tells by counters how many are active, ended and set apart', async () => {
    const counted = async () => {
      const { rows } = await database.pool.query<{ state: string; n: string }>(
        'select state, count(*) as n from participants where run_id = $1 group by 1',
        [RUN],
      );
      const of = (state: string) => Number(rows.find((row) => row.state === state)?.n ?? 0);
      return { active: of('active'), ended: of('ended'), failed: of('failed') };
    };
    const runs = new RunsStore(pool);
    expect((await runs.snapshot(RUN))?.participants).toEqual(await counted());
    // as markFailed counts it
    await database.pool.query(
      `update participants set state = 'failed', end_reason = 'failed_decision' where run_id = $1 and customer_id = $1 || '-499'`,
      [RUN],
    );
    await database.pool.query(
      `insert into counters (run_id, node, visit, measure, reason, lane, n)
       values ($1, 'wait-2', 1, 'ended', 'failed_decision', 3, 1), ($1, 'wait-2', 1, 'here', '', 99, -1)`,
      [RUN],
    );
    const after = await runs.snapshot(RUN);
    expect(after?.participants).toEqual(await counted());
    expect(after?.participants).toEqual({ active: 399, ended: 100, failed: 1 });
    expect(await runs.snapshots(['none', RUN])).toEqual([after]);
    expect(await runs.snapshots([])).toEqual([]);
  });

  it('has responses in as many equal spans as there may be, late ones and those of old workers aside', async () => {
    await database.pool.query(
      `update responses set late = customer_id = $1 || '-7', wave_at = case when customer_id <> $1 || '-8' then wave_at end where run_id = $1`,
      [RUN],
    );
    const whole = await new ResponseCurveStore(pool).whole(RUN, () => ['wait-1']);
    const { widthSeconds, spans, unplaced } = whole?.curve ?? { widthSeconds: 0, spans: [], unplaced: 0 };
    const { rows } = await database.pool.query<{ after: number; late: boolean }>(
      'select extract(epoch from occurred_at - wave_at)::float8 as after, late from responses where run_id = $1 and wave_at is not null',
      [RUN],
    );
    const n = (after: number) => Math.floor(after / widthSeconds);
    expect(Math.max(...rows.map(({ after }) => n(after)))).toBeLessThan(SPANS_MAX);
    const expected = [...Map.groupBy(rows, ({ after }) => n(after))]
      .toSorted(([a], [b]) => a - b)
      .map(([span, own]) => {
        const late = own.filter((row) => row.late).length;
        return { wave: 1, n: span, responded: own.length - late, late };
      });
    expect(spans).toEqual(expected);
    expect([unplaced, spans.reduce((sum, { late }) => sum + late, 0)]).toEqual([1, 1]);
    expect((await new ResponseCurveStore(pool).whole(RUN, () => []))?.curve.spans).toEqual([]);
    expect(await new ResponseCurveStore(pool).whole('none', () => [])).toBeNull();
  });

  it('has when each reached the goal first, treated beside held out, within its window from the run’s start on', async () => {
    await database.pool.query(
      `update participants set state = 'ended', end_reason = 'holdout' where run_id = $1 and customer_id ~ '[05]$'`,
      [RUN],
    );
    // some twice, some before the start, some after the window, some another event
    await database.pool.query(
      `insert into events (message_id, customer_id, name, occurred_at, received_at)
       select 'g' || n || '-' || k, $1 || '-' || n, case when n % 11 = 0 then 'visit' else 'purchase' end, at, at
       from generate_series(0, $2 - 1, 2) n cross join generate_series(0, 1) k
       cross join lateral (select $3::timestamptz + (n * 131 + k * 7000 - 5000) * interval '1 second' as at) t`,
      [RUN, PEOPLE, new Date(T0)],
    );
    const goal = { event: 'purchase', spanMs: 50_000_000 };
    const section = { campaign: 'c', version: 1, offers: [], waits: [], goal };
    const whole = await new GoalCurveStore(pool).whole(RUN, () => section);
    const { widthSeconds, spans, treated, holdout } = whole?.curve ?? {
      widthSeconds: 0,
      spans: [],
      treated: 0,
      holdout: 0,
    };
    const { rows } = await database.pool.query<{ customer: string; holdout: boolean; after: number; name: string }>(
      `select p.customer_id as customer, p.end_reason is not distinct from 'holdout' as holdout, e.name,
         extract(epoch from e.occurred_at - r.started_at)::float8 as after
       from participants p join runs r on r.id = p.run_id join events e on e.customer_id = p.customer_id where p.run_id = $1`,
      [RUN],
    );
    const inside = rows.filter(({ name, after }) => name === 'purchase' && after >= 0 && after * 1_000 < goal.spanMs);
    const firsts = [...Map.groupBy(inside, ({ customer }) => customer).values()].map((own) => ({
      holdout: own[0]?.holdout,
      n: Math.floor(Math.min(...own.map(({ after }) => after)) / widthSeconds),
    }));
    const expected = [...Map.groupBy(firsts, (one) => JSON.stringify([one.holdout, one.n]))].map(([key, own]) => {
      const [held, n] = JSON.parse(key) as [boolean, number];
      return { holdout: held, n, reached: own.length };
    });
    const order = (a: { holdout: boolean; n: number }, b: { holdout: boolean; n: number }) =>
      Number(a.holdout) - Number(b.holdout) || a.n - b.n;
    expect(spans).toEqual(expected.toSorted(order));
    expect(expected.length).toBeGreaterThan(20);
    expect(Math.max(...spans.map(({ n }) => n))).toBeLessThan(SPANS_MAX);
    expect([treated, holdout]).toEqual([PEOPLE * 0.8, PEOPLE * 0.2]);
    const without = await new GoalCurveStore(pool).whole(RUN, () => ({ ...section, goal: null }));
    expect(without?.curve).toMatchObject({ spans: [], treated: 0 });
    expect(await new GoalCurveStore(pool).whole('none', () => section)).toBeNull();
  });

  it('and a calendar the contacts of each day against each policy, as counted one by one', async () => {
    const policy = (over: Partial<ContactPolicy>): ContactPolicy => ({
      key: 'p',
      version: 1,
      scope: { kind: 'all' },
      window: { kind: 'calendar', unit: 'day' },
      cap: 1,
      exemptInformation: false,
      lookAheadMs: 0,
      ...over,
    });
    const policies = [
      policy({}),
      policy({ window: { kind: 'calendar', unit: 'week' }, cap: 2, scope: { kind: 'channel', value: 'push' } }),
      policy({ window: { kind: 'rolling', spanMs: 3 * DAY_MS }, cap: 2, exemptInformation: true }),
    ];
    const first = Math.floor(T0 / DAY_MS) * DAY_MS + 15 * 3_600_000; // a midnight in Seoul
    const contact = fc.record({
      customer: fc.constantFrom('a', 'b', 'c'),
      hour: fc.integer({ min: -7 * 24, max: 10 * 24 }),
      channel: fc.constantFrom('push', 'sms'),
      purpose: fc.constantFrom('advertising', 'information'),
      state: fc.constantFrom('counted', 'counted', 'reserved', 'returned'),
    });
    const calendar = new CalendarStore(pool);
    await fc.assert(
      fc.asyncProperty(fc.array(contact, { maxLength: 40 }), async (contacts) => {
        await database.pool.query('truncate contacts');
        await database.pool.query(
          `insert into contacts (message_id, customer_id, run_id, channel, purpose, at, state)
           select id::text, customer, 'run', channel, purpose, to_timestamp($2 / 1000.0) + hour * interval '1 hour', state
           from json_to_recordset($1::json) as x(id int, customer text, hour int, channel text, purpose text, state text)`,
          [JSON.stringify(contacts.map((one, id) => ({ ...one, id }))), first],
        );
        const dayOf = (hour: number) => Math.floor(hour / 24);
        const live = contacts.filter(({ state }) => state !== 'returned');
        // 1970-01-01 was a Thursday
        const week = (day: number) => Math.floor((day + Math.round((first + 9 * 3_600_000) / DAY_MS) + 3) / 7);
        const counts = [
          live,
          live.filter(({ channel }) => channel === 'push'),
          live.filter(({ purpose }) => purpose !== 'information'),
        ];
        const together = [
          (a: number, b: number) => a === b,
          (a: number, b: number) => week(a) === week(b) && b <= a,
          (a: number, b: number) => b <= a && b > a - 3,
        ];
        const expected = [0, 1, 2, 3, 4]
          .filter((day) => live.some(({ hour }) => dayOf(hour) === day))
          .map((day) => {
            const today = live.filter(({ hour }) => dayOf(hour) === day);
            return {
              made: today.filter(({ state }) => state === 'counted').length,
              reserved: today.filter(({ state }) => state === 'reserved').length,
              policies: policies.map(({ cap }, n) => {
                const own = (counts[n] ?? []).filter(({ hour }) => dayOf(hour) === day);
                const people = [...new Set(own.map(({ customer }) => customer))];
                const inWindow = (who: string) =>
                  (counts[n] ?? []).filter(({ customer, hour }) => customer === who && together[n]?.(day, dayOf(hour)))
                    .length;
                return {
                  contacts: own.length,
                  people: people.length,
                  full: people.filter((who) => inWindow(who) >= cap).length,
                };
              }),
            };
          });
        const span = { from: new Date(first), to: new Date(first + 5 * DAY_MS) };
        const told = await calendar.contacts(span, 'Asia/Seoul', policies);
        expect(told.map(({ day: _, ...counted }) => counted)).toEqual(expected);
      }),
      { numRuns: 60 },
    );
    const [empty] = await calendar.contacts({ from: new Date(0), to: new Date(2 * first) }, 'Asia/Seoul', []);
    expect(empty?.policies ?? []).toEqual([]);
  });
});

const DAY_MS = 86_400_000;
