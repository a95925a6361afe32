/**
 * The month's sums, added up again from its transfers: each account's balance, each campaign's and provider's totals, and each payout's amount, accounts and
 * state by what moved its money.
 */
import { Budgets } from './budgets.js';
import type { Transfer } from './chain.js';
import type { Fault, Json } from './lines.js';

export interface Payout {
  line: number;
  /** What it is: cashback, coupon or point. */
  reward: string;
  campaign: string;
  provider: string;
  budget: string;
  amount: string;
  currency: string;
  state: string;
  reference: string | null;
  /** Kinds of the transfers that were posted in this month. */
  moved: string[];
}

/** Debit and credit account of each kind; b: of the payout's budget, p: of its provider. */
const ACCOUNTS: Record<string, [debit: string, credit: string]> = {
  reserve: ['reserved:b', 'budget:b'],
  release: ['budget:b', 'reserved:b'],
  pay: ['clearing:p', 'reserved:b'],
  settle: ['settled:p', 'clearing:p'],
  reverse: ['budget:b', 'clearing:p'],
};
/** Likewise of what no payout moves, each followed by the provider. */
const WRITES: Record<string, [debit: string, credit: string]> = {
  write_up: ['clearing:', 'suspense:'],
  write_off: ['suspense:', 'clearing:'],
};
const WRITTEN = /#(write_up|write_off)\/[1-9][0-9]*$/;
/** States that a payout has for ever after such a transfer. */
const STATES: Record<string, string> = {
  pay: 'paid settled reversed',
  settle: 'settled reversed',
  release: 'rejected cancelled',
  reverse: 'reversed',
};

/** A difference from a settlement that was booked: written up where the provider paid more than the books knew, written off where it paid less. */
export interface Compensation {
  line: number;
  transfer: string;
  provider: string;
  /** Of the settlement. */
  day: string;
  key: string;
  /** What the provider says beyond the books; negative where it says less. */
  beyond: bigint;
  currency: string;
  postedOn: string;
}

interface Sums {
  debits: bigint;
  credits: bigint;
}
const of = (value: unknown): bigint => (/^[0-9]+$/.test(String(value)) ? BigInt(String(value)) : -1n);

export class Books {
  readonly payouts = new Map<string, Payout>();
  /** Of the month. */
  transfers = 0;
  private readonly accounts = new Map<string, Sums>();
  private readonly stated = new Map<string, { opening: Sums; balance: Sums | null; currency: string }>();
  private readonly earlier = new Map<string, Sums>();
  private readonly totals = new Map<string, { count: bigint; amount: bigint }>();
  private readonly ids = new Set<string>();
  readonly compensations: Compensation[] = [];
  readonly budgets: Budgets;
  /** Transfers of the month that no payout moves, by id. */
  private readonly writes = new Map<string, { line: number; said: string }>();

  constructor(
    private readonly month: string,
    private readonly fault: Fault,
  ) {
    this.budgets = new Budgets(month, fault);
  }

  payout(line: number, value: Json): void {
    const key = String(value['key']);
    if (this.payouts.has(key)) this.fault(line, `payout ${key} is there twice`);
    this.payouts.set(key, { ...(value as unknown as Payout), line, moved: [] });
  }

  transfer(line: number, transfer: Transfer): void {
    const { id, kind, amount, currency, postedOn } = transfer;
    if (this.ids.has(id)) this.fault(line, `transfer ${id} is there twice`);
    this.ids.add(id);
    const month = postedOn.slice(0, 7);
    if (month > this.month) return;
    const sums = month < this.month ? this.earlier : this.accounts;
    sumOf(sums, transfer.debit).debits += amount;
    sumOf(sums, transfer.credit).credits += amount;
    if (month < this.month) return;
    this.transfers += 1;
    if (this.budgets.transfer(line, transfer)) return;
    if (WRITES[kind]) return this.write(line, transfer, WRITES[kind]);
    const payout = this.payouts.get(transfer.payout ?? '');
    if (!payout) return this.fault(line, `transfer ${id} is of a payout that the statement does not have`);
    payout.moved.push(kind);
    const { campaign, provider, budget } = payout;
    const owned = (account = '') => account.replace(/:b$/, `:${budget}`).replace(/:p$/, `:${provider}`);
    const [debit, credit] = ACCOUNTS[kind] ?? [];
    if (id !== `${transfer.payout}#${kind}` || owned(debit) !== transfer.debit || owned(credit) !== transfer.credit)
      this.fault(line, `transfer ${id} is not between the accounts of its payout`);
    if (String(amount) !== payout.amount || currency !== payout.currency)
      this.fault(
        line,
        `transfer ${id} moves ${amount} ${currency}, its payout is of ${payout.amount} ${payout.currency}`,
      );
    const total = this.totals.get(JSON.stringify([campaign, provider, currency, kind])) ?? { count: 0n, amount: 0n };
    const added = { count: total.count + 1n, amount: total.amount + amount };
    this.totals.set(JSON.stringify([campaign, provider, currency, kind]), added);
  }

