/**
 * One comparison in plain code. A comparison with a value that is missing or of another type is false.
 */
import { compareText } from '../base/text.js';
import { valuesOf } from './fields.js';
import type { Rule, Scalar } from './rule.js';

export function ownValue(map: Readonly<Record<string, unknown>>, key: string): unknown {
  return Object.hasOwn(map, key) ? map[key] : undefined;
}

export function prepareComparison(rule: Rule): (value: unknown) => boolean {
  const values = valuesOf(rule);
  const [first, second] = values;
  /** Of a value of the rule's own type; any other compares false. */
  const typed = (test: (value: Scalar) => boolean) => (value: unknown) =>
    typeof value === typeof first && test(value as Scalar);
  switch (rule.operator) {
    case 'null':
      return (value) => value === undefined || value === null;
    case 'notNull':
      return (value) => value !== undefined && value !== null;
    case '=':
      return typed((value) => value === first);
    case '!=':
      return typed((value) => value !== first);
    case '<':
      return typed((value) => order(value, first) < 0);
    case '<=':
      return typed((value) => order(value, first) <= 0);
    case '>':
      return typed((value) => order(value, first) > 0);
    case '>=':
      return typed((value) => order(value, first) >= 0);
    case 'between':
      return typed((value) => order(value, first) >= 0 && order(value, second) <= 0);
    case 'in':
      return typed((value) => values.includes(value));
    case 'notIn':
      return typed((value) => !values.includes(value));
    case 'contains':
      return typed((value) => String(value).includes(String(first)));
    case 'beginsWith':
      return typed((value) => String(value).startsWith(String(first)));
    default:
      return rule.operator satisfies never;
  }
}

function order(a: Scalar, b: Scalar | undefined): number {
  if (typeof a === 'string' && typeof b === 'string') return compareText(a, b);
  return Number(a) - Number(b);
}
