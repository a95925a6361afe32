/**
 * Damages to what late responses are and earn, and to what payouts tell their waits: laws 1, 7 and 8.
 */
import { CUSTOMER, onRun } from './damage-statements.js';
import type { Damage } from './damages-money.js';

/** Of the window that closed before the run's first purchase. */
const LATE = `insert into responses (run_id, node, visit, customer_id, wave, event_no, occurred_at, received_at, late)
  select p.run_id, 'wait-1', 1, p.customer_id, 1, e.no, e.occurred_at, e.received_at, true
  from participants p cross join lateral (select * from events order by no limit 1) e where p.run_id = $1 and p.customer_id = '${CUSTOMER}'`;

export const LATE_RESPONSES: Damage[] = [
  {
    law: 1,
    what: 'a late response that is somebody else’s event',
    do: onRun(CUSTOMER, LATE),
  },
  {
    law: 1,
    what: 'a reward for a late response that never came',
    do: async ({ sql, value, run }) => {
      const payout = await value(`select key from payouts where run_id = $1 and customer_id = 'c00010'`, [run]);
      await sql(`update payouts set evidence = evidence || '{"lateEvent": 1, "wait": "wait-1"}' where key = $1`, [
        payout,
      ]);
      return payout;
    },
  },
  {
    law: 1,
    what: 'a response on finance’s list that was not too late',
    do: onRun(
      CUSTOMER,
      `insert into late_claims (run_id, node, visit, customer_id, campaign, wave, event_no, occurred_at, received_at, window_to, rewards)
       select $1, 'wait-1', 1, '${CUSTOMER}', 'two-waves', 1, no, occurred_at, received_at, received_at, '{reward-1}' from events order by no limit 1`,
    ),
  },
  {
    law: 7,
    what: 'a late response without a word about it',
    do: onRun(CUSTOMER, LATE),
  },
  {
    law: 8,
    what: 'a payout that nobody lets tell its wait',
    async do({ sql, value, run }) {
      const payout = await value(`select key from payouts where run_id = $1 and customer_id = 'c00010'`, [run]);
      await sql(
        `insert into payout_events select key, 'paid', provider, shard, decided_at - interval '1 hour' from payouts where key = $1`,
        [payout],
      );
      return payout;
    },
  },
  {
    law: 8,
    what: 'an event of a payout that it never told',
    async do({ sql, run }) {
      await sql(
        `insert into events (message_id, customer_id, name, occurred_at, received_at, properties)
         values ('payout/none/paid', '${CUSTOMER}', 'payout.paid', now(), now(), jsonb_build_object('run', $1::text))`,
        [run],
      );
      return 'payout/none/paid';
    },
  },
];
