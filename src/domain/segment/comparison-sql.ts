/**
 * One comparison as SQL. Nothing of the rule is spliced into the text, and a comparison without a value is false, not unknown.
 */
import type { Dialect, Operand, SqlType } from './dialect.js';
import { valuesOf } from './fields.js';
import type { Rule, RuleGroup, Scalar } from './rule.js';

/** `one` turns a rule into a condition. */
export function groupSql(group: RuleGroup, one: (rule: Rule) => string): string {
  const parts = group.rules.map((rule) => ('rules' in rule ? groupSql(rule, one) : `coalesce(${one(rule)}, false)`));
  const joined = `(${parts.join(group.combinator === 'and' ? ' and ' : ' or ')})`;
  return group.not ? `(not ${joined})` : joined;
}

const SQL_OPERATORS = { '=': '=', '!=': '<>', '<': '<', '<=': '<=', '>': '>', '>=': '>=' } as const;

export function compareSql(rule: Rule, operand: Operand, dialect: Dialect): string {
  const values = valuesOf(rule);
  const type = sqlType(values);
  const shorter = operand.compare?.(rule.operator, values, type);
  if (shorter) return shorter;
  const add = (n: number): string => dialect.value(values[n] as Scalar, type);
  switch (rule.operator) {
    case 'null':
      return `${operand.presence} is null`;
    case 'notNull':
      return `${operand.presence} is not null`;
    case 'in':
      return dialect.oneOf(operand.typed(type), values, type);
    case 'notIn':
      return `not ${dialect.oneOf(operand.typed(type), values, type)}`;
    case 'between':
      return `${operand.typed(type)} between ${add(0)} and ${add(1)}`;
    case 'contains':
      return `strpos(${operand.typed(type)}, ${add(0)}) > 0`;
    case 'beginsWith':
      return `starts_with(${operand.typed(type)}, ${add(0)})`;
    default:
      return `${operand.typed(type)} ${SQL_OPERATORS[rule.operator]} ${add(0)}`;
  }
}

function sqlType(values: readonly Scalar[]): SqlType {
  switch (typeof values[0]) {
    case 'number':
      return 'number';
    case 'boolean':
      return 'boolean';
    default:
      return 'text';
  }
}
