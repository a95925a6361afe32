/**
 * Damages to what finance reads as of a past moment: totals that entries bear, sums of days, and the day that a transfer counts for.
 */
import type { Damage } from './damages-money.js';

const ACCOUNT = 'budget:main';
/** Statements about one account, which the violation names. */
const onAccount =
  (...statements: string[]): Damage['do'] =>
  async ({ sql }) => {
    for (const statement of statements) await sql(statement, [ACCOUNT]);
    return ACCOUNT;
  };

export const BOOKS: Damage[] = [
  {
    law: 3,
    what: 'a total that was raised on both sides, so that the balance stays',
    do: onAccount('update ledger_entries set debits = debits + 1, credits = credits + 1 where account = $1 and no = 2'),
  },
  {
    law: 3,
    what: 'two entries in each other’s place',
    do: onAccount(
      'update ledger_entries set no = no + 1000000 where account = $1 and no in (2, 3)',
      'update ledger_entries set no = 5 - (no - 1000000) where account = $1 and no > 1000000',
    ),
  },
  {
    law: 3,
    what: 'an entry booked at another time than its transfer',
    do: onAccount(
      `update ledger_entries set booked_at = booked_at - interval '1 microsecond' where account = $1 and no = 1`,
    ),
  },
  {
    law: 3,
    what: 'sums of a day that were changed',
    do: onAccount('update ledger_days set debits = debits + 1, credits = credits + 1 where account = $1'),
  },
  { law: 3, what: 'a day without its sums', do: onAccount('delete from ledger_days where account = $1') },
  {
    law: 3,
    what: 'sums of a day on which nothing happened',
    do: onAccount(`update ledger_days set business_on = business_on - 1 where account = $1`),
  },
  {
    law: 3,
    what: 'a transfer of another day than its time',
    async do({ sql, value }) {
      const transfer = await value(`select id from ledger_transfers where kind = 'pay' order by id limit 1`);
      await sql('update ledger_transfers set business_on = business_on - 1, posted_on = posted_on - 1 where id = $1', [
        transfer,
      ]);
      return transfer;
    },
  },
  {
    law: 3,
    what: 'a payment dated before its payout was intended',
    async do({ sql, value }) {
      const transfer = await value(`select id from ledger_transfers where kind = 'pay' order by id limit 1`);
      const back = ['business_on', 'posted_on'].map((day) => `${day} = ${day} - 1`).join(', ');
      await sql(`update ledger_transfers set at = at - interval '1 day', ${back} where id = $1`, [transfer]);
      return transfer;
    },
  },
];
