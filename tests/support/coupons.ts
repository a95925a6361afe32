/**
 * Pools of coupons for tests of the stores: filled by the real upload, drawn from through the provider's port by the queue's real activities.
 */
import type pg from 'pg';
import { readList } from '../../src/api/files/list-file.js';
import { listOfCodes } from '../../src/api/coupon-pools/coupon-pools.dto.js';
import { POOL_PROVIDER, POOL_TERMS } from '../../src/domain/ledger/coupon-pool.js';
import { PoolProvider } from '../../src/providers/pool.provider.js';
import { CouponDraws } from '../../src/storage/coupon-draws.store.js';
import { CouponPoolsStore } from '../../src/storage/coupon-pools.store.js';
import type { Pool } from '../../src/storage/pool.js';
import { payoutQueue, seedPayouts, type PayoutScene } from './payouts.js';
import { T0 } from './seed.js';

async function* file(lines: Iterable<string>): AsyncGenerator<Uint8Array> {
  yield Buffer.from(`code\n${[...lines].join('\n')}\n`);
}

/** A pool with these codes, or these codes more in it. */
export async function fillPool(
  pool: Pool,
  key: string,
  codes: Iterable<string>,
  over: { validUntil?: number; preview?: boolean; now?: number } = {},
) {
  const pools = new CouponPoolsStore(pool);
  const authored = { by: 'me', now: over.now ?? T0 };
  await pools.put({ key, name: key, warnBelow: 0 }, authored);
  const upload = { pool: key, validUntil: over.validUntil ?? null, preview: over.preview ?? false };
  return await pools.upload(
    upload,
    readList(file(codes), { format: 'csv', charset: 'utf-8' }, listOfCodes('code')).rows,
    authored,
  );
}

export const codesOf = (prefix: string, count: number): string[] =>
  Array.from({ length: count }, (_, n) => `${prefix}-${String(n).padStart(4, '0')}`);

/** As `seedPayouts`, but coupons of a pool. */
export function seedCoupons(
  db: pg.Pool,
  pool: Pool,
  runId: string,
  count: number,
  couponPool = `pool-${runId}`,
): Promise<PayoutScene> {
  return seedPayouts(db, pool, runId, count, POOL_PROVIDER, { kind: 'coupon', pool: couponPool });
}

/** The queue of all pools. */
export function couponQueue(pool: Pool) {
  const draws = new CouponDraws(pool);
  const provider = new PoolProvider(draws);
  const port = { terms: POOL_TERMS, submit: provider.submit.bind(provider), lookup: provider.lookup.bind(provider) };
  return { ...payoutQueue(pool, () => port), draws, provider };
}

export interface CouponSeen {
  key: string;
  state: string;
  reason: string | null;
  code: string | null;
  given: string | null;
}

/** Payouts of a run with the codes that are theirs in the pools. */
export async function seeCoupons(db: pg.Pool, runId: string): Promise<CouponSeen[]> {
  const { rows } = await db.query<CouponSeen>(
    `select p.key, p.state, p.reason, p.code, c.code as given from payouts p left join coupon_codes c on c.payout_key = p.key
     where p.run_id = $1 order by p.key`,
    [runId],
  );
  return rows;
}
