/**
 * Law 3, what was signed of the chains: every statement, of the database and of a file that left it, by its signatures, its order and the chains as they
 * stand. The first key is believed where nobody names one; who wants to know better names the one that finance was given.
 */
import { readFileSync } from 'node:fs';
import type pg from 'pg';
import { BookUnreadable } from './books.js';
import { count, type Check } from './check.js';
import { isSigned, keyOf, publicKey, said, sha256, ZEROS, type Key } from './signatures.js';

export interface HeadsToAudit {
  /** JSON Lines that left the database: {statement, signatures}. */
  headsFile?: string | undefined;
  /** Of the first statement: base64 of its SubjectPublicKeyInfo, or a file with that or PEM. */
  headsKey?: string | undefined;
}

export const HEADS_TABLE = `
create temporary table audit_heads (no bigint, place text, wrong text);`;

interface Line {
  statement: string;
  signatures: Record<string, string>;
}
interface Fault {
  no: number;
  place: string;
  wrong: string;
}
/** The chains and the closings as they stand, hashes in hex; of none at all the hash is zeros. */
interface Standing {
  seals: Map<number, string>;
  lines: Map<number, string>;
  closings: Map<number, string>;
}
/** By the format; the first did not have the end of the audit log. */
const VERSIONS: Record<string, number> = { 'pado-ledger-head/1': 1, 'pado-ledger-head/2': 2 };

export async function loadHeads(client: pg.ClientBase, { headsFile, headsKey }: HeadsToAudit): Promise<void> {
  const { rows } = await client.query<Line & { no: string; kind: string; through: string | null; log: string | null }>(
    `select h.no::text as no, kind, through::text as through, log_through::text as log, statement, signatures
     from signed_heads h order by h.no`,
  );
  const file = headsFile === undefined ? null : readLines(headsFile);
  const anchor = headsKey === undefined ? null : publicKey(headsKey);
  const all = [...rows, ...(file ?? [])].map(({ statement }) => said(statement));
  const standing = {
    seals: await sealsAt(
      client,
      'ledger_seals',
      all.map((one) => one?.through),
    ),
    lines: await sealsAt(
      client,
      'audit_log_seals',
      all.map((one) => one?.logThrough),
    ),
    closings: await closingsSoFar(client),
  };
  const faults = [...judge(rows, 'database', anchor, standing), ...(file ? judge(file, 'file', anchor, standing) : [])];
  for (const [n, line] of (file ?? []).entries()) {
    const own = rows[n];
    if (!own) faults.push({ no: n + 1, place: 'file', wrong: 'a head that left is gone from the database' });
    else if (own.statement !== line.statement)
      faults.push({ no: n + 1, place: 'file', wrong: 'a head that left is another one in the database' });
  }
  const numbered = (no: string | null) => (no === null ? undefined : Number(no));
  for (const [n, { no, kind, through, log, statement }] of rows.entries()) {
    const one = said(statement);
    const isSaid =
      Number(no) === n + 1 &&
      kind === one?.kind &&
      numbered(through) === one.through &&
      numbered(log) === one.logThrough;
    if (!isSaid) faults.push({ no: n + 1, place: 'database', wrong: 'a row is not what its statement says' });
  }
  if (faults.length === 0) return;
  await client.query(
    `insert into audit_heads select no, place, wrong from json_to_recordset($1::json) as x(no bigint, place text, wrong text)`,
    [JSON.stringify(faults)],
  );
}

