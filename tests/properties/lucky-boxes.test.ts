/**
 * Draws over random boxes, stocks and cohorts, from several sessions at once: the statements agree with the pure function run over all draws in one
 * go, numbers have neither gap nor repetition, no stock is exceeded, and a payout is there exactly for what was drawn and is not nothing.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { OpenBox, type BoxTerms, type Prize } from '../../src/domain/ledger/lucky-box.js';
import type { IntentRow } from '../../src/domain/wave/cohort.js';
import { LuckyBoxesStore, boxesNamed, openBoxes } from '../../src/storage/lucky-boxes.store.js';
import { insertIntents, type IntentOutcome } from '../../src/storage/payouts.store.js';
import { createPool, inTransaction, type Pool } from '../../src/storage/pool.js';
import { SeedKeyMissing, SeedVault } from '../../src/storage/seed-vault.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { intent } from '../support/intents.js';
import { T0 } from '../support/seed.js';
import { seeded } from '../support/seeded.js';

const VAULT = new SeedVault([Buffer.alloc(32, 3)]);
const BY = { by: 'm', now: T0 };

const prize = fc.record({
  kind: fc.constantFrom<Prize['kind']>('cashback', 'coupon', 'nothing'),
  amount: fc.integer({ min: 1, max: 90 }),
  weight: fc.integer({ min: 1, max: 5 }),
  stock: fc.integer({ min: 1, max: 4 }),
});
const cohort = fc.uniqueArray(fc.integer({ min: 0, max: 30 }), { maxLength: 8 });
const world = fc.record({
  prizes: fc.array(prize, { minLength: 1, maxLength: 4 }),
  fallback: fc.record({ pays: fc.boolean(), weight: fc.integer({ min: 0, max: 5 }) }),
  cohorts: fc.array(cohort, { minLength: 2, maxLength: 5 }),
  funds: fc.integer({ min: 0, max: 1_500 }),
});
type World = typeof world extends fc.Arbitrary<infer T> ? T : never;

const boxOf = (key: string, { prizes, fallback: { pays, weight } }: World): BoxTerms => ({
  key,
  currency: 'KRW',
  prizes: [
    ...prizes.map(({ amount, ...one }, n) => ({
      ...one,
      name: `p${n}`,
      amountMinor: one.kind === 'nothing' ? 0 : amount,
    })),
    { name: 'f', kind: pays ? 'point' : 'nothing', amountMinor: pays ? 3 : 0, weight, stock: null },
  ],
});

describe('random lucky boxes', () => {
  let database: TestDatabase;
  let pool: Pool;
  let store: LuckyBoxesStore;
  beforeAll(async () => {
    database = await createDatabase();
    pool = createPool(database.appUrl);
    store = new LuckyBoxesStore(pool);
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  async function open(terms: BoxTerms): Promise<void> {
    expect(await store.put({ name: terms.key, terms }, BY)).toBe('put');
    await inTransaction(pool, async (client) => {
      const named = await boxesNamed(client, [terms.key]);
      const hashes = Object.fromEntries([...named].map(([key, { termsSha256 }]) => [key, termsSha256]));
      expect(await openBoxes(client, hashes, VAULT, BY)).toEqual([]);
    });
  }

  const seedOf = async (key: string): Promise<Buffer> => {
    const { rows } = await pool.query<{ sealed: Buffer }>(
      'select sealed_seed as sealed from lucky_boxes where key = $1',
      [key],
    );
    return VAULT.open(key, rows[0]?.sealed ?? Buffer.alloc(0));
  };

  /** Each round a box and a budget of its own; a customer may come twice, and is rewarded once. */
  const rowOf = (round: number, customer: number, over: Partial<IntentRow> = {}): IntentRow =>
    intent(`c${customer}`, {
      run: `run-${round}`,
      kind: 'lucky_box',
      amountMinor: 0,
      budget: `b${round}`,
      box: `box-${round}`,
      ...over,
    });

  it('are drawn by the statements as by the pure function, whoever comes first', async () => {
    let round = 0;
    const met: Partial<Record<IntentOutcome, number>> = { claimed: 0, nothing: 0, no_budget: 0 };
    await fc.assert(
      fc.asyncProperty(world, async (own) => {
        round += 1;
        const [now, terms] = [round, boxOf(`box-${round}`, own)];
        await open(terms);
        await database.pool.query(
          `insert into accounts (key, kind, currency, balance) values ($1, 'budget', 'KRW', $2), ($3, 'reserved', 'KRW', 0)`,
          [`budget:b${now}`, own.funds, `reserved:b${now}`],
        );
        const insert = (customers: number[]) =>
          inTransaction(pool, (client) => insertIntents(client, customers.map((n) => rowOf(now, n)), T0, VAULT)); // prettier-ignore
        const outcomes = await Promise.all(own.cohorts.map(insert));
        for (const { outcome } of outcomes.flatMap((one) => [...one.values()])) met[outcome] = (met[outcome] ?? 0) + 1;

        const { rows: draws } = await pool.query<{
          number: number;
          payoutKey: string;
          prize: number;
          amountMinor: number;
        }>(
          `select no as number, payout_key as "payoutKey", prize, amount as "amountMinor" from lucky_draws where box = $1 order by no`,
          [terms.key],
        );
        const pure = new OpenBox(
          terms,
          await seedOf(terms.key),
          terms.prizes.map(() => 0),
        );
        for (const { payoutKey } of draws) pure.take(payoutKey, Number.MAX_SAFE_INTEGER);
        expect(draws).toEqual([...pure.draws.values()].map(({ mostMinor: _, ...draw }) => draw));
        const { rows: prizes } = await pool.query<{ drawn: number; stock: number | null }>(
          'select drawn, stock from lucky_prizes where box = $1 order by no',
          [terms.key],
        );
        expect(prizes.map(({ drawn }) => drawn)).toEqual(
          terms.prizes.map((_, n) => draws.filter((draw) => draw.prize === n).length),
        );
        expect(prizes.every(({ drawn, stock }) => stock === null || drawn <= stock)).toBe(true);

        const { rows: payouts } = await pool.query(
          'select key as "payoutKey", kind, amount as "amountMinor" from payouts where budget = $1 order by key',
          [`b${now}`],
        );
        const won = draws.filter(({ amountMinor }) => amountMinor > 0);
        const expected = won.map(({ payoutKey, amountMinor, prize: n }) => ({
          payoutKey,
          kind: terms.prizes[n]?.kind,
          amountMinor,
        }));
        expect(payouts).toEqual(expected.sort((a, b) => (a.payoutKey < b.payoutKey ? -1 : 1)));
        const { rows: claims } = await pool.query('select payout_key as k from claims where run_id = $1 order by 1', [
          `run-${now}`,
        ]);
        expect(claims.map(({ k }) => k)).toEqual(draws.map(({ payoutKey }) => payoutKey).sort());
      }),
      { seed: seeded('lucky-boxes'), numRuns: 40 },
    );
    expect(Math.min(...Object.values(met))).toBeGreaterThan(5);
  });

  it('give the same answer again, and nothing more', async () => {
    const terms = boxOf('box-0', { prizes: [{ kind: 'cashback', amount: 50, weight: 1, stock: 2 }], fallback: { pays: false, weight: 2 }, cohorts: [], funds: 0 }); // prettier-ignore
    await open(terms);
    await database.pool.query(
      `insert into accounts (key, kind, currency, balance) values ('budget:b0', 'budget', 'KRW', 100), ('reserved:b0', 'reserved', 'KRW', 0)`,
    );
    // enough that whatever the box's seed, its stock goes and somebody gets nothing
    const rows = Array.from({ length: 80 }, (_, n) => rowOf(0, n));
    const insert = async (vault = VAULT) => {
      const judged = await inTransaction(pool, (client) => insertIntents(client, rows, T0, vault));
      return [...judged].map(([key, { outcome }]) => `${key} ${outcome}`).sort();
    };
    await expect(insert(new SeedVault([Buffer.alloc(32, 4)]))).rejects.toThrow(SeedKeyMissing);
    const before = await insert();
    expect(before.filter((line) => line.endsWith('nothing')).length).toBeGreaterThan(0);
    expect(before.filter((line) => line.endsWith('claimed'))).toHaveLength(2);
    expect(await insert()).toEqual(before);
    const late = [rowOf(0, 0, { claimKey: 'other/0', evidence: { lateEvent: 9 } })];
    const again = await inTransaction(pool, (client) => insertIntents(client, late, T0, VAULT));
    expect([...again.values()].map(({ outcome }) => outcome)).toEqual(['already_rewarded']);
  });
});
