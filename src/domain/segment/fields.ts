/**
 * The field catalogue of segment rules: what a rule may name, of which type it is, and which operators it takes. What is not in it is a
 * fault, never SQL.
 */
import { CHANNELS } from '../base/channels.js';
import type { Operator, Rule, Scalar } from './rule.js';

export type FieldKind = 'id' | 'status' | 'zone' | 'attribute' | 'consent' | 'address' | 'property';

export interface Field {
  kind: FieldKind;
  /** Of an attribute, consent, address or property: its key. */
  key: string;
}

/** `any`: the attribute's own type, told by the rule's value. */
type FieldType = 'text' | 'boolean' | 'any' | 'presence';

const TYPES: Record<FieldKind, FieldType> = {
  id: 'text',
  status: 'text',
  zone: 'text',
  attribute: 'any',
  consent: 'boolean',
  // an address is personal data: a rule may ask whether there is one
  address: 'presence',
  property: 'any',
};

const STATUSES: readonly Scalar[] = ['active', 'incident', 'withdrawn'];
const ADDRESSES: readonly string[] = ['push', 'phone', 'email'];
const CONSENTS: readonly string[] = CHANNELS.flatMap((c) => [`${c}:advertising`, `${c}:information`]);
const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,62}$/;

/** Whose facts a rule is about: a customer's, or the properties of one event. */
export type Subject = 'customer' | 'event';

/** Null: the catalogue has no such field. */
export function fieldOf(name: string, subject: Subject): Field | null {
  const dot = name.indexOf('.');
  const [head, key] = dot < 0 ? [name, ''] : [name.slice(0, dot), name.slice(dot + 1)];
  if (subject === 'event') return head === 'property' && NAME.test(key) ? { kind: 'property', key } : null;
  switch (head) {
    case 'id':
    case 'status':
    case 'zone':
      return dot < 0 ? { kind: head, key } : null;
    case 'attribute':
      return NAME.test(key) ? { kind: 'attribute', key } : null;
    case 'consent':
      return CONSENTS.includes(key) ? { kind: 'consent', key } : null;
    case 'address':
      return ADDRESSES.includes(key) ? { kind: 'address', key } : null;
    default:
      return null;
  }
}

/** How many values an operator takes: none, one, two, or a list of at least one. */
const ARITY: Record<Operator, 'none' | 'one' | 'two' | 'list'> = {
  '=': 'one',
  '!=': 'one',
  '<': 'one',
  '<=': 'one',
  '>': 'one',
  '>=': 'one',
  in: 'list',
  notIn: 'list',
  between: 'two',
  contains: 'one',
  beginsWith: 'one',
  null: 'none',
  notNull: 'none',
};
const TEXT_ONLY: readonly Operator[] = ['contains', 'beginsWith'];
const ORDERED: readonly Operator[] = ['<', '<=', '>', '>=', 'between'];

/** The values of a rule as a list; empty for operators without. */
export function valuesOf(rule: Rule): Scalar[] {
  if (ARITY[rule.operator] === 'none' || rule.value === undefined) return [];
  return Array.isArray(rule.value) ? rule.value : [rule.value];
}

/** What is wrong with one rule, in words that continue its field's name; null when it can be compiled. */
export function faultOf(rule: Rule, subject: Subject): string | null {
  const field = fieldOf(rule.field, subject);
  if (!field) return `names the field ${JSON.stringify(rule.field)}, which the catalogue does not have`;
  const values = valuesOf(rule);
  const arity = arityFault(rule, values.length);
  if (arity) return arity;
  const type = TYPES[field.kind];
  if (type === 'presence') return ARITY[rule.operator] === 'none' ? null : 'can only be asked for null or notNull';
  const types = new Set(values.map((value) => typeof value));
  if (types.size > 1) return 'mixes types of values';
  const [valueType] = types;
  if (type === 'boolean' && valueType !== undefined && valueType !== 'boolean') return 'takes true or false';
  if (type === 'text' && valueType !== undefined && valueType !== 'string') return 'takes text';
  if (valueType === 'boolean' && ORDERED.includes(rule.operator)) return `cannot be compared by ${rule.operator}`;
  if (valueType !== 'string' && TEXT_ONLY.includes(rule.operator)) return `takes text for ${rule.operator}`;
  if (field.kind === 'status' && values.some((value) => !STATUSES.includes(value))) {
    return `is one of ${STATUSES.join(', ')}`;
  }
  return null;
}

function arityFault({ operator, value }: Rule, count: number): string | null {
  const isList = Array.isArray(value);
  switch (ARITY[operator]) {
    case 'none':
      return null;
    case 'one':
      return value === undefined || isList ? `takes one value for ${operator}` : null;
    case 'two':
      return isList && count === 2 ? null : 'takes a list of two values for between';
    case 'list':
      return isList && count > 0 ? null : `takes a list of values for ${operator}`;
    default:
      return ARITY[operator] satisfies never;
  }
}