  compensation(line: number, value: Json): void {
    const { transfer, provider, day, key, amount, currency, postedOn } = value as Record<string, string>;
    const [, kind] = WRITTEN.exec(String(transfer)) ?? [];
    const beyond = kind === 'write_up' ? of(amount) : -of(amount);
    const said = { transfer, provider, day, key, currency, postedOn };
    if (!kind || of(amount) <= 0n) this.fault(line, `no transfer of a compensation: ${transfer}`);
    else this.compensations.push({ line, beyond, ...(said as Record<keyof typeof said, string>) });
  }

  /** `opening`: until the month began; `balance`: until it ended. */
  balance(line: number, kind: 'opening' | 'balance', value: Json): void {
    const [account, sums] = [String(value['account']), { debits: of(value['debits']), credits: of(value['credits']) }];
    const one = this.stated.get(account) ?? { opening: zero(), balance: null, currency: String(value['currency']) };
    this.stated.set(account, { ...one, [kind]: sums });
    if (kind === 'opening') return;
    const { debits, credits } = this.accounts.get(account) ?? zero();
    if (sums.debits !== one.opening.debits + debits || sums.credits !== one.opening.credits + credits)
      this.fault(line, `the balance of ${account} is not its opening and the month's transfers`);
  }

  total(line: number, { campaign, provider, currency, transfer, count, amount }: Json): void {
    const key = JSON.stringify([campaign, provider, currency, transfer]);
    const own = this.totals.get(key) ?? { count: 0n, amount: 0n };
    this.totals.delete(key);
    if (own.count !== of(count) || own.amount !== of(amount))
      this.fault(
        line,
        `the total says ${String(count)} of ${String(amount)}; the transfers come to ${own.count} of ${own.amount}`,
      );
  }

  /** `fromFirstLink`: every transfer of earlier months is in the file, too. */
  end(line: number, fromFirstLink: boolean): void {
    for (const key of this.totals.keys()) this.fault(line, `no total of ${key}`);
    const sides = new Map<string, bigint>();
    for (const [account, { opening, balance, currency }] of this.stated) {
      if (!balance) this.fault(line, `no balance of ${account} at the end of the month`);
      sides.set(currency, (sides.get(currency) ?? 0n) + opening.debits - opening.credits);
      const { debits, credits } = this.earlier.get(account) ?? zero();
      if (fromFirstLink && (opening.debits !== debits || opening.credits !== credits))
        this.fault(line, `the opening of ${account} is not what the transfers of earlier months come to`);
    }
    for (const [currency, over] of sides)
      if (over !== 0n) this.fault(line, `in ${currency} the opening debits and credits are not equal`);
    this.endWrites();
    this.budgets.end();
    for (const account of this.accounts.keys())
      if (!this.stated.has(account)) this.fault(line, `no balance of ${account} at the end of the month`);
    for (const [key, { line: own, state, moved }] of this.payouts) {
      if (moved.length === 0) this.fault(own, `payout ${key} has no transfer in this month`);
      const wrong = moved.find((kind) => STATES[kind] && !STATES[kind].split(' ').includes(state));
      if (wrong) this.fault(own, `payout ${key} is ${state}, but has a transfer ${wrong}`);
    }
  }

  /** Each has one line that says for what difference it is. */
  private endWrites(): void {
    for (const { line, transfer, provider, beyond, currency, postedOn } of this.compensations) {
      if (postedOn.slice(0, 7) !== this.month) continue;
      const write = this.writes.get(transfer);
      this.writes.delete(transfer);
      if (!write) this.fault(line, `the month has no transfer ${transfer}, or it is told twice`);
      else if (write.said !== JSON.stringify([provider, String(beyond), currency]))
        this.fault(line, `transfer ${transfer} is of another provider, amount or currency`);
    }
    for (const [id, { line }] of this.writes) this.fault(line, `nothing says what transfer ${id} compensates`);
  }

  private write(line: number, transfer: Transfer, [debits, credits]: [string, string]): void {
    const { id, kind, payout, debit, credit, amount, currency } = transfer;
    const provider = debit.slice(debits.length);
    if (
      payout !== null ||
      WRITTEN.exec(id)?.[1] !== kind ||
      debit !== debits + provider ||
      credit !== credits + provider
    )
      this.fault(line, `transfer ${id} does not compensate a difference from a settlement`);
    const beyond = kind === 'write_up' ? amount : -amount;
    this.writes.set(id, { line, said: JSON.stringify([provider, String(beyond), currency]) });
  }
}

const zero = (): Sums => ({ debits: 0n, credits: 0n });

function sumOf(sums: Map<string, Sums>, account: string): Sums {
  const own = sums.get(account) ?? zero();
  sums.set(account, own);
  return own;
}
