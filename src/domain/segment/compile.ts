/**
 * A segment rule as a parameterised SQL condition over `customers c`. Nothing of the rule is spliced into the text: names and values are
 * parameters, casts are total (a value of another type is as good as none), and a comparison without a value is false, not unknown.
 */
import { faultOf, fieldOf, valuesOf, type Field, type Subject } from './fields.js';
import type { Rule, RuleGroup, Scalar } from './rule.js';

export interface RuleFault {
  /** JSON Pointer (RFC 6901) into the rule. */
  pointer: string;
  detail: string;
}

export interface CompiledWhere {
  sql: string;
  values: unknown[];
  /** When there are any, `sql` selects nobody. */
  faults: RuleFault[];
}

/** All faults of a rule against the field catalogue. */
export function faultsOfRule(rule: RuleGroup, subject: Subject): RuleFault[] {
  return rule.rules.flatMap((one, n) => {
    const pointer = `/rules/${n}`;
    if ('rules' in one) {
      return faultsOfRule(one, subject).map((fault) => ({ ...fault, pointer: pointer + fault.pointer }));
    }
    const detail = faultOf(one, subject);
    return detail ? [{ pointer, detail }] : [];
  });
}

/** `firstParam`: number of the first parameter that may be used. */
export function compileWhere(rule: RuleGroup, { firstParam }: { firstParam: number }): CompiledWhere {
  const faults = faultsOfRule(rule, 'customer');
  if (faults.length > 0) return { sql: 'false', values: [], faults };
  const values: unknown[] = [];
  const add = (value: unknown, type: string): string => `$${firstParam - 1 + values.push(value)}::${type}`;
  return { sql: groupSql(rule, add), values, faults: [] };
}

type Add = (value: unknown, type: string) => string;

function groupSql(group: RuleGroup, add: Add): string {
  const parts = group.rules.map((one) =>
    'rules' in one ? groupSql(one, add) : `coalesce(${ruleSql(one, add)}, false)`,
  );
  const joined = `(${parts.join(group.combinator === 'and' ? ' and ' : ' or ')})`;
  return group.not ? `(not ${joined})` : joined;
}

function ruleSql(rule: Rule, add: Add): string {
  const field = fieldOf(rule.field, 'customer');
  if (!field) throw new Error('invariant: a rule with faults reached the compiler');
  const values = valuesOf(rule);
  switch (rule.operator) {
    case 'null':
      return `${presenceSql(field, add)} is null`;
    case 'notNull':
      return `${presenceSql(field, add)} is not null`;
    case 'in':
    case 'notIn': {
      const list = add(values.map(bound), `${sqlType(values)}[]`);
      const among = `${typedSql(field, values, add)} = any(${list})`;
      return rule.operator === 'in' ? among : `not ${among}`;
    }
    case 'between': {
      const [low, high] = values as [Scalar, Scalar];
      const subject = typedSql(field, values, add);
      return `${subject} between ${add(bound(low), sqlType(values))} and ${add(bound(high), sqlType(values))}`;
    }
    case 'contains':
      return `strpos(${typedSql(field, values, add)}, ${add(values[0], 'text')}) > 0`;
    case 'beginsWith':
      return `starts_with(${typedSql(field, values, add)}, ${add(values[0], 'text')})`;
    default:
      return `${typedSql(field, values, add)} ${SQL_OPERATORS[rule.operator]} ${add(bound(values[0]), sqlType(values))}`;
  }
}

const SQL_OPERATORS = { '=': '=', '!=': '<>', '<': '<', '<=': '<=', '>': '>', '>=': '>=' } as const;

/** Numbers go as their shortest decimal text, which is what jsonb holds of them. */
const bound = (value: Scalar | undefined): unknown => (typeof value === 'number' ? String(value) : value);

function sqlType(values: readonly Scalar[]): 'text' | 'numeric' | 'boolean' {
  switch (typeof values[0]) {
    case 'number':
      return 'numeric';
    case 'boolean':
      return 'boolean';
    default:
      return 'text';
  }
}

/** Null where the customer has nothing there. */
function presenceSql(field: Field, add: Add): string {
  switch (field.kind) {
    case 'id':
    case 'status':
    case 'zone':
      return `c.${field.kind}`;
    case 'attribute':
      return `c.attributes ->> ${add(field.key, 'text')}`;
    case 'consent':
      return `c.consents -> ${add(field.key, 'text')} ->> 'granted'`;
    case 'address':
      return `c.addresses ->> ${add(field.key, 'text')}`;
    case 'property':
      throw new Error('invariant: a property of an event in a rule over customers');
    default:
      return field.kind satisfies never;
  }
}

/** The field as a value of the type of the rule's values, null where it has another one. */
function typedSql(field: Field, values: readonly Scalar[], add: Add): string {
  const type = sqlType(values);
  if (field.kind === 'id' || field.kind === 'status' || field.kind === 'zone') return `c.${field.kind} collate "C"`;
  const key = add(field.key, 'text');
  const json = field.kind === 'consent' ? `c.consents -> ${key} -> 'granted'` : `c.attributes -> ${key}`;
  const jsonType = type === 'text' ? 'string' : type === 'numeric' ? 'number' : 'boolean';
  const value = type === 'text' ? `(${json}) #>> '{}'` : `(${json})::${type}`;
  const total = `(case when jsonb_typeof(${json}) = '${jsonType}' then ${value} end)`;
  return type === 'text' ? `${total} collate "C"` : total;
}
