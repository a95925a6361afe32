/**
 * Damages to the caps on rewards (law 5): what was got, what it was judged by, and what was refused.
 */
import type { Damage } from './damages-money.js';

const CUSTOMER = 'c00010';

export const CAPS: Damage[] = [
  {
    law: 5,
    what: 'a reward larger than the cap that was in force',
    async do({ sql }) {
      await sql(`update reward_caps set "limit" = jsonb_set("limit", '{max}', '100')`);
      return CUSTOMER;
    },
  },
  {
    law: 5,
    what: 'several rewards that are each within the cap',
    async do({ sql, run }) {
      const { amount } = (await sql('select max(amount) as amount from payouts where run_id = $1', [run]))[0] ?? {};
      await sql(`update reward_caps set "limit" = jsonb_set("limit", '{max}', to_jsonb($1::bigint))`, [amount]);
      await sql(
        `insert into payouts select (jsonb_populate_record(p, jsonb_build_object('key', 'p/other/reward/1/' || customer_id || '/1',
           'slot_key', 'p/other/reward/1/' || customer_id, 'run_id', 'other'))).* from payouts p where run_id = $1 and customer_id = $2`,
        [run, CUSTOMER],
      );
      return CUSTOMER;
    },
  },
  {
    law: 5,
    what: 'a reward that a cap in force did not judge',
    async do({ sql, run }) {
      await sql(`update reward_caps set created_at = created_at - interval '1 hour'`);
      await sql(`update payouts set evidence = evidence - 'rewardCaps' where run_id = $1 and customer_id = $2`, [
        run,
        CUSTOMER,
      ]);
      return CUSTOMER;
    },
  },
  ...[
    ['no cap at all', 'reward=over_cap'],
    ['an unknown cap', 'reward_cap=yearly@1:50000+1/50000,reward=over_cap'],
    ['a cap that it fits', 'reward_cap=monthly@1:0+5000/50000,reward=over_cap'],
  ].map(([by, codes]): Damage => ({
    law: 5,
    what: `somebody refused by ${by}`,
    async do({ sql, run }) {
      await sql(
        `update trace set steps = regexp_replace(steps, '(reward_cap=[^,|]*,)?reward=claimed', $3) where run_id = $1 and customer_id = $2`,
        [run, CUSTOMER, codes],
      );
      return CUSTOMER;
    },
  })),
];
