/**
 * Damages to what was signed of the chain, and to the chain behind it, by somebody who may write everything in the database but lacks the key.
 */
import { signaturesOf, signingKey } from '../../src/domain/ledger/signed-heads.js';
import type { Damage } from './damages-money.js';
import type { Hands } from './scene.js';

const FORGER = signingKey(Buffer.alloc(32, 6).toString('base64'));
const onHead = (statement: string): Damage['do'] => {
  return async ({ sql, value }: Hands) => {
    const no = await value(`select max(no) from signed_heads where kind = 'head'`);
    await sql(statement);
    return no;
  };
};
const NEWEST = `no = (select max(no) from signed_heads where kind = 'head')`;

export const HEADS: Damage[] = [
  {
    law: 3,
    what: 'a signed head that says another end of the chain',
    do: onHead(
      `update signed_heads set statement = regexp_replace(statement, '"hash":"[0-9a-f]{8}', '"hash":"00000000') where ${NEWEST}`,
    ),
  },
  {
    law: 3,
    what: 'a signed head whose row says another end than its statement',
    do: onHead(`update signed_heads set through = through + 1 where ${NEWEST}`),
  },
  {
    law: 3,
    what: 'a signed head that is signed by somebody else',
    async do({ sql, value }) {
      const no = await value(`select no from signed_heads where ${NEWEST}`);
      const statement = await value(`select statement from signed_heads where no = $1`, [no]);
      const [signature] = Object.values(signaturesOf(statement, [FORGER]));
      await sql(`update signed_heads set signatures = jsonb_build_object(key_id, $2::text) where no = $1`, [
        no,
        signature,
      ]);
      return no;
    },
  },
  {
    law: 3,
    what: 'a signed head whose seal is gone with all behind it',
    async do({ sql, value }) {
      const no = await value(`select no from signed_heads where ${NEWEST}`);
      await sql(`delete from ledger_seals where no >= (select through from signed_heads where no = $1)`, [no]);
      return no;
    },
  },
  {
    law: 3,
    what: 'a key in place of the one that signed',
    async do({ sql }) {
      await sql(
        `update signed_heads set statement = regexp_replace(statement, '"publicKey":"[^"]*"', '"publicKey":"' || $1 || '"') where no = 1`,
        [FORGER.publicKey],
      );
      return '1';
    },
  },
];
