/**
 * Attribution on the real store against a naive oracle: two runs over the same people with overlapping windows, clients whose clocks are wrong by
 * hours either way, events at the very ends, several at one time, message ids that come again, lanes that pass at any moment.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { occurredAt } from '../../src/domain/response/skew.js';
import type { NewEvent } from '../../src/storage/events.store.js';
import { createPool, type Pool } from '../../src/storage/pool.js';
import { seeded } from '../support/seeded.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { ingestionOver, laneOver, seedCustomers, seedRun, SPAN_MS, T0, waitOnce } from '../support/seed.js';

const HOUR_MS = 3_600_000;
/** The second run starts within the first one's window. */
const OFFSET_MS = SPAN_MS / 2;
const END = SPAN_MS + OFFSET_MS;
const CASES = 100;

/** Times in ms after T0; the ends of both windows come often. */
const moment = fc.oneof(
  fc.constantFrom(-1, 0, OFFSET_MS - 1, OFFSET_MS, SPAN_MS - 1, SPAN_MS, END - 1, END),
  fc.integer({ min: -5_000, max: 60_000 }),
);
const event = fc.record({
  id: fc.integer({ min: 0, max: 7 }),
  who: fc.integer({ min: 0, max: 1 }),
  occurred: moment,
  skewMs: fc.constantFrom(0, 7 * HOUR_MS, -9 * HOUR_MS),
});
/** At each time either a lane of a run passes or a request brings events. */
const step = fc.record({
  at: fc.oneof(fc.constantFrom(OFFSET_MS, SPAN_MS, END), fc.integer({ min: OFFSET_MS, max: 60_000 })),
  does: fc.oneof(fc.constantFrom<'a' | 'b'>('a', 'b'), fc.array(event, { minLength: 1, maxLength: 4 })),
});
interface Step {
  at: number;
  does: 'a' | 'b' | { id: number; who: number; occurred: number; skewMs: number }[];
}

interface Wait {
  run: 'a' | 'b';
  who: number;
  from: number;
  state: 'open' | 'answered' | 'closed';
  response: string | null;
}

/** What should come out, told the slow way; `<run> <who>: <message id> [late]`. */
function oracle(steps: readonly Step[]): string[] {
  const waits = (['a', 'b'] as const).flatMap((run) =>
    [0, 1].map((who): Wait => ({ run, who, from: run === 'a' ? 0 : OFFSET_MS, state: 'open', response: null })),
  );
  const seen = new Set<number>();
  for (const { at, does } of steps) {
    if (typeof does === 'string') {
      for (const w of waits) if (w.run === does && w.state === 'open' && at >= w.from + SPAN_MS) w.state = 'closed';
      continue;
    }
    const fresh = does.filter(({ id }) => !seen.has(id) && seen.add(id));
    for (const w of waits) {
      const inside = fresh
        .map((e) => ({ ...e, occurred: Math.min(e.occurred, at) }))
        .filter((e) => e.who === w.who && e.occurred >= w.from && e.occurred < w.from + SPAN_MS)
        .sort((a, b) => a.occurred - b.occurred || a.id - b.id);
      const [first] = inside;
      if (!first || w.response !== null) continue;
      w.response = `${first.id}${w.state === 'closed' ? ' late' : ''}`;
      if (w.state === 'open') w.state = 'answered';
    }
  }
  return waits.flatMap((w) => (w.response === null ? [] : [`${w.run} ${w.who}: ${w.response}`])).sort();
}

describe('attribution', () => {
  let database: TestDatabase;
  let pool: Pool;
  let round = 0;
  beforeAll(async () => {
    database = await createDatabase();
    pool = createPool(database.appUrl);
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  async function play(steps: readonly Step[]): Promise<string[]> {
    round += 1;
    const runs = { a: `a${round}`, b: `b${round}` };
    const people = [`p${round}-0`, `p${round}-1`];
    const journeys = { [runs.a]: waitOnce('a'), [runs.b]: waitOnce('b') };
    await seedCustomers(database.pool, people);
    for (const run of Object.values(runs)) await seedRun(database.pool, run, journeys[run] as never, people);
    const lane = laneOver(pool, journeys);
    const ingestion = ingestionOver(pool, journeys);
    await lane({ runId: runs.a, now: T0 });
    await lane({ runId: runs.b, now: T0 + OFFSET_MS });
    for (const { at, does } of steps) {
      const received = T0 + at;
      if (typeof does === 'string') await lane({ runId: runs[does], now: received });
      else {
        const sent = does.map(({ id, who, occurred, skewMs }): NewEvent => ({
          messageId: `${round}-${id}`,
          customerId: people[who] as string,
          name: 'purchase',
          occurredAt: occurredAt({ timestamp: T0 + occurred + skewMs, sentAt: received + skewMs }, received),
          receivedAt: received,
          properties: {},
        }));
        await ingestion.append(sent);
      }
    }
    const { rows } = await database.pool.query<{ text: string }>(
      `select substr(r.run_id, 1, 1) || ' ' || split_part(r.customer_id, '-', 2) || ': ' || split_part(e.message_id, '-', 2)
         || case when r.late then ' late' else '' end as text
       from responses r join events e on e.no = r.event_no where r.run_id = any($1::text[]) order by 1`,
      [Object.values(runs)],
    );
    const counted = await database.pool.query<{ n: string }>(
      `select coalesce(sum(n), 0) as n from counters where measure in ('responded', 'late') and run_id = any($1::text[])`,
      [Object.values(runs)],
    );
    expect(Number(counted.rows[0]?.n)).toBe(rows.length);
    return rows.map(({ text }) => text);
  }

  it('is what the oracle says, in time and late, once per wait, in both runs', async () => {
    const seed = seeded('attribution');
    const total = { inTime: 0, late: 0, both: 0 };
    const steps = fc.array(step, { minLength: 3, maxLength: 10 }).map((list) => [...list].sort((x, y) => x.at - y.at));
    await fc.assert(
      fc.asyncProperty(steps, async (list) => {
        const got = await play(list);
        expect(got).toEqual(oracle(list));
        total.late += got.filter((text) => text.endsWith('late')).length;
        total.inTime += got.filter((text) => !text.endsWith('late')).length;
        const answers = got.map((text) => text.replace(/^[ab]/, '').replace(' late', ''));
        total.both += answers.length - new Set(answers).size;
      }),
      { seed, numRuns: CASES },
    );
    expect(Math.min(total.inTime, total.late, total.both)).toBeGreaterThan(5);
  });
});
