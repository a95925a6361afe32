/**
 * A March of the books with all that a statement has to tell: two providers, a payout taken back, one rejected, one that waits, one learnt after the
 * closing; and the settlements of those providers as files.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sealedStatement } from '../../src/domain/ledger/statement.js';
import type { SigningKey } from '../../src/domain/ledger/signed-heads.js';
import { BudgetsStore } from '../../src/storage/budgets.store.js';
import { LedgerSealsStore } from '../../src/storage/ledger-seals.store.js';
import { movePayouts, type PayoutMove } from '../../src/storage/payout-moves.js';
import { PeriodsStore } from '../../src/storage/periods.store.js';
import { createPool, inTransaction, type Pool } from '../../src/storage/pool.js';
import { SignedHeadsStore } from '../../src/storage/signed-heads.store.js';
import { StatementStore } from '../../src/storage/statement.store.js';
import { createDatabase, type TestDatabase } from './database.js';
import { AMOUNT, seedPayouts } from './payouts.js';
import { KEY } from './signed-ledger.js';

export const at = (local: string) => Date.parse(`${local}:00+09:00`);
export const APRIL_3 = at('2026-04-03T09:00');
const HEADER = 'key,reference,amount,currency,paid_at';
export const PROVIDERS = ['pay-a', 'pay-b'];

export class StatementMonth {
  readonly dir = mkdtempSync(join(tmpdir(), 'pado-statement-'));
  /** By file, such as pay-a/2026-03-05.csv. */
  readonly settlements = new Map<string, string[]>();

  private constructor(
    readonly database: TestDatabase,
    readonly pool: Pool,
  ) {
    for (const provider of PROVIDERS)
      for (let day = 1; day <= 31; day += 1)
        this.settlements.set(`${provider}/2026-03-${String(day).padStart(2, '0')}.csv`, []);
  }

  static async play(): Promise<StatementMonth> {
    const database = await createDatabase();
    const month = new StatementMonth(database, createPool(database.appUrl));
    await month.play();
    return month;
  }

  async end(): Promise<void> {
    await this.pool.end();
    await this.database.drop();
    rmSync(this.dir, { recursive: true });
  }

  /** The lines of a month's statement, without line feeds. */
  async statement(month: string, key = KEY): Promise<string[]> {
    const lines = new StatementStore(this.pool).lines(month, APRIL_3);
    return await collected(sealedStatement(lines, { month, at: APRIL_3 }, key));
  }

  /** Write both; returns where. */
  write(lines: readonly string[], settlements: ReadonlyMap<string, readonly string[]> = this.settlements) {
    const [file, folder] = [join(this.dir, 'statement.jsonl'), join(this.dir, 'settlements')];
    writeFileSync(file, lines.map((line) => `${line}\n`).join(''));
    rmSync(folder, { recursive: true, force: true });
    for (const provider of PROVIDERS) mkdirSync(join(folder, provider), { recursive: true });
    for (const [name, rows] of settlements) writeFileSync(join(folder, name), `${[HEADER, ...rows].join('\n')}\n`);
    return { file, settlements: folder };
  }

  private async play(): Promise<void> {
    const budgets = new BudgetsStore(this.pool);
    const feb = { by: 'finance', now: at('2026-02-27T10:00') };
    await budgets.put({ key: 'main', name: 'main', currency: 'KRW' }, feb);
    const funding = { budget: 'main', amount: { minor: 70_000, currency: 'KRW' }, reference: 'r1' };
    await inTransaction(this.pool, (client) => budgets.fund(client, funding, feb));
    await this.seal(at('2026-03-01T09:00'));
    const a = await seedPayouts(this.database.pool, this.pool, 'a', 5, 'pay-a');
    const b = await seedPayouts(this.database.pool, this.pool, 'b', 5, 'pay-b');
    const [a0, a1, a2, a3] = a.keys as [string, string, string, string];
    const [b0, b1, b2, b3, b4] = b.keys as [string, string, string, string, string];
    await this.pay(a0, 'pay-a', '2026-03-05T10:00');
    await this.pay(a1, 'pay-a', '2026-03-05T11:00');
    await this.pay(b0, 'pay-b', '2026-03-20T23:59');
    await this.seal(at('2026-03-21T09:00'));
    await this.pay(b1, 'pay-b', '2026-03-21T00:00');
    await this.pay(a2, 'pay-a', '2026-03-22T00:00');
    await this.move([{ key: a2, to: 'reversed' }], at('2026-03-25T10:00'));
    this.settle('pay-a', a2, `-${AMOUNT}`, '2026-03-25T10:00');
    await this.move([{ key: a0, to: 'settled' }], at('2026-03-25T10:00'));
    await this.move([{ key: b2, to: 'submitting' }], at('2026-03-26T10:00'));
    await this.move([{ key: b2, to: 'rejected', reason: 'closed account' }], at('2026-03-26T10:00'));
    await this.seal(at('2026-04-01T09:00'));
    for (const closed of ['2026-02', '2026-03']) await this.close(closed, at('2026-04-02T09:00'));
    await this.seal(at('2026-04-02T09:00'));
    await this.pay(a3, 'pay-a', '2026-03-31T23:50', '2026-04-02T10:00');
    await this.pay(b4, 'pay-b', '2026-03-31T10:00', '2026-04-02T10:00');
    await this.move([{ key: b4, to: 'reversed' }], at('2026-04-02T11:00'));
    this.settle('pay-b', b4, `-${AMOUNT}`, '2026-03-31T23:59');
    await this.pay(b3, 'pay-b', '2026-04-02T10:00');
    await this.seal(APRIL_3);
  }

  private async pay(key: string, provider: string, paid: string, now = paid): Promise<void> {
    await this.move([{ key, to: 'submitting' }], at(now));
    await this.move([{ key, to: 'paid', paidAt: at(paid), reference: `ref-${key.at(-3)}-${provider}` }], at(now));
    this.settle(provider, key, String(AMOUNT), paid, `ref-${key.at(-3)}-${provider}`);
  }

  private settle(provider: string, key: string, amount: string, paid: string, reference = 'back'): void {
    const row = [key, reference, amount, 'KRW', new Date(at(paid)).toISOString()].join(',');
    const name = `${provider}/${paid.slice(0, 10)}.csv`;
    this.settlements.set(name, [...(this.settlements.get(name) ?? []), row]);
  }

  private async move(moves: PayoutMove[], now: number): Promise<void> {
    await inTransaction(this.pool, (client) => movePayouts(client, moves, { now, cause: 'callback' }));
  }

  private async seal(now: number): Promise<void> {
    while ((await new LedgerSealsStore(this.pool).sealBatch()).more);
    await new SignedHeadsStore(this.pool, [KEY]).signDue(now);
  }

  private async close(month: string, now: number): Promise<void> {
    const periods = new PeriodsStore(this.pool);
    const proposal = { move: 'close' as const, reason: 'all is in' };
    await inTransaction(this.pool, (client) => periods.propose(client, month, proposal, { by: 'finance', now }));
    await inTransaction(this.pool, (client) => periods.approve(client, month, 'close', { by: 'other', now }));
  }
}

/** The same lines with another end: signed anew, as somebody may who has the key. */
export async function signedAnew(lines: readonly string[], key: SigningKey, month = '2026-03'): Promise<string[]> {
  const before = lines.slice(0, -1).map((line) => `${line}\n`);
  return await collected(sealedStatement(from(before), { month, at: APRIL_3 }, key));
}

async function collected(lines: AsyncIterable<string>): Promise<string[]> {
  const all: string[] = [];
  for await (const line of lines) all.push(line.trimEnd());
  return all;
}

async function* from(lines: readonly string[]): AsyncGenerator<string> {
  yield* lines;
}
