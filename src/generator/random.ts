/**
 * Seeded draws. A stream is named by its parts (seed, purpose, number …), so that what one customer gets depends on nothing
 * that was drawn for another.
 */
import { hash } from 'node:crypto';

/** sfc32 (Chris Doty-Humphrey, PractRand; public domain), started from 96 bits of SHA-256 over the stream's name. */
export class Random {
  private a: number;
  private b: number;
  private c: number;
  private counter = 1;

  constructor(...stream: readonly (string | number)[]) {
    const digest = hash('sha256', JSON.stringify(stream), 'buffer');
    this.a = digest.readInt32LE(0);
    this.b = digest.readInt32LE(4);
    this.c = digest.readInt32LE(8);
  }

  /** Even over [0, 1), 32 bits. */
  unit(): number {
    const mixed = (((this.a + this.b) | 0) + this.counter) | 0;
    this.counter = (this.counter + 1) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = (this.c << 21) | (this.c >>> 11);
    this.c = (this.c + mixed) | 0;
    return (mixed >>> 0) / 2 ** 32;
  }

  hits(rate: number): boolean {
    return this.unit() < rate;
  }

  /** A whole number, even over [from, to]. */
  whole(from: number, to: number): number {
    return from + Math.floor(this.unit() * (to - from + 1));
  }

  /** One of them, each as likely as its weight; throws where there is none. */
  weighted<T>(choices: readonly (readonly [choice: T, weight: number])[]): T {
    const total = choices.reduce((sum, [, weight]) => sum + weight, 0);
    let left = this.unit() * total;
    for (const [choice, weight] of choices) {
      left -= weight;
      if (left < 0) return choice;
    }
    const last = choices.at(-1);
    if (!last) throw new Error('invariant: a draw from nothing');
    return last[0];
  }

  /** One of them, all equally likely; throws where there is none. */
  pick<T>(choices: readonly T[]): T {
    const choice = choices[Math.floor(this.unit() * choices.length)];
    if (choice === undefined) throw new Error('invariant: a draw from nothing');
    return choice;
  }
}
