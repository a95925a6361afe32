/**
 * Damages to money: laws 1, 3 and 10. Each does one wrong thing and returns the key by which the audit has to name it.
 */
import type { Hands } from './scene.js';

export interface Damage {
  law: number;
  what: string;
  do: (hands: Hands) => Promise<string>;
}

const key = (hands: Hands, customer: string) =>
  hands.value('select key from payouts where run_id = $1 and customer_id = $2', [hands.run, customer]);
const payment = (hands: Hands, payout: string) => {
  const line = hands.provider.find((l) => l['type'] === 'payment' && l['key'] === payout);
  if (!line) throw new Error(`no payment of ${payout}`);
  return line;
};
/** Paid in the first wave, and rejected in the second. */
const paid = (hands: Hands) => key(hands, 'c00010');
const rejected = (hands: Hands) => key(hands, 'c00020');

/** Statements with the payout's key as `$1`. */
const onPaid =
  (...statements: string[]) =>
  async (hands: Hands) => {
    const payout = await paid(hands);
    for (const statement of statements) await hands.sql(statement, [payout]);
    return payout;
  };

const law1: Damage[] = [
  {
    law: 1,
    what: 'a payment twice in the book',
    async do(hands) {
      const payout = await paid(hands);
      hands.provider.push({ ...payment(hands, payout), reference: 'twice', act: 2 });
      return payout;
    },
  },
  {
    law: 1,
    what: 'a paid payout whose payment is not in the book',
    async do(hands) {
      const payout = await paid(hands);
      hands.provider.splice(hands.provider.indexOf(payment(hands, payout)), 1);
      return payout;
    },
  },
  {
    law: 1,
    what: 'a payment of another amount',
    async do(hands) {
      const payout = await paid(hands);
      payment(hands, payout)['amount'] = '50000';
      return payout;
    },
  },
  {
    law: 1,
    what: 'a payment that nobody asked for',
    async do(hands) {
      const unknown = `p/${hands.run}/reward-1/1/c00030/1`;
      hands.provider.push({ ...payment(hands, await paid(hands)), key: unknown, customer: 'c00030' });
      return unknown;
    },
  },
  {
    law: 1,
    what: 'a payment that was taken back, while the payout says paid',
    async do(hands) {
      const payout = await paid(hands);
      hands.provider.push({ type: 'reversal', key: payout, reference: 'back', amount: '5000', currency: 'KRW' });
      return payout;
    },
  },
  {
    law: 1,
    what: 'a payout called cancelled although it was paid',
    do: onPaid(`update payouts set state = 'cancelled' where key = $1`),
  },
  { law: 1, what: 'a claim that is gone', do: onPaid('delete from claims where payout_key = $1') },
  {
    law: 1,
    what: 'a payout that the trace did not earn',
    async do({ sql, run }) {
      await sql(
        `update trace set steps = replace(steps, 'reward=claimed', 'reward=no_budget') where run_id = $1 and customer_id = 'c00011'`,
        [run],
      );
      return 'c00011';
    },
  },
  {
    law: 1,
    what: 'a reward that has no payout',
    async do({ sql, run }) {
      await sql(`delete from payouts where run_id = $1 and customer_id = 'c00012'`, [run]);
      return 'c00012';
    },
  },
  {
    law: 1,
    what: 'a rejection that is owed to nobody',
    async do(hands) {
      await hands.sql('delete from owed_items where payout_key = $1', [await rejected(hands)]);
      return rejected(hands);
    },
  },
  {
    law: 1,
    what: 'a move that is gone',
    do: onPaid(`delete from payout_moves where payout_key = $1 and to_state = 'submitting'`),
  },
  {
    law: 1,
    what: 'a move that is not allowed',
    do: onPaid(
      `insert into payout_moves (payout_key, from_state, to_state, cause, at) values ($1, 'paid', 'rejected', 'lookup', now())`,
    ),
  },
  { law: 1, what: 'a gap in the attempts', do: onPaid('update payout_attempts set attempt = 2 where payout_key = $1') },
  { law: 1, what: 'a request that was not frozen', do: onPaid('update payouts set request = null where key = $1') },
  {
    law: 1,
    what: 'a payout under the key of another slot',
    do: onPaid(`update payouts set slot_key = slot_key || 'x' where key = $1`),
  },
  {
    law: 1,
    what: 'two slots with one claim',
    async do(hands) {
      const claim = `run/${hands.run}/reward-1/c00010`;
      await hands.sql('update payouts set claim_key = $1 where run_id = $2', [claim, hands.run]);
      return claim;
    },
  },
  {
    law: 1,
    what: 'somebody who passed a reward node without an outcome',
    async do({ sql, run }) {
      const passed = `run_id = $1 and node = 'reward-1' and measure = 'moved'`;
      await sql(`update counters set n = n + 1 where ${passed}`, [run]);
      return 'reward-1';
    },
  },
];

