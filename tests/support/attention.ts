/**
 * The list of what needs a person over a database of its own, whose business time is T0 when a test begins; what was caused by it waits, or has waited
 * since.
 */
import { expect } from '@jest/globals';
import type pg from 'pg';
import { CODES, type AttentionCode } from '../../src/domain/attention/classes.js';
import { itemOf, type AttentionItem } from '../../src/domain/attention/item.js';
import { AttentionItemsStore } from '../../src/storage/attention-items.store.js';
import { createPool, type Pool } from '../../src/storage/pool.js';
import { createDatabase, type TestDatabase } from './database.js';
import { emptyTables, T0 } from './seed.js';

export const MINUTE_MS = 60_000;

/** What there is as of a business time, as `code subject cause × count`. */
export async function toldAt(
  pool: Pool,
  now: number,
  only: readonly AttentionCode[] = CODES,
  closed: string[] = [],
): Promise<string[]> {
  const items = await new AttentionItemsStore(pool).list({ now, closed, elsewhere: [] }, only, {
    after: null,
    limit: 100,
  });
  return items.map(({ code, subject, cause, count }) => `${code} ${subject} ${cause} × ${count}`);
}

export class AttentionDesk {
  readonly store: AttentionItemsStore;

  private constructor(
    private readonly database: TestDatabase,
    readonly pool: Pool,
  ) {
    this.store = new AttentionItemsStore(pool);
  }

  static async open(): Promise<AttentionDesk> {
    const database = await createDatabase();
    return new AttentionDesk(database, createPool(database.appUrl));
  }

  get appUrl(): string {
    return this.database.appUrl;
  }

  get owner(): pg.Pool {
    return this.database.pool;
  }

  /** Business time is T0 now, by the database's clock. */
  async begin(): Promise<void> {
    await emptyTables(this.owner);
    await this.owner.query('update installation set business_epoch = $1, temporal_base = clock_timestamp()', [
      new Date(T0),
    ]);
  }

  async close(): Promise<void> {
    await this.pool.end();
    await this.database.drop();
  }

  /** The one item there is of a class, and that it says whose it is, what a retry does and how it is cured. */
  async only(code: AttentionCode, afterMs: number): Promise<AttentionItem> {
    const found = await this.store.list({ now: T0 + afterMs, closed: [], elsewhere: [] }, [code], {
      after: null,
      limit: 100,
    });
    const items = found.map(itemOf);
    expect(items.map(({ subject, cause }) => `${subject}: ${cause}`)).toHaveLength(1);
    const [item] = items as [AttentionItem];
    expect(Object.values({ ...item.cure, ...item }).filter((text) => text === '' || text === undefined)).toEqual([]);
    return item;
  }

  /** What there is so long after T0, as `code subject cause × count`. */
  told(afterMs: number, only?: readonly AttentionCode[], closed?: string[]): Promise<string[]> {
    return toldAt(this.pool, T0 + afterMs, only, closed);
  }
}