function judge(lines: readonly Line[], place: string, anchor: string | null, standing: Standing): Fault[] {
  const faults: Fault[] = [];
  let previous = ZEROS;
  let signer: Key | null = null;
  let last = { through: 0, closings: 0, logThrough: 0, day: '' };
  let version = 1;
  for (const [n, { statement, signatures }] of lines.entries()) {
    const fault = (wrong: string) => faults.push({ no: n + 1, place, wrong });
    const one = said(statement);
    const own = VERSIONS[String(one?.format)] ?? 0;
    if (own < version || one?.no !== n + 1) fault('not the statement of this number');
    version = Math.max(version, own);
    if (one?.previous !== previous) fault('a statement does not follow from the one before it');
    previous = sha256(Buffer.from(statement, 'utf8'));
    const isSignedBy = (by: Key) => isSigned(statement, signatures[by.id], by.key);
    if (one?.kind === 'key') {
      const next = keyOf(one);
      if (!next) fault('a key that is none');
      if (signer === null && anchor !== null && one.publicKey !== anchor)
        fault('the first key is not the one that was named');
      if (signer && !isSignedBy(signer)) fault('a key that the one before it has not signed');
      if (next && !isSignedBy(next)) fault('a signature that does not fit');
      signer = next ?? signer;
      continue;
    }
    if (one?.kind !== 'head') {
      fault('neither a key nor a head');
      continue;
    }
    if (!signer || one.key !== signer.id || !isSignedBy(signer)) fault('a signature that does not fit');
    const [through, closings, day] = [Number(one.through), Number(one.closings), String(one.day)];
    const logThrough = version === 1 ? 0 : Number(one.logThrough);
    if (through < last.through || closings < last.closings || logThrough < last.logThrough || day < last.day)
      fault('an end before the one of an earlier head');
    last = { through, closings, logThrough, day };
    if ((standing.seals.get(through) ?? null) !== one.hash) fault('the chain has another hash there, or none');
    if (version > 1 && (standing.lines.get(logThrough) ?? null) !== one.logHash)
      fault('the audit log has another hash there, or none');
    if ((standing.closings.get(closings) ?? null) !== one.closingsHash) fault('the months were closed otherwise');
  }
  return faults;
}

function readLines(path: string): Line[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new BookUnreadable(path, 'cannot be read', true, { cause: error });
  }
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const value = said(line) as { statement?: unknown; signatures?: unknown } | null;
      const { statement, signatures } = value ?? {};
      const isLine = typeof statement === 'string' && typeof signatures === 'object' && signatures !== null;
      return isLine
        ? { statement, signatures: signatures as Record<string, string> }
        : { statement: line, signatures: {} };
    });
}

async function sealsAt(client: pg.ClientBase, seals: string, numbers: unknown[]): Promise<Map<number, string>> {
  const { rows } = await client.query<{ no: string; hash: string }>(
    `select no::text as no, encode(hash, 'hex') as hash from ${seals} where no = any($1::bigint[])`,
    [numbers.filter(Number.isSafeInteger)],
  );
  return new Map([[0, ZEROS], ...rows.map(({ no, hash }): [number, string] => [Number(no), hash])]);
}

const MICROS = (column: string) => `trunc(extract(epoch from ${column}) * 1000000)::text`;

/** By the number of each closing, the hash over all of them up to it. */
async function closingsSoFar(client: pg.ClientBase): Promise<Map<number, string>> {
  const { rows } = await client.query<{ closing: [number, ...unknown[]] }>(
    `select jsonb_build_array(no, to_char(month, 'YYYY-MM'), kind, to_char(closed_through, 'YYYY-MM-DD'), reason, proposed_by, approved_by,
       ${MICROS('at')}, ${MICROS('recorded_at')}) as closing from ledger_closings order by no`,
  );
  const hashes = new Map([[0, ZEROS]]);
  let hash = ZEROS;
  for (const { closing } of rows) {
    hash = sha256(Buffer.concat([Buffer.from(hash, 'hex'), Buffer.from(JSON.stringify(closing), 'utf8')]));
    hashes.set(closing[0], hash);
  }
  return hashes;
}

export const signedHeads: Check[] = [
  {
    what:
      'each signed head follows the one before it, is signed by the key of its time, and is the end of the chains and of the closings as they stand; ' +
      'each key is signed by the one before it; a file that left has the same',
    wrong: 'a signed head that does not hold',
    rows: count('signed_heads'),
    find: 'select no, place, wrong from audit_heads order by no, place',
  },
];
