/**
 * A rule over one customer, or over the properties of one event, in plain code: the second witness of the compiled SQL. A comparison
 * with a value that is missing or of another type is false.
 */
import { compareText } from '../base/text.js';
import { faultsOfRule } from './compile.js';
import { fieldOf, valuesOf, type Field, type Subject } from './fields.js';
import type { Rule, RuleGroup, Scalar } from './rule.js';

export interface RuleCustomer {
  id: string;
  status: string;
  zone: string;
  attributes: Readonly<Record<string, unknown>>;
  consents: Readonly<Record<string, { granted: boolean } | undefined>>;
  addresses: Readonly<Record<string, string | undefined>>;
}

type Read<T> = (subject: T) => unknown;

/** Errors: an Error where the rule has faults, which validation has told before. */
export function prepareRule(rule: RuleGroup): (customer: RuleCustomer) => boolean {
  return prepare(rule, 'customer', readCustomer);
}

/** A rule over `property.<name>` of an event. */
export function prepareFilter(rule: RuleGroup): (properties: Readonly<Record<string, unknown>>) => boolean {
  return prepare(rule, 'event', (field) => (properties) => ownValue(properties, field.key));
}

function prepare<T>(rule: RuleGroup, subject: Subject, read: (field: Field) => Read<T>): (of: T) => boolean {
  const [fault] = faultsOfRule(rule, subject);
  if (fault) throw new Error(`invariant: a rule with faults is evaluated: ${fault.pointer} ${fault.detail}`);
  return prepareGroup(rule, (one) => {
    const field = fieldOf(one.field, subject);
    if (!field) throw new Error('invariant: a rule without its field');
    const holds = prepareComparison(one);
    const value = read(field);
    return (of) => holds(value(of));
  });
}

function prepareGroup<T>(group: RuleGroup, one: (rule: Rule) => (of: T) => boolean): (of: T) => boolean {
  const parts = group.rules.map((rule) => ('rules' in rule ? prepareGroup(rule, one) : one(rule)));
  const joined =
    group.combinator === 'and'
      ? (of: T) => parts.every((holds) => holds(of))
      : (of: T) => parts.some((holds) => holds(of));
  return group.not ? (of) => !joined(of) : joined;
}

function ownValue(map: Readonly<Record<string, unknown>>, key: string): unknown {
  return Object.hasOwn(map, key) ? map[key] : undefined;
}

function readCustomer(field: Field): Read<RuleCustomer> {
  const { kind, key } = field;
  switch (kind) {
    case 'id':
    case 'status':
    case 'zone':
      return (customer) => customer[kind];
    case 'attribute':
      return (customer) => ownValue(customer.attributes, key);
    case 'consent':
      return (customer) => (ownValue(customer.consents, key) as { granted: boolean } | undefined)?.granted;
    case 'address':
      return (customer) => ownValue(customer.addresses, key);
    case 'property':
      throw new Error('invariant: a property of an event in a rule over customers');
    default:
      return kind satisfies never;
  }
}

function prepareComparison(rule: Rule): (value: unknown) => boolean {
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
