/**
 * Exclusion lists in the gate: at the decision and again at the hand-over, by the newest version and entry that is valid at `now`.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { DeliveryClaims } from '../../src/storage/delivery.store.js';
import { ExclusionListsStore, type ExclusionListContent } from '../../src/storage/exclusion-lists.store.js';
import { exclusionsOf } from '../../src/storage/exclusions.js';
import { createPool, type Pool } from '../../src/storage/pool.js';
import { SegmentsStore } from '../../src/storage/segments.store.js';
import { seeded } from '../support/seeded.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { emptyTables, GATEWAY, laneOver, seedCustomers, seedRun, sendOnce, SHARD, T0 } from '../support/seed.js';

const JOURNEY = sendOnce('spring');
const BY = { by: 'o', now: T0 };
const HOUR = 3_600_000;

describe('exclusion lists', () => {
  let database: TestDatabase;
  let pool: Pool;
  let lists: ExclusionListsStore;

  beforeAll(async () => {
    database = await createDatabase();
    pool = createPool(database.appUrl);
    lists = new ExclusionListsStore(pool);
  });
  beforeEach(async () => {
    await emptyTables(database.pool);
    await seedCustomers(database.pool, ['minji', 'juno']);
    await seedRun(database.pool, 'run', JOURNEY, ['minji', 'juno']);
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  const put = (over: Partial<ExclusionListContent> & { key: string }) =>
    lists.put({ name: over.key, segment: null, active: true, validFrom: null, validTo: null, ...over }, BY);
  const add = (key: string, customer: string, over: object = {}) =>
    lists.addEntries(key, [{ customer, excluded: true, validFrom: null, validTo: null, ...over }], BY);
  const by = async (customer: string, now = T0) => (await exclusionsOf(pool, ['minji', 'juno'], now)).of(customer);
  const decide = () => laneOver(pool, { run: JOURNEY })({ runId: 'run' });
  const claim = (now = T0 + HOUR) =>
    new DeliveryClaims(pool, 'test', async () => JOURNEY).claim(
      { gateway: GATEWAY, shard: SHARD, step: 0, now },
      { batchSize: 10, timeoutMs: 5_000, idempotencyMs: 60_000 },
    );
  async function steps(customer: string): Promise<string> {
    const { rows } = await database.pool.query<{ steps: string }>(
      'select steps from trace where customer_id = $1 order by no desc limit 1',
      [customer],
    );
    return rows[0]?.steps ?? '';
  }

  it('suppress a send with the list in the trace, before consent is asked; others are told that none excludes them', async () => {
    await put({ key: 'blocked' });
    await add('blocked', 'minji');
    await decide();
    expect(await steps('minji')).toContain('send#1:status=active,exclusion=blocked@1,message=suppressed:excluded');
    expect(await steps('juno')).toContain('send#1:status=active,exclusion=none,consent=granted');
    const { rows } = await database.pool.query(`select versions from decision_contexts where kind = 'cohort'`);
    expect(rows[0].versions).toMatchObject({ exclusions: ['blocked@1'], exclusionsSeen: expect.any(String) });
  });

  it('say nothing where there are none', async () => {
    await decide();
    expect(await steps('minji')).toContain('send#1:status=active,consent=granted');
  });

  it('are asked again at the hand-over: who was excluded since the decision is withheld, the contact given back', async () => {
    await put({ key: 'blocked' });
    await decide();
    await add('blocked', 'minji');
    expect(await claim()).toMatchObject({
      kind: 'claimed',
      withheld: 1,
      calls: [{ batch: [{ id: 'm/run/send/1/juno' }] }],
    });
    const { rows } = await database.pool.query(
      `select o.reason, c.state from outbox o join contacts c on c.message_id = o.id where o.customer_id = 'minji'`,
    );
    expect(rows).toEqual([{ reason: 'excluded', state: 'returned' }]);
    expect(await steps('minji')).toContain('exclusion=blocked@1,message=withheld:excluded');
  });

  it('hold from their beginning and until just before their end, the list’s and the entry’s', async () => {
    await put({ key: 'blocked', validFrom: T0, validTo: T0 + 10 });
    await add('blocked', 'minji');
    await add('blocked', 'juno', { validFrom: T0 + 2, validTo: T0 + 5 });
    expect(await by('minji', T0 - 1)).toBeUndefined();
    expect([await by('minji', T0), await by('minji', T0 + 9), await by('minji', T0 + 10)]).toEqual([
      'blocked@1',
      'blocked@1',
      undefined,
    ]);
    expect([
      await by('juno', T0 + 1),
      await by('juno', T0 + 2),
      await by('juno', T0 + 4),
      await by('juno', T0 + 5),
    ]).toEqual([null, 'blocked@1', 'blocked@1', null]);
  });

  it('may be ruled by a segment, whose newest version excludes', async () => {
    const segments = new SegmentsStore(pool);
    const rule = (value: string) => ({
      combinator: 'and' as const,
      rules: [{ field: 'id', operator: '=' as const, value }],
    });
    await segments.put({ key: 'risky', name: 'risky', rule: rule('minji'), source: null }, BY);
    await put({ key: 'risk', segment: 'risky' });
    expect([await by('minji'), await by('juno')]).toEqual(['risk@1/risky@1', null]);
    await segments.put({ key: 'risky', name: 'risky', rule: rule('juno'), source: null }, BY);
    expect([await by('minji'), await by('juno')]).toEqual([null, 'risk@1/risky@2']);
    expect(await put({ key: 'risk', segment: null })).toBe('otherKind');
  });

  it('exclude by the newest version of the list and the newest entry of the customer, whatever was said before', async () => {
    let round = 0;
    const time = fc.option(fc.integer({ min: 0, max: 6 }), { nil: null });
    const version = fc.record({
      kind: fc.constant('list' as const),
      list: fc.constantFrom('a', 'b'),
      active: fc.boolean(),
      from: time,
      to: time,
    });
    const entry = fc.record({
      kind: fc.constant('entry' as const),
      list: fc.constantFrom('a', 'b'),
      customer: fc.constantFrom('minji', 'juno'),
      excluded: fc.boolean(),
      from: time,
      to: time,
    });
    const ms = (t: number | null) => (t === null ? null : T0 + t);
    const holds = ({ from, to }: { from: number | null; to: number | null }, at: number) =>
      (from ?? -1) <= at && at < (to ?? 99);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(version, entry), { maxLength: 12 }),
        fc.integer({ min: 0, max: 6 }),
        async (said, at) => {
          round += 1;
          const key = (list: string) => `${list}${round}`;
          for (const one of said) {
            const validity = { validFrom: ms(one.from), validTo: ms(one.to) };
            if (one.kind === 'list') await put({ key: key(one.list), active: one.active, ...validity });
            else await add(key(one.list), one.customer, { excluded: one.excluded, ...validity });
          }
          const found = await exclusionsOf(pool, ['minji', 'juno'], T0 + at);
          for (const customer of ['minji', 'juno']) {
            const expected = ['a', 'b'].filter((list) => {
              const newest = said.findLast((one) => one.kind === 'list' && one.list === list);
              const stands = said.findLast(
                (one) => one.kind === 'entry' && one.list === list && one.customer === customer,
              );
              return (
                newest?.kind === 'list' &&
                newest.active &&
                holds(newest, at) &&
                stands?.kind === 'entry' &&
                stands.excluded &&
                holds(stands, at)
              );
            });
            expect(found.of(customer)?.split('@')[0] ?? null).toBe(expected[0] === undefined ? null : key(expected[0]));
          }
          // out of the way of the next round
          for (const list of ['a', 'b']) await put({ key: key(list), active: false });
        },
      ),
      { seed: seeded('exclusion lists'), numRuns: 30 },
    );
  });
});
