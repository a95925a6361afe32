/**
 * What the providers say they paid: DIR/<provider>/<yyyy-mm-dd>.csv with the columns key,reference,amount,currency,paid_at, a payment taken back as a
 * negative row. Each payout that the month's books call paid has exactly one row, and no row of the month is left over; or the difference, all of it
 * and no more, has been booked as a compensation.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Compensation, Payout } from './books.js';
import { dayIn, nextDay } from './chain.js';
import type { Fault, Json } from './lines.js';

const HEADER = 'key,reference,amount,currency,paid_at';
const DAY = /^(\d{4}-\d{2}-\d{2})\.csv$/;
const AMOUNT = /^-?[1-9][0-9]*$/;
const DAY_MS = 86_400_000;

interface Row {
  /** File and line. */
  place: string;
  reference: string;
  amount: string;
  currency: string;
  /** In the zone of the books. */
  day: string;
}

/** A line of the statement, or a file and line; and what is to be said of it. */
type Difference = [where: number | string, what: string];

export interface Terms {
  /** The first day, and the first that is not of the month any more or not over yet. */
  from: string;
  to: string;
  zone: string;
  /** Providers that settle nothing, as whoever verifies says. */
  without: readonly string[];
}

export class Settlements {
  rows = 0;
  /** Of other months, and not asked for. */
  others = 0;
  /** Payments whose difference has been booked. */
  compensated = 0;
  private readonly byProvider = new Map<string, Map<string, Row[]>>();
  private readonly day: (ms: number) => string;

  /** Reads the folder. Errors: those of the file system. */
  constructor(
    dir: string,
    private readonly terms: Terms,
    private readonly fault: Fault,
  ) {
    this.day = dayIn(terms.zone);
    for (const entry of readdirSync(dir, { withFileTypes: true }))
      if (entry.isDirectory()) this.byProvider.set(entry.name, this.readProvider(join(dir, entry.name), entry.name));
  }

  /** `elsewhere`: what the provider may have paid or taken back in this month and the books posted into another. */
  compare(
    payouts: ReadonlyMap<string, Payout>,
    elsewhere: readonly Json[],
    compensations: readonly Compensation[],
  ): void {
    const lacking = new Set<string>();
    const ofMonth = compensations.filter(({ day }) => day >= this.terms.from && day < this.terms.to);
    const booked = Map.groupBy(ofMonth, ({ provider, key }) => `${provider} ${key}`);
    const weigh = (of: string, ours: bigint, currency: string, rows: readonly Row[], differences: Difference[]) => {
      const own = booked.get(of) ?? [];
      booked.delete(of);
      this.weigh(own, { ours, currency, rows }, differences);
    };
    const toldOf = Map.groupBy(elsewhere, (one) => `${String(one['provider'])} ${String(one['key'])}`);
    for (const [key, payout] of payouts) {
      const { provider, moved } = payout;
      if (!moved.includes('pay') && !moved.includes('reverse')) continue;
      if (this.terms.without.includes(provider)) continue;
      const rows = this.byProvider.get(provider)?.get(key) ?? [];
      this.byProvider.get(provider)?.delete(key);
      if (!this.byProvider.has(provider)) {
        lacking.add(provider);
        continue;
      }
      const paid = moved.includes('pay') ? BigInt(payout.amount) : 0n;
      const back = moved.includes('reverse') ? BigInt(payout.amount) : 0n;
      weigh(`${provider} ${key}`, paid - back, payout.currency, rows, this.judge(key, payout, rows));
    }
    for (const provider of lacking) this.fault(provider, 'there is no settlement of this provider');
    for (const [provider, keys] of this.byProvider)
      for (const [key, rows] of keys) {
        const of = `${provider} ${key}`;
        const left = this.leftOver(rows, toldOf.get(of) ?? []);
        const differences = left.map(({ place }): Difference => [
          place,
          `the books of the month have no payment ${key}`,
        ]);
        weigh(of, 0n, left[0]?.currency ?? '', left, differences);
      }
    for (const { line, transfer, provider } of [...booked.values()].flat())
      if (this.byProvider.has(provider))
        this.fault(line, `transfer ${transfer} compensates a difference that there is not`);
  }

