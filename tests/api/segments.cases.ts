/**
 * Segment rules at the edge: what the catalogue does not have is a fault with its place, hostile values are just values.
 */
import { describe, expect, it } from '@jest/globals';
import type { Stack } from '../support/stack.js';
import { expectProblem, type Fault } from './problems.js';

export function segmentCases(stack: () => Stack): void {
  const group = (...rules: object[]) => ({ combinator: 'and', rules });
  const put = (rule: unknown) =>
    stack().request('PUT', '/v1/segments/tried', { name: 'tried', rule }, { as: 'marketer' });
  const counted = (rule: unknown) => stack().request('POST', '/v1/segments/count', { rule }, { as: 'marketer' });
  const versions = async () =>
    Number((await stack().one<{ n: string }>(`select count(*) as n from segments where key = 'tried'`)).n);
  const nested = (depth: number): object =>
    depth === 1 ? group({ field: 'id', operator: 'notNull' }) : group(nested(depth - 1));

  describe('a segment rule', () => {
    it.each<[string, unknown, number, string, Fault]>([
      ['an empty group', group(), 400, 'invalid', { pointer: '/rule/rules' }],
      ['an empty group inside', group({ field: 'id', operator: 'notNull' }, group()), 400, 'invalid', {}],
      ['too deep a nesting', nested(9), 400, 'invalid', { pointer: '/rule' }],
      [
        'too many rules',
        group(...Array.from({ length: 201 }, () => ({ field: 'id', operator: 'notNull' }))),
        400,
        'invalid',
        { pointer: '/rule' },
      ],
      [
        'an unknown field',
        group({ field: 'password', operator: 'notNull' }),
        422,
        'unprocessable',
        { pointer: '/rule/rules/0' },
      ],
      [
        'SQL as a field',
        group({ field: "attribute.a' or 1=1 --", operator: 'notNull' }),
        422,
        'unprocessable',
        { pointer: '/rule/rules/0' },
      ],
      ['an unknown operator', group({ field: 'id', operator: 'like', value: 'x' }), 400, 'invalid', {}],
      ['a missing value', group({ field: 'id', operator: '=' }), 422, 'unprocessable', { pointer: '/rule/rules/0' }],
      [
        'one value for between',
        group({ field: 'id', operator: 'between', value: ['a'] }),
        422,
        'unprocessable',
        { pointer: '/rule/rules/0' },
      ],
      [
        'a list of mixed types',
        group({ field: 'attribute.a', operator: 'in', value: ['a', 1] }),
        422,
        'unprocessable',
        { pointer: '/rule/rules/0' },
      ],
      [
        'an address to compare with',
        group({ field: 'address.email', operator: '=', value: 'x' }),
        422,
        'unprocessable',
        { pointer: '/rule/rules/0' },
      ],
      ['a U+0000 in a value', group({ field: 'id', operator: '=', value: '\0' }), 400, 'invalid', {}],
    ])('with %s is refused with its place, and nothing is stored', async (_, rule, status, kind, fault) => {
      expectProblem(await put(rule), status, kind, [fault]);
      expectProblem(await counted(rule), status, kind, [fault]);
      expect(await versions()).toBe(0);
    });

    it('that is nested without end is refused like any other, not an accident of ours', async () => {
      expectProblem(await counted(nested(2_000)), 400, 'invalid');
    });

    it.each([`'; drop table customers; --`, '%', '_', '\\', '$1', '"', '👩‍🚀', ''])(
      'takes the value %j as it is',
      async (value) => {
        await stack().ok('POST', '/v1/customers', JSON.stringify({ id: 'hostile', attributes: { h: value } }), {
          headers: { 'content-type': 'application/x-ndjson' },
        });
        for (const operator of ['=', 'contains', 'beginsWith']) {
          const rule = group(
            { field: 'attribute.h', operator, value },
            { field: 'id', operator: '=', value: 'hostile' },
          );
          expect((await counted(rule)).body.count).toBe(1);
        }
      },
    );

    it('gets a new version when it changes, and none when it does not', async () => {
      const versionOf = async (name: string) =>
        (await stack().ok('PUT', '/v1/segments/versioned', { name, rule: group({ field: 'id', operator: 'notNull' }) }))
          .version;
      expect([await versionOf('a'), await versionOf('a'), await versionOf('b')]).toEqual([1, 1, 2]);
    });
  });
}
