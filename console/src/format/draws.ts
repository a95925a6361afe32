/**
 * The draws of a closed lucky box computed again from its revealed seed, as docs/lucky-box.md says, by the browser's own cryptography.
 */
import type { LuckyBox } from '../client/types.gen.js';

export interface Draw {
  number: number;
  key: string;
  /** As the export has it. */
  prize: string;
  amount: string;
  /** As the seed gives it. */
  computed: string;
  equal: boolean;
}
export interface DrawsVerdict {
  /** Seed and terms are what was committed to. */
  committed: boolean;
  draws: Draw[];
  /** How many are not what the seed gives. */
  wrong: number;
}

interface TermsPrize {
  name: string;
  amount: string;
  weight: number;
  stock?: number | null;
}
interface Terms {
  box: string;
  prizes: TermsPrize[];
  fallback: TermsPrize;
}

const text = new TextEncoder();
const bytesOf = (hex: string) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
const hexOf = (bytes: ArrayBuffer) =>
  Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, '0')).join('');

/** `csv`: the export `lucky-box-draws` of this box. Errors: the box is not closed. */
export async function verifyDraws(
  box: Pick<LuckyBox, 'terms' | 'seed' | 'commitment' | 'drawn'>,
  csv: string,
): Promise<DrawsVerdict> {
  if (box.seed === null || box.terms === null) throw new Error('the box is not closed');
  const [seed, termsBytes] = [bytesOf(box.seed), text.encode(box.terms)];
  const both = new Uint8Array([...seed, ...termsBytes]);
  const committed = hexOf(await crypto.subtle.digest('SHA-256', both)) === box.commitment;
  const terms = JSON.parse(box.terms) as Terms;
  const prizes = [...terms.prizes, terms.fallback];
  const left = prizes.map(({ stock }) => stock ?? null);
  const weights = prizes.reduce((sum, { weight }) => sum + BigInt(weight), 0n);
  const key = await crypto.subtle.importKey('raw', seed, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  const draws: Draw[] = [];
  for (const [n, row] of rowsOf(csv).entries()) {
    const mac = await crypto.subtle.sign('HMAC', key, text.encode(`${terms.box}:${n + 1}:${row['key']}`));
    let place = placeOf(BigInt(`0x${hexOf(mac)}`) % weights, prizes);
    if (left[place] === 0) place = prizes.length - 1;
    const stock = left[place] ?? null;
    if (stock !== null) left[place] = stock - 1;
    const { name, amount } = prizes[place] as TermsPrize;
    const said = {
      number: Number(row['number']),
      key: row['key'] ?? '',
      prize: row['prize'] ?? '',
      amount: row['amount'] ?? '',
    };
    draws.push({
      ...said,
      computed: name,
      equal: said.number === n + 1 && isName(said.prize, name) && said.amount === amount,
    });
  }
  // one that is left out at the end is wrong, too
  const missing = Math.max(0, box.drawn - draws.length);
  return { committed, draws, wrong: draws.filter(({ equal }) => !equal).length + missing };
}

function placeOf(drawn: bigint, prizes: readonly TermsPrize[]): number {
  let rest = drawn;
  return prizes.findIndex(({ weight }) => {
    if (rest < BigInt(weight)) return true;
    rest -= BigInt(weight);
    return false;
  });
}

/** A leading apostrophe keeps a spreadsheet from taking it for a formula. */
const isName = (said: string, name: string) => said === name || said === `'${name}`;

/** Rows of our own CSV by its header: fields in quotes may hold commas, quotes and line ends. */
export function rowsOf(csv: string): Record<string, string>[] {
  const [header = [], ...rows] = recordsOf(csv.replace(/^\ufeff/, ''));
  return rows.map((cells) => Object.fromEntries(header.map((name, n) => [name, cells[n] ?? ''])));
}

function recordsOf(csv: string): string[][] {
  const records: string[][] = [];
  let cells: string[] = [];
  for (const [, quoted, bare, end] of csv.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/g)) {
    cells.push(quoted === undefined ? (bare ?? '') : quoted.replaceAll('""', '"'));
    if (end === ',') continue;
    if (cells.length > 1 || cells[0] !== '') records.push(cells);
    cells = [];
  }
  return records;
}
