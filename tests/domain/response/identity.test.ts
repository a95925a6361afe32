/**
 * Whose an anonymous id is, and which traits are taken.
 */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { claimed, GATE_FACTS, takenTraits, type AnonymousId } from '../../../src/domain/response/identity.js';

const NOBODY: AnonymousId = { customerId: null, shared: false };
const SHARED: AnonymousId = { customerId: null, shared: true };

describe('an anonymous id', () => {
  it.each<[string, AnonymousId, string[], AnonymousId]>([
    ['is nobody’s before anybody is identified', NOBODY, [], NOBODY],
    ['is the customer’s who was identified with it', NOBODY, ['minji'], { customerId: 'minji', shared: false }],
    [
      'stays theirs when it is said again',
      { customerId: 'minji', shared: false },
      ['minji'],
      { customerId: 'minji', shared: false },
    ],
    ['is nobody’s once a second customer was', { customerId: 'minji', shared: false }, ['juno'], SHARED],
    ['is nobody’s when two were at once', NOBODY, ['minji', 'juno'], SHARED],
    ['stays nobody’s for good', SHARED, ['minji'], SHARED],
  ])('%s', (_, before, customers, after) => {
    expect(claimed(before, customers)).toEqual(after);
  });

  it('ends the same in whatever order and portions it is claimed', () => {
    const names = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 6 });
    fc.assert(
      fc.property(names, fc.nat(6), (customers, cut) => {
        const inTwo = claimed(claimed(NOBODY, customers.slice(0, cut)), customers.slice(cut));
        const reversed = customers.toReversed().reduce((before, one) => claimed(before, [one]), NOBODY);
        expect(inTwo).toEqual(claimed(NOBODY, customers));
        expect(reversed).toEqual(claimed(NOBODY, customers));
      }),
    );
  });
});

describe('traits', () => {
  it('are taken by name, and only what an attribute can hold', () => {
    const traits = {
      grade: 'gold',
      age: 30,
      member: true,
      gone: null,
      secret: 'x',
      address: { city: '서울' },
      tags: ['a'],
      long: 'x'.repeat(2_001),
    };
    const allowed = new Set(['grade', 'age', 'member', 'gone', 'address', 'tags', 'long', '__proto__', 'toString']);
    expect(takenTraits(traits, allowed)).toEqual({ grade: 'gold', age: 30, member: true, gone: null });
    expect(takenTraits(traits, new Set())).toEqual({});
  });

  it('name the facts of the gate nowhere', () => {
    expect(GATE_FACTS).toEqual(expect.arrayContaining(['status', 'consents', 'addresses', 'zone']));
  });
});
