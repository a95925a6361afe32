/**
 * Pools of coupons at the edge: how many codes, never which.
 */
import { z } from 'zod';
import { instantSchema } from '../../domain/base/instant.js';
import { needOf, runningOut } from '../../domain/ledger/coupon-pool.js';
import type { PoolStock } from '../../storage/coupon-pools.store.js';
import type { ListOf } from '../files/list-file.js';
import { pageOf } from '../http/page.js';

const count = z.int().min(0);

export const poolContentSchema = z
  .strictObject({
    name: z.string().min(1).max(200),
    warnBelow: count.max(1_000_000_000).default(0).describe('with fewer codes left it is running out'),
  })
  .meta({ id: 'CouponPoolContent' });

const need = {
  underWay: count.describe('people under way in its open runs: none of them may earn one, or each'),
  waiting: count.describe('payouts that have no code yet'),
  owed: count.describe('payouts that were rejected and are owed'),
};
export const poolSchema = z
  .object({
    key: z.string(),
    name: z.string(),
    warnBelow: count,
    createdBy: z.string(),
    createdAt: z.iso.datetime(),
    given: count,
    ended: count.describe('nobody’s, and no longer valid'),
    left: count.describe('nobody’s, and valid'),
    need: count.describe('what the campaigns below may still ask for, at most'),
    runningOut: z.enum(['empty', 'below_threshold', 'below_need']).nullable(),
    campaigns: z.array(z.object({ campaign: z.string(), ...need })),
  })
  .meta({ id: 'CouponPool' });
export const poolPageSchema = pageOf(poolSchema);

export function presentPool({ needs, ...pool }: PoolStock) {
  const sum = needs.reduce((total, one) => total + needOf(one), 0);
  return { ...pool, need: sum, runningOut: runningOut({ ...pool, need: sum }), campaigns: needs };
}

export const codesQuerySchema = z.object({
  column: z.string().min(1).max(100).default('code').describe('the header of the codes'),
  validUntil: instantSchema.optional().describe('exclusive: from then on what is left of them is not given any more'),
  preview: z.enum(['true', 'false']).default('false').describe('true: says what would become of it, and keeps nothing'),
});
export const codesUploadedSchema = z
  .object({
    upload: z.int().nullable().describe('its number within the pool; null for a preview'),
    counts: z.object({
      rows: count.describe('below the header'),
      added: count.describe('codes that are new'),
      duplicates: count.describe('rows that repeat a code, of the file or of any pool'),
      rejected: count.describe('rows without a code that can be one'),
    }),
    refused: z
      .array(z.object({ line: z.int(), reason: z.string() }))
      .describe('the first hundred rows that added nothing'),
  })
  .meta({ id: 'CodesUploaded' });

/** Printable ASCII without spaces, and without the backslash, which COPY escapes with. */
const CODE = /^[!-[\]-~]{1,200}$/;

export const listOfCodes = (column: string): ListOf => ({
  of: 'codes',
  column,
  read: (cell) => (CODE.test(cell) ? cell : null),
  lacks: 'has no code that can be one',
});
