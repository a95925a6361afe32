/**
 * A desk of finance over a database of its own: it matches, and sees what is broken and what changed.
 */
import { expect } from '@jest/globals';
import type pg from 'pg';
import { createPool, type Pool } from '../../src/storage/pool.js';
import {
  SettlementBreaksStore,
  type BreaksAsked,
  type SettlementBreak,
} from '../../src/storage/settlement-breaks.store.js';
import { SettlementMatchStore, type Matched } from '../../src/storage/settlement-match.store.js';
import { inPatience } from '../../src/storage/patient.js';
import { makeUnearned } from '../../src/storage/settlement-evidence.js';
import { pairUp } from '../../src/storage/settlement-pairs.js';
import { createDatabase, type TestDatabase } from './database.js';
import { emptyTables } from './seed.js';
import { AUTHOR, DAY, PROVIDER, ZONE } from './settlements.js';

const TABLES = [
  'settlement_files',
  'settlement_matches',
  'settlement_breaks',
  'settlement_break_moves',
  'audit_log',
  'payouts',
  'payout_moves',
  'ledger_transfers',
];

export class MatchDesk {
  readonly matches: SettlementMatchStore;
  readonly breaks: SettlementBreaksStore;

  private constructor(
    private readonly database: TestDatabase,
    readonly pool: Pool,
  ) {
    this.matches = new SettlementMatchStore(pool);
    this.breaks = new SettlementBreaksStore(pool);
  }

  static async open(): Promise<MatchDesk> {
    const database = await createDatabase();
    return new MatchDesk(database, createPool(database.appUrl));
  }

  /** As owner: for damages. */
  get owner(): pg.Pool {
    return this.database.pool;
  }

  get ownerUrl(): string {
    return this.database.ownerUrl;
  }

  empty(): Promise<void> {
    return emptyTables(this.owner);
  }

  async close(): Promise<void> {
    await this.pool.end();
    await this.database.drop();
  }

  tryMatch(day = DAY, now = AUTHOR.now): Promise<Matched | null> {
    return this.matches.match({ provider: PROVIDER, day, zone: ZONE }, { ...AUTHOR, now });
  }

  /** There is a settlement. */
  async match(day = DAY, now = AUTHOR.now): Promise<Matched> {
    const matched = await this.tryMatch(day, now);
    if (!matched) throw new Error('no settlement');
    return matched;
  }

  /** The pass of set SQL alone, which is taken back: nothing is kept or confirmed. */
  async passOnly(): Promise<void> {
    await inPatience(this.pool, { preview: true }, (client) =>
      pairUp(client, { provider: PROVIDER, day: DAY, zone: ZONE }, makeUnearned),
    );
  }

  async seen(only: Partial<BreaksAsked> = {}): Promise<[string, string, string][]> {
    const rows = await this.breaks.list({ after: null, limit: 100, ...only });
    return rows.map((one) => [one.class, one.key, one.state]);
  }

  /** The one break that there is. */
  async only(): Promise<SettlementBreak> {
    const [one, ...more] = await this.breaks.list({ after: null, limit: 10 });
    expect(more).toEqual([]);
    if (!one) throw new Error('no break');
    return one;
  }

  /** How many payouts are in which state. */
  async states(): Promise<Record<string, number>> {
    const { rows } = await this.pool.query<{ state: string; n: number }>(
      'select state, count(*)::int as n from payouts group by 1 order by 1',
    );
    return Object.fromEntries(rows.map(({ state, n }) => [state, n]));
  }

  /** Equal where nothing has changed. */
  async everything(): Promise<unknown[]> {
    const sums = TABLES.map(
      (name) =>
        `select '${name}' as name, count(*)::int as n, md5(coalesce(string_agg(t::text, '' order by t::text), '')) as sum from ${name} t`,
    );
    return (await this.owner.query(`${sums.join(' union all ')} order by name`)).rows;
  }
}
