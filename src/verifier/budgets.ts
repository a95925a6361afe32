/**
 * Money that went into budgets and back: fundings, and what two persons raised, cut, or let go back when a budget closed, each told by a line of its own.
 */
import type { Transfer } from './chain.js';
import type { Fault, Json } from './lines.js';

/** Debit and credit account of each kind, each followed by the budget. */
const SIDES: Record<string, [debit: string, credit: string]> = {
  fund: ['budget:', 'funding:'],
  raise: ['budget:', 'funding:'],
  cut: ['funding:', 'budget:'],
  return: ['funding:', 'budget:'],
};

export class Budgets {
  /** Changes of the month that a line tells, by transfer. */
  private readonly told = new Map<string, { line: number; said: string }>();
  /** What the transfers of the month moved that need such a line. */
  private readonly moved = new Map<string, { line: number; said: string }>();

  constructor(
    private readonly month: string,
    private readonly fault: Fault,
  ) {}

  /** False where it is not of a budget alone. */
  transfer(line: number, { id, kind, payout, debit, credit, amount, currency }: Transfer): boolean {
    const sides = SIDES[kind];
    if (!sides) return false;
    const budget = debit.slice(sides[0].length);
    const isOwn = payout === null && debit === sides[0] + budget && credit === sides[1] + budget;
    if (!isOwn || !id.startsWith(`${budget}#${kind}/`))
      this.fault(line, `transfer ${id} does not move money into a budget or back`);
    if (kind !== 'fund') this.moved.set(id, { line, said: JSON.stringify([budget, String(amount), currency]) });
    return true;
  }

  change(line: number, { transfer, budget, amount, currency, postedOn, requestedBy, approvedBy }: Json): void {
    const id = String(transfer);
    if (this.told.has(id)) this.fault(line, `the change of a budget ${id} is told twice`);
    if (String(postedOn).slice(0, 7) !== this.month)
      this.fault(line, `the change of a budget ${id} is of another month`);
    if (typeof requestedBy !== 'string' || typeof approvedBy !== 'string' || requestedBy === approvedBy)
      this.fault(line, `the change of a budget ${id} is not by two persons`);
    this.told.set(id, { line, said: JSON.stringify([budget, amount, currency]) });
  }

  /** Each change has its transfer, and each transfer the line that says who decided it. */
  end(): void {
    for (const [id, { line, said }] of this.told) {
      const moved = this.moved.get(id);
      this.moved.delete(id);
      if (!moved) this.fault(line, `the month has no transfer ${id}`);
      else if (moved.said !== said) this.fault(line, `transfer ${id} is of another budget, amount or currency`);
    }
    for (const [id, { line }] of this.moved) this.fault(line, `nothing says who decided transfer ${id}`);
  }
}