const law3: Damage[] = [
  {
    law: 3,
    what: 'half a transfer',
    async do(hands) {
      const transfer = `${await paid(hands)}#pay`;
      await hands.sql(`delete from ledger_entries where transfer_id = $1 and side = 'credit'`, [transfer]);
      return transfer;
    },
  },
  {
    law: 3,
    what: 'an entry of another amount',
    do: onPaid(`update ledger_entries set amount = amount + 1 where transfer_id = $1 || '#reserve' and side = 'debit'`),
  },
  {
    law: 3,
    what: 'a balance that its entries do not give',
    async do({ sql }) {
      await sql(`update accounts set balance = balance + 1 where key = 'budget:main'`);
      return 'budget:main';
    },
  },
  {
    law: 3,
    what: 'a transfer between the wrong accounts',
    async do(hands) {
      const transfer = `${await paid(hands)}#pay`;
      await hands.sql(`update ledger_entries set account = 'funding:main' where transfer_id = $1 and side = 'credit'`, [
        transfer,
      ]);
      return transfer;
    },
  },
  {
    law: 3,
    what: 'a paid payout that the ledger did not pay',
    do: onPaid(
      `delete from ledger_entries where transfer_id = $1 || '#pay'`,
      `delete from ledger_transfers where id = $1 || '#pay'`,
    ),
  },
  {
    law: 3,
    what: 'two payouts with one place in the budget’s sequence',
    async do(hands) {
      await hands.sql('update payouts set budget_seq = 1');
      return 'main';
    },
  },
  {
    law: 3,
    what: 'a budget that was given less than was taken from it',
    async do({ sql }) {
      await sql(`update ledger_entries set amount = 10000 where transfer_id like '%#fund/%'`);
      return 'main';
    },
  },
  {
    law: 3,
    what: 'an entry in another currency than its account',
    async do(hands) {
      const transfer = `${await paid(hands)}#pay`;
      await hands.sql(`update ledger_entries set currency = 'USD' where transfer_id = $1`, [transfer]);
      return transfer;
    },
  },
  {
    law: 3,
    what: 'a budget below zero',
    async do({ sql }) {
      await sql('alter table accounts drop constraint accounts_check');
      await sql(`update accounts set balance = -1 where key = 'budget:main'`);
      return 'budget:main';
    },
  },
];

const law10: Damage[] = [
  {
    law: 10,
    what: 'an attempt without a known result that did not make its payout ambiguous',
    do: onPaid(`update payout_attempts set outcome = 'unknown' where payout_key = $1`),
  },
  {
    law: 10,
    what: 'an ambiguous payout that was put back',
    do: onPaid(
      `insert into payout_moves (payout_key, from_state, to_state, cause, at) values ($1, 'ambiguous', 'approved', 'lookup', now())`,
    ),
  },
  {
    law: 10,
    what: 'a payout called paid by nobody',
    do: onPaid(`update payout_moves set cause = 'claim' where payout_key = $1`),
  },
  {
    law: 10,
    what: 'a payout called not acted on that the book has paid',
    do: onPaid(
      `update payouts set state = 'approved' where key = $1`,
      `update payout_attempts set outcome = 'not_acted' where payout_key = $1`,
    ),
  },
  {
    law: 10,
    what: 'a submission without an open attempt',
    do: onPaid(`update payouts set state = 'submitting' where key = $1`),
  },
  {
    law: 10,
    what: 'a message in submission whose attempt is closed',
    async do({ sql, run }) {
      const id = `m/${run}/send-1/1/c00030`;
      await sql(`update outbox set state = 'submitting' where id = $1`, [id]);
      return id;
    },
  },
  {
    law: 10,
    what: 'a message called accepted without evidence',
    async do({ sql, run }) {
      const id = `m/${run}/send-1/1/c00030`;
      await sql(`update outbox set reference = null where id = $1`, [id]);
      await sql(
        `update message_attempts set outcome = 'unknown' where id = (select attempt_id from outbox where id = $1)`,
        [id],
      );
      return id;
    },
  },
  {
    law: 10,
    what: 'a message whose fate was unknown, put back',
    async do({ sql, run }) {
      const id = `m/${run}/send-1/1/c00030`;
      await sql(`update outbox set state = 'queued' where id = $1`, [id]);
      await sql(
        `update message_attempts set outcome = 'unknown' where id = (select attempt_id from outbox where id = $1)`,
        [id],
      );
      return id;
    },
  },
];

export const MONEY = [...law1, ...law3, ...law10];
