/**
 * The bank's lucky box: one prize of several at fixed odds out of a fixed stock. What a number draws follows from the committed seed, the number,
 * the payout's key and the stock left, so that whoever has the seed computes every draw again; docs/lucky-box.md tells the bytes.
 */
import { createHash, createHmac } from 'node:crypto';
import type { PayoutKind } from '../base/payout-kinds.js';
import type { Lot } from './budget.js';

export const NOTHING = 'nothing';
export type PrizeKind = PayoutKind | typeof NOTHING;

export interface Prize {
  name: string;
  kind: PrizeKind;
  /** Integer minor units; 0 of nothing. */
  amountMinor: number;
  /** The odds, out of the sum over all prizes. */
  weight: number;
  /** Null: without end, as the fallback alone is. */
  stock: number | null;
}
export interface BoxTerms {
  key: string;
  currency: string;
  /** At least one; the last is the fallback, for whoever draws what is out of stock. */
  prizes: readonly Prize[];
}

/** What is committed to, as text: JSON without white space, its members in this order. */
export function termsText({ key, currency, prizes }: BoxTerms): string {
  const told = prizes.map(({ name, kind, amountMinor, weight, stock }) => {
    const prize = { name, kind, amount: String(amountMinor), weight };
    return stock === null ? prize : { ...prize, stock };
  });
  const members = { format: 'pado-lucky-box/1', box: key, currency, prizes: told.slice(0, -1), fallback: told.at(-1) };
  return JSON.stringify(members);
}

/** SHA-256 of the 32 bytes of the seed and the UTF-8 of the terms. */
export function commitmentOf(seed: Buffer, terms: string): Buffer {
  return createHash('sha256').update(seed).update(terms, 'utf8').digest();
}

/**
 * The prize that the seed gives a number, whatever is left: HMAC-SHA256 as an integer of 256 bits, modulo the sum of the weights. As that sum is below
 * 2^40, no prize is likelier than its odds by more than 2^-216.
 */
export function prizeOf({ key, prizes }: BoxTerms, seed: Buffer, number: number, payoutKey: string): number {
  const digest = createHmac('sha256', seed).update(`${key}:${number}:${payoutKey}`, 'utf8').digest('hex');
  const sum = prizes.reduce((total, { weight }) => total + BigInt(weight), 0n);
  let ticket = BigInt(`0x${digest}`) % sum;
  return prizes.findIndex(({ weight }) => (ticket -= BigInt(weight)) < 0n);
}

export interface Draw {
  number: number;
  payoutKey: string;
  /** Its place among the prizes, from 0. */
  prize: number;
  amountMinor: number;
  /** The most that it could have been: the largest prize in stock before it. */
  mostMinor: number;
}

/** The draws of one transaction from a box that it has locked; each takes the next number and, where it is limited, one of the prize's stock. */
export class OpenBox implements Lot {
  /** By payout key, in the order of their numbers. */
  readonly draws = new Map<string, Draw>();
  /** By payout key: which number would have been next, and what the budget had to cover. */
  readonly refused = new Map<string, { number: number; mostMinor: number }>();
  private readonly left: (number | null)[];
  private readonly drawnBefore: number;

  /** `drawn`: by prize, how many have been drawn so far; their sum is the last number. */
  constructor(
    readonly terms: BoxTerms,
    private readonly seed: Buffer,
    drawn: readonly number[],
  ) {
    this.drawnBefore = drawn.reduce((sum, n) => sum + n, 0);
    this.left = terms.prizes.map(({ stock }, n) => (stock === null ? null : stock - (drawn[n] ?? 0)));
  }

  /** What the next draw may be. */
  inStock(): Prize[] {
    return this.terms.prizes.filter((_, n) => this.left[n] !== 0);
  }

  /** Draws only where whatever it may draw is funded: so luck never decides whether a prize is paid. */
  take(payoutKey: string, leftMinor: number): number | null {
    const mostMinor = Math.max(...this.inStock().map(({ amountMinor }) => amountMinor));
    const number = this.drawnBefore + this.draws.size + 1;
    if (mostMinor > leftMinor) {
      this.refused.set(payoutKey, { number, mostMinor });
      return null;
    }
    const { prizes } = this.terms;
    const given = prizeOf(this.terms, this.seed, number, payoutKey);
    const prize = this.left[given] === 0 ? prizes.length - 1 : given;
    const left = this.left[prize];
    if (typeof left === 'number') this.left[prize] = left - 1;
    const { amountMinor } = prizes[prize] as Prize;
    this.draws.set(payoutKey, { number, payoutKey, prize, amountMinor, mostMinor });
    return amountMinor;
  }
}
