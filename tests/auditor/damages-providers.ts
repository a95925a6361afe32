/**
 * Damages to what guards providers: law 6. Each does one wrong thing and returns the key by which the audit has to name it.
 */
import type { Damage } from './damages-money.js';

const paid = 'select key from payouts where run_id = $1 and customer_id = $2';

const file = (rows: string, total: string, hash = `encode(sha256(convert_to(x.b, 'UTF8')), 'hex')`) =>
  `insert into payout_files (provider, no, currency, rows, total, bytes, sha256, frozen_at)
   select 'sim-pay', n.no, 'KRW', ${rows}, ${total}, convert_to(x.b, 'UTF8'), ${hash}, now()
   from payouts p cross join lateral (
     select E'key\\n' || p.key || ',cashback,' || p.customer_id || ',' || p.amount || E',KRW,c,r\\n#end,\\n' as b) x`;

export const PROVIDERS: Damage[] = [
  {
    law: 1,
    what: 'a payout in two payout files',
    async do(hands) {
      const payout = await hands.value(paid, [hands.run, 'c00010']);
      await hands.sql(`${file('1', 'p.amount')} cross join generate_series(1, 2) n(no) where p.key = $1`, [payout]);
      return payout;
    },
  },
  {
    law: 1,
    what: 'a payout file whose total is another one',
    async do(hands) {
      const payout = await hands.value(paid, [hands.run, 'c00010']);
      await hands.sql(`${file('1', 'p.amount + 1')} cross join (values (1)) n(no) where p.key = $1`, [payout]);
      return 'sim-pay';
    },
  },
  {
    law: 1,
    what: 'a payout file whose number leaves one out',
    async do(hands) {
      const payout = await hands.value(paid, [hands.run, 'c00010']);
      await hands.sql(`${file('1', 'p.amount')} cross join (values (2)) n(no) where p.key = $1`, [payout]);
      return 'sim-pay';
    },
  },
  {
    law: 8,
    what: 'a payout that waits for its file',
    async do(hands) {
      const payout = await hands.value(paid, [hands.run, 'c00010']);
      await hands.sql(
        `insert into payout_file_rows select key, provider, currency, amount, key, decided_at - interval '1 hour', null from payouts where key = $1`,
        [payout],
      );
      return payout;
    },
  },
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
