/**
 * A ledger whose ends are signed and leave for a file, for the tests of both sides: those who sign, and the audit.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runAudit } from '../../src/auditor/index.js';
import { signingKey, type SigningKey } from '../../src/domain/ledger/signed-heads.js';
import { Notary } from '../../src/notary/notary.js';
import { AuditLogSealsStore } from '../../src/storage/audit-log-seals.store.js';
import { BudgetsStore } from '../../src/storage/budgets.store.js';
import { LedgerSealsStore } from '../../src/storage/ledger-seals.store.js';
import { createPool, inTransaction, type Pool } from '../../src/storage/pool.js';
import { SignedHeadsStore } from '../../src/storage/signed-heads.store.js';
import { createDatabase, type TestDatabase } from './database.js';
import { emptyTables, T0 } from './seed.js';

export const DAY_MS = 86_400_000;
const keyOf = (byte: number) => signingKey(Buffer.alloc(32, byte).toString('base64'));
export const KEY = keyOf(1);
export const NEXT = keyOf(2);
export const FORGER = keyOf(3);

export class SignedLedger {
  private readonly budgets: BudgetsStore;
  dir = '';

  private constructor(
    readonly database: TestDatabase,
    readonly pool: Pool,
  ) {
    this.budgets = new BudgetsStore(pool);
  }

  /** `server`: the owner's URL of one, that of the test run where left out. */
  static async open(server?: string): Promise<SignedLedger> {
    const database = await createDatabase(server);
    return new SignedLedger(database, createPool(database.appUrl));
  }

  /** Empty, with a folder for its file. */
  async begin(): Promise<void> {
    await emptyTables(this.database.pool);
    await this.budgets.put({ key: 'main', name: 'main', currency: 'KRW' }, { by: 'finance', now: T0 });
    this.dir = mkdtempSync(join(tmpdir(), 'pado-heads-'));
  }

  end(): void {
    rmSync(this.dir, { recursive: true });
  }

  async close(): Promise<void> {
    await this.pool.end();
    await this.database.drop();
  }

  get file(): string {
    return join(this.dir, 'heads.jsonl');
  }

  /** One more transfer, sealed, and so is its line of the audit log. */
  async fund(reference: string): Promise<void> {
    const given = { budget: 'main', amount: { minor: 5, currency: 'KRW' }, reference };
    await inTransaction(this.pool, (client) => this.budgets.fund(client, given, { by: 'finance', now: T0 }));
    for (const chain of [new LedgerSealsStore(this.pool), new AuditLogSealsStore(this.pool)]) await chain.sealBatch();
  }

  /** By `KEY` where no other is named. */
  store(...keys: SigningKey[]): SignedHeadsStore {
    return new SignedHeadsStore(this.pool, keys.length > 0 ? keys : [KEY]);
  }

  notary(...keys: SigningKey[]): Notary {
    return new Notary(this.store(...keys), { file: this.file, webhook: null });
  }

  async statements(): Promise<Record<string, unknown>[]> {
    const heads = await this.store().after(0, 100);
    return heads.map(({ statement }) => JSON.parse(statement) as Record<string, unknown>);
  }

  lines(): string[] {
    return readFileSync(this.file, 'utf8').split('\n').slice(0, -1);
  }

  /** What the audit says under law 3, by number and place. */
  async audited(over: { headsFile?: string; headsKey?: string } = { headsFile: this.file }): Promise<string[]> {
    const books = { providerBooks: [], gatewayBooks: [] };
    const { laws } = await runAudit({ databaseUrl: this.database.ownerUrl, ...books, ...over });
    const law = laws.find((one) => one.law === 3);
    return law?.violations.map(({ what, keys }) => `${keys['no']} ${keys['place']}: ${what}`) ?? [];
  }

  /** As somebody may who administers the database. */
  async forge(...statements: string[]): Promise<void> {
    await inTransaction(this.database.pool, async (client) => {
      await client.query('set local session_replication_role = replica');
      for (const statement of statements) await client.query(statement);
    });
  }
}
