/**
 * What a settlement says beyond the books, or does not say, and what was booked for it by two persons: the month verifies, because just that difference
 * was written up or off. What is changed of it is named.
 */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Resolution } from '../../src/domain/ledger/settlement.js';
import { LedgerSealsStore } from '../../src/storage/ledger-seals.store.js';
import { inTransaction } from '../../src/storage/pool.js';
import { SettlementBreaksStore } from '../../src/storage/settlement-breaks.store.js';
import { SettlementFilesStore } from '../../src/storage/settlement-files.store.js';
import { SettlementMatchStore } from '../../src/storage/settlement-match.store.js';
import { SignedHeadsStore } from '../../src/storage/signed-heads.store.js';
import { verifyStatement } from '../../src/verifier/verify.js';
import { proposedForBreak } from '../support/proposals.js';
import { KEY } from '../support/signed-ledger.js';
import { APRIL_3, signedAnew, StatementMonth } from '../support/statement-month.js';

const DAY = '2026-03-05';
const FILE = `pay-a/${DAY}.csv`;
const OF = { provider: 'pay-a', day: DAY, zone: 'Asia/Seoul' };

describe('a month whose differences from a settlement were booked', () => {
  let month: StatementMonth;
  let march: string[];
  let april: string[];

  beforeAll(async () => {
    month = await StatementMonth.play();
    const [first = '', second = ''] = month.settlements.get(FILE) ?? [];
    // 1 won less for one, nothing of the other, and a payment that nobody knows
    const less = first.replace(/,(\d+),KRW/, (_, amount: string) => `,${Number(amount) - 1},KRW`);
    const stranger = second.replace(/^[^,]+,[^,]+/, 'stranger,r-9');
    month.settlements.set(FILE, [less, stranger]);
    await settle([less, stranger]);
    march = await month.statement('2026-03');
    april = await month.statement('2026-04');
  });
  afterAll(() => month.end());

  /** Take the settlement, match it, and compensate whatever differs by money. */
  async function settle(rows: readonly string[]): Promise<void> {
    const read = rows.map((row, n) => {
      const [key = '', reference = '', amount, currency = '', paidAt = ''] = row.split(',');
      return { line: n + 2, key, reference, amount: Number(amount), currency, paidAt: Date.parse(paidAt) };
    });
    async function* all() {
      yield* read;
    }
    const sha256 = () => createHash('sha256').update(JSON.stringify(read)).digest();
    const finance = { by: 'finance', now: APRIL_3 };
    const file = { rows: all(), sha256, preview: false };
    await new SettlementFilesStore(month.pool).keep({ ...OF, source: 'uploaded' }, file, finance);
    await new SettlementMatchStore(month.pool).match(OF, finance);
    const breaks = new SettlementBreaksStore(month.pool);
    const money = (await breaks.list({ after: null, limit: 100 })).filter(({ difference }) => difference !== null);
    expect(money.map((one) => one.class).sort()).toEqual(['amount', 'missing_at_provider', 'unknown_to_us']);
    for (const { id } of money) {
      const resolution = { resolution: 'compensate' as Resolution, reason: 'agreed with the provider' };
      expect(await inTransaction(month.pool, (client) => breaks.propose(client, id, resolution, finance))).toBe('done');
      const seen = await proposedForBreak(month.pool, id);
      const other = { by: 'other', now: APRIL_3 };
      expect(await inTransaction(month.pool, (client) => breaks.approve(client, id, seen, other))).toBe('done');
    }
    while ((await new LedgerSealsStore(month.pool).sealBatch()).more);
    await new SignedHeadsStore(month.pool, [KEY]).signDue(APRIL_3 + 86_400_000);
  }

  const verify = (lines: readonly string[], settlements: ReadonlyMap<string, readonly string[]> = month.settlements) =>
    verifyStatement({ ...month.write(lines, settlements), publicKey: KEY.publicKey, without: [] });
  const faults = async (lines: readonly string[]) =>
    (await verify(lines)).faults.map(({ where, what }) => `${where}: ${what}`);
  /** Without the lines that say so, or with them changed, and signed anew. */
  const changed = (lines: readonly string[], change: (line: string) => string | null, ledgerMonth = '2026-03') =>
    signedAnew(
      lines.flatMap((line) => change(line) ?? []),
      KEY,
      ledgerMonth,
    );
  const ofApril = () => {
    const rows = new Map(month.settlements);
    for (const name of ['pay-a/2026-04-01.csv', 'pay-b/2026-04-01.csv', 'pay-a/2026-04-02.csv'])
      if (!rows.has(name)) rows.set(name, []);
    return rows;
  };

  it('verifies: in the month of the settlement, and in that of the booking', async () => {
    const { faults: found, figures } = await verify(march);
    expect(found).toEqual([]);
    expect(figures).toMatchObject({ compensated: 3 });
    expect((await verify(april, ofApril())).faults).toEqual([]);
    expect(april.filter((line) => line.includes('"write_up"') || line.includes('"write_off"'))).toHaveLength(3);
  });

  it('does not without what was booked', async () => {
    const without = await changed(march, (line) => (line.startsWith('{"kind":"compensation"') ? null : line));
    expect(await faults(without)).toEqual([
      expect.stringMatching(/payout p\/a\/.* has \d+ KRW, and the books/),
      expect.stringMatching(/payout p\/a\/.* is in no settlement of its provider/),
      expect.stringContaining('the books of the month have no payment stranger'),
    ]);
  });

  it('does not where another amount was booked', async () => {
    const edited = await changed(march, (line) =>
      line.includes('"kind":"compensation"') && line.includes('stranger')
        ? line.replace(/"amount":"(\d+)"/, (_, amount: string) => `"amount":"${Number(amount) + 1}"`)
        : line,
    );
    expect(await faults(edited)).toContainEqual(
      expect.stringMatching(/transfer .*#write_up\/1 is not what the settlement and the books differ by/),
    );
  });

  it('does not where nothing differs', async () => {
    const rows = new Map(month.settlements);
    rows.set(FILE, rows.get(FILE)?.filter((row) => !row.startsWith('stranger')) ?? []);
    const { faults: found } = await verify(march, rows);
    expect(found.map(({ what }) => what)).toEqual([
      expect.stringMatching(/transfer .*#write_up\/1 compensates a difference that there is not/),
    ]);
  });

  it('names what was booked for nothing that is told, or otherwise than is told', async () => {
    const untold = await changed(april, (line) => (line.startsWith('{"kind":"compensation"') ? null : line), '2026-04');
    const named = (await verify(untold, ofApril())).faults.map(({ what }) => what);
    expect(named).toHaveLength(3);
    for (const what of named) expect(what).toMatch(/^nothing says what transfer .* compensates$/);
    const other = await changed(
      april,
      (line) =>
        line.startsWith('{"kind":"compensation"') ? line.replace('"provider":"pay-a"', '"provider":"pay-b"') : line,
      '2026-04',
    );
    expect((await verify(other, ofApril())).faults.map(({ what }) => what)).toContainEqual(
      expect.stringMatching(/is of another provider, amount or currency$/),
    );
  });
});
