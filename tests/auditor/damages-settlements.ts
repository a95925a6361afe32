/**
 * Damages to settlements and to what was made of them: files and their rows, confirmations, resolutions and compensations.
 */
import type { Damage } from './damages-money.js';
import type { Hands } from './scene.js';

const DAY = '2026-03-03';
const AT = `'2026-03-04T00:00:00Z'`;
const paid = ({ value, run }: Hands) =>
  value(`select key from payouts where run_id = $1 and state = 'paid' order by key limit 1`, [run]);

/** A settlement that has the payout, and says so of itself. */
async function settle({ sql }: Hands, payout: string, over: { rows?: number; version?: number } = {}): Promise<string> {
  const { rows = 1, version = 1 } = over;
  const id = `sim-pay@${DAY}@${version}`;
  await sql(
    `insert into settlement_files values ($1, 'sim-pay', '${DAY}', $2, 'Asia/Seoul', 'uploaded', decode(repeat('01', 32), 'hex'), $3, 'f', ${AT})`,
    [id, version, rows],
  );
  await sql(
    `insert into settlement_rows select $1, 2, key, reference, amount, currency, ${AT}::timestamptz from payouts where key = $2`,
    [id, payout],
  );
  return id;
}

/** A break that two persons resolved, compensated or not, with all that belongs to it. */
async function resolved(hands: Hands, over: { approved?: string; compensated?: number } = {}): Promise<string> {
  const { approved = 'other', compensated = 0 } = over;
  await hands.sql('alter table settlement_breaks drop constraint settlement_breaks_two_persons');
  await hands.sql(
    `insert into settlement_breaks values ('b', 'sim-pay', '${DAY}', 'amount', 'k', false, '{}', 5, 'KRW', $1, 'resolved', ${AT}, null, 'accept',
       'r', 'finance', $2, ${AT})`,
    [compensated, approved],
  );
  await hands.sql(
    `insert into settlement_break_moves (break_id, to_state, cause, facts, at) values ('b', 'resolved', 'person:other', '{}', ${AT})`,
  );
  await hands.sql(
    `insert into audit_log (at, actor, action, subject, reason, before)
     values (${AT}, $1, 'settlement-break.resolve', 'settlement-break/b', 'r', '{"proposedBy": "finance"}')`,
    [approved],
  );
  return 'b';
}

const confirmed = (hands: Hands, payout: string) =>
  hands.sql(
    `insert into payout_moves (payout_key, from_state, to_state, cause, at) values ($1, 'paid', 'settled', 'settlement', ${AT})`,
    [payout],
  );

export const SETTLEMENTS: Damage[] = [
  {
    law: 3,
    what: 'a settlement of which a row is gone',
    do: async (hands) => await settle(hands, await paid(hands), { rows: 2 }),
  },
  {
    law: 3,
    what: 'a settlement whose first version is gone',
    do: async (hands) => await settle(hands, await paid(hands), { version: 2 }),
  },
  {
    law: 3,
    what: 'a payout confirmed that no settlement has',
    async do(hands) {
      const payout = await paid(hands);
      await confirmed(hands, payout);
      return payout;
    },
  },
  {
    law: 3,
    what: 'a payout confirmed by a row of another amount',
    async do(hands) {
      const payout = await paid(hands);
      await settle(hands, payout);
      await hands.sql('update settlement_rows set amount = amount + 1');
      await confirmed(hands, payout);
      return payout;
    },
  },
  { law: 3, what: 'a break that one person closed alone', do: (hands) => resolved(hands, { approved: 'finance' }) },
  {
    law: 3,
    what: 'a resolution that the audit log does not have',
    async do(hands) {
      const id = await resolved(hands);
      await hands.sql(`delete from audit_log where action = 'settlement-break.resolve'`);
      return id;
    },
  },
  {
    law: 3,
    what: 'a break closed without a move of it',
    async do(hands) {
      const id = await resolved(hands);
      await hands.sql('delete from settlement_break_moves');
      return id;
    },
  },
  {
    law: 3,
    what: 'a break that says to be compensated and is not',
    do: (hands) => resolved(hands, { compensated: 5 }),
  },
  {
    law: 3,
    what: 'a compensation that belongs to no break',
    async do(hands) {
      await hands.sql(
        `insert into ledger_transfers (id, kind, at, business_on, posted_on) values ('x#write_up/1', 'write_up', ${AT}, '${DAY}', '${DAY}')`,
      );
      return 'x#write_up/1';
    },
  },
];
