/**
 * The draw of arms: published vectors that anyone can repeat, ranges that include their lower end, and shares that come out.
 */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { murmur3 } from '../../../src/domain/base/hash.js';
import { drawArm, HOLDOUT } from '../../../src/domain/experiment/draw.js';
import { murmur3 as audited } from '../../../src/auditor/budget-replay.js';

/** Holdout [0, 0.1), a [0.1, 0.4), b [0.4, 1). */
const SPLIT = {
  holdout: 10,
  arms: [
    { name: 'a', weight: 30 },
    { name: 'b', weight: 60 },
  ],
};

describe('an arm', () => {
  // hashes by an implementation of its own (Python), after Austin Appleby's description
  it.each([
    ['spring', 'c00001', 0xa4a8c841, 0.6432, 'b'],
    ['spring', 'c00002', 0x9da859e0, 0.61585, 'b'],
    ['spring', 'c00003', 0xdb5d5645, 0.856893, 'b'],
    ['spring', 'c00004', 0x7f11334f, 0.496356, 'b'],
    ['spring', 'c00005', 0xaec5e50a, 0.682707, 'b'],
    ['spring', 'c00006', 0x042287fd, 0.016152, 'holdout'],
    ['spring', 'c00007', 0x0bd3ca2a, 0.0462, 'holdout'],
    ['spring', 'c00008', 0x3bfaf9a9, 0.234298, 'a'],
    ['lucky-box', 'c00001', 0x33b10888, 0.20192, 'a'],
    ['lucky-box', 'minji.kim', 0x465e9582, 0.274881, 'a'],
    ['lucky-box', 'A:1', 0xe7169ba7, 0.902689, 'b'],
  ])('of experiment %s and customer %s: hash %i, share %d, %s', (name, customer, hash, share, arm) => {
    expect(murmur3(`${name}:${customer}`)).toBe(hash);
    expect(hash / 2 ** 32).toBeCloseTo(share, 5);
    expect(drawArm({ name, ...SPLIT }, customer)).toBe(arm);
  });

  it('is drawn as the auditor draws it, whose hash is its own', () => {
    const weight = fc.integer({ min: 1, max: 1_000_000 });
    fc.assert(
      fc.property(
        fc.string(),
        fc.string(),
        fc.integer({ min: 0, max: 1_000_000 }),
        fc.array(weight, { minLength: 1, maxLength: 20 }),
        (name, customer, holdout, weights) => {
          const arms = weights.map((one, n) => ({ name: String(n), weight: one }));
          const total = weights.reduce((sum, one) => sum + one, holdout);
          const share = (audited(`${name}:${customer}`) / 2 ** 32) * total;
          let upTo = holdout;
          let expected = share < upTo ? HOLDOUT : null;
          for (const arm of arms) {
            upTo += arm.weight;
            if (expected === null && share < upTo) expected = arm.name;
          }
          expect(drawArm({ name, holdout, arms }, customer)).toBe(expected);
        },
      ),
    );
  });

  it('comes out in the shares of the weights, and another experiment draws anew', () => {
    const of = (name: string) => Array.from({ length: 100_000 }, (_, n) => drawArm({ name, ...SPLIT }, `c${n}`));
    const [one, two] = [of('spring'), of('summer')];
    for (const [arm, share] of [
      [HOLDOUT, 0.1],
      ['a', 0.3],
      ['b', 0.6],
    ] as const) {
      const drawn = one.filter((name) => name === arm).length;
      // five standard deviations of the binomial
      expect(Math.abs(drawn - share * 100_000)).toBeLessThan(5 * Math.sqrt(100_000 * share * (1 - share)));
      const both = one.filter((name, n) => name === arm && two[n] === arm).length;
      expect(Math.abs(both - share * share * 100_000)).toBeLessThan(5 * Math.sqrt(100_000 * share * share));
    }
  });
});
