/**
 * Damages to claims, generations and what is owed (law 1), and to who fitted a budget (law 3).
 */
import type { Damage } from './damages-money.js';
import type { Hands } from './scene.js';

const slot = (hands: Hands, customer: string) => `p/${hands.run}/reward-1/1/${customer}`;
const rejected = (hands: Hands) =>
  hands.value(`select key from payouts where run_id = $1 and customer_id = 'c00020'`, [hands.run]);

export const CLAIMS: Damage[] = [
  {
    law: 1,
    what: 'a slot that was paid under two generations',
    async do(hands) {
      const paid = slot(hands, 'c00010');
      await hands.sql(
        `insert into payouts select (jsonb_populate_record(p, jsonb_build_object('key', slot_key || '/2', 'generation', 2))).* from payouts p
         where key = $1 || '/1'`,
        [paid],
      );
      const line = hands.provider.find((l) => l['type'] === 'payment' && l['key'] === `${paid}/1`);
      hands.provider.push({ ...line, key: `${paid}/2`, reference: 'second generation' });
      return paid;
    },
  },
  {
    law: 1,
    what: 'somebody refused as already rewarded, whose claim nobody else holds',
    async do({ sql, run }) {
      await sql(
        `update trace set steps = replace(steps, 'reward=claimed', 'reward=already_rewarded') where run_id = $1 and customer_id = 'c00011'`,
        [run],
      );
      return 'c00011';
    },
  },
  {
    law: 1,
    what: 'a claim of another scope than its reward’s',
    async do(hands) {
      const key = `${slot(hands, 'c00012')}/1`;
      await hands.sql(`update claims set key = 'campaign/two-waves/c00012' where payout_key = $1`, [key]);
      await hands.sql(`update payouts set claim_key = 'campaign/two-waves/c00012' where key = $1`, [key]);
      return key;
    },
  },
  {
    law: 1,
    what: 'a second generation without a first',
    async do(hands) {
      const key = `${slot(hands, 'c00013')}/1`;
      await hands.sql('update payouts set generation = 2 where key = $1', [key]);
      return key;
    },
  },
  {
    law: 1,
    what: 'a reissue by nobody',
    async do(hands) {
      await hands.sql(`update owed_items set state = 'reissued' where payout_key = $1`, [await rejected(hands)]);
      return rejected(hands);
    },
  },
  {
    law: 3,
    what: 'somebody refused by a budget that had enough',
    async do({ sql, run }) {
      await sql(
        `update trace set steps = replace(steps, 'reward=claimed', 'reward=no_budget') where run_id = $1 and customer_id = 'c00014'`,
        [run],
      );
      return 'c00014';
    },
  },
];
