/**
 * Damages to what guards providers: law 6. Each does one wrong thing and returns the key by which the audit has to name it.
 */
import type { Damage } from './damages-money.js';

const paid = 'select key from payouts where run_id = $1 and customer_id = $2';

export const PROVIDERS: Damage[] = [
  {
    law: 6,
    what: 'a submission outside the hours of its provider',
    async do(hands) {
      const payout = await hands.value(paid, [hands.run, 'c00010']);
      // from an hour after it for an hour; kept long before it
      await hands.sql(
        `insert into provider_hours (provider, zone, from_minute, to_minute, since)
         select a.provider, 'UTC', (m.at + 60) % 1440, (m.at + 120) % 1440, a.opened_at - interval '1 day'
         from payout_attempts a
         cross join lateral (
           select (extract(hour from l.at) * 60 + extract(minute from l.at))::int as at from (select a.now at time zone 'UTC' as at) l) m
         where a.payout_key = $1 limit 1`,
        [payout],
      );
      return payout;
    },
  },
];
