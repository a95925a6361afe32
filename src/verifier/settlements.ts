/**
 * What the providers say they paid: DIR/<provider>/<yyyy-mm-dd>.csv with the columns key,reference,amount,currency,paid_at, a payment taken back as a
 * negative row. Each payout that the month's books call paid has exactly one row, and no row of the month is left over.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Payout } from './books.js';
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
  compare(payouts: ReadonlyMap<string, Payout>, elsewhere: readonly Json[]): void {
    const lacking = new Set<string>();
    const toldOf = Map.groupBy(elsewhere, (one) => `${String(one['provider'])} ${String(one['key'])}`);
    for (const [key, payout] of payouts) {
      const { provider, moved } = payout;
      if (!moved.includes('pay') && !moved.includes('reverse')) continue;
      if (this.terms.without.includes(provider)) continue;
      const rows = this.byProvider.get(provider)?.get(key) ?? [];
      this.byProvider.get(provider)?.delete(key);
      if (this.byProvider.has(provider)) this.judge(key, payout, rows);
      else lacking.add(provider);
    }
    for (const provider of lacking) this.fault(provider, 'there is no settlement of this provider');
    for (const [provider, keys] of this.byProvider)
      for (const [key, rows] of keys) this.leftOver(key, rows, toldOf.get(`${provider} ${key}`) ?? []);
  }

  private judge(key: string, { line, moved, state, amount, currency, reference }: Payout, rows: readonly Row[]): void {
    const paid = rows.filter((row) => !row.amount.startsWith('-'));
    const back = rows.filter((row) => row.amount.startsWith('-'));
    if (moved.includes('pay') && paid.length === 0)
      this.fault(line, `payout ${key} is in no settlement of its provider`);
    for (const { place } of paid.slice(1)) this.fault(place, `payout ${key} is paid again`);
    if (moved.includes('reverse') && back.length === 0)
      this.fault(line, `payout ${key} is reversed, and no settlement takes it back`);
    for (const { place } of back.slice(state === 'reversed' ? 1 : 0))
      this.fault(place, `payout ${key} is taken back, and the books do not know`);
    for (const row of rows) {
      if (row.amount.replace('-', '') !== amount || row.currency !== currency)
        this.fault(row.place, `payout ${key} has ${row.amount} ${row.currency}, and the books ${amount} ${currency}`);
    }
    for (const row of paid)
      if (row.reference !== reference)
        this.fault(row.place, `payout ${key} has the reference ${row.reference}, and the books ${reference}`);
  }

  /** Each payment and each reversal that is told accounts for one row. */
  private leftOver(key: string, rows: readonly Row[], told: readonly Json[]): void {
    const left = [...told];
    for (const { place, day, amount, currency, reference } of rows) {
      const transfer = amount.startsWith('-') ? 'reverse' : 'pay';
      const n = left.findIndex(
        (one) =>
          one['transfer'] === transfer &&
          one['amount'] === amount.replace('-', '') &&
          one['currency'] === currency &&
          (transfer === 'reverse' || one['reference'] === reference),
      );
      if (n >= 0) left.splice(n, 1);
      else if (day >= this.terms.from && day < this.terms.to)
        this.fault(place, `the books of the month have no payment ${key}`);
      else this.others += 1;
    }
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
