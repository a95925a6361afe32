/**
 * Damages to what was taken out of the books: the file's row, its line of the audit log, and what was signed of it.
 */
import { signaturesOf, signingKey } from '../../src/domain/ledger/signed-heads.js';
import type { Damage } from './damages-money.js';
import { LEDGER_KEY } from './scene.js';

/** Each becomes the one after it. */
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const KEY = signingKey(LEDGER_KEY);
const FORGER = signingKey(Buffer.alloc(32, 6).toString('base64'));

/** Statements with the number of the scene's export as `$1`; the violation bears it. */
const onExport =
  (...statements: string[]): Damage['do'] =>
  async ({ sql, value }) => {
    const no = await value('select max(no) from exports');
    for (const statement of statements) await sql(statement, [no]);
    return no;
  };
/** What is signed of it, changed and signed anew. */
const signedAnew =
  (change: (statement: string) => string, key: typeof KEY): Damage['do'] =>
  async ({ sql, value }) => {
    const no = await value('select max(no) from exports');
    const statement = change(await value('select statement from exports where no = $1', [no]));
    const signatures = JSON.stringify(signaturesOf(statement, [key]));
    await sql('update exports set statement = $2, signatures = $3 where no = $1', [no, statement, signatures]);
    return no;
  };
const LINE = `subject = 'export/' || $1::bigint`;

export const EXPORTS: Damage[] = [
  { law: 3, what: 'an export of another hash', do: onExport(`update exports set sha256 = sha256('') where no = $1`) },
  { law: 3, what: 'an export of which the audit log has no line', do: onExport(`delete from audit_log where ${LINE}`) },
  {
    law: 3,
    what: 'an export of which the audit log has another hash',
    do: onExport(`update audit_log set after = jsonb_set(after, '{sha256}', '"00"') where ${LINE}`),
  },
  {
    law: 3,
    what: 'an export that somebody else took',
    do: onExport(`update exports set actor = 'nobody' where no = $1`),
  },
  { law: 3, what: 'an export that is gone', do: onExport('delete from exports where no = $1') },
  {
    law: 3,
    what: 'an export whose signature is another one’s',
    do: onExport(
      `update exports set signatures = (select jsonb_object_agg(key, translate(value, '${LETTERS}', '${LETTERS.slice(1)}A')) from jsonb_each_text(signatures)) where no = $1`,
    ),
  },
  {
    law: 3,
    what: 'an export that was signed by a key that nobody introduced',
    do: signedAnew((statement) => statement.replace(KEY.id, FORGER.id), FORGER),
  },
  {
    law: 3,
    what: 'an export of which another size was signed, by our own key',
    do: signedAnew((statement) => statement.replace(/"bytes":\d+/, '"bytes":1'), KEY),
  },
];
