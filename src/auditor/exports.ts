/**
 * Law 3, continued: what was taken out of the books. Each file that left has its line in the audit log with the same hash, and each such line its file; what
 * was signed of it is what the row says, by a key that the signed heads introduce.
 */
import type { KeyObject } from 'node:crypto';
import type pg from 'pg';
import { count, type Check } from './check.js';
import { isSigned, keyOf, said } from './signatures.js';

export const EXPORTS_TABLE = `
create temporary table audit_exports (no bigint, name text, wrong text);`;

const ROWS_AT_ONCE = 5_000;

interface Taken {
  no: string;
  name: string;
  bytes: string;
  sha256: string;
  statement: string;
  signatures: Record<string, string>;
  at: Date;
}

/** Verify each signature; the first key is believed as far as the signed heads are. */
export async function loadExports(client: pg.ClientBase): Promise<void> {
  const keys = await introduced(client);
  for (let after = '0'; ;) {
    const { rows } = await client.query<Taken>(
      `select no::text as no, name, bytes::text as bytes, encode(sha256, 'hex') as sha256, statement, signatures, at
       from exports where no > $1 order by no limit ${ROWS_AT_ONCE}`,
      [after],
    );
    const faults = rows.flatMap((row) => {
      const wrong = faultOf(row, keys);
      return wrong === null ? [] : [{ no: row.no, name: row.name, wrong }];
    });
    if (faults.length > 0)
      await client.query(
        `insert into audit_exports select no, name, wrong from json_to_recordset($1::json) as x(no bigint, name text, wrong text)`,
        [JSON.stringify(faults)],
      );
    const last = rows.at(-1);
    if (!last || rows.length < ROWS_AT_ONCE) return;
    after = last.no;
  }
}

function faultOf(
  { name, bytes, sha256, statement, signatures, at }: Taken,
  keys: Map<string, KeyObject>,
): string | null {
  const one = said(statement);
  const isSaid =
    one?.format === 'pado-export/1' &&
    one.name === name &&
    one.at === at.toISOString() &&
    String(one.bytes) === bytes &&
    one.sha256 === sha256;
  if (!isSaid) return 'an export that is not what was signed of it';
  const id = String(one.key);
  const key = keys.get(id);
  if (!key) return 'an export signed by a key that no signed head introduces';
  return isSigned(statement, signatures[id], key) ? null : 'an export whose signature does not fit';
}

async function introduced(client: pg.ClientBase): Promise<Map<string, KeyObject>> {
  const { rows } = await client.query<{ statement: string }>(
    `select statement from signed_heads where kind = 'key' order by no`,
  );
  return new Map(
    rows.flatMap(({ statement }) => {
      const one = said(statement);
      const key = one && keyOf(one);
      return key ? [[key.id, key.key] as const] : [];
    }),
  );
}

export const takenOut: Check[] = [
  {
    what: 'each file that was taken out is in the audit log with its name, question and hash, and each such line has its file',
    wrong: 'an export that the audit log does not have, or has otherwise',
    rows: count('exports'),
    find: `select e.no, e.name, e.actor from exports e
           where (select count(*) from audit_log l where l.subject = 'export/' || e.no and l.action = 'export.' || e.kind and l.actor = e.actor
             and l.at = e.at and l.after = jsonb_build_object('name', e.name, 'query', e.query, 'bytes', e.bytes,
               'sha256', encode(e.sha256, 'hex'))) <> 1
           union all
           select substr(l.subject, 8)::bigint, l.after->>'name', l.actor from audit_log l
           where l.action like 'export.%' and not exists (select 1 from exports e where l.subject = 'export/' || e.no)`,
  },
  {
    what: 'what was signed of each file is its name, time, size and hash, by a key that the signed heads introduce',
    wrong: 'an export that was not signed so',
    rows: count('exports'),
    find: 'select no, name, wrong from audit_exports order by no',
  },
];
