/**
 * Damages to the ledger's chain: whatever is changed, removed or doubled behind a seal, or in the seals themselves, is named by the first
 * link that does not hold.
 */
import type { Damage } from './damages-money.js';
import type { Hands } from './scene.js';

/** The third seal and its transfer; there are others before and after it. */
const NO = 3;
const transferOf = ({ value }: Hands) => value('select transfer_id from ledger_seals where no = $1', [NO]);

/** Statements with the seal's number as `$1`; the violation bears the number. */
const onSeal =
  (...statements: string[]) =>
  async ({ sql }: Hands) => {
    for (const statement of statements) await sql(statement, [NO]);
    return String(NO);
  };
const SEALED = `(select transfer_id from ledger_seals where no = $1)`;

/** A link that hashes right: what somebody would do who may write everywhere. */
const REHASHED = `update ledger_seals s set hash = sha256(s.previous || convert_to('forged', 'UTF8')) where no = $1`;

const law3: Damage[] = [
  {
    law: 3,
    what: 'a changed amount, on both sides',
    do: onSeal(`update ledger_entries set amount = amount + 1 where transfer_id = ${SEALED}`),
  },
  {
    law: 3,
    what: 'a changed account',
    do: onSeal(`update ledger_entries set account = 'budget:other' where side = 'debit' and transfer_id = ${SEALED}`),
  },
  {
    law: 3,
    what: 'a changed time of posting, by a microsecond',
    do: onSeal(`update ledger_transfers set recorded_at = recorded_at + interval '1 microsecond' where id = ${SEALED}`),
  },
  {
    law: 3,
    what: 'a changed business time',
    do: onSeal(`update ledger_transfers set at = at - interval '1 day' where id = ${SEALED}`),
  },
  {
    law: 3,
    what: 'a sealed transfer that is gone',
    async do(hands) {
      const transfer = await transferOf(hands);
      await hands.sql('delete from ledger_entries where transfer_id = $1', [transfer]);
      await hands.sql('delete from ledger_transfers where id = $1', [transfer]);
      return transfer;
    },
  },
  {
    law: 3,
    what: 'a sealed transfer that is there twice',
    async do(hands) {
      const transfer = await transferOf(hands);
      await hands.sql('alter table ledger_transfers drop constraint ledger_transfers_pkey cascade');
      await hands.sql('insert into ledger_transfers select * from ledger_transfers where id = $1', [transfer]);
      return transfer;
    },
  },
  {
    law: 3,
    what: 'a transfer that is sealed twice',
    async do(hands) {
      const transfer = await transferOf(hands);
      await hands.sql('alter table ledger_seals drop constraint ledger_seals_transfer_id_key');
      await hands.sql(
        `insert into ledger_seals select max(no) + 1, $1, (array_agg(hash order by no desc))[1], sha256('') from ledger_seals`,
        [transfer],
      );
      return transfer;
    },
  },
  { law: 3, what: 'a seal that is gone', do: onSeal('delete from ledger_seals where no = $1') },
  {
    law: 3,
    what: 'two seals in each other’s place',
    do: onSeal(
      `update ledger_seals set no = no + 1000000 where no in ($1::bigint, $1::bigint + 1)`,
      `update ledger_seals set no = 2 * $1::bigint + 1 - (no - 1000000) where no > 1000000`,
    ),
  },
  { law: 3, what: 'a seal that was hashed again', do: onSeal(REHASHED) },
  {
    law: 3,
    what: 'a head that was changed',
    async do({ sql, value }) {
      const no = await value('select max(no) from ledger_heads');
      await sql(`update ledger_heads set hash = sha256('') where no = $1`, [no]);
      return no;
    },
  },
  {
    law: 3,
    what: 'the last seals cut off, and not their head',
    async do({ sql, value }) {
      const no = await value('select max(no) from ledger_seals');
      await sql('delete from ledger_seals where no = $1', [no]);
      return no;
    },
  },
  {
    law: 3,
    what: 'a head that is gone',
    async do({ sql, value }) {
      const no = await value('select max(no) from ledger_seals');
      await sql('delete from ledger_heads where no = $1', [no]);
      return no;
    },
  },
];

const law8: Damage[] = [
  {
    law: 8,
    what: 'a transfer that nobody seals',
    async do({ sql, value }) {
      const no = await value('select max(no) from ledger_seals');
      const transfer = await value('select transfer_id from ledger_seals where no = $1', [no]);
      await sql('delete from ledger_seals where no = $1', [no]);
      await sql(`update ledger_transfers set recorded_at = recorded_at - interval '2 minutes' where id = $1`, [
        transfer,
      ]);
      return transfer;
    },
  },
];

export const CHAIN = [...law3, ...law8];
