/**
 * Verifies a monthly statement of Pado's books with nothing but the file, the settlements of the providers and the first public key of the ledger. It
 * imports nothing of Pado: what it finds does not depend on Pado's own functions. Start reading here; docs/statement.md tells the lines of the file.
 *
 *   lines.ts        the bytes: each line canonical JSON, the last one signs all before it
 *   signatures.ts   the keys and signed ends of the chain
 *   chain.ts        each link of the chain, and the day on which each transfer is posted
 *   books.ts        balances, totals, payouts
 *   settlements.ts  each payment against the provider's own word
 */
import { Books } from './books.js';
import { Chain, dayIn } from './chain.js';
import { statementLines, type Fault, type Json } from './lines.js';
import { Settlements } from './settlements.js';
import { Signatures } from './signatures.js';

export interface Found {
  /** A line of the statement, or a file of a settlement and its line. */
  where: string;
  what: string;
}
export interface Verdict {
  month: string;
  state: string;
  /** How much of it there is. */
  figures: Record<string, number>;
  /** What an outsider should know and is no fault. */
  notes: string[];
  faults: Found[];
}
export interface Asked {
  file: string;
  settlements: string;
  /** Base64 of the first key's SubjectPublicKeyInfo in DER. */
  publicKey: string;
  /** Providers that settle nothing. */
  without: readonly string[];
}

/** The order of the lines. Others may come before the end: they are signed like all, and counted as not known. */
const KINDS = [
  'statement',
  'signed',
  'closing',
  'opening',
  'payout',
  'elsewhere',
  'transfer',
  'balance',
  'total',
  'end',
];

/** Errors: those of the file system. */
export async function verifyStatement({ file, settlements: dir, publicKey, without }: Asked): Promise<Verdict> {
  const faults: Found[] = [];
  const fault: Fault = (where, what) =>
    void faults.push({ where: typeof where === 'number' ? `line ${where}` : where, what });
  const signatures = new Signatures(publicKey, fault);
  const chain = new Chain(signatures, fault);
  const elsewhere = new Map<string, Json>();
  const unknown = new Map<string, number>();
  let head: Json = {};
  let books = new Books('', fault);
  let reached = -1;
  let last = 0;

  for await (const { no, value, sha256Before } of statementLines(file, fault)) {
    const kind = String(value['kind']);
    const place = KINDS.indexOf(kind);
    if (reached === KINDS.length - 1) fault(no, 'a line behind the end');
    if (place >= 0 && (place < reached || (no === 1) !== (kind === 'statement')))
      fault(no, `a line ${kind} is not in its place`);
    if (kind !== 'signed' && reached <= 1 && place > 1) attempt(no, () => chain.begin(1, head), fault);
    reached = Math.max(reached, place);
    last = no;
    attempt(
      no,
      () => {
        switch (kind) {
          case 'statement':
            head = value;
            if (value['format'] !== 'pado-ledger-statement/1') fault(no, 'not a statement of this format');
            books = new Books(String(value['month']), fault);
            return;
          case 'signed':
            return signatures.take(no, value);
          case 'closing':
            return chain.closing(no, value);
          case 'opening':
          case 'balance':
            return books.balance(no, kind, value);
          case 'payout':
            return books.payout(no, value);
          case 'elsewhere':
            elsewhere.set(String(value['key']), value);
            return;
          case 'transfer': {
            const transfer = chain.transfer(no, value);
            if (transfer) books.transfer(no, transfer);
            return;
          }
          case 'total':
            return books.total(no, value);
          case 'end':
            return signatures.end(no, value, { month: head['month'], lines: no - 1, sha256: sha256Before() });
          default:
            unknown.set(kind, (unknown.get(kind) ?? 0) + 1);
        }
      },
      fault,
    );
  }
  if (reached !== KINDS.length - 1) fault(last + 1, 'the line that signs the statement is missing');
  const uncovered = chain.end(last);
  books.end(last, chain.after === 0);
  const settled = compare(dir, head, without, fault, (own) => own.compare(books.payouts, elsewhere));

  const [month, state] = [String(head['month']), String(head['state'])];
  const notes = [
    ...(state === 'closed' ? [] : ['The month is not closed: it may still change.']),
    ...(uncovered > 0
      ? [`The last ${uncovered} links are not under a signed head yet, only under the statement's signature.`]
      : []),
    ...(chain.unsealed > 0 ? [`${chain.unsealed} transfers are not sealed yet.`] : []),
    ...(chain.after > 0
      ? ['Opening balances are those that the statement of the month before ends with: compare them.']
      : []),
    ...(elsewhere.size > 0 ? [`${elsewhere.size} payments of this month are in the books of another one.`] : []),
    ...(without.length > 0 ? [`Not compared with a settlement, as asked: ${without.join(', ')}.`] : []),
    ...[...unknown].map(([kind, count]) => `${count} lines of a kind that this program does not know: ${kind}.`),
  ];
  const { transfers, payouts } = books;
  const figures = {
    lines: last,
    links: chain.links,
    signedHeads: signatures.heads,
    transfers,
    payouts: payouts.size,
    ...settled,
  };
  return { month, state, figures, notes, faults };
}

/** The settlements of the month's days, or of an open month those that are over. */
function compare(dir: string, head: Json, without: readonly string[], fault: Fault, work: (own: Settlements) => void) {
  const from = `${String(head['month'])}-01`;
  const zone = String(head['zone']);
  const figures = { settlementRows: 0, settlementRowsOfOtherMonths: 0 };
  attempt(
    1,
    () => {
      const days = new Date(from);
      days.setUTCMonth(days.getUTCMonth() + 1);
      const [next, today] = [days.toISOString().slice(0, 10), dayIn(zone)(Date.parse(String(head['at'])))];
      const own = new Settlements(
        dir,
        { from, to: head['state'] === 'closed' || today > next ? next : today, zone, without },
        fault,
      );
      work(own);
      [figures.settlementRows, figures.settlementRowsOfOtherMonths] = [own.rows, own.others];
    },
    fault,
  );
  return figures;
}

/** A line whose members are not of their shape is a fault; what the file system refuses is an error. */
function attempt(line: number, work: () => void, fault: Fault): void {
  try {
    work();
  } catch (error) {
    if (error instanceof Error && 'syscall' in error) throw error;
    fault(line, 'the line does not have the members of its kind');
  }
}
