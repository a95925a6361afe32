/**
 * A partner without an API (docs/payout-files.md): reads the payout files of a folder in their order, pays each key once, and answers by result files,
 * which it may lose, double, bring out of order or fill with rows again. Its result files are its book.
 */
import { hash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const PAYOUTS_HEADER = 'key,kind,customer,amount,currency,campaign,run';
const RESULTS_HEADER = 'key,status,reference,amount,currency,kind,customer,paid_at,reason';
const sha256 = (bytes: string): string => hash('sha256', bytes, 'hex');

export interface FilePartnerOptions {
  /** As the payout provider is called. */
  name: string;
  folder: string;
  /** Business time in epoch ms. */
  now: () => number;
  /** Keys that it rejects. */
  rejects?: (key: string) => boolean;
}
export interface AnswerFaults {
  /** The number is used, the file never comes, until `bringLost`. */
  lost?: boolean;
  /** Written twice. */
  doubled?: boolean;
  /** Written after the next one. */
  late?: boolean;
  /** What was told in the file before is told again. */
  rowsAgain?: boolean;
}

export class FilePartner {
  /** Hashes of payout files taken, by number. */
  readonly taken = new Map<number, string>();
  /** Keys that came in more than one file: they are not paid again. */
  readonly again: string[] = [];
  /** Files that came once more: under their number with the same bytes, and with others. */
  readonly repeats = { same: 0, other: 0 };
  private readonly results = new Map<number, string>();
  private readonly answered = new Set<string>();
  private waiting: string[][] = [];
  private before: string[] = [];
  private heldBack: number[] = [];
  private readonly lost: number[] = [];

  constructor(private readonly options: FilePartnerOptions) {}

  /** Takes payout files as far as their numbers go on; returns how many. Errors: a file that is not what its trailer says. */
  async read(): Promise<number> {
    const folder = join(this.options.folder, 'payouts');
    const names = (await readdir(folder).catch(() => []))
      .filter((name) => name.endsWith('.csv') && !name.startsWith('.'))
      .sort();
    let took = 0;
    for (const name of names) {
      const no = Number(/-payouts-(\d{6})\.csv$/.exec(name)?.[1]);
      const text = await readFile(join(folder, name), 'utf8');
      const known = this.taken.get(no);
      if (known !== undefined) this.repeats[known === sha256(text) ? 'same' : 'other'] += 1;
      else if (no === this.taken.size + 1) {
        this.take(no, text);
        took += 1;
      }
    }
    return took;
  }

  private take(no: number, text: string): void {
    const above = text.slice(0, text.indexOf('#end,'));
    const [header, ...lines] = above.split('\n').slice(0, -1);
    const total = lines.reduce((sum, line) => sum + BigInt(line.split(',')[3] ?? '0'), 0n);
    const currency = lines[0]?.split(',')[4];
    if (
      header !== PAYOUTS_HEADER ||
      text.slice(above.length) !== `#end,${no},${lines.length},${total},${currency},${sha256(above)}\n`
    )
      throw new Error(`payout file ${no} is not what it says`);
    this.taken.set(no, sha256(text));
    const rows: string[] = [];
    for (const line of lines) {
      const [key = '', kind, customer, amount, currency] = line.split(',');
      if (this.answered.has(key)) this.again.push(key);
      else {
        this.answered.add(key);
        const facts = `${amount},${currency},${kind},${customer}`;
        const at = new Date(this.options.now()).toISOString();
        rows.push(
          this.options.rejects?.(key)
            ? `${key},rejected,no-${this.answered.size},${facts},,account closed`
            : `${key},paid,ref-${this.answered.size},${facts},${at},`,
        );
      }
    }
    this.waiting.push(rows);
  }

  /** One result file for each payout file that has none yet. */
  async answer(faults: AnswerFaults = {}): Promise<void> {
    for (const rows of this.waiting.splice(0)) {
      await this.tell(faults.rowsAgain ? [...rows, ...this.before] : rows, faults);
      this.before = rows;
    }
  }

  /** A result file of these rows, whatever they say. Returns its number. */
  async tell(rows: readonly string[], faults: AnswerFaults = {}): Promise<number> {
    const no = this.results.size + 1;
    const above = [RESULTS_HEADER, ...rows, ''].join('\n');
    this.results.set(no, `${above}#end,${no},${rows.length},${sha256(above)}\n`);
    if (faults.lost) this.lost.push(no);
    else if (faults.late) this.heldBack.push(no);
    else {
      for (const each of [no, ...(faults.doubled ? [no] : []), ...this.heldBack.splice(0)]) await this.bring(each);
    }
    return no;
  }

  async bringLost(): Promise<void> {
    for (const no of [...this.lost.splice(0), ...this.heldBack.splice(0)]) await this.bring(no);
  }

  /** Once more, or with other bytes. */
  async bring(no: number, bytes = this.results.get(no) ?? ''): Promise<void> {
    const folder = join(this.options.folder, 'results');
    await mkdir(folder, { recursive: true });
    const name = `${this.options.name}-results-${String(no).padStart(6, '0')}.csv`;
    await writeFile(join(folder, `.${name}`), bytes);
    await rename(join(folder, `.${name}`), join(folder, name));
  }
}
