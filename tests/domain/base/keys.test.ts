/**
 * Keys are derived: the same decision has the same key for ever, another one never has it, and every key fits the protocols.
 */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  claimKeyOf,
  customerIdSchema,
  inputHash,
  keySchema,
  messageIdOf,
  nodeIdSchema,
  payoutKeyOf,
  payoutSlotKeyOf,
  runIdOf,
  type Slot,
} from '../../../src/domain/base/keys.js';

const chars = (set: string) => fc.constantFrom(...Array.from(set));
const customerId = fc.string({ unit: chars('abzAZ09_.:-'), minLength: 1, maxLength: 64 });
const node = fc.string({ unit: chars('abz09-'), minLength: 1, maxLength: 31 }).filter((text) => !text.startsWith('-'));
const runId = fc
  .tuple(fc.string(), fc.string())
  .map(([campaign, trigger]) => runIdOf('installation', campaign, 1, trigger));
const slot: fc.Arbitrary<Slot> = fc.record({ runId, node, visit: fc.integer({ min: 1, max: 32_767 }), customerId });
const longest: Slot = {
  runId: runIdOf('i', 'c', 1, 't'),
  node: 'n'.repeat(31),
  visit: 32_767,
  customerId: 'c'.repeat(64),
};

describe('a key', () => {
  it('fits 128 characters of the protocols’ set, whatever the slot', () => {
    const keysOf = (s: Slot) => [messageIdOf(s), payoutSlotKeyOf(s), payoutKeyOf(s, 99)];
    fc.assert(
      fc.property(slot, (s) => {
        for (const key of keysOf(s)) expect(key).toMatch(/^[A-Za-z0-9_.:/-]{1,128}$/);
      }),
    );
    for (const key of keysOf(longest)) expect(key.length).toBeLessThanOrEqual(128);
  });

  it('is another one for another slot, and for a message and a payout of one slot', () => {
    fc.assert(
      fc.property(slot, slot, (a, b) => {
        const same =
          JSON.stringify([a.runId, a.node, a.visit, a.customerId]) ===
          JSON.stringify([b.runId, b.node, b.visit, b.customerId]);
        expect(messageIdOf(a) === messageIdOf(b)).toBe(same);
        expect(payoutKeyOf(a, 1) === payoutKeyOf(b, 1)).toBe(same);
        expect(messageIdOf(a)).not.toBe(payoutSlotKeyOf(b));
      }),
    );
  });

  it('of a claim within a run leaves the visit out: a second pass earns nothing more', () => {
    expect(claimKeyOf({ kind: 'run' }, longest)).toBe(claimKeyOf({ kind: 'run' }, { ...longest, visit: 1 }));
    expect(claimKeyOf({ kind: 'run' }, longest)).not.toBe(claimKeyOf({ kind: 'run' }, { ...longest, node: 'other' }));
  });

  it('of a payout carries its generation', () => {
    expect(payoutKeyOf(longest, 2)).toBe(`${payoutSlotKeyOf(longest)}/2`);
  });
});

describe('a run id', () => {
  it('is 13 characters, the same for the same trigger, another one for any other part', () => {
    const id = runIdOf('a', 'spring', 1, 'now');
    expect(id).toMatch(/^[a-z2-7]{13}$/);
    expect(runIdOf('a', 'spring', 1, 'now')).toBe(id);
    const others = [
      runIdOf('b', 'spring', 1, 'now'),
      runIdOf('a', 'sprin', 1, 'gnow'),
      runIdOf('a', 'spring', 2, 'now'),
      runIdOf('a', 'spring', 1, 'later'),
    ];
    expect(new Set([id, ...others]).size).toBe(5);
  });
});

describe('the hash of an input', () => {
  it('tells apart what plain joining would confuse', () => {
    expect(inputHash(['a', 'b'])).not.toEqual(inputHash(['ab', '']));
    expect(inputHash([1])).not.toEqual(inputHash(['1']));
    expect(inputHash(['a', 1])).toEqual(inputHash(['a', 1]));
  });
});

describe('ids at the edge', () => {
  it.each<[string, boolean, boolean, boolean]>([
    // text, customer id, node id, key
    ['c00001', true, true, true],
    ['A.b_c:d-e', true, false, false],
    ['-a', true, false, false],
    ['a/b', false, false, false],
    ['a b', false, false, false],
    ['가', false, false, false],
    ['', false, false, false],
    ['a\n', false, false, false],
    ['x'.repeat(31), true, true, true],
    ['x'.repeat(32), true, false, true],
    ['x'.repeat(41), true, false, false],
    ['x'.repeat(65), false, false, false],
  ])('%j', (text, asCustomer, asNode, asKey) => {
    expect([customerIdSchema, nodeIdSchema, keySchema].map((schema) => schema.safeParse(text).success)).toEqual([
      asCustomer,
      asNode,
      asKey,
    ]);
  });
});