  /** Differences are no faults where just what they come to has been booked. */
  private weigh(
    booked: readonly Compensation[],
    { ours, currency, rows }: { ours: bigint; currency: string; rows: readonly Row[] },
    differences: readonly Difference[],
  ): void {
    const beyond = rows.reduce((sum, row) => sum + BigInt(row.amount), 0n) - ours;
    const written = booked.reduce((sum, one) => sum + one.beyond, 0n);
    const isOfOneCurrency = [...rows, ...booked].every((one) => one.currency === currency);
    if (booked.length > 0 && isOfOneCurrency && beyond === written) {
      if (differences.length > 0) this.compensated += 1;
      return;
    }
    for (const [where, what] of differences) this.fault(where, what);
    for (const { line, transfer } of booked)
      this.fault(line, `transfer ${transfer} is not what the settlement and the books differ by`);
  }

  /** What differs by money; other faults are told at once. */
  private judge(
    key: string,
    { line, moved, state, amount, currency, reference }: Payout,
    rows: readonly Row[],
  ): Difference[] {
    const differences: Difference[] = [];
    const differs = (where: number | string, what: string) => void differences.push([where, what]);
    const paid = rows.filter((row) => !row.amount.startsWith('-'));
    const back = rows.filter((row) => row.amount.startsWith('-'));
    if (moved.includes('pay') && paid.length === 0) differs(line, `payout ${key} is in no settlement of its provider`);
    for (const { place } of paid.slice(1)) differs(place, `payout ${key} is paid again`);
    if (moved.includes('reverse') && back.length === 0)
      differs(line, `payout ${key} is reversed, and no settlement takes it back`);
    for (const { place } of back.slice(state === 'reversed' ? 1 : 0))
      differs(place, `payout ${key} is taken back, and the books do not know`);
    for (const row of rows) {
      if (row.amount.replace('-', '') !== amount || row.currency !== currency)
        differs(row.place, `payout ${key} has ${row.amount} ${row.currency}, and the books ${amount} ${currency}`);
    }
    for (const row of paid)
      if (row.reference !== reference)
        this.fault(row.place, `payout ${key} has the reference ${row.reference}, and the books ${reference}`);
    return differences;
  }

  /** Rows of the month that nothing accounts for; each payment and each reversal that is told accounts for one. */
  private leftOver(rows: readonly Row[], told: readonly Json[]): Row[] {
    const left = [...told];
    const over: Row[] = [];
    for (const row of rows) {
      const { day, amount, currency, reference } = row;
      const transfer = amount.startsWith('-') ? 'reverse' : 'pay';
      const n = left.findIndex(
        (one) =>
          one['transfer'] === transfer &&
          one['amount'] === amount.replace('-', '') &&
          one['currency'] === currency &&
          (transfer === 'reverse' || one['reference'] === reference),
      );
      if (n >= 0) left.splice(n, 1);
      else if (day >= this.terms.from && day < this.terms.to) over.push(row);
      else this.others += 1;
    }
    return over;
  }

  private readProvider(folder: string, provider: string): Map<string, Row[]> {
    const byKey = new Map<string, Row[]>();
    for (const name of readdirSync(folder).sort()) {
      const [, day] = DAY.exec(name) ?? [];
      if (day)
        for (const [key, row] of this.readDay(join(folder, name), `${provider}/${name}`, day))
          byKey.set(key, [...(byKey.get(key) ?? []), row]);
    }
    for (let day = this.terms.from; day < this.terms.to; day = nextDay(day))
      if (!existsSync(join(folder, `${day}.csv`)))
        this.fault(`${provider}/${day}.csv`, 'there is no settlement of this day');
    return byKey;
  }

  private readDay(path: string, name: string, day: string): [key: string, row: Row][] {
    const [header = '', ...lines] = readFileSync(path, 'utf8')
      .replace(/^\ufeff/, '')
      .replace(/\r?\n$/, '')
      .split(/\r?\n/);
    if (header !== HEADER) this.fault(`${name} line 1`, `the columns are not ${HEADER}`);
    return lines.flatMap((text, n): [string, Row][] => {
      const place = `${name} line ${n + 2}`;
      const [key = '', reference = '', amount = '', currency = '', paidAt = '', ...more] = text.split(',');
      const at = Date.parse(paidAt);
      if (more.length > 0 || !AMOUNT.test(amount) || Number.isNaN(at)) {
        this.fault(place, 'no row of a settlement');
        return [];
      }
      // a day of any zone begins at most 14 h before that of UTC, and ends at most 12 h after it
      if (Math.abs(at - Date.parse(day) - DAY_MS / 2) > DAY_MS * 1.1)
        this.fault(place, `paid at ${paidAt}, which is not of this day`);
      this.rows += 1;
      return [[key, { place, reference, amount, currency, day: this.day(at) }]];
    });
  }
}
