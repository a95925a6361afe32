/**
 * Computes the draws of a closed lucky box again with nothing but the exported CSV and the box as Pado publishes it. It imports nothing of Pado:
 * docs/lucky-box.md tells the bytes.
 */
import { createHash, createHmac } from 'node:crypto';

/** Of GET /v1/lucky-boxes/{key}; more members are passed over. */
export interface PublishedBox {
  key: string;
  terms: string;
  commitment: string;
  /** Null until the close. */
  seed: string | null;
  drawn: number;
}
export interface Prize {
  name: string;
  kind: string;
  amount: string;
  weight: number;
  stock?: number;
}
export interface Terms {
  format: string;
  box: string;
  currency: string;
  prizes: Prize[];
  fallback: Prize;
}
export interface DrawFault {
  where: string;
  what: string;
}

const HEADER = ['box', 'number', 'key', 'prize', 'kind', 'amount', 'currency'];

/** `commitment`: as it was written down at the launch, hex; without it the box's own is taken on trust. Errors: a box that is not closed. */
export function verifyDraws(csv: string, box: PublishedBox, commitment: string = box.commitment): DrawFault[] {
  const faults: DrawFault[] = [];
  const fault = (where: string, what: string) => void faults.push({ where, what });
  if (typeof box.terms !== 'string' || !/^[0-9a-f]{64}$/.test(box.seed ?? ''))
    throw new Error('the box has no terms or no revealed seed: it is not closed');
  const terms = JSON.parse(box.terms) as Terms;
  if (commitmentOf(box.seed ?? '', box.terms) !== commitment)
    fault('the box', 'its seed and terms do not give the commitment');
  if (terms.format !== 'pado-lucky-box/1' || terms.box !== box.key)
    fault('the box', 'its terms are not of this box and format');

  const redraw = redrawn(terms, box.seed ?? '');
  const [header = [], ...rows] = cellsOf(csv);
  if (HEADER.some((name, column) => header[column] !== name)) fault('the header', `is not ${HEADER.join(',')}`);
  for (const [n, cells] of rows.entries()) {
    const [of, number, key = '', name = '', ...worth] = cells;
    const where = `draw ${n + 1}`;
    if (of !== terms.box || number !== String(n + 1)) fault(where, `the file has ${number} of ${of} in its place`);
    const prize = redraw(key);
    const told = [prize.kind, prize.amount, terms.currency];
    // a spreadsheet's formula is disarmed by an apostrophe
    if ((name !== prize.name && name !== `'${prize.name}`) || told.some((cell, column) => cell !== worth[column]))
      fault(
        where,
        `${key} drew ${prize.name} (${told.join(' ')}), and the file says ${name} (${worth.slice(0, 3).join(' ')})`,
      );
  }
  if (rows.length !== box.drawn) fault('the file', `has ${rows.length} draws, and the box counts ${box.drawn}`);
  return faults;
}

/** SHA-256 of the bytes of the seed (hex) and the terms, hex. */
export const commitmentOf = (seed: string, terms: string): string =>
  createHash('sha256').update(Buffer.from(seed, 'hex')).update(terms, 'utf8').digest('hex');

/** What the payout's key draws with the next number of the box, from 1 on; what is out of stock gives the fallback. */
export function redrawn(terms: Terms, seed: string): (key: string) => Prize {
  const prizes = [...terms.prizes, terms.fallback];
  const left = prizes.map(({ stock }) => stock ?? Infinity);
  let number = 0;
  return (key) => {
    number += 1;
    const given = ticket(Buffer.from(seed, 'hex'), `${terms.box}:${number}:${key}`, prizes);
    const drawn = left[given] === 0 ? prizes.length - 1 : given;
    left[drawn] = (left[drawn] ?? 0) - 1;
    return prizes[drawn] as Prize;
  };
}

/** HMAC-SHA256 as an integer of 256 bits, modulo the sum of the weights; the prize into whose share it falls. */
function ticket(seed: Buffer, text: string, prizes: readonly Prize[]): number {
  const number = BigInt(`0x${createHmac('sha256', seed).update(text, 'utf8').digest('hex')}`);
  let rest = number % prizes.reduce((sum, { weight }) => sum + BigInt(weight), 0n);
  for (const [n, { weight }] of prizes.entries()) {
    if (rest < BigInt(weight)) return n;
    rest -= BigInt(weight);
  }
  throw new Error('weights that do not add up');
}

/** RFC 4180, with or without a byte order mark. */
function cellsOf(csv: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  for (const [, quoted, plain = '', end] of csv
    .replace(/^\ufeff/, '')
    .matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/g)) {
    if (quoted === undefined && plain === '' && end === '' && row.length === 0) break;
    row.push(quoted?.replaceAll('""', '"') ?? plain);
    if (end === ',') continue;
    rows.push(row);
    row = [];
  }
  return rows;
}
