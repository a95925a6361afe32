/**
 * Damages to what sources told: law 8.
 */
import { CUSTOMER } from './damage-statements.js';
import type { Damage } from './damages-money.js';

export const SOURCES: Damage[] = [
  {
    law: 8,
    what: 'an anonymous event that nobody lets join its customer',
    async do({ sql, run }) {
      await sql(
        `insert into anonymous_ids (anonymous_id, customer_id, claimed_at)
         select 'browser', '${CUSTOMER}', started_at - interval '1 hour' from runs where id = $1`,
        [run],
      );
      await sql(
        `insert into anonymous_events (message_id, anonymous_id, name, occurred_at, received_at)
         select 'seen-1', 'browser', 'page', at, at from (select started_at - interval '2 hours' as at from runs where id = $1) t`,
        [run],
      );
      return 'seen-1';
    },
  },
];
