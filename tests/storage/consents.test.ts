/**
 * Consents as a history: whoever changes one leaves a row, the row that stands follows from the history, and what is due to be told is found.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { bucketOf } from '../../src/domain/base/hash.js';
import { ConsentsStore, type Told } from '../../src/storage/consents.store.js';
import { CustomersStore } from '../../src/storage/customers.store.js';
import { inTransaction, createPool, type Pool } from '../../src/storage/pool.js';
import { recordReceipts } from '../../src/storage/receipts.store.js';
import { seeded } from '../support/seeded.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { emptyTables, GATEWAY, laneOver, seedCustomers, seedRun, sendOnce, T0 } from '../support/seed.js';

const DAY = 86_400_000;
const KEYS = ['push:advertising', 'push:information', 'sms:advertising'] as const;

describe('consents', () => {
  let database: TestDatabase;
  let pool: Pool;
  let customers: CustomersStore;
  let consents: ConsentsStore;

  beforeAll(async () => {
    database = await createDatabase();
    pool = createPool(database.appUrl);
    customers = new CustomersStore(pool);
    consents = new ConsentsStore(pool);
  });
  beforeEach(() => emptyTables(database.pool));
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  type Given = Record<string, { granted: boolean; night: boolean }>;
  async function imported(id: string, given: Given, now = T0): Promise<void> {
    const row = { line: 1, id, bucket: bucketOf(id), consents: given };
    const rows = async function* () {
      yield row;
    };
    await customers.import(rows(), { by: 'a', now });
  }
  const change = (id: string, given: Given, now: number) =>
    customers.changeGate(id, { consents: given, source: 'person:o', occurredAt: now, now }, async () => undefined);
  const told = (over: Partial<Told> = {}): Told => ({
    customer: 'minji',
    channel: 'push',
    purpose: 'advertising',
    kind: 'result',
    toldAt: T0,
    ...over,
  });
  const tell = (list: Told[], now = T0 + DAY) => consents.recordNotices(list, { by: 'o', now });
  const due = async (kind: 'result' | 'renewal', before: number) =>
    (await consents.due(kind, before, null, 100)).map(
      ({ customer, channel, dueAt }) => `${customer} ${channel} ${dueAt.toISOString()}`,
    );

  it('keep who said so, when, and the night apart', async () => {
    await imported('minji', { 'push:advertising': { granted: true, night: false } });
    await change('minji', { 'push:advertising': { granted: true, night: true } }, T0 + DAY);
    await change('minji', { 'push:advertising': { granted: true, night: true } }, T0 + 2 * DAY); // says nothing new
    await change('minji', { 'push:advertising': { granted: false, night: false } }, T0 + 3 * DAY);
    const { standing, history } = await consents.of('minji');
    expect(history.map(({ granted, night, source, gateVersion }) => ({ granted, night, source, gateVersion }))).toEqual(
      [
        { granted: false, night: false, source: 'person:o', gateVersion: 3 },
        { granted: true, night: true, source: 'person:o', gateVersion: 2 },
        { granted: true, night: false, source: 'import:a', gateVersion: 1 },
      ],
    );
    expect(standing).toMatchObject([
      { channel: 'push', purpose: 'advertising', granted: false, since: new Date(T0 + 3 * DAY), renewalDueAt: null },
    ]);
  });

  it('are withdrawn by a receipt like by anybody else', async () => {
    const journey = sendOnce('spring');
    await seedCustomers(database.pool, ['minji']);
    await seedRun(database.pool, 'run', journey, ['minji']);
    await laneOver(pool, { run: journey })({ runId: 'run' });
    await inTransaction(pool, (client) =>
      recordReceipts(client, GATEWAY, [{ id: 'm/run/send/1/minji', event: 'opted_out', at: T0 + 5 }], T0 + DAY),
    );
    const { history, standing } = await consents.of('minji');
    expect(history.map(({ source, occurredAt }) => ({ source, occurredAt }))).toContainEqual({
      source: `receipt:${GATEWAY}`,
      occurredAt: new Date(T0 + 5),
    });
    expect(standing.map(({ granted }) => granted)).toEqual([false, false]);
  });

  it('are due to be told within 14 days, until it is recorded', async () => {
    await imported('minji', {
      'push:advertising': { granted: true, night: false },
      'push:information': { granted: true, night: false },
    });
    const dueAt = T0 + 14 * DAY;
    expect(await due('result', dueAt)).toEqual([]);
    expect(await due('result', dueAt + 1)).toEqual([`minji push ${new Date(dueAt).toISOString()}`]);
    expect(await tell([told({ toldAt: T0 + DAY })])).toEqual([]);
    expect(await due('result', dueAt + 1)).toEqual([]);
    await change('minji', { 'push:advertising': { granted: false, night: false } }, T0 + 5 * DAY);
    expect(await due('result', T0 + 30 * DAY)).toHaveLength(1);
    expect((await consents.of('minji')).notices).toMatchObject([
      { kind: 'result', toldAt: new Date(T0 + DAY), actor: 'o' },
    ]);
  });

  it('keep the earliest of two untold changes due', async () => {
    await imported('minji', { 'push:advertising': { granted: true, night: false } });
    await change('minji', { 'push:advertising': { granted: false, night: false } }, T0 + 5 * DAY);
    expect(await due('result', T0 + 14 * DAY + 1)).toHaveLength(1);
  });

  it('are notified again two years after they were given or last notified', async () => {
    await imported('minji', { 'push:advertising': { granted: true, night: false } });
    expect(await due('renewal', Date.parse('2028-03-03T01:00:00Z'))).toEqual([]);
    expect(await due('renewal', Date.parse('2028-03-03T01:00:01Z'))).toHaveLength(1);
    await tell(
      [told({ kind: 'renewal', toldAt: Date.parse('2028-03-01T00:00:00Z') })],
      Date.parse('2028-03-02T00:00:00Z'),
    );
    expect(await due('renewal', Date.parse('2030-03-01T00:00:00Z'))).toEqual([]);
    expect(await due('renewal', Date.parse('2030-03-01T00:00:01Z'))).toHaveLength(1);
    await change('minji', { 'push:advertising': { granted: false, night: false } }, T0 + 5 * DAY);
    expect(await due('renewal', Date.parse('2040-01-01T00:00:00Z'))).toEqual([]);
  });

  it('are told all or none: of no consent, or before the newest change, nothing is recorded', async () => {
    await imported('minji', { 'push:advertising': { granted: true, night: false } });
    const faults = await tell([told(), told({ customer: 'nobody' }), told({ toldAt: T0 - 1 })]);
    expect(faults.map(({ index }) => index)).toEqual([1, 2]);
    expect((await consents.of('minji')).notices).toEqual([]);
    expect(await due('result', T0 + 15 * DAY)).toHaveLength(1);
  });

  it('are paged without a gap', async () => {
    for (const id of ['c', 'a', 'b']) await imported(id, { 'push:advertising': { granted: true, night: false } });
    const all = await consents.due('result', T0 + 15 * DAY, null, 10);
    const [first] = await consents.due('result', T0 + 15 * DAY, null, 1);
    if (!first) throw new Error('nothing is due');
    const rest = await consents.due('result', T0 + 15 * DAY, { dueAt: first.dueAt, key: first }, 10);
    expect([first, ...rest]).toEqual(all);
    expect(all.map(({ customer }) => customer)).toEqual(['a', 'b', 'c']);
  });

  it('that stand follow from the history, whatever was changed in whatever order', async () => {
    let round = 0;
    const one = fc.record({ granted: fc.boolean(), night: fc.boolean() });
    const step = fc.record({
      id: fc.constantFrom('a' as const, 'b' as const),
      given: fc.dictionary(fc.constantFrom(...KEYS), one),
      bulk: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 8 }), async (steps) => {
        const ids = { a: `a${(round += 1)}`, b: `b${round}` };
        await imported(ids.a, {});
        await imported(ids.b, {});
        for (const [n, { id, given, bulk }] of steps.entries()) {
          const at = T0 + (n + 1) * 1_000;
          await (bulk ? imported(ids[id], given, at) : change(ids[id], given, at));
        }
        for (const id of [ids.a, ids.b]) {
          const { standing, history } = await consents.of(id);
          const replayed: Given = {};
          for (const { channel, purpose, granted, night } of [...history].reverse()) {
            const before = replayed[`${channel}:${purpose}`];
            expect(before?.granted === granted && before.night === night).toBe(false); // a change changes something
            replayed[`${channel}:${purpose}`] = { granted, night };
          }
          expect(
            Object.fromEntries(
              standing.map((s) => [`${s.channel}:${s.purpose}`, { granted: s.granted, night: s.night }]),
            ),
          ).toEqual(replayed);
          expect((await customers.find(id))?.consents).toEqual(replayed);
        }
      }),
      { seed: seeded('consents'), numRuns: 25 },
    );
  });
});
