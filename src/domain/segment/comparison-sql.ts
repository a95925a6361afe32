/**
 * One comparison as SQL. Nothing of the rule is spliced into the text: names and values are parameters, casts are total (a value of
 * another type is as good as none), and a comparison without a value is false, not unknown.
 */
import { valuesOf } from './fields.js';
import type { Rule, RuleGroup, Scalar } from './rule.js';

export type SqlType = 'text' | 'numeric' | 'boolean' | 'timestamptz';

/** The parameters of one statement, numbered from where it is told. */
export class Params {
  readonly values: unknown[] = [];

  constructor(private readonly first: number) {}

  /** The parameter's place in the text. */
  add(value: unknown, type: string): string {
    return `$${this.first - 1 + this.values.push(value)}::${type}`;
  }
}

/** What a rule compares. */
export interface Operand {
  /** Null where there is nothing. */
  presence: string;
  /** The value, null where it is of another type. */
  typed(type: SqlType): string;
}

/** A value that Postgres knows the type of. */
export function plainOperand(sql: string, type: SqlType): Operand {
  const value = type === 'text' ? `${sql} collate "C"` : sql;
  return { presence: sql, typed: () => value };
}

/** A value of jsonb. */
export function jsonOperand(json: string): Operand {
  return {
    presence: `(${json}) #>> '{}'`,
    typed(type) {
      const jsonType = type === 'text' ? 'string' : type === 'numeric' ? 'number' : 'boolean';
      const value = type === 'text' ? `(${json}) #>> '{}'` : `(${json})::${type}`;
      const total = `(case when jsonb_typeof(${json}) = '${jsonType}' then ${value} end)`;
      return type === 'text' ? `${total} collate "C"` : total;
    },
  };
}

/** `one` turns a rule into a condition. */
export function groupSql(group: RuleGroup, one: (rule: Rule) => string): string {
  const parts = group.rules.map((rule) => ('rules' in rule ? groupSql(rule, one) : `coalesce(${one(rule)}, false)`));
  const joined = `(${parts.join(group.combinator === 'and' ? ' and ' : ' or ')})`;
  return group.not ? `(not ${joined})` : joined;
}

const SQL_OPERATORS = { '=': '=', '!=': '<>', '<': '<', '<=': '<=', '>': '>', '>=': '>=' } as const;

export function compareSql(rule: Rule, operand: Operand, params: Params): string {
  const values = valuesOf(rule);
  const type = sqlType(values);
  const add = (value: Scalar | undefined): string => params.add(bound(value), type);
  switch (rule.operator) {
    case 'null':
      return `${operand.presence} is null`;
    case 'notNull':
      return `${operand.presence} is not null`;
    case 'in':
    case 'notIn': {
      const among = `${operand.typed(type)} = any(${params.add(values.map(bound), `${type}[]`)})`;
      return rule.operator === 'in' ? among : `not ${among}`;
    }
    case 'between':
      return `${operand.typed(type)} between ${add(values[0])} and ${add(values[1])}`;
    case 'contains':
      return `strpos(${operand.typed(type)}, ${add(values[0])}) > 0`;
    case 'beginsWith':
      return `starts_with(${operand.typed(type)}, ${add(values[0])})`;
    default:
      return `${operand.typed(type)} ${SQL_OPERATORS[rule.operator]} ${add(values[0])}`;
  }
}

/** Numbers go as their shortest decimal text, which is what jsonb holds of them. */
const bound = (value: Scalar | undefined): unknown => (typeof value === 'number' ? String(value) : value);

function sqlType(values: readonly Scalar[]): SqlType {
  switch (typeof values[0]) {
    case 'number':
      return 'numeric';
    case 'boolean':
      return 'boolean';
    default:
      return 'text';
  }
}
