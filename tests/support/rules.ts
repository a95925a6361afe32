/**
 * Rules of segments at random, of every shape that the API's schema lets through, sensible or not.
 */
import fc from 'fast-check';
import type { RuleGroup } from '../../console/src/client/types.gen.js';
import type { Rule } from '../../console/src/segments/rule/form.js';
import { OPERATORS } from '../../src/domain/segment/rule.js';

export const ONE: RuleGroup = { combinator: 'and', rules: [{ field: 'property.amount', operator: '>', value: 1 }] };

const text = fc.string({ maxLength: 12 });
const scalar = fc.oneof(
  text,
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => (Object.is(n, -0) ? 0 : n)),
  fc.boolean(),
  fc.constantFrom('2026-02-29', '1', 'true', '', ' 7 '),
);
const span = fc.constantFrom('P7D', 'PT12H', 'P1Y', 'P', 'PD');
const window = fc.oneof(
  fc.record({ kind: fc.constant('rolling' as const), span }),
  fc.record(
    {
      kind: fc.constant('calendar' as const),
      unit: fc.constantFrom('day' as const, 'week' as const, 'month' as const),
      back: fc.nat(12),
      count: fc.integer({ min: 1, max: 3 }),
      zone: fc.constantFrom('Asia/Seoul', 'UTC'),
    },
    { requiredKeys: ['kind', 'unit', 'back', 'zone'] },
  ),
  fc.record(
    {
      kind: fc.constant('fixed' as const),
      from: fc.constant('2026-01-01T00:00:00Z'),
      to: fc.constant('2026-02-01T00:00:00+09:00'),
    },
    { requiredKeys: ['kind', 'from'] },
  ),
);

export const { group: rules } = fc.letrec<{ group: RuleGroup; rule: Rule }>((tie) => ({
  group: fc.record(
    {
      combinator: fc.constantFrom('and' as const, 'or' as const),
      not: fc.boolean(),
      rules: fc.array(fc.oneof({ maxDepth: 3, depthIdentifier: 'rule' }, tie('rule'), tie('group')), {
        minLength: 1,
        maxLength: 3,
        depthIdentifier: 'rule',
      }),
    },
    { requiredKeys: ['combinator', 'rules'] },
  ),
  rule: fc.record(
    {
      field: fc.oneof(fc.constantFrom('id', 'attribute.grade', 'event.count', 'property.amount'), text),
      operator: fc.constantFrom(...OPERATORS),
      value: fc.oneof(scalar, fc.array(scalar, { maxLength: 3 })),
      of: fc.record(
        {
          event: text,
          property: text,
          where: fc.oneof({ maxDepth: 2, depthIdentifier: 'rule' }, fc.constant(ONE), tie('group')),
          window,
          followedBy: fc.array(
            fc.record(
              {
                event: text,
                where: fc.oneof({ maxDepth: 2, depthIdentifier: 'rule' }, fc.constant(ONE), tie('group')),
                within: span,
                none: fc.boolean(),
              },
              { requiredKeys: ['event', 'within'] },
            ),
            { minLength: 1, maxLength: 2 },
          ),
        },
        { requiredKeys: ['event'] },
      ),
    },
    { requiredKeys: ['field', 'operator'] },
  ),
}));
