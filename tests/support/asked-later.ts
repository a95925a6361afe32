/**
 * What is unsure is asked about again and again, each time some seconds after the time before: told by the row and by when its queue looks again.
 */
import { expect } from '@jest/globals';
import type pg from 'pg';

/** `ask` asks about the one row, and returns when its queue looks again, ms. By the database's clock, before and after: no pause of the machine changes that. */
export async function expectAskedLater(
  db: pg.Pool,
  table: 'payouts' | 'outbox',
  ask: () => Promise<number | null>,
): Promise<void> {
  const { rows: moments } = await db.query<{ at: string }>('select clock_timestamp()::text as at');
  const nextInMs = await ask();
  const { rows } = await db.query<{ most: number; least: number }>(
    `select extract(epoch from lookup_at - $1::timestamptz)::float8 * 1000 as most,
            extract(epoch from lookup_at - clock_timestamp())::float8 * 1000 as least from ${table}`,
    [moments[0]?.at],
  );
  expect(rows).toHaveLength(1);
  const { most, least } = rows[0] as { most: number; least: number };
  expect(most).toBeGreaterThan(500);
  expect(nextInMs).toBeGreaterThanOrEqual(Math.max(0, Math.floor(least)));
  expect(nextInMs).toBeLessThanOrEqual(Math.ceil(most));
}
