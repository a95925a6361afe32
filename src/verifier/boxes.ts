/**
 * Draws of lucky boxes: numbered without a gap, each of a prize that the box has, each payout of what was drawn for it; and once a box is closed, every
 * draw computed again from the seed that it had committed to.
 */
import type { Payout } from './books.js';
import { commitmentOf, redrawn, type Prize, type Terms } from './draws.js';
import { text, type Fault, type Json } from './lines.js';

interface Box {
  line: number;
  terms: Terms;
  /** How many the box counts. */
  drawn: bigint;
  next: bigint;
  /** Null until the close. */
  redraw: ((key: string) => Prize) | null;
}
/** Of all generations of a payout. */
const slotOf = (key: string): string => key.slice(0, key.lastIndexOf('/'));

export class Boxes {
  draws = 0;
  private readonly boxes = new Map<string, Box>();
  /** By slot: what its payouts have to be. */
  private readonly won = new Map<string, string>();

  constructor(private readonly fault: Fault) {}

  box(line: number, value: Json): void {
    const [key, told] = [text(value['box']), text(value['terms'])];
    const terms = JSON.parse(told) as Terms;
    const seed = value['seed'] === null ? null : text(value['seed']);
    if (this.boxes.has(key)) this.fault(line, `the lucky box ${key} is there twice`);
    if (terms.box !== key || terms.format !== 'pado-lucky-box/1')
      this.fault(line, `the terms are not of the lucky box ${key}`);
    if (seed !== null && commitmentOf(seed, told) !== value['commitment'])
      this.fault(line, `seed and terms of the lucky box ${key} do not give its commitment`);
    const redraw = seed === null ? null : redrawn(terms, seed);
    this.boxes.set(key, { line, terms, drawn: BigInt(text(value['drawn'])), next: 1n, redraw });
  }

  draw(line: number, value: Json): void {
    const box = this.boxes.get(text(value['box']));
    if (!box)
      return this.fault(line, `a draw of the lucky box ${text(value['box'])}, which the statement does not have`);
    const [number, key] = [text(value['number']), text(value['key'])];
    const { prizes, fallback, currency } = box.terms;
    if (number !== String(box.next))
      this.fault(line, `draw ${number} of ${box.terms.box} stands where ${box.next} should`);
    box.next += 1n;
    this.draws += 1;
    const said = JSON.stringify([value['prize'], value['reward'], value['amount']]);
    const saidOf = ({ name, kind, amount }: Prize) => JSON.stringify([name, kind, amount]);
    if (![...prizes, fallback].some((prize) => saidOf(prize) === said))
      this.fault(line, `draw ${number} of ${box.terms.box} is of no prize that it has`);
    const prize = box.redraw?.(key);
    if (prize && saidOf(prize) !== said)
      this.fault(line, `draw ${number} of ${box.terms.box} was ${prize.name}, and the statement says otherwise`);
    if (this.won.has(slotOf(key))) this.fault(line, `${key} drew twice`);
    this.won.set(slotOf(key), JSON.stringify([value['reward'], value['amount'], currency]));
  }

  /** After all lines. */
  end(payouts: ReadonlyMap<string, Payout>): void {
    for (const [key, { line, drawn, next }] of this.boxes)
      if (next - 1n !== drawn)
        this.fault(line, `the lucky box ${key} counts ${drawn} draws, the statement has ${next - 1n}`);
    for (const [key, { line, reward, amount, currency }] of payouts) {
      const won = this.won.get(slotOf(key));
      if (won !== undefined && won !== JSON.stringify([reward, amount, currency]))
        this.fault(line, `payout ${key} is not what was drawn for it`);
    }
  }
}
