/**
 * Verifies a monthly statement of Pado's books with nothing but the file, the settlements of the providers and the first public key of the ledger. It
 * imports nothing of Pado: what it finds does not depend on Pado's own functions. Start reading here; docs/statement.md tells the lines of the file.
 *
 *   lines.ts        the bytes: each line canonical JSON, the last one signs all before it
 *   signatures.ts   the keys and signed ends of the chain
 *   chain.ts        each link of the chain, and the day on which each transfer is posted
 *   books.ts        balances, totals, payouts
 *   budgets.ts      money put into budgets and taken back
 *   boxes.ts        draws of lucky boxes, computed again by draws.ts
 *   settlements.ts  each payment against the provider's own word
 */
import { Books } from './books.js';
import { Boxes } from './boxes.js';
import { Chain, dayIn } from './chain.js';
import { statementLines, type Fault, type Json, type Line } from './lines.js';
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
  'compensation',
  'budget',
  'box',
  'draw',
  'transfer',
  'balance',
  'total',
  'end',
];

/** Errors: those of the file system. */
export async function verifyStatement({ file, settlements, publicKey, without }: Asked): Promise<Verdict> {
  const faults: Found[] = [];
  const fault: Fault = (where, what) =>
    void faults.push({ where: typeof where === 'number' ? `line ${where}` : where, what });
  const reading = new Reading(new Signatures(publicKey, fault), fault);
  for await (const line of statementLines(file, fault)) reading.take(line);
  const { head, books, elsewhere } = reading;
  const figures = reading.end();
  const settled = compare(settlements, head, without, fault, (own) =>
    own.compare(books.payouts, elsewhere, books.compensations),
  );
  const asked = without.length > 0 ? [`Not compared with a settlement, as asked: ${without.join(', ')}.`] : [];
  const [month, state] = [String(head['month']), String(head['state'])];
  return { month, state, figures: { ...figures, ...settled }, notes: [...reading.notes(), ...asked], faults };
}

/** The lines of the statement, each given to whom it is for. */
class Reading {
  /** The first line. */
  head: Json = {};
  readonly elsewhere: Json[] = [];
  books: Books;
  private readonly chain: Chain;
  private readonly boxes: Boxes;
  private readonly unknown = new Map<string, number>();
  /** How far in the order of the lines it has come. */
  private reached = -1;
  private lines = 0;
  private uncovered = 0;

  constructor(
    private readonly signatures: Signatures,
    private readonly fault: Fault,
  ) {
    this.chain = new Chain(signatures, fault);
    this.books = new Books('', fault);
    this.boxes = new Boxes(fault);
  }

  take(line: Line): void {
    const { no, value } = line;
    const kind = String(value['kind']);
    const place = KINDS.indexOf(kind);
    if (this.reached === KINDS.length - 1) this.fault(no, 'a line behind the end');
    if (place >= 0 && (place < this.reached || (no === 1) !== (kind === 'statement')))
      this.fault(no, `a line ${kind} is not in its place`);
    // all that was signed is known by then
    if (this.reached <= 1 && place > 1) attempt(1, () => this.chain.begin(1, this.head), this.fault);
    this.reached = Math.max(this.reached, place);
    this.lines = no;
    attempt(no, () => this.read(kind, line), this.fault);
  }

  end(): Record<string, number> {
    const { lines, chain, books, boxes, signatures } = this;
    if (this.reached !== KINDS.length - 1) this.fault(lines + 1, 'the line that signs the statement is missing');
    this.uncovered = chain.end(lines);
    books.end(lines, chain.after === 0);
    const { transfers, payouts } = books;
    boxes.end(payouts);
    const { draws } = boxes;
    return { lines, links: chain.links, signedHeads: signatures.heads, transfers, payouts: payouts.size, draws };
  }

  notes(): string[] {
    const { head, chain, uncovered, elsewhere, unknown } = this;
    const told: [is: boolean, note: string][] = [
      [head['state'] !== 'closed', 'The month is not closed: it may still change.'],
      [uncovered > 0, `The last ${uncovered} links have only the statement's signature, and no signed head yet.`],
      [chain.unsealed > 0, `${chain.unsealed} transfers are not sealed yet.`],
      [chain.after > 0, 'Opening balances are those that the statement of the month before ends with: compare them.'],
      [
        elsewhere.length > 0,
        `${elsewhere.length} payments or reversals that may be of this month are in the books of another.`,
      ],
    ];
    const others = [...unknown].map(([kind, n]) => `${n} lines of a kind that this program does not know: ${kind}.`);
    return [...told.filter(([is]) => is).map(([, note]) => note), ...others];
  }

  private read(kind: string, { no, value, sha256Before }: Line): void {
    switch (kind) {
      case 'statement':
        this.head = value;
        if (value['format'] !== 'pado-ledger-statement/1') this.fault(no, 'not a statement of this format');
        this.books = new Books(String(value['month']), this.fault);
        return;
      case 'signed':
        return this.signatures.take(no, value);
      case 'closing':
        return this.chain.closing(no, value);
      case 'opening':
      case 'balance':
        return this.books.balance(no, kind, value);
      case 'payout':
        return this.books.payout(no, value);
      case 'elsewhere':
        this.elsewhere.push(value);
        return;
      case 'compensation':
        return this.books.compensation(no, value);
      case 'budget':
        return this.books.budgets.change(no, value);
      case 'box':
        return this.boxes.box(no, value);
      case 'draw':
        return this.boxes.draw(no, value);
      case 'transfer': {
        const transfer = this.chain.transfer(no, value);
        if (transfer) this.books.transfer(no, transfer);
        return;
      }
      case 'total':
        return this.books.total(no, value);
      case 'end': {
        const file = { month: this.head['month'], lines: no - 1, sha256: sha256Before() };
        return this.signatures.end(no, value, file);
      }
      default:
        this.unknown.set(kind, (this.unknown.get(kind) ?? 0) + 1);
    }
  }
}

/** The settlements of the month's days, or of an open month those that are over. */
function compare(dir: string, head: Json, without: readonly string[], fault: Fault, work: (own: Settlements) => void) {
  const from = `${String(head['month'])}-01`;
  const zone = String(head['zone']);
  const figures = { settlementRows: 0, settlementRowsOfOtherMonths: 0, compensated: 0 };
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
      Object.assign(figures, {
        settlementRows: own.rows,
        settlementRowsOfOtherMonths: own.others,
        compensated: own.compensated,
      });
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
