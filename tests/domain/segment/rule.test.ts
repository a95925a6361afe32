/**
 * The stored form of a rule: never empty, bounded in depth and number, nothing beside the known fields; and the faults of the catalogue.
 */
import { describe, expect, it } from '@jest/globals';
import { compileWhere, faultsOfRule } from '../../../src/domain/segment/compile.js';
import { prepareFilter, prepareRule } from '../../../src/domain/segment/evaluate.js';
import { DEPTH_MAX, ruleSchema, RULES_MAX, type Rule, type RuleGroup } from '../../../src/domain/segment/rule.js';

const leaf: Rule = { field: 'id', operator: 'notNull' };
const group = (...rules: (Rule | RuleGroup)[]): RuleGroup => ({ combinator: 'and', rules });
const nested = (depth: number): RuleGroup => (depth === 1 ? group(leaf) : group(nested(depth - 1)));
const accepts = (rule: unknown) => ruleSchema.safeParse(rule).success;

describe('the stored form of a rule', () => {
  it('is no empty group, on the outside or inside: it would select everyone', () => {
    expect(accepts(group())).toBe(false);
    expect(accepts(group(leaf, group()))).toBe(false);
    expect(accepts({ ...group(), not: true })).toBe(false);
  });

  it('is nested and counts up to its bounds', () => {
    expect([accepts(nested(DEPTH_MAX)), accepts(nested(DEPTH_MAX + 1))]).toEqual([true, false]);
    const wide = (n: number) => group(...Array.from({ length: n }, () => leaf));
    expect([accepts(wide(RULES_MAX)), accepts(wide(RULES_MAX + 1))]).toEqual([true, false]);
    expect(accepts(group(wide(RULES_MAX), leaf))).toBe(false);
  });

  it.each<[string, unknown]>([
    ['an unknown combinator', { combinator: 'xor', rules: [leaf] }],
    ['an unknown operator', group({ field: 'id', operator: 'like' as never, value: 'x' })],
    ['a field beside the known ones', { ...group(leaf), sql: 'true' }],
    ['an object as a value', group({ field: 'id', operator: '=', value: {} as never })],
    ['a text of more than 200 characters', group({ field: 'id', operator: '=', value: 'x'.repeat(201) })],
    [
      'a list of more than 1,000 values',
      group({ field: 'id', operator: 'in', value: Array.from({ length: 1_001 }, () => 'x') }),
    ],
    ['rules that are no list', { combinator: 'and', rules: leaf }],
    ['null', null],
  ])('is not %s', (_, rule) => {
    expect(accepts(rule)).toBe(false);
  });
});

describe('a rule against the catalogue', () => {
  it.each<[string, Rule]>([
    ['an unknown field', { field: 'salary', operator: '=', value: 1 }],
    ['a field of every object', { field: 'constructor', operator: 'notNull' }],
    ['an attribute whose name could not be one', { field: "attribute.a'b", operator: 'notNull' }],
    ['a consent of no channel', { field: 'consent.fax:advertising', operator: '=', value: true }],
    ['an address to compare with', { field: 'address.push', operator: '=', value: 'x' }],
    ['a number for a text field', { field: 'id', operator: '=', value: 5 }],
    ['an order of booleans', { field: 'attribute.vip', operator: '<', value: true }],
    ['part of a number', { field: 'attribute.age', operator: 'contains', value: 4 }],
    ['an unknown status', { field: 'status', operator: '=', value: 'gone' }],
    ['an empty list', { field: 'id', operator: 'in', value: [] }],
    ['three ends', { field: 'id', operator: 'between', value: ['a', 'b', 'c'] }],
    ['an event’s property', { field: 'property.amount', operator: '=', value: 1 }],
  ])('has a fault for %s, selects nobody, and is never evaluated', (_, rule) => {
    const given = group(leaf, group(rule));
    expect(faultsOfRule(given, 'customer')).toEqual([{ pointer: '/rules/1/rules/0', detail: expect.any(String) }]);
    expect(compileWhere(given, { firstParam: 1, now: 0 })).toMatchObject({ sql: 'false', values: [] });
    expect(() => prepareRule(given)).toThrow(/invariant/);
  });

  it('of an event knows properties only', () => {
    const amount = group({ field: 'property.amount', operator: '>=', value: 1_000 });
    expect(faultsOfRule(amount, 'event')).toEqual([]);
    expect([{ amount: 1_000 }, { amount: 999 }, { amount: '1000' }, {}].map(prepareFilter(amount))).toEqual([
      true,
      false,
      false,
      false,
    ]);
    expect(faultsOfRule(group(leaf), 'event')).toHaveLength(1);
  });

  it('numbers its parameters from where it is told', () => {
    const { sql, values } = compileWhere(
      group({ field: 'id', operator: '=', value: 'a' }, { field: 'zone', operator: '=', value: 'b' }),
      { firstParam: 4, now: 0 },
    );
    expect(values).toEqual(['a', 'b']);
    expect([...sql.matchAll(/\$\d+/g)].map(String)).toEqual(['$4', '$5']);
  });
});
