/**
 * Damages to coupons from pools (law 1): codes that are given twice, to nobody, or not at all.
 */
import type { Damage } from './damages-money.js';
import type { Hands } from './scene.js';

const slot = (hands: Hands, customer: string) => `p/${hands.run}/reward-1/1/${customer}`;
const give = (hands: Hands, no: number, code: string, payout: string) =>
  hands.sql(
    `insert into coupon_codes (no, pool, upload, code, code_sha256, valid_until, payout_key, given_at) overriding system value
     values ($1, 'drinks', 'drinks@1', $2, sha256(convert_to($4, 'UTF8')), 'infinity', $3, now())`,
    [no, code, payout, String(no)],
  );

export const COUPONS: Damage[] = [
  {
    law: 1,
    what: 'a paid coupon of a pool that has no code',
    async do(hands) {
      const payout = `${slot(hands, 'c00010')}/1`;
      await hands.sql(`update payouts set provider = 'pool', pool = 'drinks' where key = $1`, [payout]);
      return payout;
    },
  },
  {
    law: 1,
    what: 'a code that was given without a payout',
    async do(hands) {
      const payout = `${slot(hands, 'c00030')}/1`;
      await give(hands, 900_001, 'first', payout);
      return payout;
    },
  },
  {
    law: 1,
    what: 'one code under two numbers',
    async do(hands) {
      await give(hands, 900_001, 'same', `${slot(hands, 'c00030')}/1`);
      await give(hands, 900_002, 'same', `${slot(hands, 'c00031')}/1`);
      return '900001';
    },
  },
  {
    law: 1,
    what: 'a slot that was given a code under each of two generations',
    async do(hands) {
      const paid = slot(hands, 'c00010');
      await hands.sql(
        `insert into payouts select (jsonb_populate_record(p, jsonb_build_object('key', slot_key || '/2', 'generation', 2))).* from payouts p
         where key = $1 || '/1'`,
        [paid],
      );
      await give(hands, 900_001, 'first', `${paid}/1`);
      await give(hands, 900_002, 'second', `${paid}/2`);
      return paid;
    },
  },
];
