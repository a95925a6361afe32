/**
 * The chain over all transfers, link by link: SHA-256 over the 32 bytes of the link before and the JSON of the transfer. What was signed of it has to be
 * its end; and the month of each transfer is worked out again from its time and the closings of months, which are signed likewise.
 */
import { text, type Fault, type Json } from './lines.js';
import { sha256, ZEROS, type Signatures } from './signatures.js';

export interface Transfer {
  id: string;
  kind: string;
  payout: string | null;
  debit: string;
  credit: string;
  amount: bigint;
  currency: string;
  /** The day on which it is posted, in the zone of the books. */
  postedOn: string;
}

const AMOUNT = /^[1-9][0-9]*$/;
const DAY_MS = 86_400_000;

export class Chain {
  links = 0;
  unsealed = 0;
  after = 0;
  private no = 0;
  private hash = ZEROS;
  private closingsHash = ZEROS;
  private readonly closings: { recordedAt: number; openFrom: string }[] = [];
  private day: (ms: number) => string = () => '';

  constructor(
    private readonly signed: Signatures,
    private readonly fault: Fault,
  ) {}

  /** From the first line: what the chain follows here, and the zone whose days the books have. */
  begin(line: number, { chain, zone }: Json): void {
    const { after, hash } = Object(chain) as Json;
    [this.after, this.no, this.hash] = [Number(after), Number(after), String(hash)];
    const signed = this.signed.links.get(this.after) ?? (this.after === 0 ? ZEROS : this.hash);
    if (signed !== this.hash)
      this.fault(line, `link ${this.after}, which the chain follows here, was signed with another hash`);
    this.day = dayIn(String(zone));
  }

  closing(line: number, { closing }: Json): void {
    const [no, , , closedThrough, , , , , recordedAt] = closing as unknown[];
    this.closingsHash = sha256(Buffer.from(this.closingsHash, 'hex'), JSON.stringify(closing)).toString('hex');
    const signed = this.signed.closings.get(Number(no));
    if (signed !== undefined && signed !== this.closingsHash)
      this.fault(line, 'the closings until here are not those that were signed');
    this.signed.closings.delete(Number(no));
    const openFrom = closedThrough === null ? '' : nextDay(text(closedThrough));
    this.closings.push({ recordedAt: Number(recordedAt), openFrom });
  }

  /** Null where the line is no transfer of one debit and one credit. */
  transfer(line: number, value: Json): Transfer | null {
    const fault = (what: string) => this.fault(line, what);
    const { hash, transfer } = value;
    const no = value['no'] === null ? null : Number(value['no']);
    const [id, kind, payout, at, recordedAt, entries] = transfer as unknown[];
    if (no === null) this.unsealed += 1;
    else {
      this.links += 1;
      if (no !== this.no + 1) fault(`link ${no} comes after link ${this.no}`);
      const link = sha256(Buffer.from(this.hash, 'hex'), JSON.stringify(transfer)).toString('hex');
      if (link !== hash) fault(`link ${no} does not follow from the link before it and this transfer`);
      const signed = this.signed.links.get(no);
      if (signed !== undefined && signed !== hash) fault(`link ${no} was signed with another hash`);
      [this.no, this.hash] = [no, text(hash)];
    }
    const postedOn = this.postedOn(Number(at), Number(recordedAt));
    if (postedOn !== value['postedOn']) fault(`the day of posting is ${postedOn} by the closings of that time`);
    const [credit, debit] = entries as string[][];
    const isPair = (entries as unknown[]).length === 2 && credit?.[0] === 'credit' && debit?.[0] === 'debit';
    const isEqual = credit?.[2] === debit?.[2] && credit?.[3] === debit?.[3] && AMOUNT.test(String(debit?.[2]));
    if (!isPair || !isEqual) {
      fault('not one debit and one credit of the same amount and currency');
      return null;
    }
    const [, from = '', amount = '', currency = ''] = credit ?? [];
    return {
      id: text(id),
      kind: text(kind),
      payout: payout === null ? null : text(payout),
      debit: String(debit?.[1]),
      credit: from,
      amount: BigInt(amount),
      currency,
      postedOn,
    };
  }

  /** Returns how many links no signed head covers yet. */
  end(line: number): number {
    for (const no of this.signed.closings.keys())
      if (no > 0) this.fault(line, `closing ${no} was signed and is not in the statement`);
    return this.no - Math.max(this.after, ...[...this.signed.links.keys()].filter((through) => through <= this.no));
  }

  /** Its business day; where that month was closed when it was recorded, the first day that was open. Micros since 1970. */
  private postedOn(at: number, recordedAt: number): string {
    const day = this.day(Math.floor(at / 1_000));
    const openFrom = this.closings.findLast((closing) => closing.recordedAt < recordedAt)?.openFrom ?? '';
    return day < openFrom ? openFrom : day;
  }
}

export function dayIn(zone: string): (ms: number) => string {
  const parts = { year: 'numeric', month: '2-digit', day: '2-digit' } as const;
  const format = new Intl.DateTimeFormat('en-CA', { timeZone: zone, ...parts });
  return (ms) => format.format(ms);
}

export const nextDay = (day: string): string => new Date(Date.parse(day) + DAY_MS).toISOString().slice(0, 10);
